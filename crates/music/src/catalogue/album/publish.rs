//! Publishing a release: an album together with its tracks, all of them or nothing.

use db::{Rows, Tx, from_row, outbox, sql};
use infra::App;
use kernel::{AccountId, AlbumId, ArtistId, Check, Event, EventId, FieldError, Time, TrackId};
use serde::Deserialize;

use super::queries;
use crate::catalogue::{
    CatalogueError, ReleaseDate, Visibility,
    derived::{Touched, settle},
    visibility::TRACK_MANAGED,
};

/// Problems that are named at most.
const PROBLEMS: usize = 200;

/// How a release is to be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// By everybody (`public`, unless given), or by whoever has the address (`unlisted`).
    #[serde(default)]
    pub visibility: Option<Visibility>,
}

/// A track that is to be published.
struct Part {
    id: TrackId,
    artist_id: ArtistId,
    has_title: bool,
    has_sound: bool,
    published_at: Option<Time>,
}

from_row!(Part { id, artist_id, has_title, has_sound, published_at });

/// Publishes an album and those of its tracks that `account` manages; answers these. What has no date gets that of the
/// album, and the album the day's. Done again it changes nothing.
///
/// # Errors
/// When the album is not the account's, or a track is not ready: each that is not is named, and nothing is published.
pub(super) async fn publish(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: AlbumId,
    release: NewRelease,
) -> Result<Vec<TrackId>, CatalogueError> {
    let now = app.now();
    let visibility = release.visibility.unwrap_or(Visibility::Public);
    let known = matches!(visibility, Visibility::Public | Visibility::Unlisted);
    Check::new().that(known, "/visibility", "not_allowed", "is public or unlisted").done()?;
    let (artist, before) = queries::managed(tx, account, id).await?.ok_or(CatalogueError::NoAlbum)?;
    let parts = parts(tx, account, id).await?;
    check(&parts)?;

    let is_public = visibility == Visibility::Public;
    let mut values = before.clone();
    values.visibility = visibility;
    if is_public {
        values.release_date = values.release_date.or_else(|| ReleaseDate::day_of(now));
    }
    queries::update(tx, id, &values, now).await?;
    show(tx, &parts, visibility, values.release_date, now).await?;

    let new = parts.iter().filter(|part| is_public && part.published_at.is_none());
    let mut events: Vec<Event> =
        new.map(|part| Event::TrackPublished { track: part.id, artist: part.artist_id }).collect();
    if is_public && before.visibility != Visibility::Public {
        events.push(Event::AlbumPublished { album: id, artist });
    }
    outbox::emit_all(tx, events.iter().map(|event| (app.id::<EventId>(), event)), now).await?;
    let tracks: Vec<TrackId> = parts.iter().map(|part| part.id).collect();
    let artists = parts.iter().map(|part| part.artist_id).chain([artist]).collect();
    settle(tx, &Touched { tracks: tracks.clone(), albums: vec![id], artists }, now).await?;
    Ok(tracks)
}

/// The tracks of the album that `account` manages. They stay as they are until the transaction ends.
async fn parts(tx: &mut Tx, account: AccountId, album: AlbumId) -> db::Result<Vec<Part>> {
    sql!(
        "UPDATE track SET updated_at = updated_at
         WHERE id IN (SELECT t.id FROM track t WHERE t.album_id = $album AND {managed})",
        managed = TRACK_MANAGED
    )
    .set("album", album)
    .set("viewer", account)
    .run(tx)
    .await?;
    sql!(
        "SELECT t.id, t.artist_id, t.title <> '' AS has_title,
             t.duration_ms > 0 AND EXISTS (SELECT 1 FROM audio a WHERE a.track_id = t.id) AS has_sound, t.published_at
         FROM track t WHERE t.album_id = $album AND {managed} ORDER BY t.disc_no, t.track_no, t.id",
        managed = TRACK_MANAGED
    )
    .set("album", album)
    .set("viewer", account)
    .all(tx)
    .await
}

/// Whether there is something to publish, and all of it is ready.
fn check(parts: &[Part]) -> Result<(), CatalogueError> {
    let mut problems = Vec::new();
    for part in parts {
        let pointer = format!("/tracks/{}", part.id);
        if !part.has_title {
            problems.push(FieldError::new(pointer.clone(), "title_missing", "has no title yet"));
        }
        if !part.has_sound {
            problems.push(FieldError::new(pointer, "sound_missing", "has no sound yet"));
        }
    }
    if parts.is_empty() {
        problems.push(FieldError::new("/tracks", "required", "has no track that this account manages"));
    }
    problems.truncate(PROBLEMS);
    if problems.is_empty() { Ok(()) } else { Err(CatalogueError::Unready(problems)) }
}

/// Gives the tracks their visibility. Those that are public for the first time are published.
async fn show(
    tx: &mut Tx,
    parts: &[Part],
    visibility: Visibility,
    date: Option<ReleaseDate>,
    now: Time,
) -> db::Result<()> {
    let query = sql!(
        "UPDATE track SET visibility = $visibility, updated_at = $now[[:publish:,
             release_date = CASE WHEN published_at IS NULL THEN COALESCE(release_date, $date) ELSE release_date END,
             released_order = CASE WHEN published_at IS NULL AND release_date IS NULL THEN $order
                 ELSE released_order END,
             published_at = COALESCE(published_at, $now)]]
         WHERE id IN (SELECT r.id FROM {rows $ids r(id uuid)})"
    );
    let query = if visibility == Visibility::Public { query.on("publish") } else { query };
    query
        .set("visibility", visibility)
        .set("now", now)
        .set("date", date)
        .set("order", date.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start))
        .set_rows("ids", parts.iter().map(|part| (part.id,)).collect::<Rows>())
        .run(tx)
        .await?;
    Ok(())
}
