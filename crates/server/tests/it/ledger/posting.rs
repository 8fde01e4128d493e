//! One after the other.

use super::*;
use commerce::ledger::balances;
use kernel::{ErrorCode, Fault, HoldId, SessionId};
use money::{
    ledger::{Charge, LedgerError},
    split::{Distribution, Share, Splits},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

#[testkit::test]
async fn a_fact_counts_once_and_another_under_its_key_is_refused(app: TestApp) {
    let entry = faucet(1, ANA, 100);
    assert_eq!(posted(&app, std::slice::from_ref(&entry)).await.unwrap(), [Posted::Now]);
    // Told again, later, in one go with something new and with itself.
    let later = Entry::faucet(TopUpId(Uuid::from_u128(1)), Time::from_micros(9), ANA, 100).unwrap();
    let twice = [later, faucet(2, ANA, 1), faucet(2, ANA, 1)];
    assert_eq!(posted(&app, &twice).await.unwrap(), [Posted::Before, Posted::Now, Posted::Before]);
    for other in [faucet(1, ANA, 101), faucet(1, AccountId(Uuid::from_u128(9)), 100)] {
        let error = posted(&app, &[faucet(3, ANA, 1), other.clone()]).await.unwrap_err();
        assert!(matches!(&error, PostError::Ledger(LedgerError::KeyTaken(key)) if key == other.key()));
        assert_eq!(error.code(), ErrorCode::Conflict);
    }
    assert_eq!(posted(&app, &[]).await.unwrap(), []);
    assert_eq!(balance(&app, Account::Available(ANA)).await, 101);
    assert_eq!(checked(&app).await.entries().len(), 2);
}

#[testkit::test]
async fn what_is_refused_leaves_no_trace_even_if_its_transaction_commits(app: TestApp) {
    posted(&app, &[faucet(1, ANA, 100)]).await.unwrap();
    let tips = [tip(1, ANA, BEN, 60), tip(2, ANA, CLEO, 60)];
    let error = posted(&app, &tips).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InsufficientFunds);
    db::write!(app.db(), |tx| {
        let refused = post(tx, &tips, AT).await;
        assert!(matches!(refused, Err(PostError::Ledger(LedgerError::Insufficient { .. }))));
        Ok::<_, db::Error>(())
    })
    .unwrap();
    let all = [
        (Account::Available(ANA), Asset::Beat),
        (Account::Earned(BEN), Asset::Beat),
        (Account::Clearing, Asset::Beat),
    ];
    let now = db::read!(app.db(), |tx| balances(tx, &all).await).unwrap();
    assert_eq!(now, [100, 0, -100]);
    assert_eq!(checked(&app).await.entries().len(), 1);
}

#[testkit::test]
async fn entries_are_weighed_in_their_order(app: TestApp) {
    let early = posted(&app, &[tip(1, ANA, BEN, 60), faucet(1, ANA, 100)]).await;
    assert!(matches!(early, Err(PostError::Ledger(LedgerError::Insufficient { .. }))));
    posted(&app, &[faucet(1, ANA, 100), tip(1, ANA, BEN, 60)]).await.unwrap();
    assert_eq!(checked(&app).await.balance(Account::Earned(BEN), Asset::Beat), 60);
}

