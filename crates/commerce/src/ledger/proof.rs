//! Entries with the proofs that they are in the chain.

use std::collections::HashMap;

use db::{Rows, Tx, from_row, sql};
use kernel::{ArtistId, SessionId};
use money::ledger::{Batch, Entry, Hash, Proof, entry_hash};

use super::queries;

/// An entry, the batch that it was posted in, and the proof of that.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The entry.
    pub entry: Entry,
    /// Its batch.
    pub batch: Batch,
    /// That it is one of the batch.
    pub proof: Proof,
}

struct BatchRow {
    seq: i64,
    first: i64,
    size: i64,
    prev: Vec<u8>,
    root: Vec<u8>,
}

from_row!(BatchRow { seq, first, size, prev, root });

impl BatchRow {
    fn batch(&self) -> db::Result<Batch> {
        let unreadable =
            || db::Error::Unreadable { what: "a batch of the ledger", value: self.seq.to_string() };
        let number = |n: i64| u64::try_from(n).map_err(|_| unreadable());
        let hash = |bytes: &[u8]| Hash::try_from(bytes).map_err(|_| unreadable());
        Ok(Batch {
            seq: number(self.seq)?,
            prev: hash(&self.prev)?,
            root: hash(&self.root)?,
            size: number(self.size)?,
        })
    }
}

/// The entries whose keys begin with one of `beginnings`, in the order of posting, each with its proof.
pub async fn proven(tx: &mut Tx, beginnings: &[String]) -> db::Result<Vec<Proven>> {
    let ids: Vec<i64> = sql!(
        "SELECT e.id FROM {rows $1 k(low text, high text)} CROSS JOIN ledger_entry e
         WHERE e.key >= k.low AND e.key < k.high ORDER BY e.id"
    )
    .rows(ranges(beginnings))
    .column(tx)
    .await?;
    let batches: Vec<BatchRow> = sql!(
        "SELECT DISTINCT b.seq, b.first_entry AS first, b.size, b.prev, b.root
         FROM {rows $1 r(id int)} JOIN ledger_batch b
         ON b.first_entry = (SELECT MAX(x.first_entry) FROM ledger_batch x WHERE x.first_entry <= r.id)"
    )
    .rows(ids.iter().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await?;
    let mut all = Vec::new();
    for row in &batches {
        all.extend(of_batch(tx, row, &ids).await?);
    }
    all.sort_by_key(|(id, _)| *id);
    Ok(all.into_iter().map(|(_, proven)| proven).collect())
}

/// What the ledger paid out of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaidOut {
    /// To the platform.
    pub fee: i64,
    shares: HashMap<ArtistId, i64>,
}

impl PaidOut {
    /// What an artist got of it.
    pub fn share_of(&self, artist: ArtistId) -> i64 {
        self.shares.get(&artist).copied().unwrap_or(0)
    }
}

/// What the captures and the settlement of a session moved to the platform and to artists, in minor units of its asset.
pub async fn paid_in(tx: &mut Tx, session: SessionId) -> db::Result<PaidOut> {
    let sums: Vec<(String, ArtistId, i64)> = sql!(
        "SELECT a.kind, a.owner, CAST(SUM(l.amount) AS BIGINT) FROM {rows $1 k(low text, high text)}
         CROSS JOIN ledger_entry e JOIN ledger_line l ON l.entry = e.id JOIN ledger_account a ON a.id = l.account
         WHERE e.key >= k.low AND e.key < k.high AND a.kind IN ('earned', 'fees') GROUP BY a.kind, a.owner"
    )
    .rows(ranges(&[format!("capture:{session}:"), format!("settle:{session}")]))
    .all(tx)
    .await?;
    let mut paid = PaidOut::default();
    for (kind, artist, sum) in sums {
        if kind == "fees" {
            paid.fee = sum;
        } else {
            paid.shares.insert(artist, sum);
        }
    }
    Ok(paid)
}

/// All keys that begin so, from the first up to the first that does not.
fn ranges(beginnings: &[String]) -> Rows {
    // The character after all that keys may have.
    beginnings.iter().map(|key| (key.as_str(), format!("{key}\u{7f}"))).collect()
}

/// Those of a batch that are wanted.
async fn of_batch(tx: &mut Tx, row: &BatchRow, wanted: &[i64]) -> db::Result<Vec<(i64, Proven)>> {
    let batch = row.batch()?;
    let ids: Vec<i64> = (row.first..row.first.saturating_add(row.size)).collect();
    let keys: Vec<(i64, String)> =
        sql!("SELECT id, key FROM ledger_entry WHERE id >= $1 AND id < $2 ORDER BY id")
            .bind(row.first)
            .bind(row.first.saturating_add(row.size))
            .all(tx)
            .await?;
    let entries: HashMap<String, Entry> = queries::recorded(tx, &ids).await?;
    let missing = || db::Error::Unreadable { what: "a batch of the ledger", value: row.seq.to_string() };
    let ordered: Option<Vec<&Entry>> = keys.iter().map(|(_, key)| entries.get(key)).collect();
    let leaves: Vec<Hash> = ordered.ok_or_else(missing)?.into_iter().map(entry_hash).collect();
    let mut proven = Vec::new();
    for (index, (id, key)) in keys.iter().enumerate().filter(|(_, (id, _))| wanted.contains(id)) {
        let proof = Proof::of(&leaves, index).ok_or_else(missing)?;
        let entry = entries.get(key).cloned().ok_or_else(missing)?;
        proven.push((*id, Proven { entry, batch, proof }));
    }
    Ok(proven)
}
