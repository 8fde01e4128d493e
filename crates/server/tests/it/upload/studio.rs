//! Real encodes, made by ffmpeg, and what the tests of uploads share.

use std::process::{Command, Stdio};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use http::Request;
use serde_json::Value;
use testkit::{Call, Reply, TestApp, User};
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// Two tones, three seconds and a bit, so that no encoder ends on a frame.
pub(crate) const TUNE: &str = "aevalsrc=0.4*sin(2*PI*440*t)|0.3*sin(2*PI*660*t):s=44100:d=3.0321";

/// Every kind of file that is accepted: its codec as ffmpeg's options, its ending, its content type.
pub(crate) const FORMATS: [(&[&str], &str, &str); 8] = [
    (&["-c:a", "libmp3lame", "-b:a", "128k"], "mp3", "audio/mpeg"),
    (&["-c:a", "pcm_s16le"], "wav", "audio/wav"),
    (&["-c:a", "aac", "-b:a", "96k"], "m4a", "audio/mp4"),
    (&["-c:a", "alac"], "m4a", "audio/mp4"),
    (&["-c:a", "aac", "-f", "adts"], "aac", "audio/aac"),
    (&["-c:a", "flac"], "flac", "audio/flac"),
    (&["-c:a", "libvorbis"], "ogg", "audio/ogg"),
    (&["-c:a", "libopus"], "opus", "audio/ogg"),
];

/// The tune (or another `lavfi` input) encoded with `options` into a file that ends in `ending`.
pub(crate) fn encode(input: &str, options: &[&str], ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join(format!("tune.{ending}"));
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", input]);
    let output = command.args(options).arg(&out).stdin(Stdio::null()).output().expect("ffmpeg is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(out).unwrap()
}

/// How many milliseconds ffmpeg decodes.
pub(crate) fn decoded_ms(file: &[u8], ending: &str) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("tune.{ending}"));
    std::fs::write(&path, file).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i"]).arg(path);
    let output = command.args(["-f", "s16le", "-ac", "1", "-ar", "48000", "-"]).output().unwrap();
    assert!(output.status.success());
    u64::try_from(output.stdout.len()).unwrap() / 2 * 1000 / 48_000
}

/// A small FLAC file that differs from that of every other `n`.
pub(crate) fn small(n: u32) -> Vec<u8> {
    encode(&format!("sine=frequency={}:duration=0.5:sample_rate=44100", 300 + n), &["-c:a", "flac"], "flac")
}

/// An upload that is about to be sent.
pub(crate) fn upload<'a>(app: &'a TestApp, who: &User, file: &[u8], metadata: &Value) -> Call<'a> {
    let metadata = metadata.to_string();
    let parts = [("metadata", None, metadata.as_bytes()), ("file", Some("tune.bin"), file)];
    app.post("/api/v1/tracks/upload").by(who).form(&parts)
}

/// Uploads a file without a word.
pub(crate) async fn send(app: &TestApp, who: &User, file: &[u8]) -> Reply {
    app.post("/api/v1/tracks/upload").by(who).form(&[("file", Some("tune.bin"), file)]).send().await
}

/// What lies in the temporary folder and, but for `tracks` of them, in the object store.
pub(crate) fn left(app: &TestApp, tracks: usize) -> Vec<String> {
    let tmp = app.service.app.config.data.join("tmp");
    let mut left: Vec<String> = std::fs::read_dir(&tmp)
        .unwrap()
        .chain(std::fs::read_dir(tmp.join("cut")).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "cut")
        .collect();
    let sounds = app.service.app.blobs.keys("audio").unwrap();
    if sounds.len() != tracks {
        left.extend(sounds.into_iter().map(|key| key.to_string()));
    }
    left
}

/// A form whose file begins and does not end.
pub(crate) struct Slow(JoinHandle<()>);

impl Slow {
    /// Sends the beginning of a form that says it has so many bytes.
    pub(crate) async fn begin(app: &TestApp, method: &str, path: &str, by: &User, size: u64) -> Self {
        let (read, has_read) = tokio::sync::oneshot::channel();
        let opening = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nsound";
        // The rest is asked for when the beginning was taken.
        let rest = stream::once(async {
            let _ = read.send(());
            std::future::pending::<Bytes>().await
        });
        let body = stream::iter([Bytes::from(opening)]).chain(rest);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "music.example")
            .header("authorization", format!("Bearer {}", by.token))
            .header("content-length", size)
            .header("content-type", "multipart/form-data; boundary=b");
        let request = request.body(Body::from_stream(body.map(Ok::<_, std::io::Error>))).unwrap();
        let router = server::router(&app.service, &server::Role::ALL, axum::Router::new());
        let sending = tokio::spawn(async move { drop(router.oneshot(request).await) });
        has_read.await.expect("the form is read");
        Self(sending)
    }

    /// The sender goes away.
    pub(crate) async fn give_up(self) {
        self.0.abort();
        let _ = self.0.await;
    }
}
