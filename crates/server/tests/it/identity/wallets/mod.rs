//! Wallets: logging in by signature, linking and unlinking.

mod link;
mod login;
mod refused;

use money::eth::{Address, PrivateKey, personal_digest};
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

/// Somebody's wallet.
pub(crate) struct Wallet(PrivateKey);

impl Wallet {
    /// One of 254 that are not each other.
    pub(crate) fn new(n: u8) -> Self {
        Self(PrivateKey::new([n.max(1); 32]).expect("a key"))
    }

    pub(crate) fn address(&self) -> Address {
        self.0.address()
    }

    fn sign(&self, message: &str) -> String {
        self.0.sign(&personal_digest(message)).to_string()
    }

    /// What the server takes: a message and its signature.
    pub(crate) fn signed(&self, message: &str) -> Value {
        json!({"message": message, "signature": self.sign(message)})
    }

    /// Asks what to sign, to log in or, for `by`, to be linked.
    pub(crate) async fn ask(&self, app: &TestApp, by: Option<&User>) -> String {
        let call = app.post("/api/v1/auth/wallet/nonce").json(json!({"address": self.address().to_string()}));
        let call = match by {
            Some(user) => call.by(user),
            None => call,
        };
        call.send().await.ok()["message"].as_str().expect("a message").to_owned()
    }

    async fn log_in(&self, app: &TestApp) -> Reply {
        log_in(app, &self.signed(&self.ask(app, None).await)).await
    }

    async fn enter(&self, app: &TestApp) -> User {
        super::user(&self.log_in(app).await.ok())
    }

    async fn link(&self, app: &TestApp, user: &User) -> Reply {
        link(app, user, &self.signed(&self.ask(app, Some(user)).await)).await
    }

    async fn unlink(&self, app: &TestApp, user: &User) -> Reply {
        app.delete(format!("/api/v1/me/wallets?address={}", self.address())).by(user).send().await
    }
}

async fn log_in(app: &TestApp, signed: &Value) -> Reply {
    app.post("/api/v1/auth/wallet/login").json(signed).send().await
}

async fn link(app: &TestApp, user: &User, signed: &Value) -> Reply {
    app.post("/api/v1/me/wallets").by(user).json(signed).send().await
}

/// What the account says of itself.
async fn me(app: &TestApp, user: &User) -> Value {
    app.get("/api/v1/me").by(user).send().await.ok()
}

/// How many of some replies had each of two statuses; they had no other.
fn count(replies: &[Reply], statuses: [u16; 2]) -> [usize; 2] {
    let of = |status: u16| replies.iter().filter(|reply| reply.status.as_u16() == status).count();
    let counts = statuses.map(of);
    assert_eq!(counts[0] + counts[1], replies.len(), "{replies:?}");
    counts
}
