//! Access tokens that somebody else made.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use testkit::TestApp;

use super::{is_in, knock};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn sign(algorithm: hmac::Algorithm, key: &[u8], header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, key), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON")
}

/// The claims with `name` set to `value`, or without it.
fn with(claims: &Value, name: &str, value: Option<Value>) -> Value {
    let mut claims = claims.clone();
    let object = claims.as_object_mut().expect("an object");
    match value {
        Some(value) => object.insert(name.into(), value),
        None => object.remove(name),
    };
    claims
}

#[testkit::test]
async fn no_forged_token_is_taken(app: TestApp) {
    let ada = app.listener("ada").await;
    let bob = app.listener("bob").await;
    let claims = claims_of(&ada.token);
    let key = app.service.app.keys.derive("access-token");
    let hs256 = json!({"typ": "JWT", "alg": "HS256"});
    let ours = |claims: &Value| sign(hmac::HMAC_SHA256, &key, &hs256, claims);
    let mut genuine = ada.clone();
    genuine.token = ours(&claims);
    assert!(is_in(&app, &genuine).await, "the test makes tokens as we do");

    let now = claims["iat"].as_i64().expect("a number");
    let [head, body, tag] = ada.token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let mut forged: Vec<String> = Vec::new();
    // No signature, somebody's signature, a piece of it.
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        forged.push(format!("{}.{body}.", part(&json!({"typ": "JWT", "alg": alg}))));
        forged.push(format!("{}.{body}.{tag}", part(&json!({"typ": "JWT", "alg": alg}))));
    }
    let other_keys =
        [&b""[..], b"secret", b"not so secret", &[0; 32], &app.service.app.keys.derive("refresh-successor")];
    forged.extend(other_keys.map(|key| sign(hmac::HMAC_SHA256, key, &hs256, &claims)));
    forged.push(format!("{head}.{body}."));
    forged.push(format!("{head}.{body}"));
    forged.push(format!("{head}.{body}.{}", &tag[..tag.len() - 1]));
    forged.push(format!("{head}.{body}.{tag}A"));
    forged.push(format!("{head}.{body}.{tag}="));
    forged.push(format!("{head}.{body}.{tag}.{tag}"));
    let first = if tag.starts_with('A') { "B" } else { "A" };
    forged.push(format!("{head}.{body}.{first}{}", &tag[1..]));
    // The same signature over other claims.
    forged.push(format!("{head}.{}.{tag}", part(&with(&claims, "sub", Some(json!(bob.id))))));
    forged.push(format!("{head}.{}.{tag}", part(&with(&claims, "exp", Some(json!(now + 99_999))))));
    // Other algorithms, also with the right key, and headers that bring a key along.
    for alg in ["HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"] {
        forged.push(sign(hmac::HMAC_SHA256, &key, &json!({"typ": "JWT", "alg": alg}), &claims));
    }
    forged.push(sign(hmac::HMAC_SHA384, &key, &json!({"alg": "HS384"}), &claims));
    forged.push(sign(hmac::HMAC_SHA512, &key, &json!({"alg": "HS512"}), &claims));
    let brought = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}});
    forged.push(sign(hmac::HMAC_SHA256, b"secret", &brought, &claims));
    let fetched = json!({"alg": "HS256", "kid": "../../dev/null", "jku": "https://evil.example/keys"});
    forged.push(sign(hmac::HMAC_SHA256, b"", &fetched, &claims));
    forged.push(sign(hmac::HMAC_SHA256, &key, &json!({"typ": "JWT"}), &claims));
    // Signed by us, but not for this: what a leak of the key's other uses, or an old version, could give.
    let wrong = [
        ("iss", Some(json!("somebody"))),
        ("iss", None),
        ("aud", Some(json!("another-api"))),
        ("aud", None),
        ("sub", Some(json!(bob.id))),
        ("sub", Some(json!("00000000-0000-0000-0000-000000000000"))),
        ("sub", Some(json!("not an id"))),
        ("sub", None),
        ("sid", Some(json!("00000000-0000-0000-0000-000000000000"))),
        ("sid", None),
        ("exp", Some(json!(now))),
        ("exp", Some(json!(-1))),
        ("exp", Some(json!("9999999999"))),
        ("exp", None),
        ("iat", Some(json!(now + 3_600))),
        ("iat", None),
        ("role", Some(json!("admin"))),
    ];
    forged.extend(wrong.map(|(name, value)| ours(&with(&claims, name, value))));
    // Not tokens at all.
    forged.extend(
        ["", "a", "..", "...", "null", "{}", &"a".repeat(5_000), &ada.refresh_token].map(str::to_owned),
    );
    forged.push(format!("{}.{}", ada.token, "a".repeat(2_000)));

    assert!(forged.len() >= 30, "{}", forged.len());
    for token in forged {
        let mut forger = ada.clone();
        forger.token = token;
        assert!(!is_in(&app, &forger).await, "{}", forger.token);
    }
    assert!(is_in(&app, &ada).await);
}

#[testkit::test]
async fn only_bearer_tokens_count(app: TestApp) {
    let ada = app.listener("ada").await;
    for (scheme, status) in
        [("bearer", 200), ("BEARER", 200), ("Bearer ", 200), ("Basic", 401), ("Token", 401), ("", 401)]
    {
        let header = format!("{scheme} {}", ada.token);
        let reply = app.get("/api/v1/auth/devices").header("authorization", &header).send().await;
        reply.expect(status);
    }
    let reply = app.get(format!("/api/v1/auth/devices?access_token={}", ada.token)).send().await.expect(401);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    knock(&app, &ada).send().await.expect(200);
}
