//! Files and names that somebody made to do harm.

use std::collections::BTreeSet;

use media::corpus;
use music::import::Counts;
use testkit::TestApp;

use super::{Shelf, Song, values};
use crate::upload::studio::encode;

#[testkit::test]
async fn no_file_stops_an_import(app: TestApp) {
    let shelf = Shelf::new();
    let files = corpus::hostile();
    assert!(files.len() >= 60);
    for file in &files {
        shelf.write(&format!("{}.mp3", file.name.replace('/', "_")), &file.bytes);
    }
    // Before and behind them in the order of names, and between them one that kills who reads it.
    shelf.put("!.mp3", &Song::tagged(1, "First", "Ana", "A"));
    shelf.write("mmm.mp3", &corpus::killer());
    shelf.put("~.mp3", &Song::tagged(2, "Last", "Ana", "A"));
    let (report, troubles) = shelf.import_with_troubles(&app).await;
    let refused = files.iter().filter(|file| file.refuse).count() as u64;
    assert_eq!(report.counts.seen, files.len() as u64 + 3);
    assert!(report.counts.broken > refused, "{report:?}");
    // Sound with unreadable tags is taken, and said once.
    let (untagged, troubles): (Vec<_>, Vec<_>) =
        troubles.into_iter().partition(|(_, reason)| reason.starts_with("taken without its tags: "));
    assert!(!untagged.is_empty());
    assert_eq!(troubles.len() as u64, report.counts.broken);
    let crashed = troubles.iter().find(|(path, _)| path == "mmm.mp3").unwrap();
    assert!(crashed.1.contains("crashed"), "{crashed:?}");
    let titles: Vec<String> =
        values!(app, "SELECT title FROM track WHERE title IN ('First', 'Last') ORDER BY title");
    assert_eq!(titles, ["First", "Last"]);
    // They are known now, and said again.
    let (again, told) = shelf.import_with_troubles(&app).await;
    assert_eq!(
        (again.counts.broken, again.counts.still_broken),
        (report.counts.broken, report.counts.broken)
    );
    assert_eq!(again.counts.unchanged, report.counts.added);
    assert_eq!(told.iter().collect::<BTreeSet<_>>(), troubles.iter().collect());
    let ana = app.listener("ana").await;
    app.get("/api/v1/tracks?limit=200").by(&ana).send().await.ok();
}

#[testkit::test]
async fn a_file_that_is_cut_off_is_named_once_that_is_known(app: TestApp) {
    let shelf = Shelf::new();
    let whole = encode("sine=frequency=300:duration=20:sample_rate=44100", &["-c:a", "flac"], "flac");
    shelf.write("1.flac", &whole[..whole.len() / 3]);
    shelf.write("2.flac", &encode("sine=frequency=400:duration=1", &["-c:a", "flac"], "flac"));
    shelf.import(&app).await;
    let analyse = async || {
        app.advance(std::time::Duration::from_secs(61));
        music::upload::feed(&app.service.music).await.unwrap();
        let done = vec![("analyse_backlog".to_owned(), db::job::State::Done)];
        assert_eq!(app.run_jobs().await, done);
    };
    analyse().await;
    // It can be played as far as it goes.
    let same = Counts { seen: 2, unchanged: 2, ..Counts::default() };
    for _ in 0..2 {
        let (report, troubles) = shelf.import_with_troubles(&app).await;
        assert_eq!(report.counts, same);
        let [(path, reason)] = &*troubles else { panic!("{troubles:?}") };
        assert_eq!(path, "1.flac");
        assert!(reason.starts_with("cut off: it ends after ") && reason.ends_with(" s of 20 s"), "{reason}");
    }
    shelf.write("1.flac", &whole);
    assert_eq!(shelf.import(&app).await, Counts { seen: 2, unchanged: 1, updated: 1, ..Counts::default() });
    analyse().await;
    assert_eq!(shelf.import(&app).await, same);
}

#[testkit::test]
async fn no_name_does_harm(app: TestApp) {
    let shelf = Shelf::new();
    let mut made: u64 = 0;
    for name in corpus::names() {
        let fits = !name.is_empty() && name.len() <= 255 && !name.iter().any(|byte| matches!(byte, 0 | b'/'));
        if !fits || name.starts_with(b".") || std::str::from_utf8(&name).is_ok_and(|name| name.ends_with('.'))
        {
            continue;
        }
        made += 1;
        let stem = name.strip_suffix(b".mp3").unwrap_or(&name);
        let stem = &stem[..stem.len().min(251)];
        shelf.write_named(&[stem, b".mp3"].concat(), &Song::new(made).bytes());
        // The same as a folder, with the same in the tags.
        let text = String::from_utf8_lossy(stem);
        let song = Song::tagged(1_000 + made, &text, &text, &text).text("TCON", &[&text]);
        shelf.write_named(&[stem, b"/1.mp3"].concat(), &song.bytes());
    }
    assert!(made > 15);
    let counts = shelf.import(&app).await;
    assert_eq!(counts.seen, 2 * made);
    assert_eq!(counts.added, 2 * made);
    assert_eq!(shelf.import(&app).await.unchanged, 2 * made);
    let ana = app.listener("ana").await;
    for list in ["tracks?limit=200", "albums?limit=200", "artists?limit=200", "genres?limit=200"] {
        let list = app.get(format!("/api/v1/{list}")).by(&ana).send().await.ok().to_string();
        assert!(!list.contains(['\u{202e}', '\0']) && !list.contains("\\u0000"), "{list}");
    }
}

#[testkit::test]
async fn endless_tags_are_cut(app: TestApp) {
    let shelf = Shelf::new();
    for (n, text) in
        ["x".repeat(64 * 1024), "\u{fdfa}".repeat(20_000), "a\u{301}".repeat(30_000)].iter().enumerate()
    {
        let n = n as u64;
        let song = Song::tagged(n, text, text, text).text("TPE2", &[text]).text("TCON", &[text.as_str(); 40]);
        shelf.put(&format!("{n}.mp3"), &song);
    }
    assert_eq!(shelf.import(&app).await.added, 3);
    let longest: Vec<i64> = values!(app, "SELECT CAST(MAX(LENGTH(title_key)) AS BIGINT) FROM track");
    assert!(longest[0] <= 1_000);
}
