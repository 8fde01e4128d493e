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

/// A misspelt filter that is passed over shows everything.
#[testkit::test]
async fn unknown_query_parameters_are_refused_and_declared_ones_are_known(app: TestApp) {
    let admin = app.admin("root").await;
    let id = "019c0000-0000-7000-8000-000000000000";
    let mut operations = 0;
    for (path, item) in testkit::document()["paths"].as_object().unwrap() {
        let declared: Vec<&str> = item["get"]["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        if declared.is_empty() {
            continue;
        }
        operations += 1;
        let path = path.replace("{id}", id);
        let reply = app.get(format!("{path}?nonsense=1")).by(&admin).send().await.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), ["/nonsense"], "{path}");
        for name in declared {
            let reply = app.get(format!("{path}?{name}=1")).by(&admin).send().await;
            assert_ne!(reply.status, 422, "{path}: {name}");
        }
    }
    assert!(operations >= 12, "{operations}");
}

#[test]
fn every_group_is_introduced_and_those_of_the_operator_come_last() {
    let document = testkit::document();
    let groups: Vec<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!((groups.first(), groups.last()), (Some(&"accounts"), Some(&"admin")));
    let used: std::collections::BTreeSet<&str> =
        operations(document).filter_map(|(_, operation)| operation["tags"][0].as_str()).collect();
    assert_eq!(used, groups.iter().copied().collect(), "those that are used are those that are introduced");
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
