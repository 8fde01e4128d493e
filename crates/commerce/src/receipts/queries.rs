use db::{Tx, from_row, sql};
use kernel::{AccountId, Amount, ArtistId, Asset, Limit, SessionId, SplitId, Time, TrackId};

use super::PaidShare;

/// A session that has ended.
pub(super) struct SessionRow {
    pub(super) id: SessionId,
    pub(super) track: TrackId,
    pub(super) title: String,
    pub(super) artist: ArtistId,
    pub(super) artist_name: String,
    pub(super) split: SplitId,
    pub(super) asset: Asset,
    pub(super) price: i64,
    pub(super) fee_bp: i64,
    pub(super) session_key: Vec<u8>,
    pub(super) state: String,
    pub(super) started_at: Time,
    pub(super) settled_at: Time,
    pub(super) seq: i64,
    pub(super) beats: i64,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) voucher: Option<Vec<u8>>,
}

from_row!(SessionRow {
    id,
    track,
    title,
    artist,
    artist_name,
    split,
    asset,
    price,
    fee_bp,
    session_key,
    state,
    started_at,
    settled_at,
    seq,
    beats,
    amount,
    fee,
    voucher
});

const SESSION: &str = "s.id, s.track_id AS track, t.title, s.artist_id AS artist, a.display_name AS artist_name, \
     s.split_id AS split, s.asset, s.price, s.fee_bp, s.session_key, s.state, s.started_at, s.settled_at, s.seq, \
     s.beats, s.amount, s.fee, s.voucher";

/// Sessions that cost something and have ended, the newest first.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    before: Option<(Time, SessionId)>,
    limit: Limit,
) -> db::Result<Vec<SessionRow>> {
    sql!(
        "SELECT {settled} FROM paid_session s JOIN track t ON t.id = s.track_id JOIN artist a ON a.id = s.artist_id
         WHERE s.account_id = $account AND s.settled_at IS NOT NULL AND s.amount > 0
             [[ AND (s.settled_at, s.id) < ($at, $id)]]
         ORDER BY s.settled_at DESC, s.id DESC LIMIT $limit",
        settled = SESSION
    )
    .set("account", account)
    .set_opt("at", before.map(|(at, _)| at))
    .set_opt("id", before.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// A session of `account`, or whoever's it is.
pub(super) async fn settled(
    tx: &mut Tx,
    account: Option<AccountId>,
    session: SessionId,
) -> db::Result<Option<SessionRow>> {
    sql!(
        "SELECT {settled} FROM paid_session s JOIN track t ON t.id = s.track_id JOIN artist a ON a.id = s.artist_id
         WHERE s.id = $session AND s.settled_at IS NOT NULL[[ AND s.account_id = $account]]",
        settled = SESSION
    )
    .set("session", session)
    .set_opt("account", account)
    .maybe(tx)
    .await
}

pub(super) async fn is_open(tx: &mut Tx, account: Option<AccountId>, session: SessionId) -> db::Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM paid_session
                        WHERE id = $session AND settled_at IS NULL[[ AND account_id = $account]])"
    )
    .set("session", session)
    .set_opt("account", account)
    .scalar(tx)
    .await
}

/// Who shares in a session, and what they got.
pub(super) async fn shares(tx: &mut Tx, session: SessionId) -> db::Result<Vec<PaidShare>> {
    let rows: Vec<(ArtistId, String, i64, i64, Asset)> = sql!(
        "SELECT h.artist_id, a.display_name, h.basis_points, h.amount, s.asset
         FROM session_share h JOIN artist a ON a.id = h.artist_id JOIN paid_session s ON s.id = h.session_id
         WHERE h.session_id = $1 ORDER BY h.position"
    )
    .bind(session)
    .all(tx)
    .await?;
    let share =
        |(artist_id, artist_name, points, minor, asset): (ArtistId, String, i64, i64, Asset)| PaidShare {
            artist_id,
            artist_name,
            basis_points: u16::try_from(points).unwrap_or(0),
            amount: Amount { asset, minor },
        };
    Ok(rows.into_iter().map(share).collect())
}
