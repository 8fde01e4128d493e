use serde_json::json;
use testkit::TestApp;

#[testkit::test]
async fn me_shows_and_changes_the_own_account_alone(app: TestApp) {
    app.get("/api/v1/me").send().await.expect(401).problem("unauthenticated");
    let ana = app.listener("ana").await;
    let me = app.get("/api/v1/me").by(&ana).send().await.ok();
    assert_eq!(me["userId"], ana.id.as_str());
    assert_eq!(me["role"], "listener");
    assert_eq!(me["listeningStats"], json!({"totalStreams": 0, "totalSeconds": 0, "recentStreams": []}));
    assert_eq!(me["artistStats"], json!(null));
    let change = json!({"username": "Ana.B", "profile": {"bio": "Hears a lot.", "audioQuality": "high"}});
    let me = app.patch("/api/v1/me").by(&ana).json(change).send().await.ok();
    assert_eq!(me["username"], "Ana.B");
    assert_eq!(me["profile"]["bio"], "Hears a lot.");
    let again = app.get("/api/v1/me").by(&ana).send().await.ok();
    assert_eq!(again, me);
}

#[testkit::test]
async fn what_is_wrong_with_a_change_is_named(app: TestApp) {
    let (ana, _ben) = (app.listener("ana").await, app.listener("ben").await);
    let change = async |body| app.patch("/api/v1/me").by(&ana).json(body).send().await;
    change(json!({"role": "admin"})).await.expect(422).problem("validation_failed");
    assert_eq!(change(json!({"role": "admin"})).await.pointers(), ["/role"]);
    assert_eq!(change(json!({"profile": {"audioQuality": "best"}})).await.expect(422).pointers().len(), 1);
    change(json!({"username": "BEN"})).await.expect(409).problem("username_taken");
    app.patch("/api/v1/me")
        .by(&ana)
        .body("application/json", "{")
        .send()
        .await
        .expect(400)
        .problem("invalid_request");
    app.patch("/api/v1/me").by(&ana).body("text/plain", "{}").send().await.expect(415);
}
