use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{publish, tone};
use crate::upload::studio::small;

const PATH: &str = "/api/v1/me/now-playing";

#[testkit::test]
async fn a_player_says_what_it_plays(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 20), json!({})).await;
    let hidden = publish(&app, &ana, &small(2), json!({"visibility": "private"})).await;
    let says = async |body: Value| app.put(PATH).by(&ben).json(body).send().await;
    let heard = async |who: &User| app.get(PATH).by(who).send().await.ok();
    let silence = json!({"track": null, "positionMs": 0, "at": null});
    assert_eq!(heard(&ben).await, silence);

    let now = says(json!({"trackId": id, "positionMs": 5000})).await.ok();
    assert_eq!((&now["track"]["id"], &now["positionMs"]), (&json!(id), &json!(5000)));
    assert_eq!(now["at"], json!(app.now()));
    assert_eq!(heard(&ben).await, now);
    assert_eq!(heard(&ana).await, silence, "it is each account's own");

    // A player that says nothing more has stopped, a minute after the end of its track.
    app.advance(Duration::from_secs(15 + 60));
    assert_eq!(heard(&ben).await, now);
    app.advance(Duration::from_secs(1));
    assert_eq!(heard(&ben).await, silence);

    says(json!({"trackId": id})).await.expect(200);
    assert_eq!(says(json!({"trackId": null})).await.ok(), silence);
    assert_eq!(heard(&ben).await, silence);

    says(json!({"trackId": id})).await.expect(200);
    app.patch(format!("/api/v1/tracks/{id}"))
        .by(&ana)
        .json(json!({"visibility": "private"}))
        .send()
        .await
        .expect(200);
    assert_eq!(heard(&ben).await, silence);

    for track in [&*hidden, "019c0000-0000-7000-8000-000000000000"] {
        says(json!({"trackId": track})).await.expect(404).problem("track_not_found");
    }
    for (wrong, pointer) in [
        (json!({"trackId": hidden, "positionMs": -1}), "/positionMs"),
        (json!({"trackId": "x"}), "/trackId"),
        (json!({"trackId": null, "volume": 11}), "/volume"),
    ] {
        assert_eq!(says(wrong).await.expect(422).pointers(), [pointer]);
    }
    app.put(PATH).json(json!({"trackId": null})).send().await.expect(401).problem("unauthenticated");
}
