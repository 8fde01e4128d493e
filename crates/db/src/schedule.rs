//! Recurring work without a leader: each name has a row with the time of its next turn, and whoever moves that
//! time does the work.
//!
//! Owns: schedule.
//!
//! `next_at` moves by compare-and-set in one statement, so of any number of processes that ask at once exactly
//! one is told yes. It moves in the transaction that does (or enqueues) the work: if that rolls back, the turn is
//! still due.

use std::time::Duration;

use kernel::Time;

use crate::{Result, Tx, sql};

/// Whether the turn of `name` has come; if so, the next one is `every` from now. Turns missed while nobody asked
/// are not made up for. The first question about a name makes its row and is answered yes.
pub async fn due(tx: &mut Tx, name: &str, every: Duration, now: Time) -> Result<bool> {
    sql!(
        "INSERT INTO schedule (name, next_at) VALUES ($name, $next)
         ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE schedule.next_at <= $now"
    )
    .set("name", name)
    .set("next", now.plus(every))
    .set("now", now)
    .changed(tx)
    .await
}

/// Moves the next turn of `name` from `from` to `to`; answers whether it still stood at `from`. A holder that
/// uses its row as a lease renews it so.
pub(crate) async fn shift(tx: &mut Tx, name: &str, from: Time, to: Time) -> Result<bool> {
    sql!("UPDATE schedule SET next_at = $1 WHERE name = $2 AND next_at = $3")
        .bind(to)
        .bind(name)
        .bind(from)
        .changed(tx)
        .await
}
