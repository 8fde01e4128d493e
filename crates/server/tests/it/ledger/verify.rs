//! Whoever changes a row behind the ledger's back is found, by the server and by the program that shares no code with it.

use std::{path::Path, process::Command};

use super::*;
use commerce::ledger::{Finding, Verified, verify};
use db::Dialect;
use serde_json::Value;

/// Some entries in three batches, with what they are about.
pub(super) async fn some(app: &TestApp) {
    let rich = AccountId(Uuid::from_u128(5));
    posted(app, &[faucet(1, ANA, 1_000), faucet(2, rich, 500), tip(1, ANA, BEN, 30)]).await.unwrap();
    let supply = Entry::supply(AT, 1_000_000).unwrap();
    posted(app, &[tip(2, rich, CLEO, 30), supply, tip(3, ANA, BEN, 40)]).await.unwrap();
    posted(app, &[tip(4, ANA, CLEO, 200)]).await.unwrap();
    let tips = [(1, ANA, BEN, 30), (2, rich, CLEO, 30), (3, ANA, BEN, 40), (4, ANA, CLEO, 200)];
    let made: db::Result<()> = db::write!(app.db(), |tx| {
        for account in [ANA, rich] {
            db::sql!(
                "INSERT INTO account (id, role, bio, audio_quality, offline_enabled, created_at)
                 VALUES ($1, 'listener', '', 'high', FALSE, 0)"
            )
            .bind(account)
            .run(tx)
            .await?;
        }
        for artist in [BEN, CLEO] {
            db::sql!(
                "INSERT INTO artist (id, display_name, name_key, bio, library, verified, follower_count, created_at,
                     updated_at) VALUES ($1, '', '', '', FALSE, FALSE, 0, 0, 0)"
            )
            .bind(artist)
            .run(tx)
            .await?;
        }
        for (n, from, to, minor) in tips {
            db::sql!(
                "INSERT INTO tip (id, account_id, artist_id, asset, amount, at) VALUES ($1, $2, $3, 'BEAT', $4, $5)"
            )
            .bind(TipId(Uuid::from_u128(n)))
            .bind(from)
            .bind(to)
            .bind(minor)
            .bind(AT)
            .run(tx)
            .await?;
        }
        Ok(())
    });
    made.unwrap();
}

/// What the server finds.
pub(super) async fn findings(app: &TestApp) -> (Verified, Vec<String>) {
    let mut found = Vec::new();
    let verified = db::snapshot!(app.db(), |tx| {
        verify(tx, &mut |finding: Finding| found.push(finding.to_string())).await
    });
    (verified.unwrap(), found)
}

/// What the program in `tools` says, and whether it was content.
pub(super) fn independent(arguments: &[&str]) -> (String, bool) {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verify-ledger");
    let output = Command::new("python3").arg(tool).args(arguments).output().expect("python3 is here");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    (said, output.status.success())
}

/// Changes rows by a way of its own, which nothing of the server has a part in.
pub(super) fn raw(app: &TestApp, statement: &str) {
    const CHANGE: &str = "import sqlite3, sys\nfile = sqlite3.connect(sys.argv[1], timeout=30)\n\
        file.execute('PRAGMA ignore_check_constraints = ON')\nfile.executescript(sys.argv[2])\nfile.commit()";
    let address = app.address();
    let mut command = if app.db().dialect() == Dialect::Sqlite {
        let mut command = Command::new("python3");
        command.args(["-c", CHANGE, &address, statement]);
        command
    } else {
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &address, "-c", statement]);
        command
    };
    let output = command.output().expect("it is here");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Takes away what keeps the rows as they are, as somebody would who owns the machine.
