//! Imports that an admin starts.

use std::os::unix::fs::symlink;

use db::job::State;
use serde_json::json;
use testkit::TestApp;

use super::{Shelf, Song};
use crate::realtime::Live;

#[testkit::test]
async fn an_admin_imports_within_the_roots(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("jazz/1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    shelf.put("rock/2.mp3", &Song::tagged(2, "Two", "Ana", "B"));
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let (admin, path) = (app.admin("root").await, shelf.path("jazz"));
    let start = || app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": path}));
    let job = start().send().await.expect(202).json()["job"].as_str().unwrap().to_owned();
    // Once is enough.
    assert_eq!(start().send().await.expect(202).json()["job"], job.as_str());
    assert_eq!(app.run_jobs().await, [("import".to_owned(), State::Done)]);

    let done = app.get(format!("/api/v1/jobs/{job}")).by(&admin).send().await.ok();
    assert_eq!((&done["state"], &done["result"]["added"]), (&json!("done"), &json!(1)), "{done}");
    assert_eq!((&done["done"], &done["total"]), (&json!(1), &json!(1)), "{done}");
    let imports = app.get("/api/v1/admin/imports").by(&admin).send().await.ok();
    let import = &imports["items"][0];
    assert_eq!((&import["state"], &import["added"], &import["seen"]), (&json!("done"), &json!(1), &json!(1)));
    assert_eq!(import["path"], path.to_str().unwrap());
    let tracks = app.get("/api/v1/tracks").by(&admin).send().await.ok();
    assert_eq!(tracks["items"].as_array().unwrap().len(), 1);

    app.advance(std::time::Duration::from_secs(1));
    let path = shelf.root();
    app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": path})).send().await.expect(202);
    app.run_jobs().await;
    let page = app.get("/api/v1/admin/imports?limit=1").by(&admin).send().await.ok();
    assert_eq!(page["items"][0]["path"], path.to_str().unwrap());
    let rest = format!("/api/v1/admin/imports?limit=1&cursor={}", page["nextCursor"].as_str().unwrap());
    let rest = app.get(rest).by(&admin).send().await.ok();
    assert_eq!(rest["items"][0], *import);
    app.get("/api/v1/admin/imports?cursor=x").by(&admin).send().await.expect(400).problem("invalid_cursor");
}

#[testkit::test]
async fn whatever_lies_elsewhere_is_refused(app: TestApp) {
    let (shelf, secret) = (Shelf::new(), Shelf::new());
    shelf.put("1.mp3", &Song::new(1));
    secret.put("2.mp3", &Song::new(2));
    symlink(secret.root(), shelf.path("link")).unwrap();
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.path("."), "/no/such/root".into()]);
    let admin = app.admin("root").await;
    let up =
        format!("{}/../{}", shelf.root().display(), secret.root().file_name().unwrap().to_str().unwrap());
    for path in [
        secret.root().to_str().unwrap(),
        shelf.path("link").to_str().unwrap(),
        &up,
        "/",
        "/etc",
        "",
        ".",
        "relative",
        shelf.path("1.mp3").to_str().unwrap(),
        shelf.path("nothing").to_str().unwrap(),
        &format!("{}\0", shelf.root().display()),
        &format!("{}x", shelf.root().display()),
    ] {
        let answer = app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": path})).send().await;
        answer.expect(403).problem("import_root_refused");
    }
    assert_eq!(app.run_jobs().await, []);
    app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": shelf.root()})).send().await.expect(202);
    assert_eq!(app.run_jobs().await.len(), 1);
    let tracks = app.get("/api/v1/tracks").by(&admin).send().await.ok();
    assert_eq!(tracks["items"].as_array().unwrap().len(), 1, "the link was not followed");
}

