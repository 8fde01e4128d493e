//! What decoding a whole sound file showed.

use db::{Tx, sql};
use kernel::{AudioId, Time, TrackId};

use super::derived::{Touched, settle};

/// What decoding found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysed {
    /// Samples per channel that a listener hears.
    pub frames: i64,
    /// Samples per second and channel.
    pub sample_rate: i64,
    /// `frames / sample_rate` in milliseconds: how long the track is, and what each play of all of it costs.
    pub duration_ms: i64,
    /// Samples at the beginning that players skip.
    pub encoder_delay: i64,
    /// Samples at the end that players skip.
    pub encoder_padding: i64,
    /// The waveform: a version byte, then a peak for each of equal stretches.
    pub peaks: Vec<u8>,
}

impl From<media::Analysis> for Analysed {
    fn from(found: media::Analysis) -> Self {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            frames: number(found.frames),
            sample_rate: found.sample_rate.into(),
            duration_ms: number(found.duration_ms),
            encoder_delay: found.encoder_delay.into(),
            encoder_padding: found.encoder_padding.into(),
            peaks: found.waveform,
        }
    }
}

/// Notes what decoding a file found, or why it cannot be decoded. A file that changed meanwhile (`modified_at`) is
/// passed over: it is to be decoded again.
pub async fn set_analysed(
    tx: &mut Tx,
    (id, modified_at): (AudioId, Time),
    found: &Result<Analysed, String>,
    now: Time,
) -> db::Result<()> {
    let found = match found {
        Ok(found) => found,
        Err(reason) => return set_failed(tx, (id, modified_at), reason).await,
    };
    let track: Option<(TrackId,)> = sql!(
        "UPDATE audio SET frames = $frames, sample_rate = $rate, encoder_delay = $delay, encoder_padding = $padding,
             peaks = $peaks, analysed_at = $now, analysis_error = NULL
         WHERE id = $id AND modified_at = $modified RETURNING track_id"
    )
    .set("frames", found.frames)
    .set("rate", found.sample_rate)
    .set("delay", found.encoder_delay)
    .set("padding", found.encoder_padding)
    .set("peaks", found.peaks.as_slice())
    .set("now", now)
    .set("id", id)
    .set("modified", modified_at)
    .maybe(tx)
    .await?;
    let Some((track,)) = track else { return Ok(()) };
    let differs = sql!("UPDATE track SET duration_ms = $2 WHERE id = $1 AND duration_ms <> $2")
        .bind(track)
        .bind(found.duration_ms)
        .changed(tx)
        .await?;
    if differs {
        settle(tx, &Touched { tracks: vec![track], ..Touched::default() }, now).await?;
    }
    Ok(())
}

async fn set_failed(tx: &mut Tx, (id, modified_at): (AudioId, Time), reason: &str) -> db::Result<()> {
    sql!("UPDATE audio SET analysis_error = $3 WHERE id = $1 AND modified_at = $2")
        .bind(id)
        .bind(modified_at)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}
