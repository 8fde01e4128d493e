use db::{Tx, outbox, sql};
use infra::App;
use kernel::{AccountId, ArtistId, Cursor, Event, EventId, Limit, Page, Time, TrackId};

use super::{FollowState, Follower, LikeState, LikedTrack, model::FollowerRow};
use crate::catalogue::{self, Artist, CatalogueError, Viewer, artist, track, visibility::TRACK_REACHABLE};

const FOLLOWERS: &str = "followers";
const FOLLOWING: &str = "following";
const LIKES: &str = "likes";

/// `account` likes the track from now on.
///
/// # Errors
/// When there is no such track for this account.
pub async fn like(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: TrackId,
) -> Result<LikeState, CatalogueError> {
    track::check_reachable(tx, Viewer::member(account), id).await?;
    let now = app.now();
    let is_new = sql!(
        "INSERT INTO track_like (account_id, track_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (account_id, track_id) DO NOTHING"
    )
    .bind(account)
    .bind(id)
    .bind(now)
    .changed(tx)
    .await?;
    if is_new {
        outbox::emit(tx, &Event::TrackLiked { account, track: id }, app.id::<EventId>(), now).await?;
    }
    let like_count = catalogue::count_likes(tx, id, i64::from(is_new), now).await?;
    Ok(LikeState { liked: true, like_count })
}

/// `account` does not like the track any more.
///
/// # Errors
/// When there is no such track for this account.
pub async fn unlike(
    tx: &mut Tx,
    account: AccountId,
    id: TrackId,
    now: Time,
) -> Result<LikeState, CatalogueError> {
    track::check_reachable(tx, Viewer::member(account), id).await?;
    let was_liked = sql!("DELETE FROM track_like WHERE account_id = $1 AND track_id = $2")
        .bind(account)
        .bind(id)
        .changed(tx)
        .await?;
    let like_count = catalogue::count_likes(tx, id, -i64::from(was_liked), now).await?;
    Ok(LikeState { liked: false, like_count })
}

/// The tracks that `account` likes and may see, the latest like first.
pub async fn liked(
    tx: &mut Tx,
    account: AccountId,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<LikedTrack>, CatalogueError> {
    let (at, after): (Option<i64>, Option<TrackId>) =
        cursor.map(|cursor| cursor.place(LIKES)).transpose()?.unzip();
    let rows: Vec<(TrackId, Time)> = sql!(
        "SELECT l.track_id, l.at FROM track_like l CROSS JOIN track t
         WHERE l.account_id = $account AND t.id = l.track_id AND {reachable}[[ AND (l.at, l.track_id) < ($at, $after)]]
         ORDER BY l.at DESC, l.track_id DESC LIMIT $limit",
        reachable = TRACK_REACHABLE
    )
    .set("account", account)
    .set_opt("viewer", Some(account))
    .set_opt("at", at)
    .set_opt("after", after)
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let page = Page::cut(rows, limit, |(id, at)| Cursor::at(LIKES, &(at.micros(), *id)));
    let ids: Vec<TrackId> = page.items.iter().map(|(id, _)| *id).collect();
    let mut tracks = track::reachable(tx, Viewer::member(account), &ids).await?.into_iter().peekable();
    // Both are in the same order; a track that went meanwhile is left out.
    let liked = page.items.into_iter().filter_map(|(id, liked_at)| {
        let track = tracks.next_if(|track| track.id == id)?;
        Some(LikedTrack { track, liked_at })
    });
    Ok(Page { items: liked.collect(), next_cursor: page.next_cursor })
}

/// `account` follows the artist from now on.
///
/// # Errors
/// When there is no such artist for this account.
pub async fn follow(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    id: ArtistId,
) -> Result<FollowState, CatalogueError> {
    artist::check_visible(tx, Viewer::member(account), id).await?;
    let now = app.now();
    let is_new = sql!(
        "INSERT INTO artist_follow (account_id, artist_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (account_id, artist_id) DO NOTHING"
    )
    .bind(account)
    .bind(id)
    .bind(now)
    .changed(tx)
    .await?;
    if is_new {
        outbox::emit(tx, &Event::ArtistFollowed { account, artist: id }, app.id::<EventId>(), now).await?;
    }
    let follower_count = catalogue::count_followers(tx, id, i64::from(is_new)).await?;
    Ok(FollowState { following: true, follower_count })
}

/// `account` does not follow the artist any more.
///
/// # Errors
/// When there is no such artist for this account.
pub async fn unfollow(tx: &mut Tx, account: AccountId, id: ArtistId) -> Result<FollowState, CatalogueError> {
    artist::check_visible(tx, Viewer::member(account), id).await?;
    let did = sql!("DELETE FROM artist_follow WHERE account_id = $1 AND artist_id = $2")
        .bind(account)
        .bind(id)
        .changed(tx)
        .await?;
    let follower_count = catalogue::count_followers(tx, id, -i64::from(did)).await?;
    Ok(FollowState { following: false, follower_count })
}

/// Who follows the artist, the latest first.
///
/// # Errors
/// When there is no such artist for this account.
pub async fn followers(
    tx: &mut Tx,
    account: AccountId,
    id: ArtistId,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Follower>, CatalogueError> {
    artist::check_visible(tx, Viewer::member(account), id).await?;
    let (at, after): (Option<i64>, Option<AccountId>) =
        cursor.map(|cursor| cursor.place(&(FOLLOWERS, id))).transpose()?.unzip();
    let rows: Vec<FollowerRow> = sql!(
        "SELECT f.account_id, a.username, a.avatar_id, f.at
         FROM artist_follow f JOIN account a ON a.id = f.account_id
         WHERE f.artist_id = $artist[[ AND (f.at, f.account_id) < ($at, $after)]]
         ORDER BY f.at DESC, f.account_id DESC LIMIT $limit"
    )
    .set("artist", id)
    .set_opt("at", at)
    .set_opt("after", after)
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let page =
        Page::cut(rows, limit, |last| Cursor::at(&(FOLLOWERS, id), &(last.at.micros(), last.account_id)));
    Ok(page.map(Follower::from))
}

/// The artists that `account` follows, the latest first.
pub async fn following(
    tx: &mut Tx,
    account: AccountId,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Artist>, CatalogueError> {
    let (at, after): (Option<i64>, Option<ArtistId>) =
        cursor.map(|cursor| cursor.place(FOLLOWING)).transpose()?.unzip();
    let rows: Vec<(ArtistId, Time)> = sql!(
        "SELECT f.artist_id, f.at FROM artist_follow f
         WHERE f.account_id = $account[[ AND (f.at, f.artist_id) < ($at, $after)]]
         ORDER BY f.at DESC, f.artist_id DESC LIMIT $limit"
    )
    .set("account", account)
    .set_opt("at", at)
    .set_opt("after", after)
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let page = Page::cut(rows, limit, |(id, at)| Cursor::at(FOLLOWING, &(at.micros(), *id)));
    let ids: Vec<ArtistId> = page.items.iter().map(|(id, _)| *id).collect();
    let items = artist::listed(tx, Viewer::member(account), &ids).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}
