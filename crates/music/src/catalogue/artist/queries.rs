use std::collections::HashMap;

use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, GenreId, ImageId, Limit, Time};

use super::{Artist, ArtistStats, Manager, ManagerRole, model::ArtistRow};
use crate::{
    catalogue::{
        Viewer,
        image::ImageUrl,
        visibility::{ALBUM_LISTED, ARTIST_MANAGED, ARTIST_VISIBLE, TRACK_LISTED},
    },
    search::Ranking,
    text::fold,
};

/// Up to so many artists of a genre are found first and then put in order.
const FEW: i64 = 400;

/// The columns of an [`ArtistRow`]; ten genres at most.
const COLUMNS: &str =
    "ar.id, ar.display_name, ar.name_key, ar.bio, ar.avatar_id, ar.verified,
     EXISTS (SELECT 1 FROM artist_manager am WHERE am.artist_id = ar.id AND am.accepted) AS managed, ar.follower_count,
     (SELECT CAST({json_list}(most.name) AS TEXT) FROM (
         SELECT n.name FROM artist_genre ge JOIN genre n ON n.id = ge.genre_id WHERE ge.artist_id = ar.id
         ORDER BY ge.track_count DESC, n.name_key LIMIT 10) AS most) AS genres,[[
     EXISTS (SELECT 1 FROM artist_follow fo WHERE fo.account_id = $viewer AND fo.artist_id = ar.id) OR]]
     FALSE AS following";

/// Writes a new artist page.
pub(super) async fn insert(tx: &mut Tx, id: ArtistId, name: &str, bio: &str, now: Time) -> db::Result<()> {
    sql!(
        "INSERT INTO artist (id, display_name, name_key, bio, library, verified, follower_count, created_at, updated_at)
         VALUES ($id, $name, $key, $bio, FALSE, FALSE, 0, $now, $now)"
    )
    .set("id", id)
    .set("name", name)
    .set("key", fold(name))
    .set("bio", bio)
    .set("now", now)
    .run(tx)
    .await?;
    Ok(())
}

/// The page, if `viewer` sees it.
pub(super) async fn visible(tx: &mut Tx, viewer: Viewer, id: ArtistId) -> db::Result<Option<ArtistRow>> {
    sql!(
        "SELECT {columns} FROM artist ar WHERE ar.id = $id AND {visible}",
        columns = COLUMNS,
        visible = ARTIST_VISIBLE
    )
    .set("id", id)
    .set_opt("viewer", viewer.account())
    .maybe(tx)
    .await
}

/// Artists by name.
pub(super) async fn page(
    tx: &mut Tx,
    viewer: Viewer,
    genre: Option<GenreId>,
    limit: Limit,
    after: Option<(String, ArtistId)>,
) -> db::Result<Vec<ArtistRow>> {
    let is_few = match genre {
        None => false,
        Some(genre) => {
            let artists: i64 = sql!(
                "SELECT COUNT(*) FROM (SELECT 1 FROM artist_genre WHERE genre_id = $1 LIMIT $2) AS artists"
            )
            .bind(genre)
            .bind(FEW)
            .scalar(tx)
            .await?;
            artists < FEW
        }
    };
    let query = if is_few {
        sql!(
            "SELECT {columns} FROM artist_genre ge CROSS JOIN artist ar
             WHERE ge.genre_id = $genre AND ar.id = ge.artist_id AND {visible}
             [[ AND (ar.name_key, ar.id) > ($key, $id)]]
             ORDER BY ar.name_key, ar.id LIMIT $limit",
            columns = COLUMNS,
            visible = ARTIST_VISIBLE,
        )
    } else {
        sql!(
            "SELECT {columns} FROM artist ar WHERE {visible}
             [[ AND EXISTS (SELECT 1 FROM artist_genre ge WHERE ge.genre_id = $genre AND ge.artist_id = ar.id)]]
             [[ AND (ar.name_key, ar.id) > ($key, $id)]]
             ORDER BY ar.name_key, ar.id LIMIT $limit",
            columns = COLUMNS,
            visible = ARTIST_VISIBLE,
        )
    };
    let (key, id) = after.unzip();
    query
        .set_opt("viewer", viewer.account())
        .set_opt("genre", genre)
        .set_opt("key", key)
        .set_opt("id", id)
        .set("limit", limit.fetch())
        .all(tx)
        .await
}

