//! Disks that are full, read-only or away.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use http::Request;
use testkit::TestApp;
use tower::ServiceExt;

use super::studio::{Slow, left, send, small};

/// A small disk of its own, gone with the test.
struct Disk(PathBuf);

impl Disk {
    /// A disk of that size at `path`; `None` where mounting is not permitted.
    fn mount(path: PathBuf, mib: u32) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let size = format!("size={mib}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output().unwrap();
        if !mounted.status.success() {
            eprintln!("skipped: no disk can be mounted: {}", String::from_utf8_lossy(&mounted.stderr));
            return None;
        }
        let disk = Self(path);
        std::fs::create_dir_all(disk.0.join("tmp/cut")).unwrap();
        Some(disk)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[testkit::test]
async fn a_disk_without_room_is_said_before_and_while_it_fills(app: TestApp) {
    let Some(disk) = Disk::mount(app.folder().join("small"), 90) else { return };
    let ana = app.artist("ana").await;
    let data = disk.path().to_owned();
    let app = app.reconfigured(|config| config.data = data);
    send(&app, &ana, &small(1)).await.expect(201);

    // The length is known: refused before a byte is read.
    let large = vec![0; 40 << 20];
    send(&app, &ana, &large).await.expect(507).problem("insufficient_storage");
    assert_eq!(left(&app, 1), [""; 0]);

    // It is not: stopped when the rest is for others.
    let piece = Bytes::from(vec![0; 1 << 20]);
    let opening = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
    let body = stream::iter([Bytes::from(opening)]).chain(stream::iter(vec![piece; 45]));
    let request = Request::post("/api/v1/tracks/upload")
        .header("host", "music.example")
        .header("authorization", format!("Bearer {}", ana.token))
        .header("content-type", "multipart/form-data; boundary=b");
    let request = request.body(Body::from_stream(body.map(Ok::<_, std::io::Error>))).unwrap();
    let router = server::router(&app.service, &server::Role::ALL, axum::Router::new());
    let reply = router.oneshot(request).await.unwrap();
    assert_eq!(reply.status(), 507);
    assert_eq!(left(&app, 1), [""; 0]);

    // Full to the last byte, it is told as well; and afterwards all is as before.
    let filler = disk.path().join("filler");
    let _ = std::fs::write(&filler, vec![0; 90 << 20]);
    send(&app, &ana, &small(2)).await.expect(507).problem("insufficient_storage");
    std::fs::remove_file(filler).unwrap();
    send(&app, &ana, &small(2)).await.expect(201);
    assert_eq!(left(&app, 2), [""; 0]);
}

#[testkit::test]
async fn the_reserve_holds_however_many_send_at_a_time(app: TestApp) {
    let Some(disk) = Disk::mount(app.folder().join("small"), 90) else { return };
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let data = disk.path().to_owned();
    let app = app.reconfigured(|config| config.data = data);
    // Each alone has room; together they have not.
    let first = Slow::begin(&app, "POST", "/api/v1/tracks/upload", &ana, 12 << 20).await;
    let second = Slow::begin(&app, "POST", "/api/v1/tracks/upload", &ben, 12 << 20).await;
    let large = vec![0; 7 << 20];
    send(&app, &ana, &large).await.expect(507).problem("insufficient_storage");
    send(&app, &ana, &small(1)).await.expect(201);
    first.give_up().await;
    send(&app, &ana, &large).await.expect(415);
    second.give_up().await;
    assert_eq!(left(&app, 1), [""; 0]);

    // What others took is not promised, and the service says when it can hardly go on.
    app.get("/readyz").send().await.expect(200);
    std::fs::write(disk.path().join("filler"), vec![0; 60 << 20]).unwrap();
    send(&app, &ana, &small(2)).await.expect(507).problem("insufficient_storage");
    app.get("/readyz").send().await.expect(200);
    std::fs::write(disk.path().join("more"), vec![0; 16 << 20]).unwrap();
    let full = app.get("/readyz").send().await.expect(503).json();
    assert_eq!(full, serde_json::json!({"ready": false, "missing": ["disk"]}));
}

#[testkit::test]
async fn one_account_sends_a_few_files_at_a_time(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let mut sending = Vec::new();
    for _ in 0..4 {
        sending.push(Slow::begin(&app, "POST", "/api/v1/tracks/upload", &ana, 1 << 20).await);
    }
    let fifth = send(&app, &ana, &small(1)).await.expect(429);
    fifth.problem("rate_limited");
    assert!(fifth.header("retry-after").is_some());
    send(&app, &ben, &small(1)).await.expect(201);
    sending.pop().unwrap().give_up().await;
    send(&app, &ana, &small(1)).await.expect(201);
    for slow in sending {
        slow.give_up().await;
    }
    assert_eq!(left(&app, 2), [""; 0]);
}

#[testkit::test]
async fn a_folder_that_cannot_be_written_is_one_clear_answer(app: TestApp) {
    let Some(disk) = Disk::mount(app.folder().join("readonly"), 100) else { return };
    let ana = app.artist("ana").await;
    let data = disk.path().to_owned();
    let app = app.reconfigured(|config| config.data = data);
    let remount = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()).status().unwrap();
    assert!(remount.success());
    send(&app, &ana, &small(1)).await.expect(503).problem("unavailable");
    let away = disk.path().join("away");
    let app = app.reconfigured(|config| config.data = away);
    send(&app, &ana, &small(1)).await.expect(503).problem("unavailable");
    assert!(app.service.app.blobs.keys("audio").unwrap().is_empty());
}

#[testkit::test]
async fn without_its_program_nothing_can_be_looked_at(app: TestApp) {
    let ana = app.artist("ana").await;
    let mut service = app.service.clone();
    service.music = server::Service::new(app.service.app.clone(), "/nowhere/resonance".into()).music;
    let router = server::router(&service, &server::Role::ALL, axum::Router::new());
    let file =
        [b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n", &*small(1), b"\r\n--b--\r\n"]
            .concat();
    let request = Request::post("/api/v1/tracks/upload")
        .header("host", "music.example")
        .header("authorization", format!("Bearer {}", ana.token))
        .header("content-type", "multipart/form-data; boundary=b");
    let reply = router.oneshot(request.body(Body::from(file)).unwrap()).await.unwrap();
    assert_eq!(reply.status(), 503);
    assert_eq!(left(&app, 0), [""; 0]);
}
