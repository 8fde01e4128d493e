//! Splits: how the money of a track is shared. Every change makes a new version, and none is ever changed, so that
//! what was paid under a version can be explained for ever.

use std::collections::HashSet;

use axum::extract::State;
use db::{Rows, Tx, from_row, sql};
use identity::Account;
use infra::{
    App,
    http::{ApiResult, Json, Path, Routes},
    routes,
};
use kernel::{AccountId, ArtistId, Check, SplitId, Time, TrackId, tidy};
use serde::{Deserialize, Serialize};

use super::{CatalogueError, Viewer, track};
use crate::Music;

/// Shares of one track at most.
const MOST: usize = 50;
/// A whole in basis points.
const WHOLE: i64 = 10_000;
/// The role of the artist in the split that nobody wrote.
const ARTIST: &str = "artist";

/// Somebody's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// Whose.
    pub artist_id: ArtistId,
    /// Their name.
    pub artist_name: String,
    /// What for.
    pub role: String,
    /// How much of 10,000.
    pub basis_points: i64,
}

from_row!(Share { artist_id, artist_name, role, basis_points });

/// The split of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Counts from 1; 0 while nobody wrote one, and all belongs to the artist.
    pub version: i64,
    /// Since when it holds; null for version 0.
    pub created_at: Option<Time>,
    /// Who gets what; 10,000 basis points together.
    pub shares: Vec<Share>,
}

/// Somebody's share as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewShare {
    /// Whose.
    pub artist_id: ArtistId,
    /// What for.
    #[schema(example = "producer")]
    pub role: String,
    /// How much of 10,000.
    #[schema(example = 2500, minimum = 1, maximum = 10000)]
    pub basis_points: i64,
}

/// A split as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSplit {
    /// Who gets what; 10,000 basis points together.
    pub shares: Vec<NewShare>,
}

impl NewSplit {
    fn check(&self) -> Result<(), CatalogueError> {
        let mut check = Check::new();
        let some = !self.shares.is_empty() && self.shares.len() <= MOST;
        check.that(some, "/shares", "out_of_range", &format!("takes 1 to {MOST} shares"));
        let mut seen = HashSet::new();
        for (i, share) in self.shares.iter().take(MOST).enumerate() {
            check.line(&format!("/shares/{i}/role"), &tidy(&share.role), 1..=50);
            check.number(&format!("/shares/{i}/basisPoints"), share.basis_points, 1..=WHOLE);
            let new = seen.insert(share.artist_id);
            check.that(new, &format!("/shares/{i}/artistId"), "duplicate", "has a share already");
        }
        check.done()?;
        let sum: i64 = self.shares.iter().map(|share| share.basis_points).sum();
        if sum == WHOLE { Ok(()) } else { Err(CatalogueError::Unbalanced(sum)) }
    }

    fn is(&self, split: &Split) -> bool {
        let same = |(new, old): (&NewShare, &Share)| {
            (new.artist_id, &*tidy(&new.role), new.basis_points)
                == (old.artist_id, &old.role, old.basis_points)
        };
        split.version > 0
            && self.shares.len() == split.shares.len()
            && self.shares.iter().zip(&split.shares).all(same)
    }
}

/// The split of a track: whoever listens may know where the money goes.
///
/// # Errors
/// When there is no such track for this viewer.
async fn of(tx: &mut Tx, viewer: Viewer, id: TrackId) -> Result<Split, CatalogueError> {
    track::check_reachable(tx, viewer, id).await?;
    Ok(current(tx, id).await?)
}

async fn current(tx: &mut Tx, id: TrackId) -> db::Result<Split> {
    let latest: Option<(SplitId, i64, Time)> = sql!(
        "SELECT s.id, s.version, s.created_at FROM track t JOIN split s ON s.id = t.split_id WHERE t.id = $1"
    )
    .bind(id)
    .maybe(tx)
    .await?;
    let Some((split, version, created_at)) = latest else {
        let shares = sql!(
            "SELECT a.id AS artist_id, a.display_name AS artist_name, $role AS role, $whole AS basis_points
             FROM track t JOIN artist a ON a.id = t.artist_id WHERE t.id = $id"
        )
        .set("id", id)
        .set("role", ARTIST)
        .set("whole", WHOLE)
        .all(tx)
        .await?;
        return Ok(Split { version: 0, created_at: None, shares });
    };
    let shares = sql!(
        "SELECT h.artist_id, a.display_name AS artist_name, h.role, h.basis_points
         FROM split_share h JOIN artist a ON a.id = h.artist_id WHERE h.split_id = $1 ORDER BY h.position"
    )
    .bind(split)
    .all(tx)
    .await?;
    Ok(Split { version, created_at: Some(created_at), shares })
}

