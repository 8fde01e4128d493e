//! Hearing music: streams, signed addresses, previews, plays and history.

mod addresses;
mod broken;
mod conditions;
mod formats;
mod history;
mod now_playing;
mod plays;
mod previews;
mod ranges;
mod waveform;
mod withdrawn;

use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

pub(crate) use self::previews::heard;
use crate::upload::studio::{encode, upload};

/// A tone of so many seconds as FLAC; that of each pitch is another one.
fn tone(pitch: u32, seconds: u32) -> Vec<u8> {
    let input = format!("sine=frequency={pitch}:duration={seconds}:sample_rate=44100");
    encode(&input, &["-c:a", "flac"], "flac")
}

/// Publishes `sound` with what `more` says of it; answers its id.
async fn publish(app: &TestApp, artist: &User, sound: &[u8], more: Value) -> String {
    let mut metadata = json!({"title": "Dawn", "visibility": "public"});
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let track = upload(app, artist, sound, &metadata).send().await.expect(201).json();
    track["id"].as_str().unwrap().to_owned()
}

fn path(id: &str, part: &str) -> String {
    format!("/api/v1/tracks/{id}/{part}")
}

/// Streams all that `who` gets of a track.
async fn stream(app: &TestApp, who: &User, id: &str) -> Reply {
    app.get(path(id, "stream")).by(who).send().await
}

/// Reports a play of `seconds` that began now.
async fn report(app: &TestApp, who: &User, id: &str, play: &str, seconds: f64) -> Reply {
    let play = json!({"clientPlayId": play, "startedAt": app.now(), "secondsListened": seconds});
    app.post(path(id, "plays")).by(who).json(play).send().await
}
