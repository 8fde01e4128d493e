//! The composer: harmony, tunes, and the pieces that the three invented bands play.

mod cafe;
mod harbour;
mod harmony;
mod nightbus;
mod sheet;
mod tune;
mod waltz;

use crate::synth::{RATE, Score, Span};

/// A piece of music; a track is a span of one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    /// Four slow tracks without a gap.
    Harbour,
    /// Four dance tracks without a gap.
    NightBus,
    LongWayHome,
    Sluice,
    Umbrella,
    Waltz,
}

/// A score and the spans of its tracks.
pub(crate) struct Album {
    pub(crate) score: Score,
    pub(crate) spans: Vec<Span>,
}

impl Piece {
    pub(crate) fn compose(self) -> Album {
        match self {
            Self::Harbour => harbour::compose(),
            Self::NightBus => nightbus::compose(),
            Self::LongWayHome => cafe::long_way_home(),
            Self::Sluice => cafe::sluice(),
            Self::Umbrella => cafe::umbrella(),
            Self::Waltz => waltz::compose(),
        }
    }
}

/// Spans between the given frames: only the first one fades in and only the last one fades out (seconds).
fn spans(cuts: &[u32], fade_in: f32, fade_out: f32) -> Vec<Span> {
    let last = cuts.len().saturating_sub(2);
    let fade = |wanted: bool, seconds: f32| if wanted { (seconds * RATE) as u32 } else { 0 };
    let pairs = cuts.windows(2).enumerate();
    pairs
        .map(|(n, cut)| Span {
            from: cut[0],
            to: cut[1],
            fade_in: fade(n == 0, fade_in),
            fade_out: fade(n == last, fade_out),
        })
        .collect()
}
#[cfg(test)]
mod tests {
    use super::*;

    /// Rendering a span must give what rendering the whole piece would: then albums have no seams.
    #[test]
    fn a_track_begins_as_the_one_before_would_have_gone_on() {
        for piece in [Piece::Harbour, Piece::NightBus] {
            let album = piece.compose();
            for pair in album.spans.windows(2) {
                let beyond = Span { to: pair[0].to + 8_820, ..pair[0] };
                let after = Span { to: pair[1].from + 8_820, fade_out: 0, ..pair[1] };
                let (one, two) = (album.score.render(beyond), album.score.render(after));
                let overlap = &one[one.len() - 2 * 8_820..];
                let worst = overlap.iter().zip(&two).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(worst.is_some_and(|worst| worst <= 3), "{piece:?} differs by {worst:?} at a seam");
            }
        }
    }
}