/// Those of the artists found that `viewer` sees, from the start of the page on.
pub(super) async fn by_rank(
    tx: &mut Tx,
    viewer: Viewer,
    genre: Option<GenreId>,
    found: &Ranking<ArtistId>,
    limit: Limit,
) -> db::Result<Vec<(ArtistId, i64)>> {
    sql!(
        "SELECT r.id, r.place FROM {rows $found r(id uuid, place int)} CROSS JOIN artist ar
         WHERE ar.id = r.id AND {visible}
         [[ AND EXISTS (SELECT 1 FROM artist_genre ge WHERE ge.genre_id = $genre AND ge.artist_id = ar.id)]]
         ORDER BY r.place LIMIT $limit",
        visible = ARTIST_VISIBLE,
    )
    .set_rows("found", found.rows())
    .set_opt("viewer", viewer.account())
    .set_opt("genre", genre)
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// Those of `ids` that `viewer` sees, in any order.
pub(super) async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[ArtistId]) -> db::Result<Vec<ArtistRow>> {
    sql!(
        "SELECT {columns} FROM {rows $ids r(id uuid)} CROSS JOIN artist ar WHERE ar.id = r.id AND {visible}",
        columns = COLUMNS,
        visible = ARTIST_VISIBLE
    )
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await
}

struct Totals {
    artist_id: ArtistId,
    track_count: i64,
    total_plays: i64,
    total_likes: i64,
    album_count: i64,
}

from_row!(Totals { artist_id, track_count, total_plays, total_likes, album_count });

