//! Importing folders of music.

mod albums;
mod api;
mod assigned;
mod claims;
mod command;
mod covers;
mod hostile;
mod identity;
mod property;
mod snapshot;
mod song;
mod watch;

use std::{
    ffi::OsStr,
    fs,
    future::pending,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use db::{Rows, sql};
use infra::App;
use media::Pool;
use music::import::{self, Counts, ImportError, Options, Progress, Report, Trouble};
use testkit::TestApp;

pub(crate) use song::Song;

/// A folder of music that goes away with the test.
pub(crate) struct Shelf(tempfile::TempDir);

impl Shelf {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
    }

    pub(crate) fn put(&self, file: &str, song: &Song) {
        self.write(file, &song.bytes());
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        self.write_named(file.as_bytes(), bytes);
    }

    /// As [`Shelf::write`], for names that are no UTF-8.
    fn write_named(&self, file: &[u8], bytes: &[u8]) {
        let path = self.root().join(OsStr::from_bytes(file));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let to = self.path(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.path(from), to).unwrap();
    }

    fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }

    /// Imports the folder; nothing may be wrong with it.
    pub(crate) async fn import(&self, app: &TestApp) -> Counts {
        let (report, troubles) = self.import_with_troubles(app).await;
        assert_eq!(troubles, [], "{report:?}");
        report.counts
    }

    /// Imports the folder; answers what was left alone, too: names below the folder, and reasons.
    async fn import_with_troubles(&self, app: &TestApp) -> (Report, Vec<(String, String)>) {
        let (report, troubles) = run(parts(app), &self.root()).await;
        let root = format!("{}/", self.root().display());
        let below = |path: String| path.strip_prefix(&root).map_or(path.clone(), str::to_owned);
        (report.unwrap(), troubles.into_iter().map(|(path, reason)| (below(path), reason)).collect())
    }
}

fn parts(app: &TestApp) -> (App, Pool) {
    (app.service.app.clone(), app.service.music.media.clone())
}

fn options(root: &Path) -> Options {
    Options { root: root.to_owned(), watch: false, jobs: 2, count: false }
}

async fn run((app, media): (App, Pool), root: &Path) -> (Result<Report, ImportError>, Vec<(String, String)>) {
    let mut troubles = Vec::new();
    let mut note = |event| {
        if let Progress::Trouble(Trouble { path, reason }) = event {
            troubles.push((path, reason));
        }
    };
    let report = import::run(app, media, options(root), &mut note, pending()).await;
    (report, troubles)
}

/// The ids of tracks by the paths of their files below `root`, with whether they are there.
async fn tracks(app: &TestApp, shelf: &Shelf) -> Vec<(String, String, bool)> {
    let root = format!("{}/", shelf.root().display());
    let rows: Vec<(String, kernel::TrackId, bool)> = db::read!(app.db(), |tx| {
        sql!("SELECT a.place, t.id, t.available FROM audio a JOIN track t ON t.id = a.track_id ORDER BY a.place")
            .all(tx)
            .await
    })
    .unwrap_or_else(|e: db::Error| panic!("{e}"));
    rows.into_iter()
        .filter_map(|(place, id, there)| Some((place.strip_prefix(&root)?.to_owned(), id.to_string(), there)))
        .collect()
}

/// The id of the track behind a file that is there.
async fn track(app: &TestApp, shelf: &Shelf, file: &str) -> String {
    let tracks = tracks(app, shelf).await;
    let found = tracks.iter().find(|(path, _, there)| path == file && *there);
    found.unwrap_or_else(|| panic!("{file} is not among {tracks:#?}")).1.clone()
}

/// One column of a statement's rows, for looking behind the front door.
macro_rules! values {
    ($app:expr, $text:literal) => {{
        let rows: Result<Vec<_>, db::Error> = db::read!($app.db(), |tx| db::sql!($text).column(tx).await);
        rows.unwrap()
    }};
}
use values;

/// How many changes of the catalogue were announced. Readers of the feed may see them a little later: on PostgreSQL
/// the transactions of other tests hold them back.
async fn announced(app: &TestApp) -> i64 {
    let counts: Vec<i64> = values!(app, "SELECT COUNT(*) FROM feed WHERE channel = 'catalogue'");
    counts[0]
}

