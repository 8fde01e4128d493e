use std::time::Duration;

use db::sql;
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use super::{admin, is_in};

/// Long enough for ids to tell what came first.
const MOMENT: Duration = Duration::from_millis(1);

/// Changes an account, a moment after whatever came before.
async fn change(app: &TestApp, by: &User, id: &str, body: Value) -> Reply {
    app.advance(MOMENT);
    app.patch(format!("/api/v1/admin/users/{id}")).by(by).json(body).send().await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().into_iter().flatten().filter_map(|user| user["username"].as_str()).collect()
}

#[testkit::test]
async fn admins_find_accounts(app: TestApp) {
    let root = admin(&app, "root").await;
    for name in ["ada", "b_b"] {
        app.advance(MOMENT);
        app.listener(name).await;
    }
    app.advance(MOMENT);
    let artist = app.artist("bxb").await;
    let list = async |query: &str| app.get(format!("/api/v1/admin/users{query}")).by(&root).send().await.ok();
    assert_eq!(names(&list("").await), ["bxb", "b_b", "ada", "root"]);
    assert_eq!(names(&list("?q=B_B").await), ["b_b"], "an underscore stands for itself");
    assert_eq!(names(&list("?q=ada@EXAMPLE").await), ["ada"]);
    assert_eq!(names(&list("?role=artist").await), ["bxb"]);
    change(&app, &root, &artist.id, json!({"suspended": true})).await.ok();
    assert_eq!(names(&list("?suspended=true").await), ["bxb"]);
    assert_eq!(names(&list("?suspended=false&role=listener").await), ["b_b", "ada"]);
    let page = list("?limit=3").await;
    assert_eq!(names(&page), ["bxb", "b_b", "ada"]);
    let cursor = page["nextCursor"].as_str().expect("a cursor");
    assert_eq!(names(&list(&format!("?limit=3&cursor={cursor}")).await), ["root"]);
    for bad in ["?role=king", "?limit=0", "?limit=201", "?cursor=x"] {
        app.get(format!("/api/v1/admin/users{bad}")).by(&root).send().await.expect(400);
    }
}

#[testkit::test]
async fn nobody_else_gets_in(app: TestApp) {
    let ada = app.artist("ada").await;
    let path = format!("/api/v1/admin/users/{}", ada.id);
    app.get("/api/v1/admin/users").send().await.expect(401).problem("unauthenticated");
    app.get("/api/v1/admin/users").by(&ada).send().await.expect(403).problem("forbidden");
    app.patch(&path).by(&ada).json(json!({"role": "admin"})).send().await.expect(403);
    let root = admin(&app, "root").await;
    change(&app, &root, &ada.id, json!({"role": "moderator"})).await.ok();
    app.get("/api/v1/admin/users").by(&ada).send().await.expect(403);
}

#[testkit::test]
async fn a_new_role_works_at_once_and_is_written_down(app: TestApp) {
    let root = admin(&app, "root").await;
    let ada = app.listener("ada").await;
    assert!(is_in(&app, &ada).await);
    let changed = change(&app, &root, &ada.id, json!({"role": "admin"})).await.ok();
    assert_eq!((&changed["role"], &changed["suspendedAt"]), (&json!("admin"), &Value::Null));
    app.get("/api/v1/admin/users").by(&ada).send().await.expect(200);
    change(&app, &ada, &root.id, json!({"role": "listener"})).await.ok();
    change(&app, &ada, &root.id, json!({"suspended": true})).await.ok();
    assert!(!is_in(&app, &root).await);
    change(&app, &ada, &ada.id, json!({})).await.ok();

    let rows = db::read!(app.db(), |tx| {
        sql!("SELECT actor_id, action, subject, detail FROM audit ORDER BY at, id")
            .all::<(Option<uuid::Uuid>, String, String, String)>(tx)
            .await
    });
    let rows: Vec<(String, String, String, Value)> = rows
        .expect("the audit")
        .into_iter()
        .map(|(actor, action, subject, detail)| {
            let actor = actor.map(|id| id.to_string()).unwrap_or_default();
            (actor, action, subject, serde_json::from_str(&detail).expect("JSON"))
        })
        .collect();
    let row = |actor: &str, action: &str, subject: &str, detail: Value| {
        (actor.to_owned(), action.to_owned(), subject.to_owned(), detail)
    };
    assert_eq!(
        rows,
        [
            row("", "account.create", &root.id, json!({"role": "admin"})),
            row(&root.id, "account.role", &ada.id, json!({"from": "listener", "to": "admin"})),
            row(&ada.id, "account.role", &root.id, json!({"from": "admin", "to": "listener"})),
            row(&ada.id, "account.suspended", &root.id, json!({"suspended": true})),
        ]
    );
}

#[testkit::test]
async fn one_admin_who_can_log_in_remains(app: TestApp) {
    let root = admin(&app, "root").await;
    change(&app, &root, &root.id, json!({"role": "listener"})).await.expect(409).problem("last_admin");
    change(&app, &root, &root.id, json!({"suspended": true})).await.expect(409);
    assert!(is_in(&app, &root).await);
    let other = admin(&app, "other").await;
    // Each takes the other's power away at the same time.
    let attempts = [(&root, &other), (&other, &root)]
        .map(|(by, of)| change(&app, by, &of.id, json!({"role": "listener"})));
    let replies = join_all(attempts).await;
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 1, "{replies:?}");
    let admins = db::read!(app.db(), |tx| {
        sql!("SELECT COUNT(*) FROM account WHERE role = 'admin'").scalar::<i64>(tx).await
    });
    assert_eq!(admins.expect("a number"), 1);
}

#[testkit::test]
async fn what_is_not_right_is_said(app: TestApp) {
    let root = admin(&app, "root").await;
    let nobody = "00000000-0000-7000-8000-000000000000";
    change(&app, &root, nobody, json!({"role": "artist"})).await.expect(404).problem("account_not_found");
    change(&app, &root, "ada", json!({"role": "artist"})).await.expect(404);
    for (body, pointer) in [(json!({"role": "king"}), "/role"), (json!({"password": "x"}), "/password")] {
        assert_eq!(change(&app, &root, &root.id, body).await.expect(422).pointers(), [pointer]);
    }
}
