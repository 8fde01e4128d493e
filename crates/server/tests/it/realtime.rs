//! The realtime socket, over real connections.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use db::job::{self, NewJob, Worker};
use futures_util::{SinkExt, StreamExt};
use infra::config::Anonymous;
use kernel::{AccountId, JobId};
use serde_json::{Value, json};
use server::Role;
use testkit::{TestApp, User};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, Response},
    },
};

/// Longer than anything takes that works.
const SOON: Duration = Duration::from_secs(10);

/// A server on a port of its own, with the hub at work.
pub(crate) struct Live {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    hub: JoinHandle<()>,
}

impl Live {
    pub(crate) async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let router = server::router(&app.service, &Role::ALL, Router::new());
        let places = server::Places { all: 2000, each: 2000, exempt: Vec::new() };
        tokio::spawn(server::serve(listener, router, places, stopped.clone()));
        let mut stopped = stopped;
        let stop_hub = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let hub = tokio::spawn(app.service.hub.clone().run(stop_hub));
        Self { address, stop, hub }
    }

    /// Opens a socket with these headers.
    pub(crate) async fn try_open(&self, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        Socket::open(self.address, headers).await
    }

    pub(crate) async fn open(&self, user: &User) -> Socket {
        self.try_open(&[("authorization", &format!("Bearer {}", user.token))]).await.unwrap()
    }

    async fn refused(&self, headers: &[(&'static str, &str)]) -> Response<Option<Vec<u8>>> {
        match self.try_open(headers).await {
            Err(Error::Http(response)) => *response,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("let in"),
        }
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one at `address` with these headers.
    pub(crate) async fn open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/api/v1/ws").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    pub(crate) async fn sub(&mut self, ch: &str) {
        self.say(json!({"t": "sub", "ch": ch})).await;
    }

    /// The next message that is no ping.
    async fn message(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(SOON, self.0.next()).await;
            match next.expect("something is said").expect("it is open").expect("a message") {
                Message::Ping(_) => {}
                message => return message,
            }
        }
    }

    pub(crate) async fn hear(&mut self) -> Value {
        match self.message().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The next event of `ch`: its data.
    pub(crate) async fn news(&mut self, ch: &str) -> Value {
        let said = self.hear().await;
        assert_eq!((&said["t"], &said["ch"]), (&json!("ev"), &json!(ch)), "{said}");
        said["d"].clone()
    }

    /// Follows a channel; answers its first value.
    pub(crate) async fn follow(&mut self, ch: &str) -> Value {
        self.sub(ch).await;
        let said = self.hear().await;
        assert_eq!((&said["t"], &said["ch"]), (&json!("ok"), &json!(ch)), "{said}");
        assert!(said["id"].is_i64(), "{said}");
        self.news(ch).await
    }

    /// Nothing is said for a while.
    pub(crate) async fn is_still(&mut self) {
        let next = tokio::time::timeout(Duration::from_millis(700), self.0.next()).await;
        assert!(next.is_err(), "{next:?}");
    }

    /// The code of the close frame that comes next.
    async fn closed(&mut self) -> u16 {
        match self.message().await {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("{other:?}"),
        }
    }
}

/// A public track of `user`'s own page, and what is said of it.
async fn track(app: &TestApp, user: &User, tone: u64) -> String {
    let song = crate::matrix::tone(tone);
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.wav"), &song)];
    let made = app.post("/api/v1/tracks/upload").by(user).form(&parts).send().await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    show(app, user, &id, "public").await;
    id
}

async fn show(app: &TestApp, user: &User, id: &str, visibility: &str) {
    let change = json!({"title": "Tone", "visibility": visibility});
    app.patch(format!("/api/v1/tracks/{id}")).by(user).json(change).send().await.ok();
}

#[testkit::test]
async fn a_track_is_told_to_whoever_may_see_it_while_they_may(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let live = Live::start(&app).await;
    let id = track(&app, &ana, 1).await;
    let ch = format!("track:{id}");
    let (mut hers, mut his) = (live.open(&ana).await, live.open(&ben).await);
    let first = json!({"playCount": 0, "likeCount": 0, "visibility": "public", "available": true});
    assert_eq!(hers.follow(&ch).await, first);
    assert_eq!(his.follow(&ch).await, first);
    app.put(format!("/api/v1/tracks/{id}/like")).by(&ben).send().await.ok();
    assert_eq!(hers.news(&ch).await["likeCount"], 1);
    assert_eq!(his.news(&ch).await["likeCount"], 1);
    // What changes nothing that is told is no news.
    app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(json!({"title": "Other"})).send().await.ok();
    hers.is_still().await;
    show(&app, &ana, &id, "private").await;
    assert_eq!(hers.news(&ch).await["visibility"], "private");
    assert_eq!(his.hear().await, json!({"t": "err", "ch": ch, "code": "not_found"}));
    // Whatever is not there for him is answered alike.
    for name in
        [ch.as_str(), "track:019c0000-0000-7000-8000-000000000000", "job:x", "track", "nothing", "track:"]
    {
        his.sub(name).await;
        assert_eq!(his.hear().await, json!({"t": "err", "ch": name, "code": "not_found"}));
    }
    show(&app, &ana, &id, "public").await;
    assert_eq!(hers.news(&ch).await["visibility"], "public");
    hers.say(json!({"t": "unsub", "ch": ch})).await;
    hers.sub("nothing").await;
    hers.hear().await;
    app.delete(format!("/api/v1/tracks/{id}/like")).by(&ben).send().await.ok();
    hers.is_still().await;
}

#[testkit::test]
async fn a_job_is_told_to_its_owner_alone(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.listener("ben").await);
    let live = Live::start(&app).await;
    let (id, now): (JobId, _) = (app.service.app.id(), app.now());
    let mut new = NewJob::new("count", json!({}), now);
    new.owner = Some(ana.id.parse::<AccountId>().unwrap());
    let queued: Result<JobId, db::Error> = db::write!(app.db(), |tx| job::enqueue(tx, &new, id, now).await);
    queued.unwrap();
    let ch = format!("job:{id}");
    let (mut hers, mut his) = (live.open(&ana).await, live.open(&ben).await);
    his.sub(&ch).await;
    assert_eq!(his.hear().await["code"], "not_found");
    assert_eq!(hers.follow(&ch).await, app.get(format!("/api/v1/jobs/{id}")).by(&ana).send().await.ok());

    let clock = app.clock.clone();
    let handler = job::Handler::new("count", move |context: job::JobContext| {
        let clock = clock.clone();
        async move {
            for done in 1..=40 {
                context.progress(done, 40).await?;
                clock.advance(Duration::from_millis(25));
            }
            Ok::<_, job::BoxError>(json!({"counted": 40}))
        }
    });
    let own = &app.service.app;
    let worker = Worker::new(own.db.clone(), own.clock.clone(), own.ids.clone(), [handler]);
    worker.run_due().await.unwrap();
    let mut told = Vec::new();
    loop {
        let job = hers.news(&ch).await;
        let ended = job["state"] == "done";
        told.push(job);
        if ended {
            break;
        }
    }
    let last = told.last().unwrap();
    assert_eq!(last, &app.get(format!("/api/v1/jobs/{id}")).by(&ana).send().await.ok());
    assert_eq!((&last["done"], &last["result"]["counted"]), (&json!(40), &json!(40)));
    let rows: Result<i64, db::Error> = db::read!(app.db(), |tx| {
        db::sql!("SELECT COUNT(*) FROM feed WHERE channel = 'job'").scalar(tx).await
    });
    // Taken, done, and four times in the second between.
    assert_eq!(rows.unwrap(), 6);
    his.is_still().await;
}

