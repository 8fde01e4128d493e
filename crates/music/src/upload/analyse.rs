//! Decoding whole files in the background: how long they really are, what their encoders added, and what they look
//! like. A file that came with an upload has a job of its own; what an import brought waits its turn in the backlog,
//! one file at a time, and after everything else.

use std::time::Duration;

use db::{
    from_row,
    job::{BoxError, Handler, JobContext, NewJob},
    schedule,
};
use identity::pictures;
use kernel::{AccountId, AudioId, JobId, Time, TrackId};
use media::MediaError;
use serde::{Deserialize, Serialize};

use super::{local::Local, queries};
use crate::{
    Music,
    catalogue::{self, Analysed, AudioSource, Undecoded, bulk},
    import, playback,
};

/// The kind of the job that analyses one file.
const ONE: &str = "analyse";
/// The kind of the job that analyses what nobody waits for.
const BACKLOG: &str = "analyse_backlog";
/// Files that the backlog reads from the database at a time.
const BATCH: u32 = 50;
/// How often somebody looks whether there is a backlog.
const LOOK: Duration = Duration::from_mins(1);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    audio_id: AudioId,
}

/// What came of the job that analyses one file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    track_id: TrackId,
    /// Why the file cannot be used.
    error: Option<String>,
}

/// The job that analyses a file which `account` just sent: soon, since somebody waits for its waveform.
pub(super) fn job(audio: AudioId, account: AccountId, now: Time) -> NewJob {
    let payload = serde_json::json!(Payload { audio_id: audio });
    let unique_key = Some(format!("{ONE}:{audio}"));
    NewJob { priority: 5, unique_key, owner: Some(account), ..NewJob::new(ONE, payload, now) }
}

/// What runs these jobs.
pub(super) fn handlers(music: &Music) -> [Handler; 2] {
    let (one, all) = (music.clone(), music.clone());
    [
        Handler::new(ONE, move |context: JobContext| {
            let music = one.clone();
            async move {
                let Payload { audio_id } = context.payload()?;
                let pending = db::read!(music.app.db, |tx| queries::pending_one(tx, audio_id).await)?;
                match pending {
                    Some(pending) => {
                        let _turn = match context.owner {
                            Some(account) => Some(pictures::turn(&music.app, account).await),
                            None => None,
                        };
                        let error = analyse(&music, &pending).await?;
                        Ok(Some(Outcome { track_id: pending.track_id, error }))
                    }
                    None => Ok::<_, BoxError>(None),
                }
            }
        }),
        Handler::new(BACKLOG, move |context: JobContext| {
            let music = all.clone();
            async move { backlog(&music, &context).await }
        }),
    ]
}

/// A file that was not analysed yet.
#[derive(Debug)]
pub(super) struct Pending {
    id: AudioId,
    track_id: TrackId,
    source: AudioSource,
    place: String,
    modified_at: Time,
}

from_row!(Pending { id, track_id, source, place, modified_at });

/// Sees to it that what is not analysed will be; to be asked every now and then.
pub async fn feed(music: &Music) -> db::Result<()> {
    let app = &music.app;
    let now = app.now();
    db::write!(app.db, |tx| {
        if schedule::due(tx, BACKLOG, LOOK, now).await? && !queries::pending(tx, 1).await?.is_empty() {
            let new = NewJob {
                priority: -10,
                unique_key: Some(BACKLOG.to_owned()),
                ..NewJob::new(BACKLOG, serde_json::Value::Null, now)
            };
            db::job::enqueue(tx, &new, app.id::<JobId>(), now).await?;
        }
        Ok(())
    })
}

async fn backlog(music: &Music, context: &JobContext) -> Result<(), BoxError> {
    let mut done = 0;
    loop {
        let waiting = db::read!(music.app.db, |tx| queries::pending(tx, BATCH).await)?;
        if waiting.is_empty() {
            return Ok(());
        }
        for pending in waiting {
            analyse(music, &pending).await?;
            done += 1;
            context.progress(done, 0).await?;
        }
    }
}

/// Analyses a file and notes what was found, or why it cannot be used, which is answered. Only what the file is not to
/// blame for is an error: then it is tried again. A file that is away is left for when it is back.
async fn analyse(music: &Music, pending: &Pending) -> Result<Option<String>, BoxError> {
    let (app, now) = (&music.app, music.app.now());
    let Some(local) = Local::of(music, pending.source, &pending.place).await? else {
        tracing::warn!(track = %pending.track_id, place = pending.place, "a sound file is away");
        let away = [pending.track_id];
        db::write!(app.db, |tx| {
            let touched = bulk::set_available(tx, away, false, now).await?;
            catalogue::settle(tx, &touched, now).await
        })?;
        return Ok(Some("the file is away".to_owned()));
    };
    let analysed = match music.media.analyse(local.path()).await {
        Ok(analysis) if analysis.duration_ms == 0 => {
            Err(Undecoded { reason: "it is shorter than a millisecond".to_owned(), silent: true })
        }
        Ok(analysis) => Ok(Analysed::from(analysis)),
        Err(error @ (MediaError::Busy | MediaError::NotStarted(_))) => return Err(error.into()),
        Err(error) => {
            tracing::warn!(track = %pending.track_id, %error, "a sound file cannot be analysed");
            let silent = matches!(error, MediaError::Corrupt(_) | MediaError::Unsupported(_));
            Err(Undecoded { reason: error.to_string(), silent })
        }
    };
    let file = (pending.id, pending.modified_at);
    db::write!(app.db, |tx| {
        let same = catalogue::set_analysed(tx, file, &analysed, now).await?;
        match &analysed {
            Err(Undecoded { reason, silent: true }) if same && pending.source == AudioSource::File => {
                import::spoil(tx, &pending.place, reason).await
            }
            Ok(Analysed { promised_ms: Some(promised_ms), duration_ms, .. })
                if same && pending.source == AudioSource::File =>
            {
                let seconds = |ms: &i64| ms / 1000;
                let (found, promised) = (seconds(duration_ms), seconds(promised_ms));
                let reason = format!("cut off: it ends after {found} s of {promised} s");
                import::remark(tx, &pending.place, &reason).await
            }
            // Of what is imported the preview is cut when somebody asks for it: hardly anybody may hear no more.
            Ok(_) if same && pending.source == AudioSource::Blob => {
                playback::renew_preview(tx, app, pending.track_id).await
            }
            _ => Ok(()),
        }
    })?;
    music.playback.forget(pending.track_id);
    Ok(analysed.err().map(|undecoded| undecoded.reason))
}
