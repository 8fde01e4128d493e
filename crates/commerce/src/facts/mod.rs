//! Whether what happened and what the ledger says of it are the same.
//!
//! Owns nothing, and only reads. What is compared, each way:
//! - a tip, a payment, an exchange of points and a dispute with the entries under their keys, line by line;
//! - a paid session with the sum of its entries: what was set aside and came back, what was charged, and who got it;
//! - what an account earned in points on a day with the entries of that day;
//! - each entry with the row that it is about, or with its own key where there is no such row.

mod deeds;
mod demand;
mod entries;
mod points;
mod queries;
mod sessions;

use std::fmt;

use db::Tx;
use uuid::Uuid;

use self::queries::{DisputeRow, RedemptionRow, TipRow, TopUpRow};
use crate::ledger::Finding;

/// Rows that are held at a time.
const PAGE: usize = 500;

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tied {
    /// Rows that the ledger has entries of: payments, tips, exchanges of points, disputes, sessions, days of points.
    pub facts: u64,
    /// How much was not right.
    pub findings: u64,
}

/// Compares all facts with their entries, and all entries with their facts. Reports what is wrong as it is found; what is
/// wrong with the entries themselves, [`crate::ledger::verify`] tells. In a snapshot it may run beside a server that posts.
///
/// # Errors
/// When the database fails.
pub async fn verify(tx: &mut Tx, report: &mut (dyn FnMut(Finding) + Send)) -> db::Result<Tied> {
    let mut check = Check { report, facts: 0, findings: 0 };
    check.deeds::<TopUpRow>(tx).await?;
    check.deeds::<TipRow>(tx).await?;
    check.deeds::<RedemptionRow>(tx).await?;
    check.deeds::<DisputeRow>(tx).await?;
    check.sessions(tx).await?;
    check.days(tx).await?;
    check.entries(tx).await?;
    Ok(Tied { facts: check.facts, findings: check.findings })
}

struct Check<'r> {
    report: &'r mut (dyn FnMut(Finding) + Send),
    facts: u64,
    findings: u64,
}

impl Check<'_> {
    fn found(&mut self, place: impl fmt::Display, problem: impl fmt::Display) {
        self.findings = self.findings.saturating_add(1);
        (self.report)(Finding { place: place.to_string(), problem: problem.to_string() });
    }

    /// Takes a page of `what` in the order of their ids: leaves those that come with the next page to it, and answers after
    /// which id that begins, if there may be one. Rows without a readable id are told here, and taken out.
    fn cut<R>(&mut self, what: &str, rows: &mut Vec<R>, id: impl Fn(&R) -> Option<Uuid>) -> Option<Uuid> {
        let mut after = None;
        if rows.len() >= PAGE {
            // The next page begins at an id, so those behind the last one come again.
            let last = rows.iter().rposition(|row| id(row).is_some());
            after = last.and_then(|last| rows.get(last)).and_then(&id);
            rows.truncate(last.map_or(rows.len(), |last| last.saturating_add(1)));
        }
        self.facts = self.facts.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        rows.retain(|row| {
            let is_readable = id(row).is_some();
            if !is_readable {
                self.found(what, "there is a row whose id cannot be read");
            }
            is_readable
        });
        after
    }
}