#[testkit::test]
async fn a_socket_is_somebodys_by_header_cookie_or_first_frame(app: TestApp) {
    let ana = app.artist("ana").await;
    let live = Live::start(&app).await;
    let id = track(&app, &ana, 1).await;
    show(&app, &ana, &id, "private").await;
    let ch = format!("track:{id}");
    live.open(&ana).await.follow(&ch).await;

    let origin = format!("http://{}", live.address);
    let cookie = format!("__Host-resonance_access={}", ana.token);
    live.try_open(&[("cookie", &cookie), ("origin", &origin)]).await.unwrap().follow(&ch).await;
    for other in
        [&[("cookie", cookie.as_str()), ("origin", "https://evil.example")][..], &[("cookie", &cookie)]]
    {
        let refused = live.refused(other).await;
        assert_eq!(refused.status(), 403);
        assert!(String::from_utf8_lossy(refused.body().as_ref().unwrap()).contains("origin_refused"));
    }
    assert_eq!(live.refused(&[("authorization", "Bearer x")]).await.status(), 401);

    for first in [json!({"type": "AUTH", "token": ana.token}), json!({"t": "auth", "token": ana.token})] {
        let mut socket = live.try_open(&[]).await.unwrap();
        socket.say(first.clone()).await;
        socket.follow(&ch).await;
        let mut socket = live.try_open(&[("origin", &origin)]).await.unwrap();
        socket.say(first).await;
        socket.follow(&ch).await;
    }
    // No page of another site opens one, whatever it would say on it.
    let bearer = format!("Bearer {}", ana.token);
    let elsewhere = ("origin", "https://elsewhere.example");
    for other in [&[elsewhere][..], &[elsewhere, ("authorization", &bearer)]] {
        assert_eq!(live.refused(other).await.status(), 403);
    }
    let mut nobody = live.try_open(&[]).await.unwrap();
    nobody.sub(&ch).await;
    assert_eq!(nobody.hear().await["code"], "not_found");
    let mut wrong = live.try_open(&[]).await.unwrap();
    wrong.say(json!({"type": "AUTH", "token": "x"})).await;
    assert_eq!(wrong.hear().await, json!({"t": "err", "code": "unauthenticated"}));
    assert_eq!(wrong.closed().await, 4401);
    let mut silent = live.try_open(&[]).await.unwrap();
    app.advance(Duration::from_secs(6));
    silent.sub("nothing").await;
    assert_eq!(silent.hear().await["code"], "not_found");
}

