//! Paid listening: each second that was heard is charged once and shared, and no other.

mod bytes;
mod cheats;
mod disputes;
mod earning;
mod grants;
mod limits;
mod nodes;
mod payable;
mod paying;
mod races;
mod receipts;
pub(crate) mod socket;

use std::time::Duration;

use commerce::ledger::post;
use kernel::{AccountId, Amount, Asset, TopUpId};
use money::{
    eth::{Address, Domain, PrivateKey},
    hex,
    ledger::{Account, Entry},
    voucher::BeatVoucher,
};
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use crate::{
    ledger::balance,
    upload::studio::{encode, upload},
};

/// What a second costs in these tests, in minor units.
pub(crate) const PRICE: i64 = 2_000;
const SECOND: Duration = Duration::from_secs(1);

/// An account's id.
fn id_of(user: &User) -> AccountId {
    AccountId(user.id.parse().unwrap())
}

/// Puts money into a wallet.
pub(crate) async fn fund(app: &TestApp, user: &User, minor: i64) {
    let amount = Amount { asset: Asset::Beat, minor };
    let entry = Entry::top_up(app.service.app.id::<TopUpId>(), app.now(), id_of(user), amount).unwrap();
    db::write!(app.db(), |tx| post(tx, std::slice::from_ref(&entry), app.now()).await).unwrap();
}

async fn available(app: &TestApp, user: &User) -> i64 {
    balance(app, Account::Available(id_of(user))).await
}

async fn held(app: &TestApp, user: &User) -> i64 {
    balance(app, Account::Held(id_of(user))).await
}

/// A track of so many seconds that costs [`PRICE`] a second.
pub(crate) async fn priced(app: &TestApp, artist: &User, seconds: u32) -> String {
    let input = format!("sine=frequency=330:duration={seconds}:sample_rate=44100");
    let sound = encode(&input, &["-c:a", "flac"], "flac");
    let metadata = json!({
        "title": "Dawn", "visibility": "public",
        "pricePerSecond": {"asset": "BEAT", "amount": PRICE.to_string()},
    });
    let track = upload(app, artist, &sound, &metadata).send().await.expect(201).json();
    track["id"].as_str().unwrap().to_owned()
}

/// Somebody who listens and signs.
pub(crate) struct Listener<'a> {
    app: &'a TestApp,
    user: &'a User,
    key: PrivateKey,
    /// What `SESSION_STARTED` said.
    terms: Value,
}

pub(crate) fn key(n: u8) -> PrivateKey {
    PrivateKey::new([n; 32]).unwrap()
}

fn hash(text: &Value) -> [u8; 32] {
    hex::decode(text.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap().try_into().unwrap()
}

/// The voucher that a client makes of the terms it was told.
fn voucher(terms: &Value, beats: u64) -> BeatVoucher {
    let price: u128 = terms["pricePerBeat"].as_str().unwrap().parse().unwrap();
    BeatVoucher {
        grant_id: hash(&terms["grantId"]),
        payee: terms["payee"].as_str().unwrap().parse().unwrap(),
        cumulative_amount: price * u128::from(beats),
        beats,
        context_hash: hash(&terms["contextHash"]),
    }
}

fn domain(terms: &Value) -> Domain {
    let contract: Address = terms["domain"]["verifyingContract"].as_str().unwrap().parse().unwrap();
    Domain::new("Resonance Ledger", "1", 0, contract)
}

pub(crate) fn sign(key: &PrivateKey, terms: &Value, beats: u64) -> String {
    let signature = key.sign(&voucher(terms, beats).digest(&domain(terms)));
    format!("0x{}", hex::encode(signature.bytes()))
}

/// Asks for a session on `track`.
async fn ask(app: &TestApp, user: &User, track: &str, more: Value) -> Reply {
    let mut body = json!({"trackId": track, "sessionKey": key(5).address().to_string()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/api/v1/sessions").by(user).json(body).send().await
}

pub(crate) async fn start<'a>(app: &'a TestApp, user: &'a User, track: &str) -> Listener<'a> {
    let terms = ask(app, user, track, json!({})).await.expect(201).json();
    Listener { app, user, key: key(5), terms }
}

impl Listener<'_> {
    pub(crate) fn id(&self) -> &str {
        self.terms["sessionId"].as_str().unwrap()
    }

    fn path(&self, part: &str) -> String {
        format!("/api/v1/sessions/{}{part}", self.id())
    }

    async fn look(&self) -> Value {
        self.app.get(self.path("")).by(self.user).send().await.ok()
    }

    /// Lets a second pass, and waits until beat `seq` is there.
    async fn second(&self, seq: u64) {
        pass(self.app, SECOND).await;
        self.until(|session| session["newest"]["seq"] == seq).await;
    }

    /// Waits until the session is as wanted.
    async fn until(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let session = self.look().await;
            if is_so(&session) {
                return session;
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        panic!("it never came to that: {}", self.look().await);
    }

    fn acknowledgement(&self, seq: u64) -> Value {
        json!({
            "seq": seq,
            "cumulativeAmount": (PRICE * i64::try_from(seq).unwrap()).to_string(),
            "signature": sign(&self.key, &self.terms, seq),
        })
    }

    async fn acknowledge(&self, seq: u64) -> Reply {
        let body = self.acknowledgement(seq);
        self.app.post(self.path("/ack")).by(self.user).json(body).send().await
    }

    /// Hears the seconds up to `seq`, and acknowledges each.
    pub(crate) async fn hear(&self, from: u64, to: u64) {
        for seq in from..=to {
            self.second(seq).await;
            self.acknowledge(seq).await.ok();
        }
    }

    /// Waits until `seq` is durable.
    async fn durable(&self, seq: u64) {
        self.until(|session| session["newest"]["committedSeq"].as_u64() >= Some(seq)).await;
    }

    /// Ends it. The clock has to go on, since late acknowledgements are waited for.
    pub(crate) async fn settle(&self) -> Value {
        let ended = async { self.app.post(self.path("/settle")).by(self.user).send().await.ok() };
        with_time(self.app, ended).await
    }
}

/// Asks a node, however long that really takes, until a session is settled.
async fn settled(node: &TestApp, user: &User, session: &str) -> Value {
    let settled = async {
        loop {
            let session = node.get(format!("/api/v1/sessions/{session}")).by(user).send().await.ok();
            if session["status"] == "settled" {
                return session;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled).await.expect("it is settled")
}

/// Lets time pass, and all be done that is due then: the clock of a test is faster than any database.
async fn pass(app: &TestApp, time: Duration) {
    app.service.commerce.sessions.quiet().await;
    app.advance(time);
    app.service.commerce.sessions.quiet().await;
}

/// Waits for `work` while time passes.
async fn with_time<T>(app: &TestApp, work: impl Future<Output = T>) -> T {
    let passing = async {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            pass(app, Duration::from_millis(250)).await;
        }
    };
    tokio::select! {
        result = work => result,
        () = passing => unreachable!("time goes on for ever"),
    }
}
