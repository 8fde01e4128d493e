use testkit::TestApp;

#[testkit::test]
async fn a_fresh_service_is_alive_and_ready(app: TestApp) {
    app.get("/healthz").send().await.expect(200);
    let ready = app.get("/readyz").send().await.ok();
    assert_eq!(ready["ready"], true);
}

#[testkit::test]
async fn what_is_not_there_is_a_problem_with_a_request_id(app: TestApp) {
    let reply = app.get("/api/v1/nothing").send().await.expect(404);
    let problem = reply.problem("not_found");
    assert_eq!(reply.header("x-request-id"), problem["requestId"].as_str());
    let reply = app.delete("/healthz").send().await.expect(405);
    reply.problem("method_not_allowed");
    assert_eq!(reply.header("allow"), Some("GET,HEAD"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let nowhere = app.get("/nowhere").send().await.expect(404);
    assert_eq!(nowhere.header("x-frame-options"), Some("DENY"));
    let answer = app.get("/api/v1/tracks").send().await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}
