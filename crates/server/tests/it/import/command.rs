//! `resonance import`.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::{Shelf, Song};

fn resonance(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resonance"));
    command.env_clear().arg("import").arg("--data").arg(data);
    command
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn shelf(songs: u64) -> Shelf {
    let shelf = Shelf::new();
    for n in 0..songs {
        let album = format!("Album {}", n / 10);
        shelf.put(&format!("{album}/{n}.mp3"), &Song::tagged(n, &format!("Song {n}"), "Ana", &album));
    }
    shelf
}

#[test]
fn it_says_what_it_did() {
    let (shelf, data) = (shelf(3), tempfile::tempdir().unwrap());
    shelf.write("x\u{1b}[2J.mp3", b"no music");
    let output = resonance(data.path()).arg(shelf.root()).output().unwrap();
    let (out, err) = said(&output);
    assert!(output.status.success(), "{err}");
    assert_eq!(out, "4 files: 3 new, 1 that cannot be played\n");
    assert!(err.contains("x\\u{1b}[2J.mp3: ") && !err.contains('\u{1b}'), "{err}");
    let again = resonance(data.path()).arg(shelf.root()).output().unwrap();
    // Known by now, and said again.
    assert_eq!(said(&again), ("4 files: 3 unchanged, 1 that cannot be played\n".into(), err));
}

#[test]
fn machines_get_lines() {
    let (shelf, data) = (shelf(2), tempfile::tempdir().unwrap());
    shelf.write("x.mp3", b"no music");
    let output = resonance(data.path()).arg(shelf.root()).arg("--json").output().unwrap();
    let (out, err) = said(&output);
    assert_eq!(err, "");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trouble = lines.iter().find(|line| line["event"] == "trouble").unwrap();
    assert!(trouble["path"].as_str().unwrap().ends_with("/x.mp3") && trouble["reason"].is_string());
    let done = lines.last().unwrap();
    assert_eq!((&done["event"], &done["seen"], &done["added"]), (&"done".into(), &3.into(), &2.into()));
    let again = resonance(data.path()).arg(shelf.root()).arg("--json").output().unwrap();
    let lines: Vec<Value> = said(&again).0.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.contains(trouble));
    let done = lines.last().unwrap();
    assert_eq!((&done["seen"], &done["unchanged"], &done["broken"]), (&3.into(), &2.into(), &1.into()));
}

#[test]
fn what_is_wrong_is_one_line_and_an_exit_code() {
    let (shelf, data) = (shelf(1), tempfile::tempdir().unwrap());
    let gone = resonance(data.path()).arg(shelf.path("gone")).output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    let err = said(&gone).1;
    assert_eq!(err, format!("resonance: {}: there is no such folder\n", shelf.path("gone").display()));
    let wrong = resonance(data.path()).args(["--jobs", "0"]).arg(shelf.root()).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let none = resonance(data.path()).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
}

/// Killed without a word, at any moment; then the next one does the rest.
#[test]
fn a_killed_import_is_taken_up_again() {
    let (shelf, data) = (shelf(400), tempfile::tempdir().unwrap());
    for millis in [30, 120, 250] {
        let mut process = resonance(data.path())
            .arg(shelf.root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let output = resonance(data.path()).arg(shelf.root()).arg("--json").output().unwrap();
    let (out, err) = said(&output);
    assert!(output.status.success(), "{err}");
    let done: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(done["seen"], 400);
    let (added, unchanged) = (done["added"].as_u64().unwrap(), done["unchanged"].as_u64().unwrap());
    assert_eq!(added + unchanged, 400, "{done}");
    let again = resonance(data.path()).arg(shelf.root()).output().unwrap();
    assert_eq!(said(&again).0, "400 files: 400 unchanged\n");
}

/// Two processes on one SQLite file, as a command beside a server.
#[test]
fn two_processes_share_a_database() {
    let (shelves, data) = ([shelf(300), shelf(300)], tempfile::tempdir().unwrap());
    // The first one makes the database, so that the two meet in the import.
    assert!(resonance(data.path()).arg(Shelf::new().root()).status().unwrap().success());
    let start = |shelf: &Shelf| {
        resonance(data.path())
            .arg(shelf.root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let running = [start(&shelves[0]), start(&shelves[1])];
    for process in running {
        let (out, err) = said(&process.wait_with_output().unwrap());
        assert_eq!((out.as_str(), err.as_str()), ("300 files: 300 new\n", ""));
    }
}
