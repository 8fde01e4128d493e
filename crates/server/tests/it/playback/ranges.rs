use testkit::TestApp;

use super::{path, publish, stream};
use crate::upload::studio::small;

#[testkit::test]
async fn a_range_is_answered_with_its_bytes(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = small(1);
    let n = file.len();
    let id = publish(&app, &ana, &file, serde_json::json!({})).await;
    let whole = stream(&app, &ben, &id).await.expect(200);
    assert_eq!(whole.body, file);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(whole.header("content-length"), Some(&*n.to_string()));
    assert_eq!(whole.header("content-range"), None);
    assert_eq!(whole.header("cache-control"), Some("private, no-cache"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));

    let ask = async |range: &str| app.get(path(&id, "stream")).by(&ben).header("range", range).send().await;
    for (range, part) in [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=7-11".to_owned(), 7..12),
        ("bytes=5-".to_owned(), 5..n),
        ("bytes=-7".to_owned(), n - 7..n),
        ("bytes=-99999999".to_owned(), 0..n),
        (format!("bytes=3-{}", n * 2), 3..n),
        (format!("bytes={}-", n - 1), n - 1..n),
        ("bytes=0-18446744073709551616".to_owned(), 0..n),
        ("Bytes=1-2".to_owned(), 1..3),
        // Several that are one together, and several of which one is there.
        ("bytes=0-4,5-9".to_owned(), 0..10),
        ("bytes=15-30, 10-20".to_owned(), 10..31),
        (format!("bytes=1-2,{n}-"), 1..3),
    ] {
        let reply = ask(&range).await.expect(206);
        assert_eq!(reply.body, file[part.clone()], "{range}");
        assert_eq!(reply.header("content-length"), Some(&*part.len().to_string()), "{range}");
        let said = format!("bytes {}-{}/{n}", part.start, part.end - 1);
        assert_eq!(reply.header("content-range"), Some(&*said), "{range}");
        assert_eq!(reply.header("etag"), whole.header("etag"));
    }
    // What is no range of bytes is ignored, and so are ranges that lie apart (RFC 9110, 14.2).
    let crowd = format!("bytes={}", vec!["0-0"; 100].join(","));
    for range in ["bytes=2-1", "bytes=a-b", "bytes=-", "bytes", "items=0-1", "bytes=0-1,4-5", "", &*crowd] {
        let reply = ask(range).await.expect(200);
        assert_eq!(reply.body, file, "{range}");
        assert_eq!(reply.header("content-range"), None, "{range}");
    }
    let twice =
        app.get(path(&id, "stream")).by(&ben).header("range", "bytes=0-1").header("range", "bytes=2-3");
    assert_eq!(twice.send().await.expect(200).body, file);
    for range in [format!("bytes={n}-"), "bytes=-0".to_owned(), "bytes=99999999-100000000".to_owned()] {
        let reply = ask(&range).await.expect(416);
        reply.problem("range_not_satisfiable");
        assert_eq!(reply.header("content-range"), Some(&*format!("bytes */{n}")), "{range}");
    }
}

#[testkit::test]
async fn head_says_what_get_would_without_a_byte(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = small(1);
    let id = publish(&app, &ana, &file, serde_json::json!({})).await;
    let get = stream(&app, &ben, &id).await.expect(200);
    let head = async || app.call(http::Method::HEAD, path(&id, "stream")).by(&ben);
    let plain = head().await.send().await.expect(200);
    assert_eq!(plain.body, b"");
    for name in ["content-length", "content-type", "etag", "last-modified", "accept-ranges"] {
        assert!(plain.header(name).is_some(), "{name}");
        assert_eq!(plain.header(name), get.header(name), "{name}");
    }
    // A range is a matter of GET alone (RFC 9110, 14.2); a condition is not.
    let ranged = head().await.header("range", "bytes=0-0").send().await.expect(200);
    assert_eq!(ranged.header("content-length"), Some(&*file.len().to_string()));
    let known = head().await.header("if-none-match", get.header("etag").unwrap()).send().await.expect(304);
    assert_eq!(known.header("etag"), get.header("etag"));
    app.call(http::Method::HEAD, path("019c0000-0000-7000-8000-000000000000", "stream"))
        .by(&ben)
        .send()
        .await
        .expect(404);
}
