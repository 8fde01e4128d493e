//! Rows that nothing of ours writes: no finding keeps the rest from being looked at.

use commerce::ledger::Finding;
use db::Dialect;

use super::{
    verify::{findings, independent, raw, some, unlock},
    *,
};

/// What is done, where it must be found, and how it is undone.
type Change = (&'static str, &'static str, &'static str);

const COMMON: &[Change] = &[
    (
        "UPDATE ledger_batch SET size = -1 WHERE seq = 2",
        "batch 2: ",
        "UPDATE ledger_batch SET size = 3 WHERE seq = 2",
    ),
    (
        "UPDATE ledger_line SET amount = 9223372036854775807 WHERE amount > 0",
        "entry 1 (",
        "UPDATE ledger_line SET amount = CASE entry WHEN 1 THEN 1000 WHEN 2 THEN 500 WHEN 5 THEN 1000000
                 WHEN 6 THEN 40 WHEN 7 THEN 200 ELSE 30 END WHERE amount > 0",
    ),
    (
        "UPDATE ledger_account SET kind = 'gift' WHERE kind = 'clearing'",
        "account ",
        "UPDATE ledger_account SET kind = 'clearing' WHERE kind = 'gift'",
    ),
    (
        "UPDATE tip SET amount = -30 WHERE amount = 30",
        "tip ",
        "UPDATE tip SET amount = 30 WHERE amount = -30",
    ),
    (
        "UPDATE tip SET amount = 9223372036854775807 WHERE amount = 40",
        "tip ",
        "UPDATE tip SET amount = 40 WHERE amount > 200",
    ),
];

const SQLITE: &[Change] = &[
    (
        "UPDATE ledger_batch SET prev = x'0102' WHERE seq = 2",
        "batch 2: what it names",
        "UPDATE ledger_batch SET prev = (SELECT prev FROM kept) WHERE seq = 2",
    ),
    (
        "UPDATE ledger_batch SET root = x'' WHERE seq = 2",
        "batch 2: its root is no hash",
        "UPDATE ledger_batch SET root = (SELECT root FROM kept) WHERE seq = 2",
    ),
    (
        "UPDATE ledger_head SET hash = x'00'",
        "head: ",
        "UPDATE ledger_head SET hash = (SELECT hash FROM kept)",
    ),
    (
        "UPDATE ledger_account SET owner = x'01' WHERE owner = x'00000000000000000000000000000005'",
        "account ",
        "UPDATE ledger_account SET owner = x'00000000000000000000000000000005' WHERE owner = x'01'",
    ),
    (
        "UPDATE ledger_entry SET key = CAST(x'ff41' AS TEXT) WHERE id = 2",
        "entry 2 (",
        "UPDATE ledger_entry SET key = 'faucet:00000000-0000-0000-0000-000000000002' WHERE id = 2",
    ),
    (
        "UPDATE tip SET artist_id = x'02' WHERE amount = 40",
        "tip 00000000-0000-0000-0000-000000000003: ",
        "UPDATE tip SET artist_id = x'00000000000000000000000000000002' WHERE amount = 40",
    ),
    (
        "UPDATE tip SET id = x'03' WHERE amount = 40",
        "tip",
        "UPDATE tip SET id = x'00000000000000000000000000000003' WHERE amount = 40",
    ),
];

const POSTGRES: &[Change] = &[
    (
        "UPDATE ledger_batch SET prev = '\\x0102' WHERE seq = 2",
        "batch 2: what it names",
        "UPDATE ledger_batch SET prev = (SELECT prev FROM kept) WHERE seq = 2",
    ),
    (
        "UPDATE ledger_batch SET root = '' WHERE seq = 2",
        "batch 2: its root is no hash",
        "UPDATE ledger_batch SET root = (SELECT root FROM kept) WHERE seq = 2",
    ),
    (
        "UPDATE ledger_head SET hash = '\\x00'",
        "head: ",
        "UPDATE ledger_head SET hash = (SELECT hash FROM kept)",
    ),
    (
        "UPDATE ledger_entry SET kind = NULL WHERE id = 4",
        "entry 4 (tip:",
        "UPDATE ledger_entry SET kind = 'tip' WHERE id = 4",
    ),
    (
        "UPDATE ledger_entry SET key = NULL WHERE id = 4",
        "entry 4 (",
        "UPDATE ledger_entry SET key = 'tip:00000000-0000-0000-0000-000000000002' WHERE id = 4",
    ),
    (
        "UPDATE ledger_account SET balance = NULL WHERE asset = 'BTN'",
        "account ",
        "UPDATE ledger_account SET balance = CASE kind WHEN 'rewards' THEN 1000000 ELSE -1000000 END WHERE asset = 'BTN'",
    ),
    (
        "UPDATE tip SET account_id = NULL WHERE amount = 40",
        "tip 00000000-0000-0000-0000-000000000003: ",
        "UPDATE tip SET account_id = '00000000-0000-0000-0000-000000000001' WHERE amount = 40",
    ),
];

/// What PostgreSQL would not let anybody do.
const UNGUARDED: &str = "
    ALTER TABLE ledger_batch DROP CONSTRAINT ledger_batch_size_check;
    ALTER TABLE tip DROP CONSTRAINT tip_amount_check;
    ALTER TABLE tip ALTER account_id DROP NOT NULL;
    ALTER TABLE ledger_account DISABLE TRIGGER ALL;
    ALTER TABLE ledger_account ALTER balance DROP NOT NULL;
    ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_kind_check;
    ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_check;
    ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_check1;
    ALTER TABLE ledger_account DROP CONSTRAINT ledger_account_check2;
    ALTER TABLE ledger_entry ALTER kind DROP NOT NULL;
    ALTER TABLE ledger_entry ALTER key DROP NOT NULL";

/// What the rows of a batch and of the head were.
const KEPT: &str = "CREATE TABLE kept AS SELECT prev, root, hash FROM ledger_batch CROSS JOIN ledger_head WHERE ledger_batch.seq = 2";

#[testkit::test]
async fn what_cannot_be_read_is_a_finding_and_the_rest_is_looked_at(app: TestApp) {
    some(&app).await;
    unlock(&app).await;
    let address = app.address();
    raw(&app, KEPT);
    let (unguarded, own) = match app.db().dialect() {
        Dialect::Sqlite => ("DROP TRIGGER ledger_account_is_not_changed", SQLITE),
        Dialect::Postgres => (UNGUARDED, POSTGRES),
    };
    raw(&app, unguarded);
    for (done, place, undone) in COMMON.iter().chain(own) {
        raw(&app, done);
        let (verified, mut found) = findings(&app).await;
        let tied = db::snapshot!(app.db(), |tx| {
            commerce::facts::verify(tx, &mut |finding: Finding| found.push(finding.to_string())).await
        });
        assert_eq!((verified.batches, verified.accounts, tied.unwrap().facts), (3, 7, 4), "{done}");
        assert!(found.iter().any(|line| line.starts_with(place)), "{done}: {found:?}");
        let (said, content) = independent(&[&address]);
        assert!(!content && said.lines().any(|line| line.starts_with(place)), "{done}: {said}");
        assert!(said.contains("3 batches, 7 accounts"), "{done}: {said}");
        raw(&app, undone);
        assert_eq!(findings(&app).await.1, Vec::<String>::new(), "{undone}");
    }
    let (said, content) = independent(&[&address]);
    assert!(content, "all of it was undone: {said}");
}
