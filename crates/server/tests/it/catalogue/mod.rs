//! The catalogue and what people keep of it.

mod albums;
mod artists;
mod bulk;
mod covers;
mod cursors;
mod library;
mod lists;
mod scale;
mod splits;
mod tracks;
mod visibility;

use kernel::TrackId;
use music::catalogue::{self, AudioSource, CatalogueError, NewAudio};
use serde_json::{Value, json};
use testkit::{TestApp, User};

pub(crate) use self::covers::give_cover;

/// The artist page of somebody, under their name.
async fn page_of(app: &TestApp, user: &User, name: &str) -> String {
    let page =
        app.post("/api/v1/artists").by(user).json(json!({"displayName": name})).send().await.expect(201);
    text(&page.json()["id"])
}

/// A draft with sound, on the only page of `user`.
async fn draft(app: &TestApp, user: &User, title: &str) -> String {
    let body = json!({"title": title});
    let id = text(&app.post("/api/v1/tracks").by(user).json(body).send().await.expect(201).json()["id"]);
    give_sound(app, &id, 180_000).await;
    id
}

/// A public track on the only page of `user`.
async fn published(app: &TestApp, user: &User, title: &str) -> String {
    let id = draft(app, user, title).await;
    set_visibility(app, user, &id, "public").await;
    id
}

async fn set_visibility(app: &TestApp, user: &User, track: &str, visibility: &str) {
    let body = json!({"visibility": visibility});
    app.patch(format!("/api/v1/tracks/{track}")).by(user).json(body).send().await.expect(200);
}

/// As an upload does.
pub(crate) async fn give_sound(app: &TestApp, track: &str, duration_ms: i64) {
    let audio = sound(track.parse().unwrap());
    let (id, now) = (app.service.app.id(), app.service.app.now());
    let given: Result<(), CatalogueError> = db::write!(app.db(), |tx| {
        catalogue::track::attach_audio(tx, (id, audio.clone()), duration_ms, now).await
    });
    given.unwrap();
}

fn sound(track: TrackId) -> NewAudio {
    NewAudio {
        track,
        source: AudioSource::Blob,
        place: format!("audio/{track}"),
        size: 1_000,
        modified_at: kernel::Time::from_micros(0),
        content_type: "audio/flac",
        codec: "flac".into(),
        bitrate: 900_000,
        sample_rate: 44_100,
        channels: 2,
        bit_depth: Some(16),
        hash: None,
        gain_track_mb: None,
        gain_album_mb: None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// One field of every item of a page.
fn all(page: &Value, field: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| text(&item[field])).collect()
}

/// A GET, by somebody or by nobody.
async fn get(app: &TestApp, who: Option<&User>, path: &str) -> testkit::Reply {
    let call = app.get(path);
    match who {
        Some(user) => call.by(user),
        None => call,
    }
    .send()
    .await
}

/// Every item of a list, page by page.
async fn walk(app: &TestApp, who: Option<&User>, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = get(app, who, &format!("{path}{mark}limit={limit}{cursor}")).await.ok();
        let more = page["items"].as_array().unwrap();
        assert!(more.len() <= limit);
        items.extend(more.iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => {
                assert_eq!(more.len(), limit, "a page that is not the last is full: {path}");
                cursor = format!("&cursor={next}");
            }
            None => return items,
        }
    }
}

/// Topics in the outbox, in order.
async fn events(app: &TestApp) -> Vec<String> {
    let topics: Result<Vec<String>, db::Error> =
        db::read!(app.db(), |tx| db::sql!("SELECT topic FROM outbox ORDER BY at, id").column(tx).await);
    topics.unwrap()
}