#[testkit::test]
async fn a_closed_house_lets_nobody_stay(app: TestApp) {
    let app = app.reconfigured(|config| config.access.anonymous = Some(Anonymous::None));
    let live = Live::start(&app).await;
    let mut silent = live.try_open(&[]).await.unwrap();
    let mut eager = live.try_open(&[]).await.unwrap();
    eager.sub("track:019c0000-0000-7000-8000-000000000000").await;
    assert_eq!(eager.hear().await["code"], "unauthenticated");
    assert_eq!(eager.closed().await, 4401);
    app.advance(Duration::from_secs(6));
    assert_eq!(silent.hear().await["code"], "unauthenticated");
    assert_eq!(silent.closed().await, 4401);
}

#[testkit::test]
async fn five_sockets_and_no_sixth(app: TestApp) {
    let ana = app.listener("ana").await;
    let live = Live::start(&app).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut socket = live.open(&ana).await;
        socket.sub("nothing").await;
        socket.hear().await;
        open.push(socket);
    }
    let mut sixth = live.open(&ana).await;
    assert_eq!(sixth.hear().await, json!({"t": "err", "code": "too_many"}));
    assert_eq!(sixth.closed().await, 4429);
    drop(sixth);
    open.pop().unwrap().0.close(None).await.unwrap();
    // Its place is free once the server has seen it go.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut next = live.open(&ana).await;
    next.sub("nothing").await;
    assert_eq!(next.hear().await["code"], "not_found");
    let mut nobodys = Vec::new();
    for _ in 0..20 {
        nobodys.push(live.try_open(&[]).await.unwrap());
    }
    assert_eq!(live.refused(&[]).await.status(), 429);
}

#[testkit::test]
async fn the_end_of_a_log_in_is_the_end_of_its_sockets(app: TestApp) {
    let (ana, ben, admin) = (app.listener("ana").await, app.listener("ben").await, app.admin("root").await);
    let live = Live::start(&app).await;
    let mut hers = live.open(&ana).await;
    let mut his = live.open(&ben).await;
    let (a_second, margin) = (Duration::from_secs(1), Duration::from_millis(500));
    app.post("/api/v1/auth/logout").by(&ana).send().await.expect(204);
    let ended = async {
        assert_eq!(
            (hers.hear().await["code"].clone(), hers.closed().await),
            (json!("unauthenticated"), 4401)
        );
    };
    tokio::time::timeout(a_second + margin, ended).await.expect("within a second");
    let suspend = json!({"suspended": true});
    app.patch(format!("/api/v1/admin/users/{}", ben.id)).by(&admin).json(suspend).send().await.ok();
    let ended = async {
        assert_eq!((his.hear().await["code"].clone(), his.closed().await), (json!("unauthenticated"), 4401));
    };
    tokio::time::timeout(a_second + margin, ended).await.expect("within a second");
}

#[testkit::test]
async fn a_server_that_stops_says_so(app: TestApp) {
    let ana = app.listener("ana").await;
    let live = Live::start(&app).await;
    let mut socket = live.open(&ana).await;
    socket.sub("nothing").await;
    socket.hear().await;
    live.stop.send_replace(true);
    assert_eq!(socket.closed().await, 1012);
    tokio::time::timeout(SOON, live.hub).await.unwrap().unwrap();
}

