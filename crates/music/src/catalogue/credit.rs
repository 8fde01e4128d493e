//! Credits: who did what on a track.

use db::{Rows, Tx, from_row, sql};
use kernel::{ArtistId, Check, TrackId, tidy};
use serde::{Deserialize, Serialize};

/// Credits of one track at most.
const MOST: usize = 100;

/// Somebody's part in a track, as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCredit {
    /// What they did.
    #[schema(example = "producer")]
    pub role: String,
    /// Their name as printed.
    #[schema(example = "Ana Nowak")]
    pub name: String,
    /// Their artist page, if they have one here.
    #[serde(default)]
    pub artist_id: Option<ArtistId>,
}

/// Somebody's part in a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Credit {
    /// What they did.
    pub role: String,
    /// Their name as printed.
    pub name: String,
    /// Their artist page, if they have one here.
    pub artist_id: Option<ArtistId>,
}

from_row!(Credit { role, name, artist_id });

/// Checks the credits of a body.
pub(super) fn check(check: &mut Check, credits: &[NewCredit]) {
    check.that(credits.len() <= MOST, "/credits", "too_many", &format!("takes at most {MOST} credits"));
    for (i, credit) in credits.iter().take(MOST).enumerate() {
        check.line(&format!("/credits/{i}/role"), &tidy(&credit.role), 1..=50);
        check.line(&format!("/credits/{i}/name"), &tidy(&credit.name), 1..=200);
    }
}

/// The credits of a track, in order.
pub(super) async fn of(tx: &mut Tx, track: TrackId) -> db::Result<Vec<Credit>> {
    sql!("SELECT role, name, artist_id FROM credit WHERE track_id = $1 ORDER BY position")
        .bind(track)
        .all(tx)
        .await
}

/// Writes the credits of tracks that have none. An artist page that is not there is left out of its credit.
pub(super) async fn insert<'a>(
    tx: &mut Tx,
    credits: impl IntoIterator<Item = (TrackId, &'a [NewCredit])>,
) -> db::Result<()> {
    let rows: Rows = credits
        .into_iter()
        .flat_map(|(track, credits)| {
            (0_i64..).zip(credits).map(move |(position, credit)| {
                let (role, name) = (tidy(&credit.role), tidy(&credit.name));
                (track, position, role, name, credit.artist_id)
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sql!(
        "INSERT INTO credit (track_id, position, role, name, artist_id)
         SELECT r.track_id, r.position, r.role, r.name, a.id
         FROM {rows $1 r(track_id uuid, position int, role text, name text, artist_id uuid)}
         LEFT JOIN artist a ON a.id = r.artist_id"
    )
    .rows(rows)
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the credits of a track in the place of those it has.
pub(super) async fn replace(tx: &mut Tx, track: TrackId, credits: &[NewCredit]) -> db::Result<()> {
    sql!("DELETE FROM credit WHERE track_id = $1").bind(track).run(tx).await?;
    insert(tx, [(track, credits)]).await
}