#[testkit::test]
async fn a_folder_becomes_tracks_albums_and_artists(app: TestApp) {
    let shelf = Shelf::new();
    let song = |n: u32, title: &str| {
        Song::tagged(n.into(), title, "Ana Nowak", "First Light")
            .text("TPE2", &["Ana Nowak"])
            .text("TRCK", &[&format!("{n}/2")])
            .text("TDRC", &["1998-05"])
            .text("TCON", &["Dub", "Hip Hop"])
            .text("TSRC", &["USRC17607839"])
            .text("TCOM", &["Cem Demir"])
            .custom("REPLAYGAIN_TRACK_GAIN", "-6.48 dB")
    };
    shelf.put("Ana Nowak/First Light/01.mp3", &song(1, "Dawn"));
    shelf.put("Ana Nowak/First Light/02.mp3", &song(2, "Noon"));
    let counts = shelf.import(&app).await;
    assert_eq!(counts, Counts { seen: 2, added: 2, ..Counts::default() });

    let ana = app.listener("ana").await;
    let tracks = app.get("/api/v1/tracks?sort=title&order=asc").by(&ana).send().await.ok();
    let titles: Vec<_> = tracks["items"].as_array().unwrap().iter().map(|t| &t["title"]).collect();
    assert_eq!(titles, ["Dawn", "Noon"]);
    let dawn = &tracks["items"][0];
    assert_eq!(dawn["artist"]["name"], "Ana Nowak");
    assert_eq!(dawn["album"]["title"], "First Light");
    assert_eq!(dawn["genres"].as_array().unwrap().len(), 2, "{dawn}");
    assert_eq!(dawn["visibility"], "members");
    assert_eq!(dawn["pricePerSecond"], serde_json::Value::Null);
    assert!(dawn["durationMs"].as_i64().unwrap() > 900, "{dawn}");
    let albums = app.get("/api/v1/albums").by(&ana).send().await.ok();
    assert_eq!(albums["items"][0]["title"], "First Light", "{albums}");
    assert_eq!(albums["items"].as_array().unwrap().len(), 1);

    // The library is for members.
    assert_eq!(app.get("/api/v1/tracks").send().await.ok()["items"].as_array().unwrap().len(), 0);
    assert_eq!(app.get("/api/v1/albums").send().await.ok()["items"].as_array().unwrap().len(), 0);
    assert_eq!(app.get("/api/v1/artists").send().await.ok()["items"].as_array().unwrap().len(), 0);

    let gains: Vec<Option<i64>> = values!(app, "SELECT gain_track_mb FROM audio");
    assert_eq!(gains, [Some(-648), Some(-648)]);
    let waiting: Vec<i64> =
        values!(app, "SELECT COUNT(*) FROM audio WHERE analysed_at IS NULL AND analysis_error IS NULL");
    assert_eq!(waiting, [2]);
    let credits: Vec<String> = values!(app, "SELECT DISTINCT name FROM credit WHERE role = 'composer'");
    assert_eq!(credits, ["Cem Demir"]);
    assert!(announced(&app).await >= 4, "two tracks, their album and their artist");
}

/// So many that they take more than one batch, and that PostgreSQL is told to count its tables in between.
#[testkit::test]
async fn a_large_folder_is_imported_in_batches(app: TestApp) {
    let shelf = Shelf::new();
    for n in 0..600 {
        let (artist, album) = (format!("Artist {}", n / 60), format!("Album {}", n / 12));
        shelf.put(&format!("{album}/{n}.mp3"), &Song::tagged(n, "One of many", &artist, &album));
    }
    assert_eq!(shelf.import(&app).await, Counts { seen: 600, added: 600, ..Counts::default() });
    let albums: Vec<i64> = values!(app, "SELECT COUNT(*) FROM album");
    let artists: Vec<i64> = values!(app, "SELECT COUNT(*) FROM artist WHERE library");
    assert_eq!((albums[0], artists[0]), (50, 10));
    assert_eq!(shelf.import(&app).await, Counts { seen: 600, unchanged: 600, ..Counts::default() });
}

