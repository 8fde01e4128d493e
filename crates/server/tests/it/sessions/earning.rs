//! What an artist hears over the realtime socket while somebody listens and pays.

use std::time::Instant;

use super::*;
use crate::{
    program::Installation,
    realtime::{Live, Socket},
    sessions::socket::Line,
};

/// Seconds that are heard by the clock on the wall.
const HEARD: u64 = 10;
/// When a second is to be in the artist's figure, and by when each has to be on a machine that does other things too.
const SOON: Duration = Duration::from_secs(2);
const BY_THEN: Duration = Duration::from_secs(10);

/// All that is earned, as a value of the channel says.
fn earned(standing: &Value) -> i64 {
    let minor = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
    minor(&standing["balances"][0]["earned"]) + minor(&standing["live"]["amount"])
}

fn channel(page: &str) -> String {
    format!("artist:{page}:earnings")
}

async fn page_of(app: &TestApp, track: &str) -> String {
    let track = app.get(format!("/api/v1/tracks/{track}")).send().await.ok();
    track["artist"]["id"].as_str().unwrap().to_owned()
}

#[testkit::test]
async fn those_who_manage_a_page_hear_what_it_earns_and_nobody_else(app: TestApp) {
    let (ana, ben, eve) = (app.listener("ana").await, app.artist("ben").await, app.artist("eve").await);
    let admin = app.admin("root").await;
    let (track, other) = (priced(&app, &ben, 60).await, priced(&app, &eve, 50).await);
    let (page, others) = (page_of(&app, &track).await, page_of(&app, &other).await);
    fund(&app, &ana, 1_000_000).await;
    let live = Live::start(&app).await;
    for user in [&ana, &eve, &admin] {
        let mut socket = live.open(user).await;
        socket.sub(&channel(&page)).await;
        let ch = channel(&page);
        assert_eq!(socket.hear().await, json!({"t": "err", "ch": ch, "code": "not_found"}));
    }
    let mut nobody = live.try_open(&[]).await.unwrap();
    nobody.sub(&channel(&page)).await;
    assert_eq!(nobody.hear().await["code"], "not_found");

    let (mut his, mut hers) = (live.open(&ben).await, live.open(&eve).await);
    let first = his.follow(&channel(&page)).await;
    let rest = app.get(format!("/api/v1/artists/{page}/earnings")).by(&ben).send().await.ok();
    for part in ["balances", "live", "open", "listening"] {
        assert_eq!(first[part], rest[part], "{part}");
    }
    assert_eq!(first.as_object().unwrap().len(), 4);
    hers.follow(&channel(&others)).await;

    let session = start(&app, &ana, &track).await;
    assert_eq!(his.news(&channel(&page)).await["listening"], 1);
    session.hear(1, 3).await;
    session.durable(2).await;
    let mut told = his.news(&channel(&page)).await;
    while earned(&told) < 2 * PRICE {
        told = his.news(&channel(&page)).await;
    }
    session.settle().await;
    while told["listening"] != 0 {
        told = his.news(&channel(&page)).await;
    }
    assert_eq!((earned(&told), &told["live"]["amount"]), (3 * PRICE, &json!("0")));
    assert_eq!(told["open"]["amount"], "0");
    // Another page's money is no news; and who manages a page no longer hears no more of it.
    hers.is_still().await;
    let manager = format!("/api/v1/artists/{page}/managers");
    let own = json!({"role": "owner"});
    for user in [&ben, &eve] {
        app.put(format!("{manager}/{}", eve.id)).by(user).json(own.clone()).send().await.expect(200);
    }
    app.delete(format!("{manager}/{}", ben.id)).by(&ben).send().await.expect(204);
    let ch = channel(&page);
    assert_eq!(his.hear().await, json!({"t": "err", "ch": ch, "code": "not_found"}));
    assert_eq!(hers.follow(&ch).await, told);
}

#[expect(clippy::disallowed_methods, reason = "how long a real server takes")]
fn now() -> Instant {
    Instant::now()
}

/// From the beat that says that a second was heard, to the figure on the artist's screen.
fn heard_seconds_are_in_the_figure(database: Option<&str>) {
    let installation = Installation::new(database).with("RESONANCE__MODE", "test");
    let server = installation.serve();
    let (ben, ana) = (server.join("ben", "artist"), server.join("ana", "listener"));
    let sound = encode("sine=frequency=330:duration=30:sample_rate=8000", &["-c:a", "flac"], "flac");
    let price = json!({"asset": "BEAT", "amount": PRICE.to_string()});
    let metadata = json!({"title": "Dawn", "visibility": "public", "pricePerSecond": price});
    let track = server.upload(&ben, &metadata, &sound);
    let ch = channel(track["artist"]["id"].as_str().unwrap());
    let given = json!({"amount": "9000000"});
    let (status, given) = server.json("POST", "/api/v1/dev/faucet", Some(&ana), Some(given));
    assert_eq!(status, 201, "{given}");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let late = runtime.block_on(async {
        let bearer = format!("Bearer {ben}");
        let mut screen = Socket::open(server.address(), &[("authorization", &bearer)]).await.unwrap();
        assert_eq!(earned(&screen.follow(&ch).await), 0);
        let mut line = Line::try_open(server.address(), Some(&ana)).await.unwrap();
        let terms = line.start(track["id"].as_str().unwrap()).await;
        let listening = async {
            let mut heard = Vec::new();
            for _ in 0..HEARD {
                let beat = line.frame("BEAT").await;
                heard.push(now());
                line.acknowledge(&terms, &beat).await;
            }
            // The line stays open while the last of them arrive.
            (heard, line)
        };
        let watching = async {
            let mut seen = Vec::new();
            while seen.len() < usize::try_from(HEARD).unwrap() {
                let seconds = earned(&screen.news(&ch).await) / PRICE;
                while seen.len() < usize::try_from(seconds).unwrap() {
                    seen.push(now());
                }
            }
            seen
        };
        let ((heard, _line), seen) = futures_util::join!(listening, watching);
        let mut late: Vec<Duration> =
            heard.iter().zip(&seen).map(|(heard, seen)| seen.saturating_duration_since(*heard)).collect();
        late.sort();
        late
    });
    println!("seconds are in the artist's figure after {late:?}");
    let (usual, worst) = (late[late.len() / 2], late[late.len() - 1]);
    assert!(usual < SOON && worst < BY_THEN, "{late:?}");
}

#[test]
fn a_second_that_was_heard_is_in_the_figure_soon_on_sqlite() {
    heard_seconds_are_in_the_figure(None);
}

#[test]
fn a_second_that_was_heard_is_in_the_figure_soon_on_postgres() {
    let Some(database) = testkit::postgres_database() else { return };
    heard_seconds_are_in_the_figure(Some(database.url()));
}
