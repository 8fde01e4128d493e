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
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let (findings, content) = doctor(folder.path());
    assert!(content);
    for check in ["config", "data", "privacy", "database", "confinement", "ffmpeg", "https"] {
        assert!(findings.contains_key(check), "{check}: {findings:?}");
    }
    assert_eq!(findings["database"], "warning", "the tables are not made yet");

    let migrate = |data: &Path| {
        Command::new(env!("CARGO_BIN_EXE_resonance")).args(["migrate", "--data"]).arg(data).output().unwrap()
    };
    assert!(migrate(folder.path()).status.success());
    let (findings, _) = doctor(folder.path());
    assert_eq!([&findings["database"], &findings["jobs"], &findings["privacy"]], ["good"; 3]);
    for (path, open, closed) in
        [(folder.path().join("secret.key"), 0o644, 0o600), (folder.path().into(), 0o755, 0o700)]
    {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
        assert_eq!(doctor(folder.path()).0["privacy"], "warning");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(closed)).unwrap();
    }

    let file = folder.path().join("not-a-folder");
    std::fs::write(&file, "").unwrap();
    let (findings, content) = doctor(&file);
    assert_eq!((findings["data"].as_str(), content), ("bad", false));
}

#[test]
fn what_is_odd_about_the_configuration_is_said_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("song.mp3");
    std::fs::write(&file, "").unwrap();
    let check = |name: &str, value: &str| {
        let run = Command::new(env!("CARGO_BIN_EXE_resonance"))
            .env_clear()
            .env(name, value)
            .args(["config", "check"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        (run.status.success(), String::from_utf8(run.stderr).unwrap())
    };
    let roots = |path: &Path| format!("[{:?}]", path.to_str().unwrap());
    let (good, said) = check("RESONANCE__IMPORT__ROOTS", &roots(folder.path()));
    assert!(good, "{said}");
    for (name, value, way_out) in [
        ("RESONANCE__IMPORT__ROOTS", roots(&folder.path().join("gone")), "import.roots: "),
        ("RESONANCE__IMPORT__ROOTS", roots(&file), "is not a folder"),
        ("RESONANCE_HTTP__LISTEN", "127.0.0.1:80".into(), "write RESONANCE__HTTP__LISTEN"),
        ("RESONANCE__HTTP__LISTEN", "127.0.0.1".into(), "127.0.0.1:4533"),
    ] {
        let (good, said) = check(name, &value);
        assert!(!good && said.lines().count() == 1 && said.contains(way_out), "{name}={value}: {said}");
    }
}
