//! What decoding a whole sound file showed.

use db::{Tx, sql};
use kernel::{AudioId, Time, TrackId};

use super::{
    bulk,
    derived::{Touched, settle},
};

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
    /// How long its headers promise it to be, in milliseconds, where that is much more than there is: it was cut off.
    pub promised_ms: Option<i64>,
}

/// Whether so much is missing of what the headers promise that somebody cut the file off: some count what they leave out,
/// or round.
fn is_cut_off(promised_ms: i64, found_ms: i64) -> bool {
    let missing = promised_ms.saturating_sub(found_ms);
    missing > 2_000 && missing > promised_ms / 20
}

impl From<media::Analysis> for Analysed {
    fn from(found: media::Analysis) -> Self {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let duration_ms = number(found.duration_ms);
        Self {
            frames: number(found.frames),
            sample_rate: found.sample_rate.into(),
            duration_ms,
            promised_ms: found.promised_ms.map(number).filter(|promised| is_cut_off(*promised, duration_ms)),
            encoder_delay: found.encoder_delay.into(),
            encoder_padding: found.encoder_padding.into(),
            peaks: found.waveform,
        }
    }
}

/// Why a file could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecoded {
    /// What the reader said.
    pub reason: String,
    /// Whether there is nothing to be heard in it, as opposed to something that took our reader too much.
    pub silent: bool,
}

/// Notes what decoding a file found, or why it cannot be decoded; of a silent one the track is 0 ms long and not
/// available. A file that changed meanwhile (`modified_at`) is passed over, since it is to be decoded again; answers
/// whether it is the same one.
pub async fn set_analysed(
    tx: &mut Tx,
    (id, modified_at): (AudioId, Time),
    found: &Result<Analysed, Undecoded>,
    now: Time,
) -> db::Result<bool> {
    let found = match found {
        Ok(found) => found,
        Err(failure) => return set_failed(tx, (id, modified_at), failure, now).await,
    };
    let track: Option<(TrackId,)> = sql!(
        "UPDATE audio SET frames = $frames, sample_rate = $rate, encoder_delay = $delay, encoder_padding = $padding,
             peaks = $peaks, promised_ms = $promised, analysed_at = $now, analysis_error = NULL
         WHERE id = $id AND modified_at = $modified RETURNING track_id"
    )
    .set("frames", found.frames)
    .set("rate", found.sample_rate)
    .set("delay", found.encoder_delay)
    .set("padding", found.encoder_padding)
    .set("peaks", found.peaks.as_slice())
    .set("promised", found.promised_ms)
    .set("now", now)
    .set("id", id)
    .set("modified", modified_at)
    .maybe(tx)
    .await?;
    let Some((track,)) = track else { return Ok(false) };
    let differs = sql!("UPDATE track SET duration_ms = $2 WHERE id = $1 AND duration_ms <> $2")
        .bind(track)
        .bind(found.duration_ms)
        .changed(tx)
        .await?;
    if differs {
        settle(tx, &Touched { tracks: vec![track], ..Touched::default() }, now).await?;
    }
    Ok(true)
}

async fn set_failed(
    tx: &mut Tx,
    (id, modified_at): (AudioId, Time),
    failure: &Undecoded,
    now: Time,
) -> db::Result<bool> {
    let track: Option<(TrackId,)> =
        sql!("UPDATE audio SET analysis_error = $3 WHERE id = $1 AND modified_at = $2 RETURNING track_id")
            .bind(id)
            .bind(modified_at)
            .bind(&failure.reason)
            .maybe(tx)
            .await?;
    let Some((track,)) = track else { return Ok(false) };
    if failure.silent {
        sql!("UPDATE track SET duration_ms = 0 WHERE id = $1").bind(track).run(tx).await?;
        let mut touched = bulk::set_available(tx, [track], false, now).await?;
        touched.tracks.push(track);
        settle(tx, &touched, now).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::is_cut_off;

    #[test]
    fn a_little_less_than_promised_is_no_cut() {
        for (promised, found) in
            [(50_000, 50_000), (50_000, 60_000), (10_000, 8_000), (600_000, 571_000), (0, 0)]
        {
            assert!(!is_cut_off(promised, found), "{promised} {found}");
        }
        for (promised, found) in [(50_000, 6_000), (10_000, 7_999), (600_000, 569_000), (i64::MAX, 1)] {
            assert!(is_cut_off(promised, found), "{promised} {found}");
        }
    }
}
