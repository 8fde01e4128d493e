//! An installation with an artist, a priced track and listeners who have money.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    time::Duration,
};

use commerce::receipts::{Receipt, check};
use db::{Db, Options};
use futures_util::future::join_all;
use kernel::{Clock, SessionId, Time};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, sync::watch};

use super::{Chance, listener::Listener};
use crate::{
    program::{Installation, Server},
    upload::studio::encode,
};

/// What everybody has at first, in minor units.
const MONEY: i64 = 900_000_000;
/// What a second costs. It does not divide evenly.
const PRICE: i64 = 333;
/// A session that nobody owns is settled after its lease, the time to reconnect, and the turn of whoever looks.
const SETTLED_BY: Duration = Duration::from_secs(5 + 15 + 5 + 10);

/// What is durable of an open session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) seq: u64,
    pub(super) issued: u64,
}

pub(super) struct World {
    pub(super) installation: Installation,
    pub(super) listeners: Vec<Listener>,
    pub(super) chance: Chance,
    pub(super) runtime: Runtime,
    artist: (String, String),
}

impl World {
    /// The world of this number, with so many listeners.
    pub(super) fn new(n: u64, database: Option<&str>, listeners: usize) -> Self {
        let installation = Installation::new(database).with("RESONANCE__MODE", "test");
        let mut chance = Chance::new(n);
        let server = installation.serve();
        let ben = server.join("ben", "artist");
        let sound = encode("sine=frequency=330:duration=30:sample_rate=8000", &["-c:a", "flac"], "flac");
        let price = json!({"asset": "BEAT", "amount": PRICE.to_string()});
        let metadata = json!({"title": "Dawn", "visibility": "public", "pricePerSecond": price});
        let track = server.upload(&ben, &metadata, &sound);
        let id = |value: &Value| value.as_str().unwrap().to_owned();
        let listeners = (0..listeners).map(|number| {
            let name = format!("ana{number}");
            let token = server.join(&name, "listener");
            let given = json!({"amount": MONEY.to_string()});
            let (status, given) = server.json("POST", "/api/v1/dev/faucet", Some(&token), Some(given));
            assert_eq!(status, 201, "{given}");
            let chance = Chance(chance.below(u64::MAX));
            Listener::new(format!("{name} of world {n}"), token, id(&track["id"]), chance)
        });
        let listeners = listeners.collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { installation, listeners, chance, runtime, artist: (id(&track["artist"]["id"]), ben) }
    }

    /// Everybody listens until their line breaks or `stop` says so, while `meanwhile` happens.
    pub(super) fn live(
        &mut self,
        address: SocketAddr,
        stop: &watch::Sender<bool>,
        meanwhile: impl AsyncFnOnce(),
    ) {
        let listeners = self.listeners.iter_mut().map(|listener| listener.live(address, stop.subscribe()));
        self.runtime.block_on(async {
            futures_util::join!(join_all(listeners), async {
                meanwhile().await;
                stop.send_replace(true);
            })
        });
        stop.send_replace(false);
    }

    /// What is durable of all open sessions, once no statement of a dead server is under way. None may be open long after
    /// its lease.
    pub(super) fn rows(&self) -> HashMap<SessionId, Row> {
        let options = self.installation.options();
        let rows = self.runtime.block_on(async {
            let db = Db::open(&options).await.unwrap();
            if matches!(options, Options::Postgres(_)) {
                while busy(&db).await > 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            let rows: db::Result<Vec<(SessionId, i64, i64, Time)>> = db::read!(db, |tx| {
                db::sql!("SELECT id, seq, issued, lease_until FROM meter_session").all(tx).await
            });
            db.close().await;
            rows.unwrap()
        });
        let long_ago = infra::SystemClock.now().minus(SETTLED_BY + Duration::from_secs(20));
        rows.into_iter()
            .map(|(id, seq, issued, lease_until)| {
                assert!(lease_until > long_ago, "{id} is open although its lease ended at {lease_until}");
                (id, Row { seq: seq.try_into().unwrap(), issued: issued.try_into().unwrap() })
            })
            .collect()
    }

    /// Everybody goes home; what is left open is settled by itself. Then all the sums are done.
    pub(super) fn finish(mut self, server: &Server) {
        for listener in &mut self.listeners {
            drop(listener.hang_up());
        }
        let mut spent = 0;
        for listener in &self.listeners {
            spent += settled(listener, server);
        }
        let (artist, token) = &self.artist;
        let path = format!("/api/v1/artists/{artist}/earnings");
        let (status, earned) = server.json("GET", &path, Some(token), None);
        assert_eq!(status, 200, "{earned}");
        let minor = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
        assert_eq!(minor(&earned["balances"][0]["earned"]), spent, "{earned}");
        assert_eq!(minor(&earned["live"]["amount"]), 0, "{earned}");
        self.installation.run(&["ledger", "verify"]);
        let heard: usize = self.listeners.iter().map(|listener| listener.sessions.len()).sum();
        println!("{} sessions, {} seconds paid", heard, spent / PRICE);
        assert!(spent > 0, "nobody heard anything");
    }
}

/// How many other connections do something in the database.
async fn busy(db: &Db) -> i64 {
    let busy: db::Result<i64> = db::read!(db, |tx| {
        db::sql!(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND application_name <> 'psql' AND state <> 'idle'"
        )
        .scalar(tx)
        .await
    });
    busy.unwrap()
}

/// Waits until nothing of this listener is open, and compares what is on the receipts with what was promised. Answers
/// what was spent.
fn settled(listener: &Listener, server: &Server) -> i64 {
    let name = &listener.name;
    let get = |path: &str| {
        // A connection that was idle when the database died says so when it is used.
        let mut answers = (0..50).map(|_| server.json("GET", path, Some(&listener.token), None));
        let (status, answer) = answers.find(|(status, _)| *status != 503).expect("the database is back");
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let mut waited = Duration::ZERO;
    loop {
        let open = get("/api/v1/me/sessions?status=open");
        if open["items"].as_array().unwrap().is_empty() {
            break;
        }
        assert!(waited < SETTLED_BY + Duration::from_secs(30), "{name}: still open: {open}");
        std::thread::sleep(Duration::from_millis(250));
        waited += Duration::from_millis(250);
    }
    let (mut spent, mut cursor, mut listed) = (0, String::new(), HashSet::new());
    loop {
        let page = get(&format!("/api/v1/me/sessions?status=settled&limit=50{cursor}"));
        for session in page["items"].as_array().unwrap() {
            let id: SessionId = session["id"].as_str().unwrap().parse().unwrap();
            let receipt: Receipt = serde_json::from_value(get(&format!("/api/v1/me/receipts/{id}"))).unwrap();
            assert_eq!(check(&receipt), Vec::<String>::new(), "{name}");
            spent += receipt.total.minor;
            listed.insert(id);
            let Some(heard) = listener.sessions.iter().find(|heard| heard.id == id) else {
                // Its START was lost on the way.
                assert_eq!(receipt.beats, 0, "{name}: {id}");
                continue;
            };
            let promised = heard.committed..=heard.signed;
            assert!(promised.contains(&receipt.beats), "{name}: {promised:?} of {id}, and {}", receipt.beats);
            assert!(heard.settled.is_none_or(|told| told == receipt.beats), "{name}: {:?}", heard.settled);
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(listener.sessions.iter().all(|heard| listed.contains(&heard.id)), "{name}: a session has no end");
    let balance = get("/api/v1/me/balances")[0].clone();
    let of = |part: &str| balance[part].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!((of("available"), of("held")), (MONEY - spent, 0), "{name}");
    spent
}
