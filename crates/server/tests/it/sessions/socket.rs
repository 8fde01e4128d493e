//! Paid listening over its socket.

use std::net::SocketAddr;

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use server::Role;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::*;
use crate::ledger::checked;

const SOON: Duration = Duration::from_secs(10);

pub(super) async fn serve(app: &TestApp) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let router = server::router(&app.service, &Role::ALL, Router::new());
    let places = server::Places { all: 2000, each: 2000, exempt: Vec::new() };
    tokio::spawn(server::serve(listener, router, places, stopped));
    (address, stop)
}

pub(crate) struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Line {
    pub(super) async fn open(address: SocketAddr, user: Option<&User>) -> Self {
        Self::try_open(address, user.map(|user| user.token.as_str())).await.expect("it opens")
    }

    /// A line, if there is anybody to take it.
    pub(crate) async fn try_open(address: SocketAddr, token: Option<&str>) -> Option<Self> {
        let mut request = format!("ws://{address}/ws/stream").into_client_request().unwrap();
        if let Some(token) = token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", bearer);
        }
        Some(Self(connect_async(request).await.ok()?.0))
    }

    pub(super) async fn say(&mut self, frame: Value) {
        assert!(self.try_say(&frame).await, "nobody takes it");
    }

    /// Says something; whether anybody took it.
    pub(crate) async fn try_say(&mut self, frame: &Value) -> bool {
        self.0.send(Message::text(frame.to_string())).await.is_ok()
    }

    /// The next frame, or the code with which it was closed.
    async fn next(&mut self) -> Result<Value, u16> {
        tokio::time::timeout(SOON, self.hear()).await.expect("something is said")
    }

    /// The next frame, whenever it comes, or the code with which it was closed.
    pub(crate) async fn hear(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    /// The next frame of this type.
    pub(crate) async fn frame(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.expect("it is open");
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    pub(crate) async fn start(&mut self, track: &str) -> Value {
        let key = key(5).address().to_string();
        self.say(json!({"type": "START", "trackId": track, "sessionKey": key, "unheardOf": 1})).await;
        self.frame("SESSION_STARTED").await
    }

    pub(crate) async fn acknowledge(&mut self, terms: &Value, beat: &Value) {
        let seq = beat["seq"].as_u64().unwrap();
        let signature = sign(&key(5), terms, beat["beats"].as_u64().unwrap());
        self.say(json!({
            "type": "BEAT_ACK", "sessionId": terms["sessionId"], "seq": seq,
            "cumulativeAmount": beat["cumulativeAmount"], "signature": signature, "timestamp": 1,
        }))
        .await;
    }
}

#[testkit::test]
async fn a_session_from_start_to_receipt(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    let terms = line.start(&track).await;
    for n in 1..=6_u64 {
        pass(&app, SECOND).await;
        let beat = line.frame("BEAT").await;
        assert_eq!((&beat["seq"], &beat["beats"]), (&json!(n), &json!(n)));
        assert_eq!(beat["cumulativeAmount"], (PRICE * i64::try_from(n).unwrap()).to_string());
        line.acknowledge(&terms, &beat).await;
        let watch = Listener { app: &app, user: &ana, key: key(5), terms: terms.clone() };
        watch.until(|session| session["beats"] == n).await;
    }
    line.say(json!({"type": "PAUSE", "sessionId": terms["sessionId"]})).await;
    assert_eq!(line.frame("PAUSED").await["reason"], "client");
    pass(&app, 60 * SECOND).await;
    line.say(json!({"type": "RESUME"})).await;
    pass(&app, SECOND).await;
    line.say(json!({"type": "STOP"})).await;
    let settled = with_time(&app, line.frame("SESSION_SETTLED")).await;
    assert_eq!((&settled["beats"], &settled["amount"]), (&json!(6), &json!("12000")));
    assert_eq!(settled["settlement"]["rail"], "ledger");
    assert_eq!(available(&app, &ana).await, 1_000_000 - 6 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn the_cap_that_is_in_the_way_is_named(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let beats = |n: i64| json!({"asset": "BEAT", "amount": (n * PRICE).to_string()});
    let caps = json!({"perPlay": beats(5), "perArtist": beats(1)});
    app.put("/api/v1/me/spending-caps").by(&ana).json(caps).send().await.ok();
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    let terms = line.start(&track).await;
    pass(&app, SECOND).await;
    let beat = line.frame("BEAT").await;
    line.acknowledge(&terms, &beat).await;
    let paused = line.frame("PAUSED").await;
    assert_eq!((&paused["reason"], &paused["reachedCap"]), (&json!("cap"), &json!("perArtist")));
    line.say(json!({"type": "STOP"})).await;
    with_time(&app, line.frame("SESSION_SETTLED")).await;
    let key = key(5).address().to_string();
    line.say(json!({"type": "START", "trackId": track, "sessionKey": key})).await;
    let refused = line.frame("ERROR").await;
    assert_eq!((&refused["code"], &refused["reachedCap"]), (&json!("cap_reached"), &json!("perArtist")));
    line.say(json!({"type": "START", "trackId": track, "sessionKey": 5})).await;
    assert!(line.frame("ERROR").await.get("reachedCap").is_none());
}

#[testkit::test]
async fn whoever_comes_back_is_told_the_cap_as_it_was_raised(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let cap = |beats: i64| (beats * PRICE).to_string();
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    let key = key(5).address().to_string();
    line.say(json!({"type": "START", "trackId": track, "sessionKey": key, "cap": cap(1)})).await;
    let terms = line.frame("SESSION_STARTED").await;
    assert_eq!((&terms["cap"], &terms["beatsRemaining"]), (&json!(cap(1)), &json!(1)));
    pass(&app, SECOND).await;
    let beat = line.frame("BEAT").await;
    line.acknowledge(&terms, &beat).await;
    assert_eq!(line.frame("PAUSED").await["reason"], "cap");
    line.say(json!({"type": "RESUME", "cap": cap(8)})).await;
    let watch = Listener { app: &app, user: &ana, key: super::key(5), terms: terms.clone() };
    watch.until(|session| session["isRunning"] == true).await;
    pass(&app, SECOND).await;
    let beat = line.frame("BEAT").await;
    line.acknowledge(&terms, &beat).await;
    watch.until(|session| session["beats"] == 2).await;
    drop(line);
    watch.until(|session| session["pauseReason"] == "network").await;
    let mut line = Line::open(address, Some(&ana)).await;
    line.say(json!({"type": "START", "resume": {"sessionId": terms["sessionId"]}})).await;
    let again = line.frame("SESSION_STARTED").await;
    assert_eq!((&again["cap"], &again["beatsRemaining"]), (&json!(cap(8)), &json!(6)));
}

#[testkit::test]
async fn whoever_pauses_is_not_among_those_who_listen(mut app: TestApp) {
    let (ana, eve, ben) = (app.listener("ana").await, app.listener("eve").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    for listener in [&ana, &eve] {
        fund(&app, listener, 1_000_000).await;
    }
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    let terms = line.start(&track).await;
    start(&app, &eve, &track).await;
    let path = format!("/api/v1/artists/{}/earnings", terms["artistId"].as_str().unwrap());
    let figures = async || app.get(&path).by(&ben).send().await.ok();
    assert_eq!(figures().await["listening"], 2);
    pass(&app, SECOND).await;
    line.frame("BEAT").await;
    // That time stands still is all that there is to write.
    line.say(json!({"type": "PAUSE"})).await;
    assert_eq!(line.frame("PAUSED").await["reason"], "client");
    pass(&app, SECOND).await;
    assert_eq!(figures().await["listening"], 1);
    pass(&app, SECOND / 2).await;
    line.say(json!({"type": "RESUME"})).await;
    let watch = Listener { app: &app, user: &ana, key: key(5), terms };
    watch.until(|session| session["isRunning"] == true).await;
    pass(&app, SECOND / 2).await;
    assert_eq!(figures().await["listening"], 2);
    // Of a node that is gone nobody knows whether anybody listens.
    app.crash_meter();
    app.advance(6 * SECOND);
    assert_eq!(app.get(&path).by(&ben).send().await.ok()["listening"], 0);
}

#[testkit::test]
async fn a_dropped_connection_is_waited_for_and_then_settled(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    let terms = line.start(&track).await;
    pass(&app, SECOND).await;
    let beat = line.frame("BEAT").await;
    line.acknowledge(&terms, &beat).await;
    drop(line);
    let watch = Listener { app: &app, user: &ana, key: key(5), terms: terms.clone() };
    watch.until(|session| session["pauseReason"] == "network").await;
    // Time without a connection is never charged.
    pass(&app, 10 * SECOND).await;
    let mut line = Line::open(address, Some(&ana)).await;
    line.say(json!({"type": "START", "resume": {"sessionId": terms["sessionId"]}})).await;
    let again = line.frame("SESSION_STARTED").await;
    assert_eq!((&again["sessionId"], &again["seq"]), (&terms["sessionId"], &json!(1)));
    assert_eq!(again["beatsRemaining"], 1_000_000 / PRICE - 1);
    pass(&app, SECOND).await;
    let beat = line.frame("BEAT").await;
    assert_eq!(beat["seq"], 2);
    line.acknowledge(&terms, &beat).await;
    watch.until(|session| session["beats"] == 2).await;
    drop(line);
    watch.until(|session| session["pauseReason"] == "network").await;
    with_time(&app, watch.until(|session| session["status"] == "settled")).await;
    assert_eq!(available(&app, &ana).await, 1_000_000 - 2 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn who_it_is_may_be_said_first_and_nonsense_is_answered(app: TestApp) {
    let ana = app.listener("ana").await;
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, None).await;
    line.say(json!({"type": "AUTH", "token": ana.token})).await;
    line.say(json!({"type": "DANCE"})).await;
    assert_eq!(line.frame("ERROR").await["code"], "validation_failed");
    line.say(json!({"type": "PAUSE"})).await;
    assert_eq!(line.frame("ERROR").await["code"], "validation_failed");
    line.say(json!({"type": "STOP", "sessionId": uuid::Uuid::nil()})).await;
    assert_eq!(line.frame("ERROR").await["code"], "session_not_found");
    line.0.send(Message::text("{")).await.unwrap();
    assert_eq!(line.frame("ERROR").await["code"], "invalid_request");
    line.0.send(Message::text(format!("{{\"type\": \"{}\"}}", "x".repeat(5_000)))).await.unwrap();
    assert!(line.next().await.is_err());

    // Whom the request has named already may be named again, and nobody else.
    let mut known = Line::open(address, Some(&ana)).await;
    known.say(json!({"type": "AUTH", "token": ana.token})).await;
    known.say(json!({"type": "PAUSE"})).await;
    let detail = known.frame("ERROR").await["detail"].to_string();
    assert!(detail.contains("sessionId"), "{detail}");
    known.say(json!({"type": "AUTH", "token": app.listener("eve").await.token})).await;
    let detail = known.frame("ERROR").await["detail"].to_string();
    assert!(detail.contains("token"), "{detail}");

    let mut stranger = Line::open(address, None).await;
    stranger.say(json!({"type": "AUTH", "token": "nobody"})).await;
    assert_eq!(stranger.next().await, Err(4401));
    let mut flood = Line::open(address, Some(&ana)).await;
    for _ in 0..400 {
        let _ = flood.0.send(Message::text("{\"type\": \"PAUSE\"}")).await;
    }
    let mut answers = 0;
    while flood.next().await.is_ok() {
        answers += 1;
    }
    assert!(answers < 200, "{answers}");
}

#[testkit::test]
async fn a_log_in_that_ends_takes_its_socket_along(app: TestApp) {
    let ana = app.listener("ana").await;
    let (address, _stop) = serve(&app).await;
    let mut line = Line::open(address, Some(&ana)).await;
    app.post("/api/v1/auth/logout-all").by(&ana).send().await.expect(204);
    assert_eq!(line.next().await, Err(4401));
}