/// Gives a track that `account` manages another split: the next version. What is the same as before changes nothing.
///
/// # Errors
/// When the track is not the account's, an artist is not there, or the shares are not 10,000 basis points together.
pub async fn put(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: TrackId,
    new: &NewSplit,
) -> Result<Split, CatalogueError> {
    new.check()?;
    track::lock_managed(tx, account, id).await?;
    let before = current(tx, id).await?;
    if new.is(&before) {
        return Ok(before);
    }
    check_artists(tx, new).await?;
    let (split, now) = (app.id::<SplitId>(), app.now());
    sql!("INSERT INTO split (id, track_id, version, created_at, created_by) VALUES ($1, $2, $3, $4, $5)")
        .bind(split)
        .bind(id)
        .bind(before.version + 1)
        .bind(now)
        .bind(account)
        .run(tx)
        .await?;
    let shares: Rows = (0_i64..)
        .zip(&new.shares)
        .map(|(position, share)| (position, share.artist_id, tidy(&share.role), share.basis_points))
        .collect();
    sql!(
        "INSERT INTO split_share (split_id, position, artist_id, role, basis_points)
         SELECT $split, r.position, r.artist_id, r.role, r.basis_points
         FROM {rows $shares r(position int, artist_id uuid, role text, basis_points int)}"
    )
    .set("split", split)
    .set_rows("shares", shares)
    .run(tx)
    .await?;
    sql!("UPDATE track SET split_id = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(split)
        .bind(now)
        .run(tx)
        .await?;
    Ok(current(tx, id).await?)
}

async fn check_artists(tx: &mut Tx, new: &NewSplit) -> Result<(), CatalogueError> {
    let known: Vec<ArtistId> = sql!("SELECT a.id FROM {rows $1 r(id uuid)} JOIN artist a ON a.id = r.id")
        .rows(new.shares.iter().map(|share| (share.artist_id,)).collect::<Rows>())
        .column(tx)
        .await?;
    let mut check = Check::new();
    for (i, share) in new.shares.iter().enumerate() {
        let there = known.contains(&share.artist_id);
        check.that(there, &format!("/shares/{i}/artistId"), "unknown_artist", "is no artist here");
    }
    Ok(check.done()?)
}

pub(super) fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(get_splits, put_splits))
}

/// Show how the money of a track is shared.
#[utoipa::path(
    get, path = "/api/v1/tracks/{id}/splits", operation_id = "getSplits", tag = "tracks",
    params(("id" = TrackId, Path)),
    responses((status = 200, description = "The split that holds", body = Split)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found"]))
    ),
)]
async fn get_splits(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
) -> ApiResult<Json<Split>> {
    let split: Result<_, CatalogueError> =
        db::snapshot!(music.app.db, |tx| of(tx, Viewer::member(who.id), id).await);
    Ok(Json(split?))
}

/// Share the money of a track in another way from now on.
#[utoipa::path(
    put, path = "/api/v1/tracks/{id}/splits", operation_id = "putSplits", tag = "tracks",
    params(("id" = TrackId, Path)), request_body = NewSplit,
    responses((status = 200, description = "The split that holds from now on", body = Split)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["track_not_found", "splits_unbalanced"]))
    ),
)]
async fn put_splits(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
    Json(new): Json<NewSplit>,
) -> ApiResult<Json<Split>> {
    let split: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| put(tx, &music.app, who.id, id, &new).await);
    Ok(Json(split?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(points: &[i64]) -> NewSplit {
        let share = |(n, points): (u128, &i64)| NewShare {
            artist_id: ArtistId::from(uuid::Uuid::from_u128(n)),
            role: "artist".into(),
            basis_points: *points,
        };
        NewSplit { shares: (0..).zip(points).map(share).collect() }
    }

    proptest! {
        #[test]
        fn only_a_whole_passes(points in prop::collection::vec(-10_i64..=10_001, 0..6)) {
            let whole = points.iter().sum::<i64>() == WHOLE && points.iter().all(|p| (1..=WHOLE).contains(p)) && !points.is_empty();
            prop_assert_eq!(split(&points).check().is_ok(), whole);
        }
    }

    #[test]
    fn a_whole_is_a_whole() {
        assert!(split(&[10_000]).check().is_ok());
        assert!(split(&[3_333, 3_333, 3_334]).check().is_ok());
        assert!(matches!(split(&[3_333, 3_333, 3_333]).check(), Err(CatalogueError::Unbalanced(9_999))));
        assert!(split(&[i64::MAX, i64::MAX]).check().is_err());
    }

    #[test]
    fn an_artist_has_one_share() {
        let mut twice = split(&[5_000, 5_000]);
        twice.shares[1].artist_id = twice.shares[0].artist_id;
        assert!(matches!(twice.check(), Err(CatalogueError::Invalid(_))));
    }
}
