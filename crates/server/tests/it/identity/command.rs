//! `resonance user`.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use db::{Db, Options, SqliteOptions, sql};

fn user(data: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_resonance"))
        .env_clear()
        .args(["user", "--data"])
        .arg(data)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that ends before it reads is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What a command says that does what it should.
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command complains of that fails.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[tokio::test]
async fn the_operator_changes_accounts_and_that_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    for (name, role) in [("ada", "admin"), ("ben", "listener")] {
        let email = format!("{name}@example.com");
        let args = ["create", "--email", &email, "--username", name, "--role", role];
        said(&user(data, &args, "FanPass123\n"));
    }
    assert_eq!(said(&user(data, &["role", "Ben", "artist"], "")), "Ben: artist\n");
    assert_eq!(
        said(&user(data, &["suspend", "ben@example.com"], "")),
        "ben@example.com: artist, suspended\n"
    );
    assert_eq!(said(&user(data, &["restore", "ben"], "")), "ben: artist\n");
    let changed = said(&user(data, &["password", "ben"], "Loudly8Whistling\n"));
    assert_eq!(changed, "ben has another password and is logged out everywhere\n");

    let nobody = complaint(&user(data, &["suspend", "eve"], ""));
    assert_eq!(nobody, "resonance: eve: no such account\n");
    let last = complaint(&user(data, &["role", "ada", "listener"], ""));
    assert!(last.starts_with("resonance: ada: this is the last admin"), "{last}");
    let weak = complaint(&user(data, &["password", "ben"], "password1\n"));
    assert!(weak.starts_with("resonance: ") && !weak.contains("password1"), "{weak}");
    assert_eq!(user(data, &["role", "ben", "king"], "").status.code(), Some(2));

    let options = SqliteOptions { path: data.join("resonance.db"), readers: 1 };
    let db = Db::open(&Options::Sqlite(options)).await.unwrap();
    let audit: db::Result<Vec<(String, String)>> = db::read!(db, |tx| {
        sql!("SELECT action, detail FROM audit WHERE actor_id IS NULL ORDER BY id").all(tx).await
    });
    let audit = audit.unwrap();
    let deeds: Vec<&str> = audit.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        deeds,
        [
            "account.create",
            "account.create",
            "account.role",
            "account.suspended",
            "account.suspended",
            "account.password"
        ]
    );
    assert!(audit.iter().all(|(_, detail)| !detail.contains("Loudly")));
    db.close().await;
}
