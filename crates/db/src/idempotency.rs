//! Answers kept by `Idempotency-Key`, so that a request sent twice acts once.
//!
//! Owns: `idempotency_key`.
//!
//! A key belongs to one account and one request (its fingerprint). [`begin`] and [`finish`] are used in one of
//! two ways:
//! - both in the transaction that does the work: a second request waits for the first one's row, and a failure
//!   leaves no trace. Right whenever the work is in the database alone;
//! - [`begin`] in a transaction of its own, for work that reaches outside: a second request is told
//!   [`Begin::InProgress`]. If the first one crashes, a request takes the key over after [`TAKE_OVER`].
//!
//! Either way a caller whose [`finish`] answers `false` was overtaken and must roll back.

use std::time::Duration;

use kernel::{AccountId, Time};

use crate::{Error, Result, Tx, sql};

/// A request without an answer for this long has crashed.
pub const TAKE_OVER: Duration = Duration::from_mins(1);

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// Nothing: do the work, then [`finish`].
    Fresh,
    /// The work is done: give this answer again.
    Replay {
        /// HTTP status.
        status: u16,
        /// The body as it was sent.
        body: String,
    },
    /// The key belongs to another request.
    Mismatch,
    /// The first request is still at work.
    InProgress,
}

/// Claims `key` of `account` for the request with `fingerprint` (SHA-256 over method, path and body).
pub async fn begin(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    fingerprint: [u8; 32],
    now: Time,
) -> Result<Begin> {
    let fresh = sql!(
        "INSERT INTO idempotency_key (account_id, key, fingerprint, created_at) VALUES ($account, $key, $print, $now)
         ON CONFLICT (account_id, key) DO UPDATE SET created_at = excluded.created_at
         WHERE idempotency_key.status IS NULL AND idempotency_key.fingerprint = excluded.fingerprint
           AND idempotency_key.created_at <= $crashed"
    )
    .set("account", account)
    .set("key", key)
    .set("print", fingerprint)
    .set("now", now)
    .set("crashed", now.minus(TAKE_OVER))
    .changed(tx)
    .await?;
    if fresh {
        return Ok(Begin::Fresh);
    }
    let stored: Option<(Vec<u8>, Option<i64>, Option<String>)> =
        sql!("SELECT fingerprint, status, body FROM idempotency_key WHERE account_id = $1 AND key = $2")
            .bind(account)
            .bind(key)
            .maybe(tx)
            .await?;
    Ok(match stored {
        Some((of, ..)) if of != fingerprint => Begin::Mismatch,
        Some((_, Some(status), body)) => Begin::Replay {
            status: u16::try_from(status)
                .map_err(|_| Error::Unreadable { what: "status", value: status.to_string() })?,
            body: body.unwrap_or_default(),
        },
        // Without a row it was pruned between the two statements; the client asks again.
        Some((_, None, _)) | None => Begin::InProgress,
    })
}

/// Stores the answer of the request that began `key`. Answers `false` if another request took the key over and
/// finished first: the caller rolls back what it did.
pub async fn finish(tx: &mut Tx, account: AccountId, key: &str, status: u16, body: &str) -> Result<bool> {
    sql!(
        "UPDATE idempotency_key SET status = $1, body = $2
         WHERE account_id = $3 AND key = $4 AND status IS NULL"
    )
    .bind(i32::from(status))
    .bind(body)
    .bind(account)
    .bind(key)
    .changed(tx)
    .await
}

/// Forgets up to `n` keys that began before `before`; answers how many.
pub async fn prune(tx: &mut Tx, before: Time, n: u32) -> Result<u64> {
    sql!(
        "DELETE FROM idempotency_key WHERE (account_id, key) IN (
             SELECT account_id, key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT $2)"
    )
    .bind(before)
    .bind(n)
    .run(tx)
    .await
}
