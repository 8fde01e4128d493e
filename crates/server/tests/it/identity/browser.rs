use infra::config::Config;
use serde_json::{Value, json};
use testkit::{Call, Reply, TestApp};

use super::PASSWORD;

/// What a browser sends along: the address in its bar.
#[derive(Clone, Copy)]
struct Browser<'a> {
    host: &'a str,
    from: &'a str,
    https: bool,
}

const OWN_MACHINE: Browser<'_> = Browser { host: "localhost:4533", from: "127.0.0.1", https: false };
const IN_THE_HOUSE: Browser<'_> = Browser { host: "192.168.1.5:4533", from: "192.168.1.20", https: false };
const OVER_HTTPS: Browser<'_> = Browser { host: "music.example", from: "192.0.2.20", https: true };

impl Browser<'_> {
    fn call(self, call: Call<'_>) -> Call<'_> {
        let call = call.header("host", self.host);
        if self.https {
            // The proxy is one that we trust.
            return call
                .from("10.0.0.1")
                .header("x-forwarded-for", self.from)
                .header("x-forwarded-proto", "https");
        }
        call.from(self.from)
    }

    async fn log_in(self, app: &TestApp) -> Reply {
        let call = self.call(app.post("/api/v1/auth/login")).header("x-resonance-client", "web");
        call.json(json!({"login": "ada", "password": PASSWORD})).send().await
    }
}

fn behind_a_proxy(config: &mut Config) {
    config.http.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
}

/// Name and value of each cookie, and the attributes that they all have.
fn cookies(reply: &Reply) -> (Vec<(String, String)>, Vec<Vec<String>>) {
    let lines = reply.headers_named("set-cookie");
    lines
        .into_iter()
        .map(|line| {
            let mut parts = line.split("; ");
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            ((name.to_owned(), value.to_owned()), parts.map(str::to_owned).collect())
        })
        .unzip()
}

/// The `Cookie` header that a browser answers with.
fn jar(reply: &Reply) -> String {
    let pairs = cookies(reply).0.into_iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("; ")
}

#[testkit::test]
async fn a_browser_gets_cookies_that_suit_its_address_bar(app: TestApp) {
    let app = app.reconfigured(behind_a_proxy);
    app.listener("ada").await;
    for (browser, prefix, attributes) in [
        (OWN_MACHINE, "__Host-", "Secure; HttpOnly; SameSite=Lax"),
        (OVER_HTTPS, "__Host-", "Secure; HttpOnly; SameSite=Lax"),
        (IN_THE_HOUSE, "", "HttpOnly; SameSite=Strict"),
    ] {
        let reply = browser.log_in(&app).await.expect(200);
        let session = reply.json();
        assert_eq!(session["user"]["username"], "ada");
        assert_eq!((&session["accessToken"], &session["refreshToken"]), (&Value::Null, &Value::Null));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let (pairs, rest) = cookies(&reply);
        let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [format!("{prefix}resonance_access"), format!("{prefix}resonance_refresh")]);
        assert_eq!(rest[0].join("; "), format!("Path=/; Max-Age=900; {attributes}"));
        assert_eq!(rest[1].join("; "), format!("Path=/; Max-Age={}; {attributes}", 60 * 86_400));
        let knock = browser.call(app.get("/api/v1/auth/devices")).header("cookie", &jar(&reply));
        let devices = knock.send().await.ok();
        assert_eq!(devices["items"][0]["web"], true);
    }
    // On safe ground a cookie without the prefix could come from another service of the same name.
    let planted = jar(&IN_THE_HOUSE.log_in(&app).await.expect(200));
    OVER_HTTPS.call(app.get("/api/v1/auth/devices")).header("cookie", &planted).send().await.expect(401);
}

#[testkit::test]
async fn the_operator_can_insist_on_https(app: TestApp) {
    app.listener("ada").await;
    let app = app.reconfigured(|config| {
        behind_a_proxy(config);
        config.http.require_https = true;
    });
    IN_THE_HOUSE.log_in(&app).await.expect(403).problem("https_required");
    let app_log_in = IN_THE_HOUSE.call(app.post("/api/v1/auth/login"));
    app_log_in.json(json!({"login": "ada", "password": PASSWORD})).send().await.expect(403);
    OVER_HTTPS.log_in(&app).await.expect(200);
    OWN_MACHINE.log_in(&app).await.expect(200);
}

