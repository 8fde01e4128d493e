//! The sums of the ledger done again from the rows as they are stored, a few at a time.

use std::{collections::BTreeMap, fmt};

use db::Tx;
use kernel::Asset;
use money::{
    hex,
    invariant::{self, Sums},
    ledger::{Batch, Hash, Head, Line, entry_hash, root},
};
use serde::Serialize;

use super::{
    queries::raw::{self, Named, RawBatch, RawLine},
    stored::recorded,
};

/// Rows that are held at a time; and all accounts, with what their lines came to so far.
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
    let accounts = accounts(tx).await?;
    let mut check = Check { report, findings: 0, entries: 0, batches: 0, accounts };
    let chain = check.chain(tx).await?;
    check.balances();
    Ok(Verified {
        entries: check.entries,
        batches: check.batches,
        accounts: u64::try_from(check.accounts.len()).unwrap_or(u64::MAX),
        head: hex::encode(&chain.hash),
        findings: check.findings,
    })
}

struct Check<'r> {
    report: &'r mut (dyn FnMut(Finding) + Send),
    findings: u64,
    entries: u64,
    batches: u64,
    accounts: BTreeMap<i64, Account>,
}

/// What an account says of itself, and what its lines come to.
struct Account {
    named: Named,
    balance: Option<i64>,
    /// The entry that it names as the one with its newest line.
    last: Option<i64>,
    sum: i128,
    /// The newest entry so far that has a line of it.
    newest: Option<i64>,
}

/// All accounts, by their numbers.
async fn accounts(tx: &mut Tx) -> db::Result<BTreeMap<i64, Account>> {
    let mut accounts = BTreeMap::new();
    loop {
        let after = accounts.last_key_value().map_or(i64::MIN, |(id, _)| *id);
        let page = raw::accounts(tx, after, PAGE).await?;
        if page.is_empty() {
            return Ok(accounts);
        }
        for account in page {
            let (id, last) = (account.id, account.last.0);
            let (named, balance) = account.read();
            accounts.insert(id, Account { named, balance, last, sum: 0, newest: None });
        }
    }
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
            let key = key.0.unwrap_or_default();
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
        let stored = head.map(|(seq, entries, hash)| (seq.0, entries.0, hash.0));
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
        let size = raw.size.0.and_then(|size| u64::try_from(size).ok()).filter(|size| *size > 0);
        let (Ok(seq), Some(size), Some(first)) = (u64::try_from(raw.seq), size, raw.first_entry.0) else {
            self.found(place, "its numbers are none");
            return Ok(last);
        };
        if Some(seq) != chain.seq.checked_add(1) {
            self.found(&place, format_args!("it follows batch {}", chain.seq));
        }
        let prev = raw.prev.0.and_then(|prev| Hash::try_from(prev).ok());
        match prev {
            None => self.found(&place, "what it names as the batch before it is no hash"),
            Some(prev) if prev != chain.hash => {
                self.found(&place, "it does not name the hash of the batch before it");
            }
            Some(_) => {}
        }
        if Some(first) != last.checked_add(1) {
            self.found(&place, format_args!("it begins with entry {first}, and {last} was the last"));
        }
        let end = i64::try_from(size).map_or(i64::MAX, |size| first.saturating_add(size).saturating_sub(1));
        let leaves = self.leaves(tx, first, end).await?;
        let stored_root = raw.root.0.and_then(|root| Hash::try_from(root).ok());
        if stored_root.is_none() {
            self.found(&place, "its root is no hash");
        }
        match (&leaves, stored_root) {
            (Some(leaves), _) if u64::try_from(leaves.len()) != Ok(size) => {
                self.found(&place, format_args!("it has {} entries, not {size}", leaves.len()));
            }
            (Some(leaves), Some(stored_root)) if root(leaves) != stored_root => {
                self.found(
                    &place,
                    format_args!("an entry of it, one of {first} to {end}, is not what was posted"),
                );
            }
            _ => {}
        }
        // The batches after it are judged by what this one says of itself; where it says nothing, by what it should.
        let prev = prev.unwrap_or(chain.hash);
        let root = stored_root.or(leaves.as_deref().map(root)).unwrap_or_default();
        *chain = Head { seq, hash: Batch { seq, prev, root, size }.hash() };
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
                    let read = self.follow(&line);
                    if line.entry == entry.id {
                        own.push(read);
                    } else {
                        self.found(
                            format_args!("entry {}", line.entry),
                            "there are lines of it, and no entry",
                        );
                    }
                }
                let key = entry.key.0.as_deref().unwrap_or_default();
                let place = format!("entry {} ({key})", entry.id);
                match recorded(entry, own) {
                    Ok(entry) => leaves.push(entry_hash(&entry)),
                    Err(problem) => {
                        self.found(place, problem);
                        readable = false;
                    }
                }
            }
            for line in lines {
                let _ = self.follow(&line);
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

    /// Adds a line to those of its account, which it is to name the one before of; answers what it says.
    fn follow(&mut self, line: &RawLine) -> Result<Line, String> {
        let &RawLine { entry, account: number, .. } = line;
        let Some(account) = self.accounts.get_mut(&number) else { return line.read(None) };
        account.sum = account.sum.saturating_add(line.amount.0.unwrap_or_default().into());
        let before = account.newest.replace(entry);
        let read = line.read(Some(&account.named));
        if line.previous.0 != Some(before) {
            self.found(
                format_args!("entry {entry}"),
                format_args!("its line of account {number} does not name the entry with the one before"),
            );
        }
        read
    }

    fn missing(&mut self, first: i64, last: i64) {
        if first == last {
            self.found(format_args!("entry {first}"), "it is missing");
        } else {
            self.found(format_args!("entries {first} to {last}"), "they are missing");
        }
    }

    /// Compares each balance with its lines, and all of them with zero.
    fn balances(&mut self) {
        let mut sums = Sums::default();
        let accounts = std::mem::take(&mut self.accounts);
        for (id, account) in &accounts {
            match (&account.named, account.balance) {
                (Ok((name, asset)), Some(balance)) => {
                    let line = Line { account: *name, asset: *asset, amount: balance };
                    sums.add(&line);
                    self.balance(&line, account.sum);
                }
                (Err(problem), _) => self.found(format_args!("account {id}"), problem),
                (_, None) => self.found(format_args!("account {id}"), "its balance cannot be read"),
            }
            if account.last != account.newest {
                self.found(format_args!("account {id}"), "it does not name the entry with its newest line");
            }
        }
        self.accounts = accounts;
        for broken in sums.broken() {
            self.found(asset_of(&broken), broken);
        }
    }

    fn balance(&mut self, line: &Line, lines: i128) {
        let place = format!("{} {}", line.account, line.asset);
        if i128::from(line.amount) != lines {
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
