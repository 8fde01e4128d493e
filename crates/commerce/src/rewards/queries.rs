//! All SQL of points.

use std::time::Duration;

use db::{Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Limit, PerkId, RedemptionId, Time, TrackId};
use uuid::Uuid;

use super::perks::PerkKind;

/// A perk as it is stored, and whether whoever asks has it.
#[derive(Debug, Clone)]
pub(super) struct PerkRow {
    pub(super) id: PerkId,
    pub(super) artist: Option<ArtistId>,
    pub(super) kind: PerkKind,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) price: i64,
    pub(super) stock: i64,
    pub(super) taken: i64,
    pub(super) track: Option<TrackId>,
    pub(super) created_at: Time,
    pub(super) mine: bool,
}

from_row!(PerkRow { id, artist, kind, title, description, price, stock, taken, track, created_at, mine });

const PERK: &str = "p.id, p.artist_id AS artist, p.kind, p.title, p.description, p.price, p.stock, \
     p.redeemed AS taken, p.track_id AS track, p.created_at, EXISTS (SELECT 1 FROM redemption r \
     WHERE r.perk_id = p.id AND r.account_id = $account) AS mine";

/// An exchange as it is stored.
#[derive(Debug, Clone)]
pub(super) struct RedemptionRow {
    pub(super) id: RedemptionId,
    pub(super) kind: String,
    pub(super) quantity: i64,
    pub(super) perk: Option<PerkId>,
    pub(super) points: i64,
    pub(super) at: Time,
    pub(super) perk_kind: Option<PerkKind>,
    pub(super) title: Option<String>,
    pub(super) track: Option<TrackId>,
    pub(super) code: Option<String>,
}

from_row!(RedemptionRow { id, kind, quantity, perk, points, at, perk_kind, title, track, code });

/// Whether a deed of `account` on a track earns anything: it is published, lasts for `shortest`, and is not the account's own,
/// nor shared by it.
pub(super) async fn earns(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    shortest: Duration,
) -> db::Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM track t
             WHERE t.id = $track AND t.deleted_at IS NULL AND t.visibility IN ('public', 'unlisted')
                 AND t.duration_ms >= $shortest AND NOT EXISTS (SELECT 1 FROM artist_manager m WHERE m.account_id = $account
                     AND m.accepted AND (m.artist_id = t.artist_id OR m.artist_id IN (
                         SELECT s.artist_id FROM split_share s WHERE s.split_id = t.split_id))))"
    )
    .set("track", track)
    .set("account", account)
    .set("shortest", i64::try_from(shortest.as_millis()).unwrap_or(i64::MAX))
    .scalar(tx)
    .await
}

/// What `account` has earned on a day; nobody else adds to it until the transaction ends.
pub(super) async fn hold_day(tx: &mut Tx, account: AccountId, day: i64) -> db::Result<i64> {
    // Written, not only read: the first reward of a day finds no row that it could lock.
    sql!(
        "INSERT INTO reward_day (account_id, day, earned) VALUES ($1, $2, 0)
         ON CONFLICT (account_id, day) DO UPDATE SET earned = reward_day.earned RETURNING earned"
    )
    .bind(account)
    .bind(day)
    .scalar(tx)
    .await
}

/// Adds to a day that is held.
pub(super) async fn add_to_day(tx: &mut Tx, account: AccountId, day: i64, points: i64) -> db::Result<()> {
    sql!("UPDATE reward_day SET earned = earned + $1 WHERE account_id = $2 AND day = $3")
        .bind(points)
        .bind(account)
        .bind(day)
        .run(tx)
        .await?;
    Ok(())
}

/// What `account` has earned on a day.
pub(super) async fn earned_on(tx: &mut Tx, account: AccountId, day: i64) -> db::Result<i64> {
    let earned = sql!("SELECT earned FROM reward_day WHERE account_id = $1 AND day = $2")
        .bind(account)
        .bind(day)
        .column(tx)
        .await?;
    Ok(earned.first().copied().unwrap_or_default())
}

/// Whether `artist` (anybody's, without one) has such a track.
pub(super) async fn has_track(tx: &mut Tx, artist: Option<ArtistId>, track: TrackId) -> db::Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM track WHERE id = $track AND deleted_at IS NULL[[ AND artist_id = $artist]])"
    )
    .set("track", track)
    .set_opt("artist", artist)
    .scalar(tx)
    .await
}

