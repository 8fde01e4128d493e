use std::time::Duration;

use testkit::{Reply, TestApp};

use super::{path, publish, stream};
use crate::upload::studio::small;

#[testkit::test]
async fn conditions_decide_what_is_sent(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = small(1);
    let id = publish(&app, &ana, &file, serde_json::json!({})).await;
    app.advance(Duration::from_mins(10));
    let whole = stream(&app, &ben, &id).await.expect(200);
    let (etag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "a strong one: {etag}");
    assert_eq!(date, "Thu, 01 Jan 2026 12:00:00 GMT");
    let (before, after) = ("Thu, 01 Jan 2026 11:59:59 GMT", "Thu, 01 Jan 2026 12:00:01 GMT");
    let weak = format!("W/{etag}");
    let listed = format!("\"x\", {weak}");

    let ask = async |headers: &[(&str, &str)]| -> Reply {
        let call = app.get(path(&id, "stream")).by(&ben);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send().await
    };
    for held in [etag, &weak, &listed, "*"] {
        let reply = ask(&[("if-none-match", held), ("range", "bytes=0-3")]).await.expect(304);
        assert_eq!(reply.body, b"", "{held}");
        assert_eq!(reply.header("etag"), Some(etag), "{held}");
        assert_eq!(reply.header("last-modified"), Some(date), "{held}");
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"), "{held}");
    }
    ask(&[("if-modified-since", date)]).await.expect(304);
    ask(&[("if-modified-since", after)]).await.expect(304);
    ask(&[("if-modified-since", before)]).await.expect(200);
    ask(&[("if-modified-since", "soon")]).await.expect(200);
    // The tag decides where both are given.
    ask(&[("if-none-match", "\"x\""), ("if-modified-since", after)]).await.expect(200);

    ask(&[("if-match", etag)]).await.expect(200);
    for other in ["\"x\"", &*weak] {
        ask(&[("if-match", other)]).await.expect(412).problem("precondition_failed");
    }
    ask(&[("if-unmodified-since", date)]).await.expect(200);
    ask(&[("if-unmodified-since", before)]).await.expect(412).problem("precondition_failed");

    for same in [etag, date] {
        let reply = ask(&[("if-range", same), ("range", "bytes=1-3")]).await.expect(206);
        assert_eq!(reply.body, file[1..4], "{same}");
    }
    // A part of other bytes would be of no use: all of these.
    for other in ["\"x\"", &*weak, before, after, "nonsense"] {
        let reply = ask(&[("if-range", other), ("range", "bytes=1-3")]).await.expect(200);
        assert_eq!(reply.body, file, "{other}");
    }
    // A range that is not there is not asked for when the condition fails.
    ask(&[("if-range", "\"x\""), ("range", "bytes=99999999-")]).await.expect(200);
    ask(&[("if-range", etag), ("range", "bytes=99999999-")]).await.expect(416);
    ask(&[("if-range", etag)]).await.expect(200);
}
