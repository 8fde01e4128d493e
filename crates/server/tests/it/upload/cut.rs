use std::{io, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use http::Request;
use testkit::{TestApp, User};
use tower::ServiceExt;

use super::studio::{left, send, small};

const OPENING: &str = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.flac\"\r\n\r\n";

fn request(who: &User, body: Body) -> Request<Body> {
    let request = Request::post("/api/v1/tracks/upload")
        .header("host", "music.example")
        .header("authorization", format!("Bearer {}", who.token))
        .header("content-type", "multipart/form-data; boundary=b");
    request.body(body).unwrap()
}

async fn answer(app: &TestApp, request: Request<Body>) -> u16 {
    let router = server::router(&app.service, &server::Role::ALL, axum::Router::new());
    router.oneshot(request).await.unwrap().status().as_u16()
}

fn chunks(file: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let chunks: Vec<_> = file.chunks(1000).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter([Ok(Bytes::from_static(OPENING.as_bytes()))]).chain(stream::iter(chunks))
}

#[testkit::test]
async fn a_connection_that_is_cut_leaves_nothing(app: TestApp) {
    let ana = app.artist("ana").await;
    let file = small(1);
    // The sender's side breaks off: in the middle, and just before the end.
    for end in [file.len() / 2, file.len()] {
        let cut = stream::iter([Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
        let body = Body::from_stream(chunks(&file[..end]).chain(cut));
        assert_eq!(answer(&app, request(&ana, body)).await, 400);
        assert_eq!(left(&app, 0), [""; 0]);
    }
    // The server gives the request up, as it does when the connection is gone.
    let body = Body::from_stream(chunks(&file[..file.len() / 2]).chain(stream::pending()));
    let waiting = tokio::time::timeout(Duration::from_millis(300), answer(&app, request(&ana, body))).await;
    assert!(waiting.is_err());
    assert_eq!(left(&app, 0), [""; 0]);
    // And the same file comes through when it is sent to its end.
    let end = stream::iter([Ok(Bytes::from_static(b"\r\n--b--\r\n"))]);
    assert_eq!(answer(&app, request(&ana, Body::from_stream(chunks(&file).chain(end)))).await, 201);
    assert_eq!(left(&app, 1), [""; 0]);
}

#[testkit::test]
async fn what_a_killed_process_left_is_swept(app: TestApp) {
    let ana = app.artist("ana").await;
    send(&app, &ana, &small(1)).await.expect(201);
    let tmp = app.service.app.config.data.join("tmp");
    std::fs::write(tmp.join("019c0000.part"), b"x").unwrap();
    std::fs::write(tmp.join("cut/019c0001.part"), b"x").unwrap();
    let orphan = |app: &TestApp| {
        let id: kernel::AudioId = app.service.app.id();
        let key = infra::BlobKey::new(format!("audio/{id}")).unwrap();
        app.service.app.blobs.put(&key, Bytes::from_static(b"x")).unwrap();
    };
    orphan(&app);
    let sweep = async || music::upload::sweep(&app.service.app).await.unwrap();
    assert_eq!(sweep().await, 2, "the blob may be somebody's who is about to commit");
    assert_eq!(left(&app, 2), [""; 0]);
    app.advance(Duration::from_secs(3601));
    orphan(&app);
    assert_eq!(sweep().await, 1);
    assert_eq!(left(&app, 2), [""; 0]);
    app.advance(Duration::from_secs(3601));
    assert_eq!(sweep().await, 1);
    assert_eq!(left(&app, 1), [""; 0], "what has a track stays");
}