pub(super) async fn unlock(app: &TestApp) {
    let sqlite = app.db().dialect() == Dialect::Sqlite;
    macro_rules! run {
        ($($statement:literal),+ $(,)?) => {$(
            let done: db::Result<u64> = db::write!(app.db(), |tx| db::sql!($statement).run(tx).await);
            done.expect($statement);
        )+};
    }
    if sqlite {
        run!(
            "DROP TRIGGER ledger_entry_is_not_changed",
            "DROP TRIGGER ledger_entry_is_not_deleted",
            "DROP TRIGGER ledger_line_is_not_changed",
            "DROP TRIGGER ledger_line_is_not_deleted",
            "DROP TRIGGER ledger_batch_is_not_changed",
            "DROP TRIGGER ledger_batch_is_not_deleted",
            "DROP TRIGGER ledger_head_is_not_deleted",
        );
    } else {
        run!(
            "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
            "ALTER TABLE ledger_line DISABLE TRIGGER ALL",
            "ALTER TABLE ledger_batch DISABLE TRIGGER ALL",
            "ALTER TABLE ledger_head DISABLE TRIGGER ALL",
        );
    }
}

#[testkit::test]
async fn a_ledger_as_it_was_posted_has_no_findings(app: TestApp) {
    let (empty, found) = findings(&app).await;
    assert_eq!((empty.entries, empty.batches, empty.accounts, found), (0, 0, 0, vec![]));
    assert!(independent(&[&app.address()]).1);
    some(&app).await;
    let (verified, found) = findings(&app).await;
    assert_eq!((verified.entries, verified.batches, verified.accounts, verified.findings), (7, 3, 7, 0));
    assert_eq!(found, Vec::<String>::new());
    let (said, content) = independent(&[&app.address()]);
    assert!(content && said.contains(&verified.head), "{said}");
    // More than a page.
    let many: Vec<Entry> =
        (0..2_500).map(|n| faucet(100 + n, AccountId(Uuid::from_u128(1_000 + n)), 1)).collect();
    posted(&app, &many).await.unwrap();
    let (verified, found) = findings(&app).await;
    assert_eq!((verified.entries, verified.accounts, found), (2_507, 2_507, vec![]));
    assert!(independent(&[&app.address()]).1);
}

