//! All at once, over two nodes.

use futures_util::future::join_all;
use kernel::ArtistId;

use super::*;
use crate::{ledger::checked, tips::tip};

/// How many do the same at once.
const MANY: usize = 64;

/// How often it is tried.
const ROUNDS: usize = 50;

#[testkit::test]
async fn of_many_acknowledgements_and_settlements_at_once_one_counts(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let other = app.another_node();
    for round in 1..=ROUNDS {
        let listener = start(&app, &ana, &track).await;
        listener.second(1).await;
        for reply in join_all((0..MANY).map(|_| listener.acknowledge(1))).await {
            reply.ok();
        }
        // Every second time half of them come to a node that does not have it. It takes the session over at what is durable.
        let both = round % 2 == 0;
        if both {
            listener.second(2).await;
            listener.durable(1).await;
        }
        let settle = |n: usize| {
            let node = if both && n.is_multiple_of(2) { &other } else { &app };
            node.post(listener.path("/settle")).by(&ana).send()
        };
        let replies = with_time(&app, join_all((0..MANY).map(settle))).await;
        assert!(replies.iter().any(|reply| reply.status == 200));
        for reply in replies {
            match reply.status.as_u16() {
                200 => assert_eq!(reply.json()["beats"], 1),
                _ => assert_eq!(reply.json()["code"], "session_busy"),
            }
        }
        let charged = PRICE * i64::try_from(round).unwrap();
        assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000 - charged, 0));
    }
    checked(&app).await;
}

#[testkit::test]
async fn however_many_begin_at_once_a_cap_is_kept(app: TestApp) {
    const BEATS: i64 = 5;
    let ben = app.artist("ben").await;
    let track = priced(&app, &ben, 40).await;
    let other = app.another_node();
    // Each beat is a round, and sessions that change nodes wait for leases.
    let listeners = if std::env::var_os("TEST_LONG").is_some() { ROUNDS / 5 } else { 1 };
    for round in 0..listeners {
        let ana = app.listener(&format!("ana{round}")).await;
        fund(&app, &ana, 1_000_000).await;
        let beats = |n: i64| json!({"asset": "BEAT", "amount": (n * PRICE).to_string()});
        let caps = json!({"perPlay": null, "perDay": beats(BEATS), "perMonth": null, "perArtist": null});
        app.put("/api/v1/me/spending-caps").by(&ana).json(caps).send().await.ok();
        for heard in 0..=BEATS {
            let starts =
                (0..MANY).map(|n| ask(if n % 16 > 0 { &app } else { &other }, &ana, &track, json!({})));
            let replies = with_time(&app, join_all(starts)).await;
            let open = app.get("/api/v1/me/sessions?status=open").by(&ana).send().await.ok();
            let Some(id) = open["items"][0]["id"].as_str() else {
                assert_eq!(heard, BEATS, "none of many could begin: {:?}", replies[0].json());
                let refused = |reply: &Reply| {
                    ["cap_reached", "session_busy"].contains(&reply.json()["code"].as_str().unwrap())
                };
                assert!(replies.iter().all(refused));
                continue;
            };
            assert!(heard < BEATS, "another one began beyond the cap");
            let begun = replies.iter().position(|reply| reply.json()["sessionId"] == id);
            let begun = begun.expect("somebody has it");
            let node = if begun % 16 > 0 { &app } else { &other };
            let listener = Listener { app: node, user: &ana, key: key(5), terms: replies[begun].json() };
            let newest = listener.look().await["newest"]["seq"].as_u64().unwrap_or(0);
            listener.second(newest + 1).await;
            // One beat is acknowledged, however many there are.
            listener.acknowledge(1).await.ok();
            let durable = async {
                loop {
                    let amount: db::Result<i64> = db::read!(app.db(), |tx| {
                        db::sql!("SELECT amount FROM meter_session WHERE account_id = $1")
                            .bind(id_of(&ana))
                            .scalar(tx)
                            .await
                    });
                    if amount.unwrap() == PRICE {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            with_time(node, durable).await;
        }
        let spent = 1_000_000 - available(&app, &ana).await;
        assert_eq!((spent, held(&app, &ana).await), (BEATS * PRICE, 0));
    }
    checked(&app).await;
}

/// Whoever gives all that they have while they press play either plays or learns that there is nothing left.
#[testkit::test]
async fn a_session_and_a_tip_of_everything_at_once_are_one_of_both(app: TestApp) {
    let ben = app.artist("ben").await;
    let track = priced(&app, &ben, 40).await;
    let page = app.get(format!("/api/v1/tracks/{track}")).by(&ben).send().await.ok()["artist"]["id"].clone();
    let page: ArtistId = serde_json::from_value(page).unwrap();
    for round in 0..4 {
        let listeners = join_all((0..16).map(async |n| {
            let listener = app.listener(&format!("ana{round}-{n}")).await;
            fund(&app, &listener, 3 * PRICE).await;
            listener
        }));
        let listeners = listeners.await;
        let both = listeners.iter().map(|listener| async {
            let all = (3 * PRICE).to_string();
            let given = tip(&app, listener, "all", page, "BEAT", &all);
            tokio::join!(ask(&app, listener, &track, json!({})), given)
        });
        for (begun, given) in with_time(&app, join_all(both)).await {
            match (begun.status.as_u16(), given.status.as_u16()) {
                (201, 402) => {}
                (402, 201) => assert_eq!(begun.json()["code"], "insufficient_funds"),
                _ => panic!("{} {}", begun.json(), given.json()),
            }
        }
    }
    checked(&app).await;
}
