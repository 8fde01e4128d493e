//! Every answer is held against the OpenAPI document.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Value, json};

/// The document as JSON, and what was compiled from it so far.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(server::document()).expect("the document is JSON"));
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// The OpenAPI document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Panics unless the document allows this answer to this request.
pub(crate) fn check(method: &Method, path: &str, status: StatusCode, content_type: &str, body: &[u8]) {
    let path = path.split('?').next().unwrap_or_default();
    let Some((template, operation)) = operation(method, path) else {
        assert!(
            status == StatusCode::NOT_FOUND
                || status == StatusCode::METHOD_NOT_ALLOWED
                || !path.starts_with("/api/v1"),
            "{method} {path} answered {status}, but the document does not know it"
        );
        return;
    };
    let call = format!("{method} {template} → {status}");
    let response = &operation["responses"][status.as_str()];
    assert!(!response.is_null(), "{call} is not in the document; body: {}", String::from_utf8_lossy(body));
    let kind = content_type.split(';').next().unwrap_or_default();
    let Some(content) = response["content"].as_object() else {
        assert!(body.is_empty(), "{call} has a body, but the document has none");
        return;
    };
    if method == Method::HEAD {
        return;
    }
    let media = content.get(kind).or_else(|| content.get("*/*")).or_else(|| {
        let family = kind.split('/').next().unwrap_or_default();
        content.get(&format!("{family}/*"))
    });
    assert!(media.is_some(), "{call}: {kind:?} is not in the document, which has {:?}", content.keys());
    if kind == "application/json" || kind == "application/problem+json" {
        let body: Value = serde_json::from_slice(body).unwrap_or_else(|e| panic!("{call}: not JSON: {e}"));
        let validator = validator(&format!(
            "#/paths/{}/{}/responses/{}/content/{}/schema",
            escape(template),
            method.as_str().to_lowercase(),
            status.as_str(),
            escape(kind)
        ));
        let errors: Vec<String> =
            validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{call} is not as the document says: {errors:#?}\n{body:#}");
    }
}

fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

fn validator(pointer: &str) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().expect("no validator panics while it is compiled");
    if let Some(validator) = validators.get(pointer) {
        return Arc::clone(validator);
    }
    let mut schema = DOCUMENT.pointer(&pointer[1..]).cloned().unwrap_or_else(|| json!({}));
    // References go to the components of the document.
    schema["components"] = DOCUMENT["components"].clone();
    let validator = Arc::new(
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .expect("the document's schema is one"),
    );
    validators.insert(pointer.to_owned(), Arc::clone(&validator));
    validator
}

/// The operation that serves `path`: literal segments win over parameters.
fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let mut best: Option<(&str, &Value, usize)> = None;
    for (template, item) in DOCUMENT["paths"].as_object()? {
        let names: Vec<&str> = template.split('/').collect();
        let fits = names.len() == parts.len()
            && names.iter().zip(&parts).all(|(name, part)| name == part || name.starts_with('{'));
        let operation = &item[method.as_str().to_lowercase()];
        let operation = if operation.is_null() && method == Method::HEAD { &item["get"] } else { operation };
        if fits && !operation.is_null() {
            let literal = names.iter().filter(|name| !name.starts_with('{')).count();
            if best.is_none_or(|(_, _, most)| literal > most) {
                best = Some((template, operation, literal));
            }
        }
    }
    best.map(|(template, operation, _)| (template, operation))
}
