use std::{collections::HashSet, time::Duration};

use db::sql;
use futures_util::future::join_all;
use kernel::{Ids, Time};
use serde_json::json;
use testkit::{SeededIds, TestApp};

use super::{is_in, refresh, user};

#[testkit::test]
async fn a_token_is_exchanged_once_and_its_answer_repeats_for_ten_seconds(app: TestApp) {
    let first = app.listener("ada").await;
    app.advance(Duration::from_secs(2));
    let second = user(&refresh(&app, &first.refresh_token).await.expect(200).json());
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_eq!(second.id, first.id);
    assert!(is_in(&app, &second).await);
    app.advance(Duration::from_millis(9_999));
    let again = user(&refresh(&app, &first.refresh_token).await.expect(200).json());
    assert_eq!(again.refresh_token, second.refresh_token);
    let third = user(&refresh(&app, &second.refresh_token).await.expect(200).json());
    assert_ne!(third.refresh_token, second.refresh_token);
}

#[testkit::test]
async fn a_token_used_later_again_ends_the_log_in(app: TestApp) {
    let first = app.listener("ada").await;
    let second = user(&refresh(&app, &first.refresh_token).await.ok());
    assert!(is_in(&app, &second).await);
    app.advance(Duration::from_secs(10));
    refresh(&app, &first.refresh_token).await.expect(401).problem("invalid_refresh_token");
    assert!(!is_in(&app, &second).await, "at once");
    refresh(&app, &second.refresh_token).await.expect(401);
}

#[testkit::test]
async fn fifty_at_once_get_the_same_successor(app: TestApp) {
    let ada = app.listener("ada").await;
    let replies = join_all((0..50).map(|_| refresh(&app, &ada.refresh_token))).await;
    let tokens: HashSet<String> =
        replies.into_iter().map(|reply| user(&reply.expect(200).json()).refresh_token).collect();
    assert_eq!(tokens.len(), 1);
    let unused = db::read!(app.db(), |tx| {
        sql!("SELECT used_at FROM refresh_token").column::<Option<Time>>(tx).await
    });
    let unused = unused.expect("the tokens");
    assert_eq!((unused.len(), unused.iter().filter(|at| at.is_none()).count()), (2, 1));
}

#[testkit::test]
async fn what_is_no_token_of_ours_is_refused(app: TestApp) {
    let ada = app.listener("ada").await;
    let token = &ada.refresh_token;
    let bad =
        ["", "x", &token[1..], &format!("{token}A"), &ada.token, &"A".repeat(43), &token.to_uppercase()];
    for bad in bad {
        refresh(&app, bad).await.expect(401).problem("invalid_refresh_token");
    }
    app.post("/api/v1/auth/refresh").json(json!({})).send().await.expect(401);
    app.post("/api/v1/auth/refresh").json(json!({"refreshToken": token, "x": 1})).send().await.expect(422);
    refresh(&app, token).await.expect(200);
}

#[testkit::test]
async fn tokens_are_stored_as_hashes_and_forgotten_in_time(app: TestApp) {
    let ada = app.listener("ada").await;
    let mut token = ada.refresh_token.clone();
    for _ in 0..9 {
        app.advance(Duration::from_hours(24));
        token = user(&refresh(&app, &token).await.ok()).refresh_token;
    }
    let hashes = db::read!(app.db(), |tx| sql!("SELECT hash FROM refresh_token").column::<Vec<u8>>(tx).await);
    let hashes = hashes.expect("the tokens");
    // One a day for the last week, the one that was just used, and the one to be used next.
    assert_eq!(hashes.len(), 9);
    assert!(hashes.iter().all(|hash| hash.len() == 32));
}

#[testkit::test]
async fn renewing_is_limited_by_address(app: TestApp) {
    for _ in 0..300 {
        refresh(&app, "x").await.expect(401);
    }
    refresh(&app, "x").await.expect(429).problem("rate_limited");
}

/// A chain of tokens as the rules describe it.
struct Model {
    tokens: Vec<String>,
    used_at: Vec<Option<Time>>,
    ended: bool,
}

#[testkit::test]
async fn any_order_of_old_and_new_tokens_goes_by_the_rules(app: TestApp) {
    for (seed, name) in ["ada", "bob", "eve", "joe", "kim", "leo"].into_iter().enumerate() {
        let dice = SeededIds::new(seed as u64);
        let roll = |sides: u16| {
            let mut bytes = [0; 2];
            dice.fill(&mut bytes);
            u16::from_le_bytes(bytes) % sides
        };
        let joined = app.listener(name).await;
        let mut model = Model { tokens: vec![joined.refresh_token], used_at: vec![None], ended: false };
        for _ in 0..40 {
            app.advance(Duration::from_millis(roll(6_000).into()));
            // Mostly the newest ones, as clients do.
            let back = usize::from(roll(3).min(roll(6)));
            let at = model.tokens.len().saturating_sub(1 + back);
            let reply = refresh(&app, &model.tokens[at]).await;
            let late = model.used_at[at].is_some_and(|used| app.now().since(used) >= Duration::from_secs(10));
            model.ended |= late;
            if model.ended {
                reply.expect(401).problem("invalid_refresh_token");
                continue;
            }
            let next = user(&reply.expect(200).json()).refresh_token;
            if model.used_at[at].is_none() {
                model.used_at[at] = Some(app.now());
                model.tokens.push(next);
                model.used_at.push(None);
            } else {
                assert_eq!(next, model.tokens[at + 1], "seed {seed}");
            }
        }
    }
}
