//! The ledger in the database does what the one in memory does, whoever posts at the same time.

mod facts;
mod group;
mod posting;
mod races;
mod unreadable;
mod verify;

use commerce::ledger::{PostError, post};
use kernel::{AccountId, Amount, ArtistId, Asset, Time, TipId, TopUpId};
use money::{
    invariant,
    ledger::{Account, Batch, Book, Entry, Hash, Head, Line, Posted},
};
use testkit::TestApp;
use uuid::Uuid;

pub(crate) const ANA: AccountId = AccountId(Uuid::from_u128(1));
pub(crate) const BEN: ArtistId = ArtistId(Uuid::from_u128(2));
pub(crate) const CLEO: ArtistId = ArtistId(Uuid::from_u128(3));
const AT: Time = Time::from_micros(7);

pub(crate) fn beats(minor: i64) -> Amount {
    Amount { asset: Asset::Beat, minor }
}

pub(crate) fn faucet(n: u128, to: AccountId, minor: i64) -> Entry {
    Entry::faucet(TopUpId(Uuid::from_u128(n)), AT, to, minor).unwrap()
}

pub(crate) fn tip(n: u128, from: AccountId, to: ArtistId, minor: i64) -> Entry {
    Entry::tip(TipId(Uuid::from_u128(n)), AT, from, to, beats(minor)).unwrap()
}

/// Posts in a transaction of its own.
pub(crate) async fn posted(app: &TestApp, entries: &[Entry]) -> Result<Vec<Posted>, PostError> {
    db::write!(app.db(), |tx| post(tx, entries, AT).await)
}

pub(crate) async fn balance(app: &TestApp, account: Account) -> i64 {
    db::read!(app.db(), |tx| commerce::ledger::balance(tx, account, Asset::Beat).await).unwrap()
}

/// Reads the whole ledger and does its sums again: the entries in the order of posting.
pub(crate) async fn checked(app: &TestApp) -> Book {
    type Link = (i64, i64, i64, Vec<u8>, Vec<u8>);
    type Row = (i64, String, Time, String, i64, String, Uuid, String);
    let (rows, batches, stored, (seq, hash, count)) = db::snapshot!(app.db(), |tx| {
        let rows: Vec<Row> = db::sql!(
            "SELECT e.id, e.key, e.at, e.kind, l.amount, a.kind, a.owner, a.asset FROM ledger_entry e
             JOIN ledger_line l ON l.entry = e.id JOIN ledger_account a ON a.id = l.account ORDER BY e.id"
        )
        .all(tx)
        .await?;
        let batches: Vec<Link> =
            db::sql!("SELECT seq, first_entry, size, prev, root FROM ledger_batch ORDER BY seq")
                .all(tx)
                .await?;
        let stored: Vec<(String, Uuid, String, i64)> =
            db::sql!("SELECT kind, owner, asset, balance FROM ledger_account").all(tx).await?;
        let head: (i64, Vec<u8>, i64) =
            db::sql!("SELECT seq, hash, entries FROM ledger_head").one(tx).await?;
        Ok::<_, db::Error>((rows, batches, stored, head))
    })
    .unwrap();
    let account = |kind: &str, owner: Uuid| Account::of(kind, Some(owner).filter(|o| !o.is_nil())).unwrap();
    let mut entries: Vec<(i64, String, Time, String, Vec<Line>)> = Vec::new();
    for (id, key, at, kind, amount, of, owner, asset) in rows {
        if entries.last().is_none_or(|last| last.0 != id) {
            entries.push((id, key, at, kind, Vec::new()));
        }
        let line = Line { account: account(&of, owner), asset: asset.parse().unwrap(), amount };
        entries.last_mut().unwrap().4.push(line);
    }
    let mut book = Book::new();
    for (place, (id, key, at, kind, mut lines)) in (1..).zip(entries) {
        assert_eq!(id, place, "the numbers have no gap");
        lines.sort_by_key(|line| (line.account, line.asset.code()));
        let entry = Entry::recorded(key, at, kind.parse().unwrap(), lines).unwrap();
        assert_eq!(book.post(entry), Ok(Posted::Now), "posted in this order");
    }
    let mut chain = Head::default();
    let mut rest = book.entries();
    for (seq, first, size, prev, root) in batches {
        assert_eq!(usize::try_from(first - 1).unwrap(), book.entries().len() - rest.len());
        let (own, others) = rest.split_at(usize::try_from(size).unwrap());
        let [prev, root] = [prev, root].map(|hash| Hash::try_from(hash).unwrap());
        let (seq, size) = (seq.try_into().unwrap(), size.try_into().unwrap());
        assert!(chain.follow(&Batch { seq, prev, root, size }, own), "batch {seq}");
        rest = others;
    }
    assert!(rest.is_empty());
    assert_eq!((i64::try_from(chain.seq).unwrap(), chain.hash.to_vec()), (seq, hash));
    assert_eq!(usize::try_from(count).unwrap(), book.entries().len());
    for (kind, owner, asset, balance) in &stored {
        assert_eq!(book.balance(account(kind, *owner), asset.parse().unwrap()), *balance, "{kind}:{owner}");
    }
    assert_eq!(stored.len(), book.balances().count(), "an account for each balance");
    assert_eq!(invariant::conserved(book.balances()), Ok(()));
    assert_eq!(invariant::above_floors(book.balances()), Ok(()));
    book
}
