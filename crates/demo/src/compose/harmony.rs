//! Chords and how one leads to the next.

pub(super) const C: i32 = 0;
pub(super) const D: i32 = 2;
pub(super) const E: i32 = 4;
pub(super) const F: i32 = 5;
pub(super) const G: i32 = 7;
pub(super) const A: i32 = 9;
pub(super) const B_FLAT: i32 = 10;
pub(super) const B: i32 = 11;

/// A chord: its root, its bass, the four notes above and the notes a tune may use over it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chord {
    pub(super) root: i32,
    pub(super) bass: i32,
    upper: [i32; 4],
    scale: &'static [i32],
}

impl Chord {
    const fn new(root: i32, upper: [i32; 4], scale: &'static [i32]) -> Self {
        Self { root, bass: root, upper, scale }
    }

    /// The same chord over another bass.
    pub(super) const fn over(self, bass: i32) -> Self {
        Self { bass, ..self }
    }
}

// The scales leave out every note that would rub against the chord, so any step of a tune is consonant.
const BRIGHT: &[i32] = &[0, 2, 4, 7, 9];
const SOFT: &[i32] = &[0, 2, 3, 7, 10];

/// Major with seventh and ninth.
pub(super) const fn maj9(root: i32) -> Chord {
    Chord::new(root, [4, 7, 11, 14], BRIGHT)
}

/// Major with sixth and ninth: at rest, without the seventh's longing.
pub(super) const fn six9(root: i32) -> Chord {
    Chord::new(root, [4, 7, 9, 14], BRIGHT)
}

/// Major with a ninth and its root: plain.
pub(super) const fn add9(root: i32) -> Chord {
    Chord::new(root, [0, 4, 7, 14], BRIGHT)
}

/// Minor with seventh and ninth.
pub(super) const fn min9(root: i32) -> Chord {
    Chord::new(root, [3, 7, 10, 14], SOFT)
}

/// Minor with seventh and its root.
pub(super) const fn min7(root: i32) -> Chord {
    Chord::new(root, [0, 3, 7, 10], &[0, 3, 5, 7, 10])
}

/// Dominant with the fourth in place of the third: waits without pressing.
pub(super) const fn sus9(root: i32) -> Chord {
    Chord::new(root, [5, 7, 10, 14], &[0, 2, 5, 7, 9])
}

/// Dominant seventh with ninth: leads home.
pub(super) const fn dom9(root: i32) -> Chord {
    Chord::new(root, [4, 7, 10, 14], &[0, 2, 4, 7, 10])
}

/// Dominant seventh with lowered ninth, which leads to minor.
pub(super) const fn dom_flat9(root: i32) -> Chord {
    Chord::new(root, [4, 7, 10, 13], &[0, 4, 7, 10])
}

/// Minor with a sixth: the wistful fourth degree.
pub(super) const fn min6(root: i32) -> Chord {
    Chord::new(root, [0, 3, 7, 9], &[0, 2, 3, 7, 9])
}

/// Half-diminished, the second degree of minor.
pub(super) const fn half_diminished(root: i32) -> Chord {
    Chord::new(root, [0, 3, 6, 10], &[0, 3, 6, 10])
}

impl Chord {
    /// The pitch of the bass in the octave that starts at `low`.
    pub(super) fn bass_from(&self, low: i32) -> i32 {
        low + (self.bass - low).rem_euclid(12)
    }

    /// True when the pitch belongs to the chord proper.
    pub(super) fn holds(&self, pitch: i32) -> bool {
        let class = (pitch - self.root).rem_euclid(12);
        class == 0 || self.upper.iter().any(|&tone| tone % 12 == class)
    }

    /// True when a tune may use the pitch.
    pub(super) fn allows(&self, pitch: i32) -> bool {
        self.scale.contains(&(pitch - self.root).rem_euclid(12))
    }

    /// The pitch nearest to `near` that satisfies `fits`; the lower one of two.
    pub(super) fn nearest(near: i32, fits: impl Fn(i32) -> bool) -> i32 {
        (0..12).flat_map(|distance| [near - distance, near + distance]).find(|&p| fits(p)).unwrap_or(near)
    }

    /// The four upper notes, spread (the second from the top an octave lower), in the position that moves
    /// least from `previous` and stays around `centre`.
    pub(super) fn voicing(&self, previous: Option<[i32; 4]>, centre: i32) -> [i32; 4] {
        let mut classes = self.upper.map(|tone| (self.root + tone).rem_euclid(12));
        classes.sort_unstable();
        let mut best = (i32::MAX, [0; 4]);
        for octave in 2..7 {
            for turn in 0..4 {
                let close: [i32; 4] = std::array::from_fn(|i| {
                    let lifted = if turn + i >= 4 { 12 } else { 0 };
                    12 * octave + classes[(turn + i) % 4] + lifted
                });
                let spread = [close[2] - 12, close[0], close[1], close[3]];
                let middle = spread.iter().sum::<i32>() / 4;
                let motion = previous.map_or(0, |old| {
                    old.iter().zip(spread).map(|(before, after)| (before - after).abs()).sum()
                });
                let cost = 2 * motion + 3 * (middle - centre).abs();
                if cost < best.0 {
                    best = (cost, spread);
                }
            }
        }
        best.1
    }
}

/// Voicings for a row of chords, each leading to the next.
pub(super) fn lead(chords: &[Chord], centre: i32) -> Vec<[i32; 4]> {
    let mut voicings: Vec<[i32; 4]> = Vec::with_capacity(chords.len());
    for chord in chords {
        voicings.push(chord.voicing(voicings.last().copied(), centre));
    }
    voicings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_lead_to_each_other_in_small_steps() {
        let chords = [maj9(D), min9(B), maj9(G), sus9(A), min9(E), add9(C), maj9(B_FLAT), six9(D)];
        let voicings = lead(&chords, 60);
        for (chord, voicing) in chords.iter().zip(&voicings) {
            assert!(voicing.iter().all(|&pitch| chord.holds(pitch)), "{voicing:?}");
            assert!(voicing.is_sorted() && voicing[0] > 44 && voicing[3] < 76, "{voicing:?}");
        }
        for pair in voicings.windows(2) {
            let motion: i32 = pair[0].iter().zip(pair[1]).map(|(a, b)| (a - b).abs()).sum();
            assert!(motion <= 8, "{pair:?} moves by {motion}");
        }
    }
}
