//! All at once.

use super::*;
use kernel::{ErrorCode, Fault};
use money::ledger::LedgerError;
use tokio::task::JoinSet;

/// How often each race is run.
const ROUNDS: u128 = 50;

/// Posts each of `batches` in a task of its own; answers what became of them.
async fn race(app: &TestApp, batches: Vec<Vec<Entry>>) -> Vec<Result<Vec<Posted>, PostError>> {
    let mut tasks = JoinSet::new();
    for batch in batches {
        let db = app.db().clone();
        tasks.spawn(async move {
            loop {
                let outcome = db::write!(db, |tx| post(tx, &batch, AT).await);
                // On a slow disk the last ones wait too long for their turn, and ask again.
                if !matches!(&outcome, Err(error) if error.code() == ErrorCode::Unavailable) {
                    break outcome;
                }
            }
        });
    }
    tasks.join_all().await
}

#[testkit::test]
async fn of_many_debits_exactly_those_that_are_covered_win(app: TestApp) {
    for round in 0..ROUNDS {
        let (ana, first) = (AccountId(Uuid::from_u128(100 + round)), 1_000 * (round + 1));
        posted(&app, &[faucet(first, ana, 500)]).await.unwrap();
        let tips = (0..64).map(|n| vec![tip(first + n, ana, BEN, 80)]).collect();
        let outcomes = race(&app, tips).await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        for outcome in outcomes {
            if let Err(error) = outcome {
                assert!(matches!(error, PostError::Ledger(LedgerError::Insufficient { .. })), "{error}");
            }
        }
        assert_eq!((won, balance(&app, Account::Available(ana)).await), (6, 20));
    }
    checked(&app).await;
}

#[testkit::test]
async fn the_same_fact_told_by_many_at_once_counts_once(app: TestApp) {
    for round in 0..ROUNDS {
        // Nobody has an account yet: all of them make it.
        let ana = AccountId(Uuid::from_u128(100 + round));
        let outcomes = race(&app, vec![vec![faucet(round, ana, 100)]; 64]).await;
        let posted: Vec<Posted> = outcomes.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(posted.iter().filter(|posted| **posted == Posted::Now).count(), 1);
        assert_eq!((posted.len(), balance(&app, Account::Available(ana)).await), (64, 100));
    }
    assert_eq!(checked(&app).await.entries().len(), usize::try_from(ROUNDS).unwrap());
}

#[testkit::test]
async fn of_many_facts_under_one_key_one_is_posted(app: TestApp) {
    for round in 0..ROUNDS {
        let each = |n| vec![faucet(round, AccountId(Uuid::from_u128(1_000 * (round + 1) + n)), 100)];
        let outcomes = race(&app, (0..64).map(each).collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert!(matches!(error, PostError::Ledger(LedgerError::KeyTaken(_))), "{error}");
        }
    }
    assert_eq!(checked(&app).await.entries().len(), usize::try_from(ROUNDS).unwrap());
}

#[testkit::test]
async fn batches_that_cross_each_other_do_not_wait_in_a_circle(app: TestApp) {
    let people: Vec<AccountId> = (1..9).map(|n| AccountId(Uuid::from_u128(n))).collect();
    let rich: Vec<Entry> = (1..).zip(&people).map(|(n, who)| faucet(n, *who, 10_000)).collect();
    posted(&app, &rich).await.unwrap();
    // Each pays all artists, begins with another, and some artists are new to everybody.
    let batches = (0_u128..64).map(|n| {
        (0_u128..8)
            .map(|step| {
                let payer = people[usize::try_from((n + step) % 8).unwrap()];
                let artist = ArtistId(Uuid::from_u128(50 + n / 8 + (n * 5 + step * 3) % 8));
                tip(1_000 + n * 8 + step, payer, artist, 1)
            })
            .collect()
    });
    for outcome in race(&app, batches.collect()).await {
        outcome.unwrap();
    }
    assert_eq!(checked(&app).await.entries().len(), 8 + 64 * 8);
}
