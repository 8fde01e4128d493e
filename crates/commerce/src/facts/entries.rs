//! Entries, and what they are about.

use std::{collections::HashMap, str::FromStr};

use db::Tx;
use kernel::{AccountId, Amount, Asset, TopUpId};
use money::ledger::{Account, Entry, Kind, LedgerError, RewardFor};
use uuid::Uuid;

use super::{
    Check,
    demand::difference,
    queries::{self, Table},
};
use crate::ledger::stored::{self, Stored};

/// Entries that are held at a time.
const ENTRIES: i64 = 1_000;

/// What the key of an entry says that it is about.
enum About {
    /// A row.
    Row(Table, Uuid),
    /// Nothing but what the key itself says.
    Itself,
}

impl Check<'_> {
    /// Looks for what each entry is about.
    pub(super) async fn entries(&mut self, tx: &mut Tx) -> db::Result<()> {
        let mut after = i64::MIN;
        loop {
            let page = stored::page(tx, after, ENTRIES).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            let mut rows: HashMap<Table, Vec<(i64, Uuid)>> = HashMap::new();
            let (mut keys, mut themselves) = (HashMap::new(), Vec::new());
            for entry in page {
                // What cannot be read, the check of the ledger itself tells.
                let (Some(key), Some(kind)) = (&entry.key.0, entry.kind.0.as_deref()) else { continue };
                let Ok(kind) = Kind::from_str(kind) else { continue };
                match about(kind, key) {
                    Some(About::Row(table, id)) => {
                        rows.entry(table).or_default().push((entry.id, id));
                        keys.insert(entry.id, key.clone());
                    }
                    Some(About::Itself) => themselves.push(entry),
                    None => {
                        let place = format!("entry {} ({key})", entry.id);
                        self.found(place, format_args!("no {kind} has such a key"));
                    }
                }
            }
            for (table, of) in rows {
                for id in queries::without_row(tx, table, &of).await? {
                    let key = keys.get(&id).map_or("", String::as_str);
                    self.found(
                        format_args!("entry {id} ({key})"),
                        format_args!("there is no {} that it is about", table.name()),
                    );
                }
            }
            let themselves = stored::with_lines(tx, themselves).await?;
            self.themselves(tx, themselves).await?;
        }
    }

    /// Compares entries that have no row with what their keys say.
    async fn themselves(&mut self, tx: &mut Tx, entries: Vec<Stored>) -> db::Result<()> {
        let undone: Vec<String> = entries
            .iter()
            .filter_map(|stored| stored.entry.as_ref().ok()?.key().strip_prefix(REVERSAL).map(str::to_owned))
            .collect();
        let undone = if undone.is_empty() { HashMap::new() } else { stored::by_key(tx, &undone).await? };
        for Stored { id, entry } in entries {
            let Ok(entry) = entry else { continue };
            let place = format!("entry {id} ({})", entry.key());
            let wanted = match entry.key().strip_prefix(REVERSAL) {
                Some(key) => match undone.get(key) {
                    Some(Stored { id: first, entry: Ok(mistake) }) if *first < id => {
                        Entry::reversal(mistake, entry.at()).ok()
                    }
                    _ => None,
                },
                None => of_key(&entry),
            };
            match wanted {
                Some(wanted) if wanted.key() == entry.key() => {
                    if let Some(difference) = difference(&wanted, &entry) {
                        self.found(place, format_args!("by its key, it {difference}"));
                    }
                }
                _ => self.found(place, format_args!("no {} has such a key", entry.kind())),
            }
        }
        Ok(())
    }
}

const REVERSAL: &str = "reversal:";

/// What a key is about, if an entry of that kind may have it.
fn about(kind: Kind, key: &str) -> Option<About> {
    let (name, rest) = key.split_once(':')?;
    // Of those that are many, the number comes behind the id.
    let numbered = |rest: &str| {
        let (id, number) = rest.split_once(':')?;
        number.parse::<u64>().is_ok_and(|n| n.to_string() == number).then(|| uuid(id)).flatten()
    };
    let (table, id) = match (kind, name) {
        (Kind::TopUp, "top-up") => (Table::TopUp, uuid(rest)),
        (Kind::Tip | Kind::PointsTip, "tip") => (Table::Tip, uuid(rest)),
        (Kind::Redemption, "redeem") => (Table::Redemption, uuid(rest)),
        (Kind::DisputeOpened, "dispute") | (Kind::DisputeUpheld | Kind::DisputeDismissed, "resolve") => {
            (Table::Dispute, uuid(rest))
        }
        (Kind::Capture, "capture") => (Table::Session, numbered(rest)),
        (Kind::Settlement, "settle") => (Table::Session, uuid(rest)),
        (Kind::HoldGranted, "hold") => (Table::Hold, numbered(rest)),
        (Kind::HoldReleased | Kind::HoldExpired, "release") => (Table::Hold, uuid(rest)),
        (Kind::Faucet, "faucet")
        | (Kind::Supply, "supply")
        | (Kind::Matured, "matured")
        | (Kind::Reward, "reward")
        | (Kind::Reversal, "reversal") => return Some(About::Itself),
        _ => return None,
    };
    Some(About::Row(table, id?))
}

/// An id as keys spell it.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|id| id.to_string() == text)
}

/// The entry that has this key, of the amount and to whom this one says: the same one, if its key is right.
fn of_key(entry: &Entry) -> Option<Entry> {
    let gain = entry.lines().iter().find(|line| line.amount > 0)?;
    let (at, amount) = (entry.at(), Amount { asset: gain.asset, minor: gain.amount });
    let parts: Vec<&str> = entry.key().split(':').collect();
    let made: Result<Entry, LedgerError> = match (entry.kind(), parts.as_slice(), gain.account) {
        (Kind::Faucet, [_, id], Account::Available(to)) => {
            Entry::faucet(TopUpId(uuid(id)?), at, to, gain.amount)
        }
        (Kind::Supply, [_, "BTN"], _) => Entry::supply(at, gain.amount),
        (Kind::Matured, [_, artist, asset, day], _) => {
            let asset: Asset = asset.parse().ok()?;
            Entry::matured(uuid(artist)?.into(), day.parse().ok()?, at, Amount { asset, ..amount })
        }
        (Kind::Reward, [_, deed, to, track, day @ ..], _) => {
            let (to, track) = (AccountId(uuid(to)?), uuid(track)?.into());
            // Plays are rewarded once a day, and the day is that of the entry.
            let reason = match (*deed, day) {
                ("full-play", [_]) => RewardFor::FullPlay(track, at.day()),
                ("partial-play", [_]) => RewardFor::PartialPlay(track, at.day()),
                ("first-like", []) => RewardFor::FirstLike(track),
                _ => return None,
            };
            Entry::reward(to, reason, at, gain.amount)
        }
        _ => return None,
    };
    made.ok()
}