#[testkit::test]
async fn a_peer_that_answers_no_ping_is_dead(app: TestApp) {
    let ana = app.listener("ana").await;
    let live = Live::start(&app).await;
    let mut socket = live.open(&ana).await;
    // It never reads, so it answers nothing; what waits in the kernel was sent.
    for _ in 0..3 {
        app.advance(Duration::from_secs(25));
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let mut pings = 0;
    loop {
        match tokio::time::timeout(SOON, socket.0.next()).await.expect("it ends") {
            Some(Ok(Message::Ping(_))) => pings += 1,
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => break,
        }
    }
    assert_eq!(pings, 2);
}

#[testkit::test]
async fn what_is_no_socket_is_told_how(app: TestApp) {
    let reply = app.get("/api/v1/ws").send().await.expect(426);
    reply.problem("upgrade_required");
}

#[testkit::test]
async fn figures_are_told_to_admins_while_they_are(app: TestApp) {
    let (admin, ana) = (app.admin("root").await, app.listener("ana").await);
    let second = app.admin("second").await;
    let live = Live::start(&app).await;
    let (mut shown, mut hers) = (live.open(&admin).await, live.open(&ana).await);
    hers.sub("admin").await;
    assert_eq!(hers.hear().await["code"], "not_found");
    assert_eq!(shown.follow("admin").await, app.get("/api/v1/admin/stats").by(&admin).send().await.ok());
    shown.is_still().await;
    app.listener("ben").await;
    app.advance(Duration::from_secs(10));
    assert_eq!(shown.news("admin").await["users"], 4);
    let demoted = json!({"role": "listener"});
    app.patch(format!("/api/v1/admin/users/{}", admin.id)).by(&second).json(demoted).send().await.ok();
    assert_eq!(shown.hear().await, json!({"t": "err", "ch": "admin", "code": "not_found"}));
}

#[testkit::test]
async fn notifications_are_told_and_what_was_missed_comes_after(app: TestApp) {
    let ana = app.artist("ana").await;
    let live = Live::start(&app).await;
    let upload = async |tone| {
        // Each of another release: those of one are told together.
        let (song, metadata) =
            (crate::matrix::tone(tone), json!({"albumTitle": tone.to_string()}).to_string());
        let parts: [(&str, Option<&str>, &[u8]); 2] =
            [("metadata", None, metadata.as_bytes()), ("file", Some("a.wav"), &song)];
        app.post("/api/v1/tracks/upload").by(&ana).form(&parts).send().await.expect(201);
        app.run_jobs().await;
        app.run_events().await;
    };
    let mut socket = live.open(&ana).await;
    socket.sub("notifications").await;
    assert_eq!(socket.hear().await, json!({"t": "ok", "ch": "notifications", "id": 0}));
    upload(1).await;
    let told = socket.hear().await;
    assert_eq!((&told["t"], &told["id"]), (&json!("ev"), &json!(1)), "{told}");
    let listed = app.get("/api/v1/notifications").by(&ana).send().await.ok();
    assert_eq!(told["d"], listed["items"][0]);
    drop(socket);
    upload(2).await;
    upload(3).await;
    let mut socket = live.open(&ana).await;
    socket.say(json!({"t": "sub", "ch": "notifications", "since": 1})).await;
    assert_eq!(socket.hear().await, json!({"t": "ok", "ch": "notifications", "id": 1}));
    assert_eq!([socket.hear().await["id"].clone(), socket.hear().await["id"].clone()], [json!(2), json!(3)]);
    socket.say(json!({"t": "sub", "ch": "notifications", "since": 9})).await;
    assert_eq!(socket.hear().await, json!({"t": "ok", "ch": "notifications", "id": 3}));
    assert_eq!(socket.hear().await, json!({"t": "gap", "ch": "notifications", "id": 3}));
    upload(4).await;
    assert_eq!(socket.hear().await["id"], 4);
    let mut nobody = live.try_open(&[]).await.unwrap();
    nobody.sub("notifications").await;
    assert_eq!(nobody.hear().await["code"], "not_found");
}

/// Another process on the same database: nothing wakes this one's reader but the time.
#[testkit::test]
async fn news_of_other_processes_comes_too(app: TestApp) {
    let ana = app.artist("ana").await;
    let live = Live::start(&app).await;
    let id = track(&app, &ana, 1).await;
    let ch = format!("track:{id}");
    let mut socket = live.open(&ana).await;
    socket.follow(&ch).await;
    let now = app.now();
    let other = app.another_process().await;
    let liked: Result<(), db::Error> = db::write!(other, |tx| {
        let id = id.parse::<kernel::TrackId>().unwrap();
        music::catalogue::count_likes(tx, id, 3, now).await.map(|_| ())
    });
    liked.unwrap();
    let news = tokio::time::timeout(Duration::from_secs(2), socket.news(&ch)).await.expect("soon");
    assert_eq!(news["likeCount"], 3);
    other.close().await;
}
