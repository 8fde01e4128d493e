//! New releases, told to everybody who follows their artist.

use std::time::Duration;

use db::{
    Tx,
    job::{self, BoxError, Handler, JobContext, NewJob},
};
use infra::App;
use kernel::{AccountId, AlbumId, ArtistId, JobId, Time, TrackId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    model::NotificationType,
    queries::{self, News, TrackOut},
};
use crate::Community;

/// The kind of the job.
const JOB: &str = "announce";
/// How long a release waits to be told: an album often comes out a track at a time, and mistakes are taken back.
const PAUSE: Duration = Duration::from_mins(1);
/// Followers that are told in one transaction.
const BATCH: i64 = 500;

/// What came out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Release {
    Track(TrackId),
    Album(AlbumId),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Payload {
    release: Release,
    /// When it came out: whoever follows since then is not told.
    at: i64,
}

/// Has a release told in a while.
pub(super) async fn announce(app: &App, release: Release, at: Time) -> db::Result<()> {
    let (id, now) = (app.id::<JobId>(), app.now());
    let key = match release {
        Release::Track(track) => format!("{JOB}:{track}"),
        Release::Album(album) => format!("{JOB}:{album}"),
    };
    let payload = json!(Payload { release, at: at.micros() });
    let new = NewJob { unique_key: Some(key), ..NewJob::new(JOB, payload, now.plus(PAUSE)) };
    db::write!(app.db, |tx| job::enqueue(tx, &new, id, now).await).map(|_| ())
}

/// The jobs of this module.
pub fn jobs(community: &Community) -> Vec<Handler> {
    let community = community.clone();
    vec![Handler::new(JOB, move |context: JobContext| {
        let community = community.clone();
        async move { tell_all(&community.app, &context).await }
    })]
}

async fn tell_all(app: &App, context: &JobContext) -> Result<(), BoxError> {
    let Payload { release, at } = context.payload()?;
    let at = Time::from_micros(at);
    let Some((artist, news)) = db::read!(app.db, |tx| news(tx, release, at).await)? else { return Ok(()) };
    let mut place = None;
    let mut told = 0;
    loop {
        let batch: Vec<(Time, AccountId)> =
            db::read!(app.db, |tx| queries::followers(tx, artist, at, place, BATCH).await)?;
        let Some(last) = batch.last().copied() else { return Ok(()) };
        let mut accounts: Vec<AccountId> = batch.into_iter().map(|(_, account)| account).collect();
        accounts.sort_unstable();
        told += db::write!(app.db, |tx| queries::tell(tx, app, &news, &accounts).await)?;
        place = Some(last);
        context.progress(i64::try_from(told).unwrap_or(i64::MAX), 0).await?;
    }
}

/// What is told of a release, and whose it is; nothing if it is not public any more. A track of a public album is told
/// as the album, and so once with all of its tracks.
async fn news(tx: &mut Tx, release: Release, at: Time) -> db::Result<Option<(ArtistId, News)>> {
    let (artist, name, subject, title, link) = match release {
        Release::Album(album) => {
            let Some((artist, name, title)) = queries::album_out(tx, album).await? else { return Ok(None) };
            (artist, name, album.into(), title, format!("/r/{album}"))
        }
        Release::Track(track) => {
            let Some(TrackOut { artist, name, title, album, album_title }) =
                queries::track_out(tx, track).await?
            else {
                return Ok(None);
            };
            match album.zip(album_title) {
                Some((album, title)) => (artist, name, album.into(), title, format!("/r/{album}")),
                None => (artist, name, track.into(), title, format!("/t/{track}")),
            }
        }
    };
    let params = json!({"artist": name, "title": title});
    Ok(Some((artist, News { kind: NotificationType::NewRelease, subject, params, link, at })))
}
