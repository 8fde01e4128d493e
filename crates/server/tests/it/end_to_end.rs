//! The real binary on a real database with real tagged music, as its users meet it.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::program::{Installation, RESONANCE};

/// The folder of the project.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Real music with real tags: Vorbis, MP3, FLAC, M4A and Opus.
fn music() -> PathBuf {
    let output =
        Command::new(project().join("scripts/music")).arg("--few").output().expect("scripts/music runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

/// The sound in `bytes`, decoded by ffmpeg.
fn decode(bytes: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sound");
    std::fs::write(&file, bytes).expect("a file");
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(&file)
        .args(["-map", "0:a", "-f", "s16le", "-ac", "2", "-ar", "44100", "-"])
        .output()
        .expect("ffmpeg runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What somebody does on the first evening, and what is still there after a crash.
fn first_evening(installation: &Installation) {
    let folder = music();
    let mut server = installation.serve();
    // Beside the running server.
    let report: Value = installation
        .run(&["import", folder.to_str().expect("a plain path"), "--json"])
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("import reports");
    assert_eq!(report["added"], 8, "{report}");
    assert_eq!(report["broken"], 0, "{report}");
    let account = json!({"email": "ana@example.com", "password": "FanPass123", "username": "ana"});
    let (status, joined) = server.json("POST", "/api/v1/auth/register", None, Some(account));
    assert_eq!(status, 201, "{joined}");
    let token = joined["accessToken"].as_str().expect("a token").to_owned();
    let ana = Some(token.as_str());

    // With a letter too many.
    let track = server.search("Appex%20Aleph", ana);
    assert_eq!(track["title"], "Apex Aleph");
    let stream = track["streamUrl"].as_str().expect("a stream").to_owned();

    // In ranges, put together again, it is the file; and it decodes to what the file decodes to.
    let (status, whole) = server.bytes(&stream, &token, None);
    assert_eq!(status, 200);
    let source = std::fs::read(folder.join("singularity/Apex Aleph.ogg")).expect("the source");
    let mut pieces = Vec::new();
    while pieces.len() < whole.len() {
        let range = format!("bytes={}-{}", pieces.len(), pieces.len() + 999_999);
        let (status, piece) = server.bytes(&stream, &token, Some(&range));
        assert_eq!(status, 206);
        pieces.extend(piece);
    }
    assert!(pieces == source && whole == source, "the stream is not the file");
    assert_eq!(decode(&pieces), decode(&source));

    // A play told twice counts once.
    let play = json!({
        "clientPlayId": "one", "startedAt": joined["user"]["createdAt"], "secondsListened": 1, "completed": false,
    });
    let plays = format!("/api/v1/tracks/{}/plays", track["id"].as_str().expect("an id"));
    let (status, first) = server.json("POST", &plays, ana, Some(play.clone()));
    assert_eq!(status, 200, "{first}");
    assert_eq!(server.json("POST", &plays, ana, Some(play.clone())), (200, first.clone()));
    let heard = server.json("GET", "/api/v1/me", ana, None).1["listeningStats"]["totalSeconds"].clone();
    assert_eq!(heard, first["secondsListened"], "{first}");

    // kill -9: everything is still there.
    server.kill();
    let server = installation.serve();
    assert_eq!(server.json("POST", &plays, ana, Some(play)), (200, first));
    assert_eq!(server.json("GET", "/api/v1/me", ana, None).1["listeningStats"]["totalSeconds"], heard);
    let (_, found) = server.json("GET", "/api/v1/tracks?limit=20", ana, None);
    assert_eq!(found["items"].as_array().map(Vec::len), Some(8), "{found}");
    assert_eq!(server.search("apex%20al", ana)["id"], track["id"]);
    assert_eq!(server.bytes(&stream, &token, Some("bytes=0-99")).1, source[..100]);
}

#[test]
fn a_first_evening_on_sqlite() {
    first_evening(&Installation::new(None));
}

#[test]
fn a_first_evening_on_postgres() {
    let Some(database) = testkit::postgres_database() else { return };
    first_evening(&Installation::new(Some(database.url())));
}

/// One clear line and a failure, for what an operator can get wrong.
#[test]
fn what_cannot_work_is_said_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let refused = |args: &[&str], env: &[(&str, &str)], word: &str| {
        let output = Command::new(RESONANCE)
            .args(args)
            .args(["--data".as_ref(), data.as_os_str()])
            .envs(env.iter().copied())
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains(word) && said.trim().lines().count() == 1, "{args:?}: {said}");
    };
    refused(&["migrate"], &[("RESONANCE__HTTP__LISTEM", "x")], "listem");
    refused(&["migrate"], &[("RESONANCE__DB__URL", "mysql://x")], "not a database address");
    refused(&["migrate"], &[("RESONANCE__DB__URL", "postgres://nobody@127.0.0.1:1/x")], "127.0.0.1:1");
    refused(&["migrate"], &[("JWT_SECRET", "short")], "auth.secret");
    refused(&["import", "/nonexistent/music"], &[], "/nonexistent/music");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::write(data.join("resonance.db"), b"this is not a database, whatever its name says")
        .expect("a file");
    refused(&["migrate"], &[], "resonance.db");
    let usage = Command::new(RESONANCE).arg("--nonsense").output().expect("the program starts");
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn demo_data_is_refused_in_production_and_the_other_way_round() {
    for (made, then) in [("demo", "production"), ("production", "demo")] {
        let folder = tempfile::tempdir().expect("a folder");
        let run = |args: &[&str], mode: &str| {
            let mut command = Command::new(RESONANCE);
            command.args(args).arg("--data").arg(folder.path()).env("RESONANCE__MODE", mode);
            command.output().expect("the program starts")
        };
        assert!(run(&["migrate"], made).status.success());
        let refused = run(&["import", "/nowhere"], then);
        assert_eq!(refused.status.code(), Some(1), "{made} then {then}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("demo"));
    }
}

/// Commands beside a demo that no configuration tells of know it by its folder.
#[test]
fn a_demos_accounts_are_made_and_listed_beside_it() {
    let installation = Installation::new(None);
    let (_server, _) = installation.start("demo");
    let run = |args: &[&str], input: &[u8]| {
        let mut command = installation.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        child.stdin.take().expect("its input").write_all(input).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{args:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let create = ["user", "create", "--email", "root@example.org", "--role", "ADMIN", "--password-stdin"];
    run(&create, b"Harbour-light-4\n");
    assert!(run(&["user", "list"], b"").contains("root@example.org"));
    let said = |args: &[&str]| serde_json::from_str::<Value>(&run(args, b"")).expect("JSON");
    assert_eq!(said(&["migrate", "--json"]), json!({"upToDate": true}));
    assert_eq!(said(&["config", "check", "--json"]), json!({"valid": true}));
}

/// Whoever starts a demo is told how to see paid listening from both sides, each time, and can.
#[test]
fn a_demo_can_be_tried_as_a_listener_and_as_an_artist() {
    let installation = Installation::new(None);
    let mut told = Vec::new();
    for _ in 0..2 {
        let (server, said) = installation.start("demo");
        let log_in = |start: &str| {
            let line = said.iter().find_map(|line| line.strip_prefix(start)).expect("it is said");
            let mut words = line.trim_end_matches(", in another browser").split(" with ");
            let account = json!({"login": words.next(), "password": words.next()});
            let (status, tokens) = server.json("POST", "/api/v1/auth/login", None, Some(account));
            assert_eq!(status, 200, "{line}: {tokens}");
            tokens["accessToken"].as_str().expect("a token").to_owned()
        };
        let listener = log_in("To pay as a listener, log in as ");
        let artist = log_in("To be paid, log in as ");
        let get = |path: &str, token: &str| server.json("GET", path, Some(token), None).1;
        let balances = get("/api/v1/me/balances", &listener);
        assert_eq!(balances[0]["available"], "500000000", "{balances}");
        let pages = get("/api/v1/me/artists", &artist);
        assert_eq!(pages["items"].as_array().map(Vec::len), Some(3), "{pages}");
        let priced = get("/api/v1/tracks?priced=true", &listener);
        let page = &priced["items"][0]["artist"]["id"];
        assert!(pages["items"].as_array().expect("pages").iter().any(|own| own["id"] == *page), "{priced}");
        // What is put on the server beside them is newer, and their sound is not taken for something old that nobody names.
        let tracks = get("/api/v1/tracks?sort=created", &listener);
        let items = tracks["items"].as_array().expect("tracks");
        assert_eq!(items.len(), 12, "{tracks}");
        assert!(items.is_sorted_by_key(|track| std::cmp::Reverse(track["createdAt"].as_str())), "{tracks}");
        for track in items {
            let id = track["id"].as_str().expect("an id");
            assert!(id < "01950000" && track["available"] == true, "{track}");
            let stream = format!("/api/v1/tracks/{id}/stream");
            let (status, _) = server.json("HEAD", &stream, Some(&artist), None);
            assert_eq!(status, 200, "{track}");
        }
        told.push(said[said.len() - 3..said.len() - 1].to_vec());
    }
    assert_eq!(told[0], told[1]);
}

/// Random requests made from the document find no 5xx and no answer that the document does not have.
#[test]
fn generated_requests_break_nothing() {
    let output =
        Command::new(project().join("scripts/venv")).arg("schemathesis").output().expect("scripts/venv runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let programs = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let installation = Installation::new(None);
    let server = installation.serve();
    let account = json!({"email": "ana@example.com", "password": "ArtistPro456", "role": "artist"});
    let (_, joined) = server.json("POST", "/api/v1/auth/register", None, Some(account));
    let long = std::env::var_os("TEST_LONG").is_some();
    let output = Command::new(programs.join("st"))
        .current_dir(installation.folder())
        .args(["run", &format!("{}/api/openapi.json", server.url)])
        .args(["-H", &format!("Authorization: Bearer {}", joined["accessToken"].as_str().expect("a token"))])
        .args(["--phases", "examples,coverage,fuzzing", "--max-time", if long { "600" } else { "30" }])
        .args(["--max-examples", if long { "200" } else { "10" }])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"])
        // What ends the log-in would leave the rest untested.
        .args(["--exclude-operation-id-regex", "^(logOut.*|endDevice|changePassword)$"])
        .output()
        .expect("schemathesis runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("cases"), "nothing was generated: {said}");
}
