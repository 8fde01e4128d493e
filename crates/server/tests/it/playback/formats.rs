use serde_json::json;
use testkit::TestApp;

use super::{path, publish, stream};
use crate::upload::studio::{FORMATS, TUNE, encode, send, small};

#[testkit::test]
async fn every_format_is_streamed_as_it_came_and_named_as_what_it_is(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    for (codec, ending, kind) in FORMATS {
        let file = encode(TUNE, codec, ending);
        let track = send(&app, &ana, &file).await.expect(201).json();
        let id = track["id"].as_str().unwrap();
        app.run_jobs().await;
        let change = json!({"visibility": "public"});
        app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.expect(200);
        assert_eq!(track["streamUrl"], path(id, "stream"));

        let whole = stream(&app, &ben, id).await.expect(200);
        assert!(whole.body == file, "{codec:?}: other bytes");
        assert_eq!(whole.header("content-type"), Some(kind), "{codec:?}");
        let middle = app.get(path(id, "stream")).by(&ben).header("range", "bytes=1000-1999").send().await;
        assert_eq!(middle.expect(206).body, file[1000..2000], "{codec:?}");
    }
}

#[testkit::test]
async fn a_quality_is_one_of_the_known_ones(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = small(1);
    let id = publish(&app, &ana, &file, json!({})).await;
    let ask = async |query: &str| app.get(format!("{}?{query}", path(&id, "stream"))).by(&ben).send().await;
    for quality in ["low", "medium", "high", "lossless", "original"] {
        assert_eq!(ask(&format!("quality={quality}")).await.expect(200).body, file, "{quality}");
    }
    ask("quality=best").await.expect(400).problem("invalid_request");
    app.get(path("nonsense", "stream")).by(&ben).send().await.expect(404);
}
