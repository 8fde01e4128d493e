//! What a folder was imported to, without what differs from import to import: ids and times.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::pending,
    path::Path,
    sync::Arc,
};

use db::{Db, sql};
use infra::{App, AppParts, Blobs, Config, Keys, Limits, Room, SystemClock, SystemIds, config::Mode};
use kernel::TrackId;
use music::import;
use testkit::TestApp;

use super::options;

/// The catalogue as the files of a folder make it.
#[derive(PartialEq, Eq)]
pub(super) struct Snapshot {
    /// What is known of each file that is there, by its path below the folder.
    tracks: BTreeMap<String, Vec<String>>,
    /// The files of each album, with what is known of it.
    albums: BTreeSet<(Vec<String>, Vec<String>)>,
    /// The artists that are shown.
    artists: BTreeSet<String>,
    /// How many tracks of which artist and album have which genre.
    genres: BTreeSet<(String, String, i64)>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for (file, track) in &self.tracks {
            writeln!(f, "  {file}: {track:?}")?;
        }
        for album in &self.albums {
            writeln!(f, "  {album:?}")?;
        }
        writeln!(f, "  {:?}", self.artists)?;
        writeln!(f, "  {:?}", self.genres)
    }
}

/// Place, track, title, artist, printed artists, disc and number and so on, album, cover.
type Line =
    (String, TrackId, String, String, Option<String>, String, Option<kernel::AlbumId>, Option<Vec<u8>>);

impl Snapshot {
    /// The catalogue of `db` as far as it is of files below `root`. Artists and genres are those of the whole.
    pub(super) async fn of(db: &Db, root: &Path) -> Self {
        let made: Result<Self, db::Error> = db::snapshot!(db, |tx| {
            let lines: Vec<Line> = sql!(
                "SELECT a.place, t.id, t.title, ar.display_name, t.artist_credit,
                     CAST(t.disc_no AS TEXT) || '/' || CAST(t.track_no AS TEXT) || ' ' || CAST(t.duration_ms AS TEXT)
                         || ' ' || a.codec || ' ' || COALESCE(t.release_date, '-') || ' ' || COALESCE(t.isrc, '-'),
                     t.album_id, i.hash
                 FROM track t JOIN audio a ON a.track_id = t.id JOIN artist ar ON ar.id = t.artist_id
                 JOIN library_file f ON f.track_id = t.id AND f.place = a.place AND f.state = 'ok'
                 LEFT JOIN image i ON i.id = t.cover_id
                 WHERE t.available AND t.deleted_at IS NULL ORDER BY a.place"
            )
            .all(tx)
            .await?;
            let mut details: BTreeMap<TrackId, Vec<String>> = BTreeMap::new();
            let named: Vec<(TrackId, String)> = sql!(
                "SELECT track_id, text FROM (
                     SELECT g.track_id, 'genre ' || CAST(g.position AS TEXT) || ' ' || n.name_key || ' '
                         || COALESCE(g.listed, '-') || ' ' || g.title_key AS text
                     FROM track_genre g JOIN genre n ON n.id = g.genre_id
                     UNION ALL
                     SELECT c.track_id, 'credit ' || CAST(c.position AS TEXT) || ' ' || c.role || ' ' || c.name || ' '
                         || COALESCE(ar.display_name, '-') AS text
                     FROM credit c LEFT JOIN artist ar ON ar.id = c.artist_id) AS details ORDER BY track_id, text"
            )
            .all(tx)
            .await?;
            for (track, text) in named {
                details.entry(track).or_default().push(text);
            }
            let albums: Vec<(kernel::AlbumId, String)> = sql!(
                "SELECT al.id, al.title || ' ' || al.kind || ' ' || ar.display_name || ' '
                     || COALESCE(al.release_date, '-') || ' ' || CAST(al.play_count AS TEXT)
                 FROM album al JOIN artist ar ON ar.id = al.artist_id WHERE al.deleted_at IS NULL"
            )
            .all(tx)
            .await?;
            let artists: Vec<String> =
                sql!("SELECT display_name FROM artist WHERE library AND available").column(tx).await?;
            let genres: Vec<(String, String, i64)> = sql!(
                "SELECT 'album ' || al.title, n.name_key, SUM(CAST(g.track_count AS INTEGER))
                 FROM album_genre g JOIN album al ON al.id = g.album_id JOIN genre n ON n.id = g.genre_id
                 GROUP BY al.title, n.name_key
                 UNION ALL
                 SELECT 'artist ' || ar.display_name, n.name_key, SUM(CAST(g.track_count AS INTEGER))
                 FROM artist_genre g JOIN artist ar ON ar.id = g.artist_id JOIN genre n ON n.id = g.genre_id
                 GROUP BY ar.display_name, n.name_key"
            )
            .all(tx)
            .await?;
            Ok(Self::assemble(root, lines, &mut details, &albums, artists, genres))
        });
        made.unwrap()
    }

    fn assemble(
        root: &Path,
        lines: Vec<Line>,
        details: &mut BTreeMap<TrackId, Vec<String>>,
        albums: &[(kernel::AlbumId, String)],
        artists: Vec<String>,
        genres: Vec<(String, String, i64)>,
    ) -> Self {
        let root = format!("{}/", root.display());
        let (mut tracks, mut files) = (BTreeMap::new(), BTreeMap::<_, Vec<String>>::new());
        for (place, id, title, artist, credit, numbers, album, cover) in lines {
            let Some(file) = place.strip_prefix(&root) else { continue };
            files.entry(album).or_default().push(file.to_owned());
            let mut facts = vec![title, artist, credit.unwrap_or_default(), numbers, format!("{cover:?}")];
            facts.extend(details.remove(&id).unwrap_or_default());
            tracks.insert(file.to_owned(), facts);
        }
        let facts = |id| {
            albums.iter().filter(|(album, _)| Some(*album) == id).map(|(_, text)| text.clone()).collect()
        };
        let albums = files.into_iter().map(|(album, files)| (files, facts(album))).collect();
        Self { tracks, albums, artists: artists.into_iter().collect(), genres: genres.into_iter().collect() }
    }

    /// What the folder becomes when nothing was ever imported before.
    pub(super) async fn fresh(app: &TestApp, root: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options_of = db::SqliteOptions { path: folder.path().join("fresh.db"), readers: 2 };
        let db = Db::open(&db::Options::Sqlite(options_of)).await.unwrap();
        db.migrate().await.unwrap();
        let fresh = App::new(AppParts {
            db: db.clone(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds::default()),
            config: Config { data: folder.path().to_owned(), mode: Mode::Test, ..Config::default() },
            blobs: Blobs::memory(),
            keys: Keys::from_bytes(&[7; 32]),
            limits: Limits::default(),
            room: Room::default(),
        });
        let media = app.service.music.media.clone();
        import::run(fresh, media, options(root), &mut |_| {}, pending()).await.unwrap();
        let snapshot = Self::of(&db, root).await;
        db.close().await;
        snapshot
    }

    /// How many files are tracks.
    pub(super) fn files(&self) -> usize {
        self.tracks.len()
    }
}
