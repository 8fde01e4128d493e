use axum::body::Body;
use http::{Request, Version};
use testkit::TestApp;
use tower::ServiceExt;

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
    let nowhere = app.get("/nowhere.png").send().await.expect(404);
    assert_eq!(nowhere.header("x-frame-options"), Some("DENY"));
    let answer = app.get("/api/v1/tracks").send().await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[testkit::test]
async fn a_request_names_one_host(app: TestApp) {
    let answer = async |hosts: &[&str], version| {
        let mut request = Request::get("/readyz").version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        let router = server::router(&app.service, &server::Role::ALL, axum::Router::new());
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    };
    for right in ["music.example", "music.example:4533", "127.0.0.1:4533", "[::1]:80", "a_b.lan"] {
        assert_eq!(answer(&[right], Version::HTTP_11).await, 200, "{right}");
    }
    assert_eq!(answer(&[], Version::HTTP_10).await, 200, "older clients know of no such header");
    for wrong in
        [&[][..], &["a.example", "b.example"], &["a.example", "a.example"], &[""], &["a.example/b"], &["a b"]]
    {
        assert_eq!(answer(wrong, Version::HTTP_11).await, 400, "{wrong:?}");
    }
    assert_eq!(answer(&["a.example", "b.example"], Version::HTTP_10).await, 400);
    let refused =
        app.get("/api/v1/tracks").header("host", "a.example").header("host", "b.example").send().await;
    refused.expect(400).problem("invalid_request");
}