#[testkit::test]
async fn what_cannot_be_read_is_named_in_the_result(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("fine.mp3", &Song::new(1));
    shelf.write_named(b"Bj\xf6rk \"1\"\xe2\x80\xae.mp3", b"no sound");
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let admin = app.admin("root").await;
    let import = async || {
        let start = app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": shelf.root()}));
        let job = start.send().await.expect(202).json()["job"].as_str().unwrap().to_owned();
        app.run_jobs().await;
        app.get(format!("/api/v1/jobs/{job}")).by(&admin).send().await.ok()
    };
    let root = shelf.root().display().to_string();
    // The first time, and as long as it is so.
    for unchanged in [0, 2] {
        let result = import().await["result"].clone();
        assert_eq!((&result["broken"], &result["unchanged"]), (&json!(1), &json!(unchanged / 2)), "{result}");
        let troubles = result["troubles"].as_array().unwrap();
        assert_eq!(troubles.len(), 1, "{result}");
        assert_eq!(troubles[0]["path"], format!("{root}/Bj\u{10FEF6}rk \"1\"\u{202e}.mp3"));
        assert!(!troubles[0]["reason"].as_str().unwrap().is_empty());
    }
    // Many are a hundred, and long ones are fewer.
    for n in 0..110 {
        shelf.write(&format!("{n:03}.mp3"), b"no sound");
    }
    let many = import().await["result"].clone();
    assert_eq!((&many["broken"], many["troubles"].as_array().unwrap().len()), (&json!(111), 100));
    let paths = many["troubles"].to_string();
    assert!(paths.contains("/000.mp3") && !paths.contains("/109.mp3"), "the first are kept: {paths}");
    for n in 0..110 {
        shelf.remove(&format!("{n:03}.mp3"));
        let folder = ["long"; 50].join("-");
        shelf.write(&format!("{folder}/{folder}/{folder}/{n:03}.mp3"), b"no sound");
    }
    let whole = import().await;
    let long = &whole["result"];
    assert_eq!(long["broken"], 111);
    let troubles = long["troubles"].as_array().unwrap();
    assert!((20..60).contains(&troubles.len()), "{}", troubles.len());
    assert!(long["troubles"].to_string().len() < 40 << 10);

    // A list of jobs has the counts alone, and any admin the rest of one.
    let other = app.admin("other").await;
    let list = app.get("/api/v1/admin/jobs").by(&other).send().await.ok();
    let listed = list["items"].as_array().unwrap().iter().find(|job| job["id"] == whole["id"]).unwrap();
    assert_eq!((&listed["result"]["broken"], &listed["result"]["troubles"]), (&json!(111), &json!(null)));
    let id = whole["id"].as_str().unwrap();
    let job = format!("/api/v1/jobs/{id}");
    assert_eq!(app.get(&*job).by(&other).send().await.ok(), whole);
    // Who is an admin no more is told no names of files.
    let role = app.patch(format!("/api/v1/admin/users/{}", admin.id)).by(&other);
    role.json(json!({"role": "listener"})).send().await.ok();
    let admin = app.again("root").await;
    let seen = app.get(&*job).by(&admin).send().await.ok();
    assert_eq!(
        (&seen["state"], &seen["result"], &seen["error"]),
        (&json!("done"), &json!(null), &json!(null))
    );
    let live = Live::start(&app).await;
    assert_eq!(live.open(&admin).await.follow(&format!("job:{id}")).await, seen);
    app.get(&*job).by(&app.listener("eve").await).send().await.expect(404).problem("job_not_found");
}

/// The configuration, or a link, changed while the job waited.
#[testkit::test]
async fn a_job_looks_again_where_it_goes(app: TestApp) {
    let (shelf, secret) = (Shelf::new(), Shelf::new());
    shelf.put("a/1.mp3", &Song::new(1));
    secret.put("2.mp3", &Song::new(2));
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let admin = app.admin("root").await;
    let body = json!({"path": shelf.path("a")});
    app.post("/api/v1/admin/imports").by(&admin).json(body).send().await.expect(202);
    std::fs::remove_dir_all(shelf.path("a")).unwrap();
    symlink(secret.root(), shelf.path("a")).unwrap();
    let ended = app.run_jobs().await;
    assert!(ended.iter().all(|(_, state)| *state != State::Done), "{ended:?}");
    let tracks = app.get("/api/v1/tracks").by(&admin).send().await.ok();
    assert_eq!(tracks["items"].as_array().unwrap().len(), 0);
}

#[testkit::test]
async fn nobody_else_imports(app: TestApp) {
    let shelf = Shelf::new();
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let ana = app.artist("ana").await;
    let body = json!({"path": shelf.root()});
    app.post("/api/v1/admin/imports").json(&body).send().await.expect(401);
    app.post("/api/v1/admin/imports").by(&ana).json(&body).send().await.expect(403).problem("forbidden");
    app.get("/api/v1/admin/imports").by(&ana).send().await.expect(403);
    let admin = app.admin("root").await;
    let unknown =
        app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": "/", "x": 1})).send().await;
    unknown.expect(422).problem("validation_failed");
}

#[testkit::test]
async fn admins_see_what_may_be_imported(app: TestApp) {
    let shelf = Shelf::new();
    let gone = shelf.root().join("gone");
    let roots = vec![shelf.root(), gone.clone()];
    let app = app.reconfigured(|config| config.import.roots = roots);
    let (admin, ana) = (app.admin("root").await, app.artist("ana").await);
    let path = "/api/v1/admin/imports/roots";
    assert_eq!(
        app.get(path).by(&admin).send().await.ok()["roots"],
        json!([{"path": shelf.root(), "available": true}, {"path": gone, "available": false}])
    );
    app.get(path).by(&ana).send().await.expect(403).problem("forbidden");
}
