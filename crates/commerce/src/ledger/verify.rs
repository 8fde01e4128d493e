//! The sums of the ledger done again from the rows as they are stored, a few at a time.

use std::fmt;

use db::Tx;
use kernel::Asset;
use money::{
    hex,
    invariant::{self, Sums},
    ledger::{Batch, Entry, Hash, Head, LedgerError, Line, entry_hash, root},
};
use serde::Serialize;

use super::queries::raw::{self, RawBatch, RawEntry, RawLine};

/// Rows that are held at a time.
const PAGE: i64 = 1_000;

/// Something that is not as it was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: a batch, an entry, an account, the head, an asset.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Entries.
    pub entries: u64,
    /// Batches.
    pub batches: u64,
    /// Accounts.
    pub accounts: u64,
    /// The hash of the newest batch in hexadecimal: it stands for everything that was ever posted.
    pub head: String,
    /// How much was not right.
    pub findings: u64,
}

/// Checks each entry by the rules, the chain of batches by their hashes, and the balances by their lines. Reports what is
/// wrong as it is found. In a snapshot it may run beside a server that posts.
///
/// # Errors
/// When the database fails.
pub async fn verify(tx: &mut Tx, report: &mut (dyn FnMut(Finding) + Send)) -> db::Result<Verified> {
    let mut check = Check { report, findings: 0, entries: 0, batches: 0, accounts: 0 };
    let chain = check.chain(tx).await?;
    check.accounts(tx).await?;
    Ok(Verified {
        entries: check.entries,
        batches: check.batches,
        accounts: check.accounts,
        head: hex::encode(&chain.hash),
        findings: check.findings,
    })
}

struct Check<'r> {
    report: &'r mut (dyn FnMut(Finding) + Send),
    findings: u64,
    entries: u64,
    batches: u64,
    accounts: u64,
}

