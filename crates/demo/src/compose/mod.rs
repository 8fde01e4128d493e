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
mod balance {
    use super::*;
    #[test]
    fn parts() {
        for piece in [Piece::Harbour, Piece::NightBus, Piece::LongWayHome, Piece::Sluice, Piece::Umbrella, Piece::Waltz] {
            let album = piece.compose();
            let mut score = album.score;
            let parts = std::mem::take(&mut score.parts);
            println!("{piece:?}");
            for part in parts {
                let name = format!("{:?} n={}", part.instrument, part.notes.len());
                score.parts = vec![part];
                let all = Span { from: 0, to: album.spans.last().unwrap().to, fade_in: 0, fade_out: 0 };
                let s = score.render(all);
                let mut loud: Vec<f64> = s.chunks(44100 * 2).map(|c| (c.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / c.len() as f64).sqrt() / 32768.0).collect();
                loud.sort_by(f64::total_cmp);
                let peak = s.iter().map(|x| x.unsigned_abs()).max().unwrap();
                println!("  {name:70} p50 {:.1} p90 {:.1} dB peak {:.1}", 20.0*loud[loud.len()/2].log10(), 20.0 * loud[loud.len() * 9 / 10].log10(), 20.0 * (f64::from(peak)/32768.0).log10());
            }
        }
    }
}
