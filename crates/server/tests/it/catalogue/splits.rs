use serde_json::{Value, json};
use testkit::TestApp;

use super::{draft, page_of};

#[testkit::test]
async fn every_change_of_a_split_is_a_version(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let (a, b) = (page_of(&app, &ana, "Ana").await, page_of(&app, &ben, "Ben").await);
    let id = draft(&app, &ana, "Dawn").await;
    let path = format!("/api/v1/tracks/{id}/splits");
    let share =
        |artist: &str, points: i64| json!({"artistId": artist, "role": "artist", "basisPoints": points});
    let put = async |shares: Value| app.put(&path).by(&ana).json(json!({"shares": shares})).send().await;
    let first = app.get(&path).by(&ana).send().await.ok();
    let whole = json!([{"artistId": a, "artistName": "Ana", "role": "artist", "basisPoints": 10_000}]);
    assert_eq!(first, json!({"version": 0, "createdAt": null, "shares": whole}));
    let halves = json!([share(&a, 5_000), share(&b, 5_000)]);
    assert_eq!(put(halves.clone()).await.ok()["version"], 1);
    assert_eq!(put(halves).await.ok()["version"], 1, "the same again is no change");
    let now = put(json!([share(&b, 1), share(&a, 9_999)])).await.ok();
    assert_eq!((&now["version"], &now["shares"][0]["artistName"]), (&json!(2), &json!("Ben")));
    assert_eq!(app.get(&path).by(&ana).send().await.ok(), now);
    let kept: Result<Vec<(i64, i64)>, db::Error> = db::read!(app.db(), |tx| {
        db::sql!(
            "SELECT s.version, h.basis_points FROM split s JOIN split_share h ON h.split_id = s.id
             ORDER BY s.version, h.position"
        )
        .all(tx)
        .await
    });
    assert_eq!(kept.unwrap(), [(1, 5_000), (1, 5_000), (2, 1), (2, 9_999)], "no version is ever changed");

    put(json!([share(&a, 5_000), share(&b, 4_999)])).await.expect(422).problem("splits_unbalanced");
    put(json!([share(&a, 10_000), share(&b, 10_000)])).await.expect(422).problem("splits_unbalanced");
    for (shares, pointer) in [
        (json!([]), "/shares"),
        (json!([share(&a, 5_000), share(&a, 5_000)]), "/shares/1/artistId"),
        (json!([share(&a, 10_001), share(&b, -1)]), "/shares/1/basisPoints"),
        (json!([share("019c0000-0000-7000-8000-000000000000", 10_000)]), "/shares/0/artistId"),
        (json!([{"artistId": a, "role": "", "basisPoints": 10_000}]), "/shares/0/role"),
    ] {
        let reply = put(shares).await.expect(422);
        reply.problem("validation_failed");
        assert!(reply.pointers().contains(&pointer.to_owned()), "{pointer}: {:?}", reply.pointers());
    }
    assert_eq!(app.get(&path).by(&ana).send().await.ok()["version"], 2);
    // A draft is its managers' business; who listens may know where the money goes, and changes nothing.
    app.get(&path).by(&ben).send().await.expect(404).problem("track_not_found");
    app.patch(format!("/api/v1/tracks/{id}"))
        .by(&ana)
        .json(json!({"visibility": "public"}))
        .send()
        .await
        .ok();
    assert_eq!(app.get(&path).by(&ben).send().await.ok(), now);
    let theirs = json!({"shares": [share(&b, 10_000)]});
    app.put(&path).by(&ben).json(theirs).send().await.expect(404).problem("track_not_found");
    app.get(&path).send().await.expect(401);
}

#[testkit::test]
async fn changes_at_the_same_time_become_versions_in_a_row(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let (a, b) = (page_of(&app, &ana, "Ana").await, page_of(&app, &ben, "Ben").await);
    let id = draft(&app, &ana, "Dawn").await;
    let put = |points: i64| {
        let shares = json!({"shares": [
            {"artistId": a, "role": "artist", "basisPoints": 10_000 - points},
            {"artistId": b, "role": "artist", "basisPoints": points},
        ]});
        app.put(format!("/api/v1/tracks/{id}/splits")).by(&ana).json(shares).send()
    };
    let (one, two, three, four) = tokio::join!(put(1), put(2), put(3), put(4));
    let mut versions: Vec<i64> =
        [one, two, three, four].into_iter().map(|reply| reply.ok()["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4]);
}
