//! Many callers share transactions.

use super::*;
use commerce::ledger::Poster;
use db::Dialect;
use money::ledger::LedgerError;
use tokio::task::JoinSet;

fn poster(app: &TestApp) -> Poster {
    Poster::new(app.db().clone(), app.clock.clone())
}

/// Posts each entry for a caller of its own; answers what each was told, in the order of the entries.
async fn all(poster: &Poster, entries: Vec<Entry>) -> Vec<Result<Posted, PostError>> {
    let mut tasks = JoinSet::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let poster = poster.clone();
        tasks.spawn(async move { (place, poster.post(entry).await) });
    }
    let mut outcomes = tasks.join_all().await;
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[testkit::test]
async fn one_that_is_refused_does_not_take_the_others_down(app: TestApp) {
    let poster = poster(&app);
    posted(&app, &[faucet(1, ANA, 100)]).await.unwrap();
    let poor = AccountId(Uuid::from_u128(77));
    // Of each ten: one without cover, one under a taken key, one that was posted before, seven new ones.
    let entries: Vec<Entry> = (0..1_000)
        .map(|n| match n % 10 {
            0 => tip(10 + n, poor, BEN, 5),
            1 => faucet(1, ANA, 99),
            2 => faucet(1, ANA, 100),
            _ => faucet(10 + n, AccountId(Uuid::from_u128(100 + n % 17)), 1),
        })
        .collect();
    for (n, outcome) in all(&poster, entries).await.into_iter().enumerate() {
        match n % 10 {
            0 => assert!(matches!(outcome, Err(PostError::Ledger(LedgerError::Insufficient { .. }))), "{n}"),
            1 => assert!(matches!(outcome, Err(PostError::Ledger(LedgerError::KeyTaken(_)))), "{n}"),
            2 => assert_eq!(outcome.unwrap(), Posted::Before, "{n}"),
            _ => assert_eq!(outcome.unwrap(), Posted::Now, "{n}"),
        }
    }
    assert_eq!(checked(&app).await.entries().len(), 701);
    let batches: db::Result<i64> =
        db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM ledger_batch").scalar(tx).await);
    let batches = batches.unwrap();
    assert!(batches < 200, "they share transactions: {batches}");
}

#[testkit::test]
async fn of_many_debits_through_it_exactly_those_that_are_covered_win(app: TestApp) {
    let poster = poster(&app);
    assert_eq!(poster.post(faucet(1, ANA, 500)).await.unwrap(), Posted::Now);
    let outcomes = all(&poster, (0..64).map(|n| tip(n, ANA, BEN, 80)).collect()).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 6);
    assert_eq!(balance(&app, Account::Available(ANA)).await, 20);
    checked(&app).await;
}

/// Connections break while entries are on their way, at the commit too: nobody is told a wrong thing, and nothing is posted
/// twice.
#[testkit::test]
async fn an_entry_whose_outcome_was_lost_is_found_by_its_key(app: TestApp) {
    if app.db().dialect() == Dialect::Sqlite {
        return; // has no connection that breaks
    }
    let poster = poster(&app);
    let breaker = app.another_process().await;
    let breaking = tokio::spawn(async move {
        for _ in 0..20 {
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            let broken: db::Result<Vec<bool>> = db::read!(breaker, |tx| {
                db::sql!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                .column(tx)
                .await
            });
            broken.unwrap();
        }
        breaker.close().await;
    });
    let mut done = 0;
    while !breaking.is_finished() {
        let entries = (0..50).map(|n| faucet(done + n, ANA, 1)).collect();
        for outcome in all(&poster, entries).await {
            outcome.unwrap();
        }
        done += 50;
    }
    breaking.await.unwrap();
    // Some that were broken are still in the pool, until somebody uses them.
    let uses = (0..32).map(async |_| {
        let _: db::Result<i64> =
            db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM pg_sleep(0.05)").scalar(tx).await);
    });
    futures_util::future::join_all(uses).await;
    let book = checked(&app).await;
    assert_eq!(u128::try_from(book.entries().len()).unwrap(), done);
    assert_eq!(book.balance(Account::Available(ANA), Asset::Beat), i64::try_from(done).unwrap());
}
