use serde_json::Value;
use testkit::TestApp;

/// Every operation with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    document["paths"].as_object().into_iter().flatten().flat_map(|(path, item)| {
        item.as_object()
            .into_iter()
            .flatten()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn every_operation_says_who_may_call_it() {
    let known = ["anonymous", "listener", "owner", "manager", "moderator", "admin"];
    for (name, operation) in operations(testkit::document()) {
        assert!(operation["operationId"].is_string(), "{name} has no operationId");
        assert!(operation["summary"].is_string(), "{name} has no summary");
        let authz = &operation["x-authz"];
        assert!(authz["object"].is_string(), "{name} has no x-authz.object");
        let allow = authz["allow"].as_array().unwrap_or_else(|| panic!("{name} has no x-authz.allow"));
        assert!(
            !allow.is_empty() && allow.iter().all(|who| known.contains(&who.as_str().unwrap())),
            "{name}: {allow:?}"
        );
        assert!(
            ["visible", "own", "none"].contains(&authz["visibility"].as_str().unwrap_or_default()),
            "{name}: {authz}"
        );
    }
}

#[test]
fn operation_ids_are_unique_and_error_codes_exist() {
    let mut seen = std::collections::HashSet::new();
    let codes: Vec<&str> = kernel::ErrorCode::ALL.iter().map(|code| code.code()).collect();
    for (name, operation) in operations(testkit::document()) {
        assert!(seen.insert(operation["operationId"].to_string()), "{name}: its operationId is taken");
        for code in operation["x-errors"].as_array().into_iter().flatten() {
            assert!(codes.contains(&code.as_str().unwrap()), "{name}: unknown code {code}");
        }
    }
}

#[testkit::test]
async fn the_reference_is_served_without_any_other_host(app: TestApp) {
    let page = app.get("/api/docs").send().await.expect(200);
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("/api/docs/reference.js"));
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    let script = app.get("/api/docs/reference.js").send().await.expect(200);
    assert!(script.body.len() > 100_000);
    let document = app.get("/api/openapi.json").send().await.ok();
    assert_eq!(&document, testkit::document());
    assert_eq!(document["openapi"].as_str().map(|v| v.starts_with("3.1")), Some(true));
}

/// The clients are made of a copy of the document.
#[test]
fn the_copy_that_clients_are_made_of_is_the_document() {
    let copy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/sdk/openapi.json");
    let copy: Value = serde_json::from_str(&std::fs::read_to_string(copy).unwrap()).unwrap();
    assert!(
        copy == *testkit::document(),
        "it is another one: cargo run -q -- openapi > clients/sdk/openapi.json, then npm run generate -w sdk in clients/"
    );
}
