//! Tunes: short motifs from a seed, repeated and varied over the chords.

use super::harmony::Chord;
use super::sheet::Tempo;
use crate::math::Seeded;
use crate::synth::Note;

/// A rhythm: where notes begin and how long they are, in beats.
pub(super) type Rhythm = &'static [(f64, f64)];

/// A rhythm with the steps that its tune takes from note to note.
struct Motif {
    rhythm: Rhythm,
    steps: Vec<i32>,
}

impl Motif {
    /// An arch: mostly up in the first half, mostly down in the second, leaps rare and turned back.
    fn new(rhythm: Rhythm, chance: &mut Seeded) -> Self {
        let mut steps = Vec::with_capacity(rhythm.len());
        let mut leapt = 0;
        for n in 0..rhythm.len() {
            let rising = n * 2 < rhythm.len();
            let size = match chance.below(10) {
                0 => 0,
                1..=6 => 1,
                7 | 8 => 2,
                _ => 3,
            };
            let up = if leapt == 0 { (chance.below(10) < 7) == rising } else { leapt < 0 };
            let step = if up { size } else { -size };
            leapt = if size > 1 { step } else { 0 };
            steps.push(step);
        }
        Self { rhythm, steps }
    }
}

/// Where and how a tune is played.
pub(super) struct Singer {
    pub(super) tempo: Tempo,
    pub(super) seed: u64,
    /// Two rhythms, each of `phrase` beats: the motif and its answer.
    pub(super) rhythms: [Rhythm; 2],
    /// Beats of a phrase.
    pub(super) phrase: f64,
    /// The pitch around which the tune moves, and how far from it.
    pub(super) centre: i32,
    pub(super) reach: i32,
    pub(super) velocity: f32,
}

impl Singer {
    /// Sings from beat `from`: one phrase for each letter of `plan` (`a` the motif, `b` its answer, `-`
    /// silence) over chords of `chord_beats` beats. The same letter is the same motif, bent to its chord.
    pub(super) fn sing(&self, plan: &str, from: f64, chords: &[Chord], chord_beats: f64) -> Vec<Note> {
        let mut chance = Seeded::new(self.seed);
        let motifs = self.rhythms.map(|rhythm| Motif::new(rhythm, &mut chance));
        let mut notes = Vec::new();
        for (n, letter) in plan.chars().enumerate() {
            let motif = match letter {
                'a' => &motifs[0],
                'b' => &motifs[1],
                _ => continue,
            };
            let start = n as f64 * self.phrase;
            let mut pitch = self.centre;
            for (&(offset, length), &step) in motif.rhythm.iter().zip(&motif.steps) {
                let beat = start + offset;
                let chord = &chords[(beat / chord_beats) as usize % chords.len()];
                pitch = self.walk(pitch, step, chord);
                let on_beat = offset.fract().abs() < 0.01;
                // Long notes and first notes rest on the chord itself.
                if offset < 0.01 || length >= 1.5 {
                    pitch = Chord::nearest(pitch, |p| chord.holds(p) && chord.allows(p));
                }
                let arch = 1.0 - 0.12 * ((pitch - self.centre).abs() as f32 / self.reach as f32);
                let accent = if on_beat { 1.0 } else { 0.82 };
                // A long note stops where a chord comes that it would rub against.
                let border = ((beat / chord_beats).floor() + 1.0) * chord_beats;
                let coming = &chords[(border / chord_beats) as usize % chords.len()];
                let length = if coming.allows(pitch) { length } else { length.min(border - beat) };
                let note = self.tempo.note(from + beat, length, pitch, self.velocity * accent * arch);
                notes.push(note);
            }
        }
        notes
    }

    /// Goes `step` notes of the chord's scale up or down, turning back at the ends of the reach.
    fn walk(&self, pitch: i32, step: i32, chord: &Chord) -> i32 {
        let outside = (pitch - self.centre).abs() >= self.reach;
        let away = step.signum() == (pitch - self.centre).signum();
        let step = if outside && away { -step } else { step };
        let mut at = Chord::nearest(pitch, |p| chord.allows(p));
        for _ in 0..step.abs() {
            let next = at + step.signum();
            at = (0..12).map(|n| next + n * step.signum()).find(|&p| chord.allows(p)).unwrap_or(at);
        }
        at
    }
}