#[testkit::test]
async fn another_sites_page_cannot_use_the_cookies(app: TestApp) {
    let app = app.reconfigured(behind_a_proxy);
    app.listener("ada").await;
    let jar = jar(&OVER_HTTPS.log_in(&app).await.expect(200));
    let end = |headers: &[(&'static str, &'static str)]| {
        let call = OVER_HTTPS.call(app.delete("/api/v1/auth/devices/00000000-0000-7000-8000-000000000000"));
        let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        call.header("cookie", &jar).send()
    };
    for foreign in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://music.example")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        end(foreign).await.expect(403).problem("origin_refused");
    }
    // Past the guard: there is no such device.
    end(&[("origin", "https://music.example")]).await.expect(404);
    end(&[("sec-fetch-site", "same-origin")]).await.expect(404);
    // Reading is not guarded, and neither are bearer tokens, which no browser adds by itself.
    OVER_HTTPS.call(app.get("/api/v1/auth/devices")).header("cookie", &jar).send().await.expect(200);
    let bob = app.listener("bob").await;
    let call = app
        .post("/api/v1/auth/logout")
        .by(&bob)
        .header("cookie", &jar)
        .header("origin", "https://evil.example");
    call.send().await.expect(204);
    OVER_HTTPS.call(app.get("/api/v1/auth/devices")).header("cookie", &jar).send().await.expect(200);
}

#[testkit::test]
async fn a_browser_renews_and_ends_its_log_in_by_cookie(app: TestApp) {
    app.listener("ada").await;
    let first = jar(&OWN_MACHINE.log_in(&app).await.expect(200));
    let own = async |call: Call<'_>, jar: &str| {
        let call = OWN_MACHINE.call(call).header("cookie", jar).header("origin", "http://localhost:4533");
        call.header("x-resonance-client", "web").json(json!({})).send().await
    };
    let renewed = own(app.post("/api/v1/auth/refresh"), &first).await.expect(200);
    assert_eq!(renewed.json()["refreshToken"], Value::Null);
    let second = jar(&renewed);
    assert_ne!(first, second);
    // The cookie says all: a body is not needed.
    let bare = OWN_MACHINE.call(app.post("/api/v1/auth/refresh")).header("origin", "http://localhost:4533");
    let again = bare.header("cookie", &second).header("x-resonance-client", "Web").send().await.expect(200);
    assert_eq!(again.json()["refreshToken"], Value::Null);
    let second = jar(&again);
    // Whoever does not ask as a browser is not answered with tokens for cookies.
    let asked = OWN_MACHINE.call(app.post("/api/v1/auth/refresh")).header("origin", "http://localhost:4533");
    asked.header("cookie", &second).json(json!({})).send().await.expect(401);

    // The access cookie is gone after a quarter of an hour; the refresh cookie still logs out.
    let refresh_alone = second.split("; ").nth(1).expect("two cookies");
    // Until it is renewed whoever has it is not taken for somebody without an account, who sees less.
    let seen = own(app.get("/api/v1/albums"), refresh_alone).await.expect(401);
    assert_eq!(seen.json()["code"], "unauthenticated");
    own(app.get("/api/v1/albums"), &second).await.expect(200);
    let goodbye = own(app.post("/api/v1/auth/logout"), refresh_alone).await.expect(204);
    let (pairs, rest) = cookies(&goodbye);
    assert_eq!(pairs.len(), 2);
    assert!(pairs.iter().all(|(name, value)| name.starts_with("__Host-") && value.is_empty()));
    assert!(rest.iter().all(|attributes| attributes.contains(&"Max-Age=0".to_owned())));
    // A log-in that has ended is none, and its cookies go.
    let over = own(app.post("/api/v1/auth/refresh"), &second).await.expect(401);
    assert!(cookies(&over).0.iter().all(|(_, value)| value.is_empty()));
    assert_eq!(cookies(&over).0.len(), 2);
    OWN_MACHINE.call(app.get("/api/v1/auth/devices")).header("cookie", &second).send().await.expect(401);
}

#[testkit::test]
async fn registering_in_a_browser_gives_cookies_too(app: TestApp) {
    let call = OWN_MACHINE.call(app.post("/api/v1/auth/register")).header("x-resonance-client", "web");
    let reply = call.json(json!({"email": "ada@example.org", "password": PASSWORD})).send().await.expect(201);
    assert_eq!(cookies(&reply).0.len(), 2);
    assert_eq!(reply.json()["accessToken"], Value::Null);
}