#[testkit::test]
async fn whatever_is_changed_is_found_and_named(app: TestApp) {
    some(&app).await;
    unlock(&app).await;
    let address = app.address();
    macro_rules! run {
        ($statement:literal) => {
            let done: db::Result<u64> = db::write!(app.db(), |tx| db::sql!($statement).run(tx).await);
            assert!(done.expect($statement) > 0, $statement);
        };
    }
    // What is done, where it must be found, and how it is undone.
    macro_rules! tampered {
        ($($done:literal, $place:literal $(, $undone:literal)?;)+) => {$(
            run!($done);
            let found = findings(&app).await.1;
            assert!(found.iter().any(|line| line.starts_with($place)), "{}: {found:?}", $done);
            let (said, content) = independent(&[&address]);
            assert!(!content && said.lines().any(|line| line.starts_with($place)), "{}: {said}", $done);
            $(
                run!($undone);
                assert_eq!(findings(&app).await.1, Vec::<String>::new(), $undone);
            )?
        )+};
    }
    tampered! {
        "UPDATE ledger_entry SET at = at + 1 WHERE id = 2", "batch 1: an entry",
            "UPDATE ledger_entry SET at = at - 1 WHERE id = 2";
        "UPDATE ledger_entry SET kind = 'top_up' WHERE id = 1", "batch 1: an entry",
            "UPDATE ledger_entry SET kind = 'faucet' WHERE id = 1";
        "UPDATE ledger_entry SET kind = 'gift' WHERE id = 4", "entry 4 (tip:",
            "UPDATE ledger_entry SET kind = 'tip' WHERE id = 4";
        "UPDATE ledger_entry SET key = 'faucet:other' WHERE id = 1", "batch 1: an entry",
            "UPDATE ledger_entry SET key = 'faucet:00000000-0000-0000-0000-000000000001' WHERE id = 1";
        "UPDATE ledger_line SET amount = amount * 2 WHERE entry = 6", "batch 2: an entry",
            "UPDATE ledger_line SET amount = amount / 2 WHERE entry = 6";
        "UPDATE ledger_line SET amount = amount + 1 WHERE entry = 3 AND amount > 0", "entry 3 (tip:",
            "UPDATE ledger_line SET amount = amount - 1 WHERE entry = 3 AND amount > 0";
        "UPDATE ledger_line SET entry = 60 WHERE entry = 6", "entry 60: there are lines",
            "UPDATE ledger_line SET entry = 6 WHERE entry = 60";
        "UPDATE ledger_line SET account = account + 1000 WHERE entry = 7", "entry 7",
            "UPDATE ledger_line SET account = account - 1000 WHERE entry = 7";
        "UPDATE ledger_line SET previous = 1 WHERE entry = 6 AND amount < 0", "entry 6: its line of account",
            "UPDATE ledger_line SET previous = 3 WHERE entry = 6 AND amount < 0";
        "UPDATE ledger_line SET previous = 1 WHERE entry = 5 AND amount > 0", "entry 5: its line of account",
            "UPDATE ledger_line SET previous = NULL WHERE entry = 5 AND amount > 0";
        "UPDATE ledger_account SET last = last - 1 WHERE kind = 'earned'", "account ",
            "UPDATE ledger_account SET last = last + 1 WHERE kind = 'earned'";
        "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'earned'", "earned:00000000-0000-0000-0000-000000000002 BEAT",
            "UPDATE ledger_account SET balance = balance - 1 WHERE kind = 'earned'";
        "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'rewards'", "BTN: ",
            "UPDATE ledger_account SET balance = balance - 1 WHERE kind = 'rewards'";
        "UPDATE ledger_entry SET id = 40 WHERE id = 4", "entry 4: it is missing",
            "UPDATE ledger_entry SET id = 4 WHERE id = 40";
        "UPDATE ledger_head SET seq = 2", "head: ", "UPDATE ledger_head SET seq = 3";
        "UPDATE ledger_head SET entries = 6", "head: ", "UPDATE ledger_head SET entries = 7";
        "UPDATE ledger_batch SET prev = root WHERE seq = 2", "batch 2: it does not name";
    }
}

/// The command: a line for each finding, and an exit code.
#[testkit::test]
async fn the_command_says_what_it_found(app: TestApp) {
    some(&app).await;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_resonance"));
        command
            .env_clear()
            .env("RESONANCE__DB__URL", app.address())
            .args(["ledger", "verify"])
            .args(arguments);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said, complaint) = command(&[]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert!(
        said.starts_with("checked 7 entries, 3 batches, 7 accounts, 4 facts; the newest batch is ")
            && said.ends_with("\nnothing is wrong\n"),
        "{said}"
    );
    unlock(&app).await;
    let spoilt: db::Result<u64> = db::write!(app.db(), |tx| {
        db::sql!("DELETE FROM ledger_line WHERE entry = 6 AND amount > 0").run(tx).await
    });
    assert_eq!(spoilt.unwrap(), 1);
    let (code, said, complaint) = command(&[]);
    assert_eq!((code, complaint.as_str()), (Some(1), "resonance: the ledger has 3 findings\n"), "{said}");
    assert!(said.lines().next().unwrap().starts_with("entry 6 (tip:"), "{said}");
    let (code, said, _) = command(&["--json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((code, lines.len(), &lines[3]["findings"]), (Some(1), 4, &Value::from(3)));
    assert!(lines[1]["place"].as_str().unwrap().starts_with("earned:"), "{said}");
    assert!(!independent(&[&app.address()]).1);
}

#[test]
fn the_independent_program_agrees_with_the_examples() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors/ledger.json");
    assert!(independent(&["--vectors", vectors.to_str().unwrap()]).1);
}
