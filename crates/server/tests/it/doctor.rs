use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;

/// What `resonance doctor` finds: verdicts by check, and whether it is content.
fn doctor(data: &Path) -> (BTreeMap<String, String>, bool) {
    let run = Command::new(env!("CARGO_BIN_EXE_resonance"))
        .args(["doctor", "--json", "--data"])
        .arg(data)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = lines.lines().map(|line| {
        let finding: Value = serde_json::from_str(line).unwrap();
        (word(&finding["check"]), word(&finding["verdict"]))
    });
    (findings.collect(), run.status.success())
}

#[test]
fn the_doctor_looks_at_machine_and_data() {
    let folder = tempfile::tempdir().unwrap();
    let (findings, content) = doctor(folder.path());
    assert!(content);
    for check in ["config", "data", "keys", "database", "confinement", "ffmpeg", "https"] {
        assert!(findings.contains_key(check), "{check}: {findings:?}");
    }
    assert_eq!(findings["database"], "warning", "the tables are not made yet");

    let migrate = |data: &Path| {
        Command::new(env!("CARGO_BIN_EXE_resonance")).args(["migrate", "--data"]).arg(data).output().unwrap()
    };
    assert!(migrate(folder.path()).status.success());
    let (findings, _) = doctor(folder.path());
    assert_eq!([&findings["database"], &findings["jobs"], &findings["keys"]], ["good"; 3]);
    let key = folder.path().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(doctor(folder.path()).0["keys"], "warning");

    let file = folder.path().join("not-a-folder");
    std::fs::write(&file, "").unwrap();
    let (findings, content) = doctor(&file);
    assert_eq!((findings["data"].as_str(), content), ("bad", false));
}
