//! What people with power did, for those who have to answer for it.
//!
//! Owns: audit.
//!
//! Rows are written in the transaction of the deed, and neither changed nor deleted.

use db::{Result, Tx, sql};
use infra::App;
use kernel::{AccountId, Time};
use serde_json::Value;
use uuid::Uuid;

/// A deed.
#[derive(Debug, Clone)]
pub struct Entry {
    id: Uuid,
    at: Time,
    actor: Option<AccountId>,
    action: &'static str,
    subject: String,
    detail: Value,
}

impl Entry {
    /// `actor` (nobody: the command line) does `action`, such as `account.role`, to the thing whose id is `subject`.
    /// `detail` says what changed, and holds no secrets.
    pub fn new(
        app: &App,
        actor: Option<AccountId>,
        action: &'static str,
        subject: &impl ToString,
        detail: Value,
    ) -> Self {
        let at = app.now();
        Self { id: app.ids.uuid(at), at, actor, action, subject: subject.to_string(), detail }
    }
}

/// Writes `entry` down.
pub async fn record(tx: &mut Tx, entry: &Entry) -> Result<()> {
    sql!(
        "INSERT INTO audit (id, at, actor_id, action, subject, detail)
         VALUES ($id, $at, $actor, $action, $subject, $detail)"
    )
    .set("id", entry.id)
    .set("at", entry.at)
    .set("actor", entry.actor)
    .set("action", entry.action)
    .set("subject", entry.subject.as_str())
    .set("detail", entry.detail.to_string())
    .run(tx)
    .await?;
    Ok(())
}
