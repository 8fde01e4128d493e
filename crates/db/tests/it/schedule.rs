use std::time::Duration;

use db::{Error, schedule};

use crate::base::{Base, NOON, on_both, seconds};

on_both!(fires_once_among_many, a_turn_that_rolls_back_is_still_due);

const HOUR: Duration = Duration::from_hours(1);

async fn fires_once_among_many(base: &Base) {
    // The first question makes the row, the later ones find it.
    for turn in 0..5 {
        let now = NOON.plus(HOUR * turn);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let db = base.db.clone();
            tasks.spawn(async move { db::write!(db, |tx| schedule::due(tx, "prune", HOUR, now).await) });
        }
        let fired: Vec<bool> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
        assert_eq!(fired.iter().filter(|fired| **fired).count(), 1, "turn {turn}: {fired:?}");
    }
    let early = NOON.plus(HOUR * 5).minus(Duration::from_micros(1));
    assert!(!db::write!(base.db, |tx| schedule::due(tx, "prune", HOUR, early).await).unwrap());
    assert!(db::write!(base.db, |tx| schedule::due(tx, "other", HOUR, early).await).unwrap());
    // Missed turns are not made up for.
    let late = NOON.plus(HOUR * 50);
    assert!(db::write!(base.db, |tx| schedule::due(tx, "prune", HOUR, late).await).unwrap());
    let after = late.plus(seconds(1));
    assert!(!db::write!(base.db, |tx| schedule::due(tx, "prune", HOUR, after).await).unwrap());
}

async fn a_turn_that_rolls_back_is_still_due(base: &Base) {
    let failed = db::write!(base.db, |tx| {
        assert!(schedule::due(tx, "prune", HOUR, NOON).await?);
        Err::<(), _>(Error::NoRow("the work"))
    });
    assert!(failed.is_err());
    assert!(db::write!(base.db, |tx| schedule::due(tx, "prune", HOUR, NOON).await).unwrap());
}