/// The rows as pages, with figures.
pub(super) async fn with_figures(
    tx: &mut Tx,
    viewer: Viewer,
    rows: Vec<ArtistRow>,
) -> db::Result<Vec<Artist>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let totals: Vec<Totals> = sql!(
        "SELECT r.id AS artist_id, COUNT(t.id) AS track_count,
             COALESCE(CAST(SUM(t.play_count) AS BIGINT), CAST(0 AS BIGINT)) AS total_plays,
             COALESCE(CAST(SUM(t.like_count) AS BIGINT), CAST(0 AS BIGINT)) AS total_likes,
             (SELECT COUNT(*) FROM album al WHERE al.artist_id = r.id AND {listed_album}) AS album_count
         FROM {rows $ids r(id uuid)} LEFT JOIN track t ON t.artist_id = r.id AND {listed} GROUP BY r.id",
        listed = TRACK_LISTED,
        listed_album = ALBUM_LISTED,
    )
    .set_rows("ids", rows.iter().map(|row| (row.id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await?;
    let totals: HashMap<ArtistId, Totals> = totals.into_iter().map(|t| (t.artist_id, t)).collect();
    let artist = |row: ArtistRow| {
        let totals = totals.get(&row.id);
        Artist {
            genres: row.genres,
            stats: ArtistStats {
                track_count: totals.map_or(0, |t| t.track_count),
                album_count: totals.map_or(0, |t| t.album_count),
                follower_count: row.follower_count,
                total_plays: totals.map_or(0, |t| t.total_plays),
                total_likes: totals.map_or(0, |t| t.total_likes),
            },
            id: row.id,
            display_name: row.display_name,
            avatar_url: row.avatar_id.map(ImageUrl),
            bio: row.bio,
            wallet: None,
            ens_name: None,
            ens_registered: false,
            verified: row.verified,
            managed: row.managed,
            following: row.following,
        }
    };
    Ok(rows.into_iter().map(artist).collect())
}

/// Takes the page for a change: answers as [`role`]. It stays so until the transaction ends.
pub(super) async fn managed(
    tx: &mut Tx,
    account: AccountId,
    id: ArtistId,
) -> db::Result<Option<(ManagerRole, bool)>> {
    let there = sql!("UPDATE artist SET updated_at = updated_at WHERE id = $1").bind(id).changed(tx).await?;
    if !there {
        return Ok(None);
    }
    role(tx, account, id).await
}

/// What `account` is to the page and whether it said yes to that: until then it is asked, and manages nothing.
pub(super) async fn role(
    tx: &mut Tx,
    account: AccountId,
    id: ArtistId,
) -> db::Result<Option<(ManagerRole, bool)>> {
    sql!("SELECT role, accepted FROM artist_manager WHERE artist_id = $1 AND account_id = $2")
        .bind(id)
        .bind(account)
        .maybe(tx)
        .await
}

/// Pages that `account` manages, the oldest two.
pub(super) async fn accepted_pages(tx: &mut Tx, account: AccountId) -> db::Result<Vec<ArtistId>> {
    sql!("SELECT artist_id FROM artist_manager WHERE account_id = $1 AND accepted ORDER BY artist_id LIMIT 2")
        .bind(account)
        .column(tx)
        .await
}

/// Has everybody else who makes the first page of `account` wait until the transaction ends.
pub(super) async fn hold_account(tx: &mut Tx, account: AccountId) -> db::Result<()> {
    let _: Option<AccountId> =
        sql!("SELECT id FROM account WHERE id = $1 {for_update}").bind(account).scalar(tx).await?;
    Ok(())
}

/// Pages that `account` manages or is asked to, the longest-managed first; one more than `limit`.
pub(super) async fn managed_page(
    tx: &mut Tx,
    account: AccountId,
    limit: Limit,
    after: Option<(i64, ArtistId)>,
) -> db::Result<Vec<(ArtistId, ManagerRole, bool, Time)>> {
    let (at, id) = after.unzip();
    sql!(
        "SELECT artist_id, role, accepted, created_at FROM artist_manager
         WHERE account_id = $account[[ AND (created_at, artist_id) > ($at, $id)]]
         ORDER BY created_at, artist_id LIMIT $limit"
    )
    .set("account", account)
    .set_opt("at", at)
    .set_opt("id", id)
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// Writes name and description of a page that `account` manages.
pub(super) async fn update(
    tx: &mut Tx,
    account: AccountId,
    id: ArtistId,
    (name, bio): (Option<&str>, Option<&str>),
    now: Time,
) -> db::Result<bool> {
    sql!(
        "UPDATE artist SET updated_at = $now[[, display_name = $name, name_key = $key]][[, bio = $bio]]
         WHERE id = $id AND EXISTS (SELECT 1 FROM artist ar WHERE ar.id = $id AND {managed})",
        managed = ARTIST_MANAGED
    )
    .set("id", id)
    .set("viewer", account)
    .set_opt("key", name.map(fold))
    .set_opt("name", name)
    .set_opt("bio", bio)
    .set("now", now)
    .changed(tx)
    .await
}

/// Gives the page another picture.
pub async fn set_avatar(tx: &mut Tx, id: ArtistId, avatar: ImageId, now: Time) -> db::Result<()> {
    sql!("UPDATE artist SET avatar_id = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(avatar)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The page belongs to its managers from now on, not to the library.
pub(super) async fn take_from_library(tx: &mut Tx, id: ArtistId) -> db::Result<()> {
    sql!("UPDATE artist SET library = FALSE WHERE id = $1 AND library").bind(id).run(tx).await?;
    Ok(())
}

/// Makes `account` a manager, or changes what it may do; with `accepted` it took that on itself. Who said yes to helping has
/// not said yes to owning the page.
pub(super) async fn put_manager(
    tx: &mut Tx,
    id: ArtistId,
    account: AccountId,
    (role, accepted): (ManagerRole, bool),
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO artist_manager (artist_id, account_id, role, accepted, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (artist_id, account_id) DO UPDATE SET role = excluded.role,
             accepted = excluded.accepted OR (artist_manager.accepted
                 AND (artist_manager.role = 'owner' OR excluded.role = 'editor'))"
    )
    .bind(id)
    .bind(account)
    .bind(role)
    .bind(accepted)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes the page out of the hands of `account`; answers whether it was in them.
pub(super) async fn delete_manager(tx: &mut Tx, id: ArtistId, account: AccountId) -> db::Result<bool> {
    sql!("DELETE FROM artist_manager WHERE artist_id = $1 AND account_id = $2")
        .bind(id)
        .bind(account)
        .changed(tx)
        .await
}

/// How many pages `account` owns and took that on itself.
pub(super) async fn owned(tx: &mut Tx, account: AccountId) -> db::Result<i64> {
    sql!("SELECT COUNT(*) FROM artist_manager WHERE account_id = $1 AND role = 'owner' AND accepted")
        .bind(account)
        .scalar(tx)
        .await
}

/// Whether the page has an owner who took that on themselves.
pub(super) async fn has_owner(tx: &mut Tx, id: ArtistId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM artist_manager WHERE artist_id = $1 AND role = 'owner' AND accepted)")
        .bind(id)
        .scalar(tx)
        .await
}

/// Whether there is such an account.
pub(super) async fn has_account(tx: &mut Tx, account: AccountId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM account WHERE id = $1)").bind(account).scalar(tx).await
}

/// The name under which people know `account`.
pub(super) async fn username(tx: &mut Tx, account: AccountId) -> db::Result<Option<String>> {
    sql!("SELECT username FROM account WHERE id = $1").bind(account).scalar(tx).await
}

/// Who manages the page or is asked to, the longest-serving first.
pub(super) async fn managers(
    tx: &mut Tx,
    id: ArtistId,
    limit: Limit,
    after: Option<(i64, AccountId)>,
) -> db::Result<Vec<Manager>> {
    let (at, account) = after.unzip();
    sql!(
        "SELECT m.account_id AS user_id, a.username, m.role, m.accepted, m.created_at
         FROM artist_manager m JOIN account a ON a.id = m.account_id
         WHERE m.artist_id = $id[[ AND (m.created_at, m.account_id) > ($at, $account)]]
         ORDER BY m.created_at, m.account_id LIMIT $limit"
    )
    .set("id", id)
    .set_opt("at", at)
    .set_opt("account", account)
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// Somebody who manages the page or is asked to.
pub(super) async fn manager(tx: &mut Tx, id: ArtistId, account: AccountId) -> db::Result<Option<Manager>> {
    sql!(
        "SELECT m.account_id AS user_id, a.username, m.role, m.accepted, m.created_at
         FROM artist_manager m JOIN account a ON a.id = m.account_id WHERE m.artist_id = $1 AND m.account_id = $2"
    )
    .bind(id)
    .bind(account)
    .maybe(tx)
    .await
}

/// What became of the artist pages that an account manages, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagedTotals {
    /// Tracks, whoever sees them.
    pub track_count: i64,
    /// Albums, whoever sees them.
    pub album_count: i64,
    /// Followers of each page.
    pub follower_count: i64,
    /// Streams of all tracks.
    pub total_streams: i64,
    /// Likes of all tracks.
    pub total_likes: i64,
}

/// The pages of `account` added up; `None` if it manages none.
pub async fn managed_totals(tx: &mut Tx, account: AccountId) -> db::Result<Option<ManagedTotals>> {
    let (pages, follower_count): (i64, i64) = sql!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(a.follower_count), 0) AS BIGINT)
         FROM artist_manager m JOIN artist a ON a.id = m.artist_id WHERE m.account_id = $1 AND m.accepted"
    )
    .bind(account)
    .one(tx)
    .await?;
    if pages == 0 {
        return Ok(None);
    }
    let (track_count, total_streams, total_likes): (i64, i64, i64) = sql!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(t.play_count), 0) AS BIGINT),
                CAST(COALESCE(SUM(t.like_count), 0) AS BIGINT)
         FROM artist_manager m JOIN track t ON t.artist_id = m.artist_id
         WHERE m.account_id = $1 AND m.accepted AND t.deleted_at IS NULL"
    )
    .bind(account)
    .one(tx)
    .await?;
    let album_count = sql!(
        "SELECT COUNT(*) FROM artist_manager m JOIN album al ON al.artist_id = m.artist_id
         WHERE m.account_id = $1 AND m.accepted AND al.deleted_at IS NULL"
    )
    .bind(account)
    .scalar(tx)
    .await?;
    Ok(Some(ManagedTotals { track_count, album_count, follower_count, total_streams, total_likes }))
}
