//! Accounts, log-ins, devices, browsers, the first admin, admins.

mod accounts;
mod admin;
mod avatar;
mod browser;
mod command;
mod login;
mod refresh;
mod setup;
mod tokens;
pub(crate) mod wallets;

use serde_json::{Value, json};
use testkit::{Call, Reply, TestApp, User};

/// A password that is good enough.
const PASSWORD: &str = "FanPass123";

/// Logs in from the usual address.
async fn log_in(app: &TestApp, login: &str, password: &str) -> Reply {
    app.post("/api/v1/auth/login").json(json!({"login": login, "password": password})).send().await
}

/// Logs in again: another device of the same person.
async fn another_device(app: &TestApp, login: &str) -> User {
    user(&log_in(app, login, PASSWORD).await.ok())
}

/// The person in the answer to a log-in.
fn user(session: &Value) -> User {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    User {
        id: text(&session["user"]["userId"]),
        token: text(&session["accessToken"]),
        refresh_token: text(&session["refreshToken"]),
    }
}

/// Renews a log-in.
async fn refresh(app: &TestApp, token: &str) -> Reply {
    app.post("/api/v1/auth/refresh").json(json!({"refreshToken": token})).send().await
}

/// Something that needs a log-in.
fn knock<'a>(app: &'a TestApp, user: &User) -> Call<'a> {
    app.get("/api/v1/auth/devices").by(user)
}

/// Whether somebody's access token opens doors.
async fn is_in(app: &TestApp, user: &User) -> bool {
    let reply = knock(app, user).send().await;
    if reply.status != 200 {
        reply.expect(401).problem("unauthenticated");
        return false;
    }
    true
}

/// Somebody who runs the service.
async fn admin(app: &TestApp, name: &str) -> User {
    let email = format!("{name}@example.com");
    let made =
        identity::admin::create(&app.service.identity, &email, Some(name), identity::Role::Admin, PASSWORD);
    made.await.expect("a new admin");
    another_device(app, name).await
}

/// The body of an answer without what names the request.
fn without_request_id(reply: &Reply) -> Value {
    let mut body = reply.json();
    body["requestId"] = Value::Null;
    body
}