/// Keeps a new perk.
pub(super) async fn insert_perk(tx: &mut Tx, perk: &PerkRow, code: Option<&str>) -> db::Result<()> {
    sql!(
        "INSERT INTO perk (id, artist_id, kind, title, description, price, stock, redeemed, track_id, code, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10)"
    )
    .bind(perk.id)
    .bind(perk.artist)
    .bind(perk.kind)
    .bind(&perk.title)
    .bind(&perk.description)
    .bind(perk.price)
    .bind(perk.stock)
    .bind(perk.track)
    .bind(code)
    .bind(perk.created_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Perks that are offered, the newest first.
pub(super) async fn perks(
    tx: &mut Tx,
    account: AccountId,
    artist: Option<ArtistId>,
    before: Option<PerkId>,
    limit: Limit,
) -> db::Result<Vec<PerkRow>> {
    sql!(
        "SELECT {perk} FROM perk p WHERE p.withdrawn_at IS NULL[[ AND p.artist_id = $artist]][[ AND p.id < $before]]
         ORDER BY p.id DESC LIMIT $limit",
        perk = PERK
    )
    .set("account", account)
    .set_opt("artist", artist)
    .set_opt("before", before)
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// A perk that is offered.
pub(super) async fn perk(tx: &mut Tx, id: PerkId, account: AccountId) -> db::Result<Option<PerkRow>> {
    sql!("SELECT {perk} FROM perk p WHERE p.id = $id AND p.withdrawn_at IS NULL", perk = PERK)
        .set("id", id)
        .set("account", account)
        .maybe(tx)
        .await
}

/// Takes a piece of a perk that is offered, if there is one.
pub(super) async fn take_piece(tx: &mut Tx, id: PerkId) -> db::Result<bool> {
    sql!(
        "UPDATE perk SET redeemed = redeemed + 1 WHERE id = $1 AND withdrawn_at IS NULL AND redeemed < stock"
    )
    .bind(id)
    .changed(tx)
    .await
}

/// Offers a perk no longer; of the pages that `manager` manages alone, if one is named. Whether it was offered.
pub(super) async fn withdraw(
    tx: &mut Tx,
    id: PerkId,
    manager: Option<AccountId>,
    now: Time,
) -> db::Result<bool> {
    sql!(
        "UPDATE perk SET withdrawn_at = $now WHERE id = $id AND withdrawn_at IS NULL[[ AND EXISTS (
             SELECT 1 FROM artist_manager m WHERE m.artist_id = perk.artist_id AND m.account_id = $manager
                 AND m.accepted)]]"
    )
    .set("id", id)
    .set("now", now)
    .set_opt("manager", manager)
    .changed(tx)
    .await
}

/// Keeps an exchange, unless the account has that perk.
pub(super) async fn insert_redemption(
    tx: &mut Tx,
    account: AccountId,
    row: &RedemptionRow,
) -> db::Result<bool> {
    sql!(
        "INSERT INTO redemption (id, account_id, kind, quantity, perk_id, points, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, perk_id) DO NOTHING"
    )
    .bind(row.id)
    .bind(account)
    .bind(&row.kind)
    .bind(row.quantity)
    .bind(row.perk)
    .bind(row.points)
    .bind(row.at)
    .changed(tx)
    .await
}

/// Entitles `account` to a thing for ever.
pub(super) async fn entitle(
    tx: &mut Tx,
    account: AccountId,
    kind: PerkKind,
    subject: Uuid,
) -> db::Result<()> {
    sql!(
        "INSERT INTO entitlement (account_id, kind, subject) VALUES ($1, $2, $3)
         ON CONFLICT (account_id, kind, subject) DO NOTHING"
    )
    .bind(account)
    .bind(kind)
    .bind(subject)
    .run(tx)
    .await?;
    Ok(())
}

/// Entitles `account` to premium for so many microseconds, from when what it has of it ends; answers until when.
pub(super) async fn extend_premium(
    tx: &mut Tx,
    account: AccountId,
    now: Time,
    micros: i64,
) -> db::Result<Time> {
    sql!(
        "INSERT INTO entitlement (account_id, kind, subject, until) VALUES ($account, 'premium', $none, CAST($now AS BIGINT) + CAST($more AS BIGINT))
         ON CONFLICT (account_id, kind, subject) DO UPDATE SET
             until = {greatest}(entitlement.until, $now) + CAST($more AS BIGINT) RETURNING until"
    )
    .set("account", account)
    .set("none", Uuid::nil())
    .set("now", now)
    .set("more", micros)
    .scalar(tx)
    .await
}

/// Until when `account` has premium, if it does.
pub(super) async fn premium_until(tx: &mut Tx, account: AccountId, now: Time) -> db::Result<Option<Time>> {
    let until =
        sql!("SELECT until FROM entitlement WHERE account_id = $1 AND kind = 'premium' AND until > $2")
            .bind(account)
            .bind(now)
            .column(tx)
            .await?;
    Ok(until.first().copied())
}

/// What `account` exchanged points for, the newest first; one alone if it is named.
pub(super) async fn redemptions(
    tx: &mut Tx,
    account: AccountId,
    only: Option<RedemptionId>,
    before: Option<(Time, RedemptionId)>,
    limit: Limit,
) -> db::Result<Vec<RedemptionRow>> {
    sql!(
        "SELECT r.id, r.kind, r.quantity, r.perk_id AS perk, r.points, r.at, p.kind AS perk_kind, p.title,
                p.track_id AS track, p.code
         FROM redemption r LEFT JOIN perk p ON p.id = r.perk_id
         WHERE r.account_id = $account[[ AND r.id = $only]][[ AND (r.at, r.id) < ($at, $id)]]
         ORDER BY r.at DESC, r.id DESC LIMIT $limit"
    )
    .set("account", account)
    .set_opt("only", only)
    .set_opt("at", before.map(|(at, _)| at))
    .set_opt("id", before.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}