#[testkit::test]
async fn a_second_look_opens_no_file(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("a/1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    shelf.put("a/2.mp3", &Song::tagged(2, "Two", "Ana", "A"));
    shelf.import(&app).await;
    // Whoever opened it would find rubbish: size, time and inode are what they were.
    let file = shelf.path("a/1.mp3");
    let metadata = fs::metadata(&file).unwrap();
    let rubbish = vec![0x20; usize::try_from(metadata.len()).unwrap()];
    let open = fs::OpenOptions::new().write(true).open(&file).unwrap();
    std::io::Write::write_all(&mut &open, &rubbish).unwrap();
    open.set_modified(metadata.modified().unwrap()).unwrap();
    let before = announced(&app).await;
    let counts = shelf.import(&app).await;
    assert_eq!(counts, Counts { seen: 2, unchanged: 2, ..Counts::default() });
    assert_eq!(announced(&app).await, before);

    open.set_modified(metadata.modified().unwrap() + std::time::Duration::from_nanos(1)).unwrap();
    let (report, troubles) = shelf.import_with_troubles(&app).await;
    assert_eq!((report.counts.broken, report.counts.unchanged), (1, 1));
    assert_eq!(troubles[0].0, "a/1.mp3");
}

/// Real encoders write their tags in their own ways.
#[testkit::test]
async fn every_format_is_read(app: TestApp) {
    let shelf = Shelf::new();
    for (n, options) in [
        ["-c:a", "libmp3lame", "1.mp3"],
        ["-c:a", "flac", "2.flac"],
        ["-c:a", "libvorbis", "3.ogg"],
        ["-c:a", "libopus", "4.opus"],
        ["-c:a", "aac", "5.m4a"],
        ["-c:a", "alac", "6.m4a"],
        ["-c:a", "pcm_s16le", "7.wav"],
    ]
    .iter()
    .enumerate()
    {
        let noise = format!("anoisesrc=d=0.5:seed={n}");
        let status = std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", &noise, "-metadata", "title=Sång"])
            .args(["-metadata", "artist=Ana", "-metadata", "album=Sea", "-metadata", "track=3"])
            .args(&options[..2])
            .arg(shelf.path(options[2]))
            .status()
            .expect("ffmpeg is installed");
        assert!(status.success());
    }
    let counts = shelf.import(&app).await;
    assert_eq!((counts.seen, counts.added), (7, 7));
    let codecs: Vec<String> = values!(app, "SELECT codec FROM audio ORDER BY place");
    assert_eq!(codecs, ["mp3", "flac", "vorbis", "opus", "aac", "alac", "wav"]);
    let titles: Vec<String> = values!(app, "SELECT DISTINCT title FROM track");
    assert_eq!(titles, ["Sång"]);
    let albums: Vec<i64> = values!(app, "SELECT COUNT(*) FROM album");
    assert_eq!(albums, [1]);
}

#[testkit::test]
async fn what_managers_changed_stays(app: TestApp) {
    let shelf = Shelf::new();
    let song = Song::tagged(1, "One", "Ana", "A").cover(&song::picture("inside"));
    shelf.put("1.mp3", &song);
    shelf.import(&app).await;
    let cover = kernel::ImageId(app.service.app.ids.random_uuid());
    let changed: Result<(), db::Error> = db::write!(app.db(), |tx| {
        sql!("INSERT INTO image (id, source, place, hash, created_at) SELECT r.id, 'blob', 'x', r.hash, $now FROM {rows $r r(id uuid, hash bytes)}")
            .set("now", app.now())
            .set_rows("r", [(cover, vec![1_u8])].into_iter().collect::<Rows>())
            .run(tx)
            .await?;
        sql!("UPDATE track SET visibility = 'public', price_asset = 'BEAT', price_per_second = 5, play_count = 7, cover_id = $1")
            .bind(cover)
            .run(tx)
            .await?;
        sql!("UPDATE album SET cover_id = $1").bind(cover).run(tx).await?;
        Ok(())
    });
    changed.unwrap();
    shelf.put("1.mp3", &song.clone().text("TIT1", &["A longer tag"]));
    assert_eq!(shelf.import(&app).await.updated, 1);
    let kept: Vec<i64> = values!(
        app,
        "SELECT COUNT(*) FROM track t JOIN album al ON al.id = t.album_id WHERE t.visibility = 'public'
             AND t.price_per_second = 5 AND t.play_count = 7 AND al.play_count = 7 AND t.cover_id = al.cover_id"
    );
    assert_eq!(kept, [1]);
}