#[testkit::test]
async fn nothing_of_the_ledger_is_changed_or_deleted(app: TestApp) {
    posted(&app, &[faucet(1, ANA, 100)]).await.unwrap();
    macro_rules! refused {
        ($($statement:literal),+ $(,)?) => {$(
            let tried: db::Result<u64> = db::write!(app.db(), |tx| db::sql!($statement).run(tx).await);
            let error = tried.expect_err($statement).to_string();
            assert!(error.contains("what the ledger says is never changed"), "{}: {error}", $statement);
        )+};
    }
    refused!(
        "UPDATE ledger_entry SET at = 0",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_line SET amount = amount * 2",
        "UPDATE ledger_line SET previous = NULL",
        "DELETE FROM ledger_line WHERE amount < 0",
        "UPDATE ledger_batch SET posted_at = 0",
        "DELETE FROM ledger_batch",
        "UPDATE ledger_account SET kind = 'held'",
        "DELETE FROM ledger_account",
        "DELETE FROM ledger_head",
    );
    // Nor does the schema take a balance below its floor, or points where none may be.
    macro_rules! wrong {
        ($($statement:literal),+ $(,)?) => {$(
            let tried: db::Result<u64> = db::write!(app.db(), |tx| db::sql!($statement).run(tx).await);
            assert!(tried.is_err(), $statement);
        )+};
    }
    wrong!(
        "UPDATE ledger_account SET balance = -1 WHERE kind = 'available'",
        "INSERT INTO ledger_account (balance, last, owner, kind, asset)
         SELECT 0, 1, owner, 'earned', 'BTN' FROM ledger_account WHERE kind = 'available'",
        "INSERT INTO ledger_account (balance, last, owner, kind, asset)
         SELECT 0, 1, owner, 'fees', 'BEAT' FROM ledger_account WHERE kind = 'available'",
        "INSERT INTO ledger_account (balance, last, owner, kind, asset)
         SELECT 0, 1, owner, 'savings', 'BEAT' FROM ledger_account WHERE kind = 'available'",
    );
    checked(&app).await;
}

/// What somebody tries: which fact, between whom, how much, under which of a few numbers.
fn tries() -> impl Strategy<Value = Vec<Vec<(u8, u128, u128, i64)>>> {
    let one = (0_u8..8, 1_u128..4, 1_u128..60, 1_i64..120);
    proptest::collection::vec(proptest::collection::vec(one, 1..4), 1..25)
}

fn entry(book: &Book, (what, who, n, minor): (u8, u128, u128, i64)) -> Option<Entry> {
    let (listener, artist) = (AccountId(Uuid::from_u128(who)), ArtistId(Uuid::from_u128(10 + who)));
    let (hold, session) = (HoldId(Uuid::from_u128(n)), SessionId(Uuid::from_u128(n)));
    let made = match what {
        0 | 7 => Entry::faucet(TopUpId(Uuid::from_u128(n)), AT, listener, minor),
        1 => Entry::hold_granted(hold, 0, AT, listener, beats(minor)),
        2 => Entry::hold_released(hold, AT, listener, beats(minor)),
        3 => {
            let splits = Splits::new(vec![Share { artist, bp: 3_333 }, Share { artist: BEN, bp: 6_667 }]);
            let rule = Distribution::new(splits.unwrap(), 250).unwrap();
            let charge = Charge {
                session,
                listener,
                asset: Asset::Beat,
                beats: n.try_into().unwrap(),
                before: 0,
                after: minor,
            };
            Entry::capture(&charge, AT, &rule)
        }
        4 => Entry::tip(TipId(Uuid::from_u128(n)), AT, listener, artist, beats(minor)),
        5 => Entry::matured(artist, n.try_into().unwrap(), AT, beats(minor)),
        _ => Entry::reversal(
            book.entries().get(book.entries().len().checked_sub(usize::try_from(n).unwrap())?)?,
            AT,
        ),
    };
    made.ok()
}

#[testkit::test]
async fn it_answers_as_the_book_does_whatever_is_tried(app: TestApp) {
    let mut runner = TestRunner::new(Config::default());
    let mut book = Book::new();
    let mut walks = 0;
    // A walk that is refused most of what it tries is none the worse; too little posted would say nothing of the chain.
    while walks < 8 || book.entries().len() <= 20 {
        walks += 1;
        assert!(walks < 100, "something is posted: {}", book.entries().len());
        for batch in tries().new_tree(&mut runner).unwrap().current() {
            let entries: Vec<Entry> = batch.iter().filter_map(|&one| entry(&book, one)).collect();
            let expected = book.post_all(entries.clone());
            match (posted(&app, &entries).await, expected) {
                (Ok(ours), Ok(expected)) => assert_eq!(ours, expected),
                (Err(PostError::Ledger(ours)), Err(expected)) => assert_eq!(ours, expected),
                (ours, expected) => panic!("{ours:?}, where the book says {expected:?}: {batch:?}"),
            }
        }
    }
    assert_eq!(checked(&app).await.entries(), book.entries());
}
