//! A data folder with one track of 10 MB.

use std::{fs, ops::Range, path::Path, time::Duration};

use anyhow::Result;
use db::{Db, Options, sql};
use infra::{Keys, SystemClock, SystemIds};
use kernel::{AccountId, ArtistId, AudioId, Clock, DeviceId, Ids, Time, TrackId};
use music::playback::{Pass, Quality, Signer};
use tempfile::TempDir;

/// Size of the file in bytes.
pub(crate) const FILE: u64 = 10_000_000;

pub(crate) struct Fixture {
    folder: TempDir,
    track: TrackId,
    pass: Pass,
    bytes: Vec<u8>,
}

impl Fixture {
    /// Makes the folder, with a database and the file.
    pub(crate) fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (ids, now) = (SystemIds::default(), SystemClock.now());
        let mut bytes = vec![0; usize::try_from(FILE)?];
        ids.fill(&mut bytes);
        let path = folder.path().join("track.mp3");
        fs::write(&path, &bytes)?;
        let modified = fs::metadata(&path)?.modified()?.duration_since(std::time::UNIX_EPOCH)?;
        let modified = Time::from_micros(0).plus(modified);
        let track = TrackId(ids.uuid(now));
        let pass = Pass {
            account: AccountId(ids.uuid(now)),
            device: DeviceId(ids.uuid(now)),
            quality: Quality::Original,
            preview: false,
            expires: now.plus(Duration::from_hours(1)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let place = infra::place::text(&path);
        let (artist, audio) = (ArtistId(ids.uuid(now)), AudioId(ids.uuid(now)));
        runtime.block_on(async {
            let db = open(folder.path()).await?;
            db.migrate().await?;
            let place = &place;
            db::write!(db, |tx| {
                sql!("INSERT INTO account (id, role, bio, audio_quality, offline_enabled, created_at) VALUES ($1, 'listener', '', 'original', FALSE, $2)")
                    .bind(pass.account).bind(now).run(tx).await?;
                sql!("INSERT INTO device (id, account_id, web, name, address, created_at, seen_at, expires_at) VALUES ($1, $2, FALSE, '', '', $3, $3, $4)")
                    .bind(pass.device).bind(pass.account).bind(now).bind(pass.expires).run(tx).await?;
                sql!("INSERT INTO artist (id, display_name, name_key, bio, library, verified, follower_count, created_at, updated_at) VALUES ($1, 'A', 'a', '', FALSE, FALSE, 0, $2, $2)")
                    .bind(artist).bind(now).run(tx).await?;
                sql!("INSERT INTO track (id, artist_id, title, title_key, disc_no, track_no, duration_ms, visibility, explicit, released_order, preview_start_ms, preview_length_ms, play_count, like_count, available, created_at, updated_at, published_at) VALUES ($1, $2, 'T', 't', 1, 1, 250000, 'public', FALSE, 0, 0, 30000, 0, 0, TRUE, $3, $3, $3)")
                    .bind(track).bind(artist).bind(now).run(tx).await?;
                sql!("INSERT INTO audio (id, track_id, source, place, size, modified_at, content_type, codec, bitrate, sample_rate, channels) VALUES ($1, $2, 'file', $3, $4, $5, 'audio/mpeg', 'mp3', 320, 44100, 2)")
                    .bind(audio).bind(track).bind(place).bind(i64::try_from(FILE).unwrap_or(0)).bind(modified).run(tx).await?;
                Ok::<_, db::Error>(())
            })?;
            db.close().await;
            anyhow::Ok(())
        })?;
        Ok(Self { folder, track, pass, bytes })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of the track with the permission in it.
    pub(crate) fn signed_path(&self) -> Result<String> {
        let keys = Keys::open(self.folder(), &SystemIds::default())?;
        Ok(Signer::new(&keys).path(self.track, &self.pass))
    }

    /// What the file has at `range`.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }
}

/// The database of a data folder.
pub(crate) async fn open(folder: &Path) -> Result<Db> {
    let options: Options = folder.join("resonance.db").display().to_string().parse()?;
    Ok(Db::open(&options).await?)
}
