//! A data folder with one priced track and many accounts that are logged in and have money.

use std::{path::Path, time::Duration};

use anyhow::{Result, ensure};
use commerce::ledger::post;
use db::{Db, Options, Rows, sql};
use infra::{Keys, SystemClock, SystemIds};
use jsonwebtoken::{EncodingKey, Header};
use kernel::{AccountId, Amount, ArtistId, Asset, Clock, DeviceId, Ids, Time, TopUpId, TrackId};
use money::ledger::{Entry, Posted};
use serde_json::json;
use tempfile::TempDir;

/// What a second costs, in minor units.
pub(crate) const PRICE: i64 = 2_000;

pub(crate) struct Fixture {
    folder: TempDir,
    pub(crate) track: TrackId,
    /// An access token for each listener.
    pub(crate) tokens: Vec<String>,
}

impl Fixture {
    /// A folder on the disk with so many listeners.
    pub(crate) async fn new(listeners: usize) -> Result<Self> {
        let folder = tempfile::tempdir_in("target").or_else(|_| tempfile::tempdir())?;
        let (ids, now) = (SystemIds::default(), SystemClock.now());
        let options: Options = folder.path().join("resonance.db").display().to_string().parse()?;
        let db = Db::open(&options).await?;
        db.migrate().await?;
        let track = TrackId(ids.uuid(now));
        make_track(&db, track, (ArtistId(ids.uuid(now)), AccountId(ids.uuid(now))), now).await?;
        let people: Vec<(AccountId, DeviceId)> =
            (0..listeners).map(|_| (AccountId(ids.uuid(now)), DeviceId(ids.uuid(now)))).collect();
        for some in people.chunks(1_000) {
            join(&db, some, &ids, now).await?;
        }
        db.close().await;
        let keys = Keys::open(folder.path(), &ids)?;
        let key = EncodingKey::from_secret(&keys.derive("access-token"));
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let tokens = people.iter().map(|(account, device)| token(&key, *account, *device, now));
        let tokens = tokens.collect::<Result<_>>()?;
        Ok(Self { folder, track, tokens })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// What the server gives to those who log in.
fn token(key: &EncodingKey, account: AccountId, device: DeviceId, now: Time) -> Result<String> {
    let claims = json!({
        "iss": "resonance", "aud": "resonance-api", "sub": account, "sid": device,
        "iat": now.unix_seconds(), "exp": now.plus(Duration::from_hours(1)).unix_seconds(),
    });
    Ok(jsonwebtoken::encode(&Header::default(), &claims, key)?)
}

/// A track of a page that somebody manages: nobody pays a page of nobody.
async fn make_track(db: &Db, track: TrackId, of: (ArtistId, AccountId), now: Time) -> Result<()> {
    let (artist, owner) = of;
    let made: db::Result<()> = db::write!(db, |tx| {
        sql!("INSERT INTO account (id, role, bio, audio_quality, offline_enabled, created_at) VALUES ($1, 'artist', '', 'original', FALSE, $2)")
            .bind(owner).bind(now).run(tx).await?;
        sql!("INSERT INTO artist (id, display_name, name_key, bio, library, verified, follower_count, created_at, updated_at) VALUES ($1, 'A', 'a', '', FALSE, FALSE, 0, $2, $2)")
            .bind(artist).bind(now).run(tx).await?;
        sql!("INSERT INTO artist_manager (artist_id, account_id, role, accepted, created_at) VALUES ($1, $2, 'owner', TRUE, $3)")
            .bind(artist).bind(owner).bind(now).run(tx).await?;
        sql!("INSERT INTO track (id, artist_id, title, title_key, disc_no, track_no, duration_ms, visibility, explicit, released_order, preview_start_ms, preview_length_ms, play_count, like_count, available, created_at, updated_at, published_at, price_asset, price_per_second) VALUES ($1, $2, 'T', 't', 1, 1, 3600000, 'public', FALSE, 0, 0, 30000, 0, 0, TRUE, $3, $3, $3, 'BEAT', $4)")
            .bind(track).bind(artist).bind(now).bind(PRICE).run(tx).await?;
        Ok(())
    });
    Ok(made?)
}

async fn join(db: &Db, people: &[(AccountId, DeviceId)], ids: &SystemIds, now: Time) -> Result<()> {
    let expires = now.plus(Duration::from_hours(24));
    let money = Amount { asset: Asset::Beat, minor: PRICE * 100_000 };
    let entries =
        people.iter().map(|(account, _)| Entry::top_up(TopUpId(ids.uuid(now)), now, *account, money));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let posted: Result<Vec<Posted>> = async {
        Ok(db::write!(db, |tx| {
            let rows = || people.iter().copied().collect::<Rows>();
            sql!("INSERT INTO account (id, role, bio, audio_quality, offline_enabled, created_at) SELECT r.id, 'listener', '', 'original', FALSE, $now FROM {rows $rows r(id uuid, device uuid)}")
                .set("now", now).set_rows("rows", rows()).run(tx).await?;
            sql!("INSERT INTO device (id, account_id, web, name, address, created_at, seen_at, expires_at) SELECT r.device, r.id, FALSE, '', '', $now, $now, $expires FROM {rows $rows r(id uuid, device uuid)}")
                .set("now", now).set("expires", expires).set_rows("rows", rows()).run(tx).await?;
            post(tx, &entries, now).await
        })?)
    }
    .await;
    ensure!(posted?.iter().all(|posted| *posted == Posted::Now));
    Ok(())
}