impl Check<'_> {
    fn found(&mut self, place: impl fmt::Display, problem: impl fmt::Display) {
        self.findings = self.findings.saturating_add(1);
        (self.report)(Finding { place: place.to_string(), problem: problem.to_string() });
    }

    /// Follows the chain from its beginning; answers where it ends.
    async fn chain(&mut self, tx: &mut Tx) -> db::Result<Head> {
        let (mut chain, mut last) = (Head::default(), 0);
        let mut after = i64::MIN;
        loop {
            let page = raw::batches(tx, after, PAGE).await?;
            let Some(newest) = page.last() else { break };
            after = newest.seq;
            for batch in page {
                last = self.batch(tx, &mut chain, last, batch).await?;
            }
        }
        for key in raw::repeated_keys(tx, PAGE).await? {
            self.found(format_args!("entry {key}"), "its key is taken by another entry");
        }
        for id in raw::entries_outside(tx, last, PAGE).await? {
            self.found(format_args!("entry {id}"), "it is in no batch");
        }
        for id in raw::lines_outside(tx, last, PAGE).await? {
            self.found(format_args!("entry {id}"), "there are lines of it, and no entry");
        }
        let head = raw::head(tx).await?;
        let expected = (i64::try_from(chain.seq).ok(), Some(last), Some(chain.hash.to_vec()));
        let stored = head.map(|(seq, entries, hash)| (Some(seq), Some(entries), Some(hash)));
        if stored != Some(expected) {
            self.found(
                "head",
                format_args!("it is not the end of the chain, batch {} of {last} entries", chain.seq),
            );
        }
        Ok(chain)
    }

    /// Checks a batch with its entries, which follow the entry `last`; answers its last one.
    async fn batch(&mut self, tx: &mut Tx, chain: &mut Head, last: i64, raw: RawBatch) -> db::Result<i64> {
        self.batches = self.batches.saturating_add(1);
        let place = format!("batch {}", raw.seq);
        let (Ok(seq), Ok(size), Ok(prev), Ok(stored_root)) = (
            u64::try_from(raw.seq),
            u64::try_from(raw.size),
            Hash::try_from(raw.prev),
            Hash::try_from(raw.root),
        ) else {
            self.found(place, "its numbers or hashes are none");
            return Ok(last);
        };
        if Some(seq) != chain.seq.checked_add(1) {
            self.found(&place, format_args!("it follows batch {}", chain.seq));
        }
        if prev != chain.hash {
            self.found(&place, "it does not name the hash of the batch before it");
        }
        if Some(raw.first_entry) != last.checked_add(1) {
            self.found(
                &place,
                format_args!("it begins with entry {}, and {last} was the last", raw.first_entry),
            );
        }
        let end = raw.first_entry.saturating_add(raw.size).saturating_sub(1);
        match self.leaves(tx, raw.first_entry, end).await? {
            Some(leaves) if u64::try_from(leaves.len()) != Ok(size) => {
                self.found(&place, format_args!("it has {} entries, not {size}", leaves.len()));
            }
            Some(leaves) if root(&leaves) != stored_root => {
                let entries = format!("{} to {end}", raw.first_entry);
                self.found(&place, format_args!("an entry of it, one of {entries}, is not what was posted"));
            }
            _ => {}
        }
        // The batches after it are judged by what this one says of itself.
        *chain = Head { seq, hash: Batch { seq, prev, root: stored_root, size }.hash() };
        Ok(end)
    }

    /// The hashes of the entries from `first` to `last` that there are; nothing if one of them cannot be read.
    async fn leaves(&mut self, tx: &mut Tx, first: i64, last: i64) -> db::Result<Option<Vec<Hash>>> {
        let (mut leaves, mut readable) = (Vec::new(), true);
        let mut next = first;
        while next <= last {
            let entries = raw::entries(tx, next, last, PAGE).await?;
            // Up to the end of the page; without a full one, of all.
            let full = i64::try_from(entries.len()) == Ok(PAGE);
            let end = entries.last().map_or(last, |entry| if full { entry.id } else { last });
            let mut lines = raw::lines(tx, next, end).await?.into_iter().peekable();
            for entry in entries {
                self.entries = self.entries.saturating_add(1);
                if entry.id != next {
                    self.missing(next, entry.id.saturating_sub(1));
                    readable = false;
                }
                next = entry.id.saturating_add(1);
                let mut own = Vec::new();
                while let Some(line) = lines.next_if(|line| line.entry <= entry.id) {
                    if line.entry == entry.id {
                        own.push(line);
                    } else {
                        self.found(
                            format_args!("entry {}", line.entry),
                            "there are lines of it, and no entry",
                        );
                    }
                }
                let place = format!("entry {} ({})", entry.id, entry.key);
                match recorded(entry, own) {
                    Ok(entry) => leaves.push(entry_hash(&entry)),
                    Err(problem) => {
                        self.found(place, problem);
                        readable = false;
                    }
                }
            }
            for line in lines {
                self.found(format_args!("entry {}", line.entry), "there are lines of it, and no entry");
            }
            if !full {
                if next <= last {
                    self.missing(next, last);
                    readable = false;
                }
                break;
            }
        }
        Ok(readable.then_some(leaves))
    }

    fn missing(&mut self, first: i64, last: i64) {
        if first == last {
            self.found(format_args!("entry {first}"), "it is missing");
        } else {
            self.found(format_args!("entries {first} to {last}"), "they are missing");
        }
    }

    /// Compares each balance with its lines, and all of them with zero.
    async fn accounts(&mut self, tx: &mut Tx) -> db::Result<()> {
        let (mut sums, mut after) = (Sums::default(), i64::MIN);
        loop {
            let page = raw::accounts(tx, after, PAGE).await?;
            let Some(newest) = page.last() else { break };
            let moved = raw::moved(tx, after, newest.id).await?;
            after = newest.id;
            for account in page {
                self.accounts = self.accounts.saturating_add(1);
                let lines = moved.get(&account.id).copied().unwrap_or_default();
                match account.read() {
                    Ok(line) => {
                        sums.add(&line);
                        self.balance(&line, lines);
                    }
                    Err(problem) => self.found(format_args!("account {}", account.id), problem),
                }
            }
        }
        for broken in sums.broken() {
            self.found(asset_of(&broken), broken);
        }
        Ok(())
    }

    fn balance(&mut self, line: &Line, lines: i64) {
        let place = format!("{} {}", line.account, line.asset);
        if line.amount != lines {
            self.found(&place, format_args!("its balance is {}, its lines add up to {lines}", line.amount));
        }
        if invariant::above_floors([*line]).is_err() {
            self.found(&place, format_args!("its balance, {}, is below its floor", line.amount));
        }
    }
}

fn asset_of(broken: &invariant::Broken) -> Asset {
    match broken {
        invariant::Broken::NotConserved { asset, .. } | invariant::Broken::BelowFloor { asset, .. } => *asset,
    }
}

/// An entry as it is stored, if it is one by the rules.
fn recorded(entry: RawEntry, lines: Vec<RawLine>) -> Result<Entry, String> {
    let kind = entry.kind.parse().map_err(|error: LedgerError| error.to_string())?;
    let mut read = Vec::with_capacity(lines.len());
    for line in lines {
        read.push(line.read()?);
    }
    read.sort_unstable_by_key(|line: &Line| (line.account, line.asset.code()));
    Entry::recorded(entry.key, entry.at, kind, read).map_err(|error| error.to_string())
}
