use db::{Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Time, TrackId};

/// What came of one day or of one track.
pub(super) struct Sum {
    pub(super) day: Option<i64>,
    pub(super) track: Option<TrackId>,
    pub(super) title: Option<String>,
    pub(super) asset: String,
    pub(super) seconds: i64,
    pub(super) listeners: i64,
    pub(super) amount: i64,
}

from_row!(Sum { day, track, title, asset, seconds, listeners, amount });

/// What an open session has charged, what of that is posted, and an artist's part of it.
pub(super) struct Running {
    pub(super) asset: String,
    pub(super) amount: i64,
    pub(super) captured: i64,
    pub(super) fee_bp: i64,
    pub(super) basis_points: i64,
}

from_row!(Running { asset, amount, captured, fee_bp, basis_points });

/// Whether `account` manages the page.
pub(super) async fn manages(tx: &mut Tx, account: AccountId, artist: ArtistId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM artist_manager WHERE artist_id = $1 AND account_id = $2)")
        .bind(artist)
        .bind(account)
        .scalar(tx)
        .await
}

/// By day of their end (days since 1970, UTC), the newest first.
pub(super) async fn by_day(
    tx: &mut Tx,
    artist: ArtistId,
    (from, to): (Time, Time),
    limit: i64,
) -> db::Result<Vec<Sum>> {
    sql!(
        "SELECT s.settled_at / 86400000000 AS day, NULL AS track, NULL AS title, s.asset,
                CAST(SUM(s.beats) AS BIGINT) AS seconds, COUNT(DISTINCT s.account_id) AS listeners,
                CAST(SUM(h.amount) AS BIGINT) AS amount
         FROM session_share h JOIN paid_session s ON s.id = h.session_id
         WHERE h.artist_id = $1 AND s.settled_at >= $2 AND s.settled_at < $3 AND s.state <> 'refunded' AND h.amount > 0
         GROUP BY s.settled_at / 86400000000, s.asset ORDER BY day DESC LIMIT $4"
    )
    .bind(artist)
    .bind(from)
    .bind(to)
    .bind(limit)
    .all(tx)
    .await
}

/// By track, what earned most first.
pub(super) async fn by_track(
    tx: &mut Tx,
    artist: ArtistId,
    (from, to): (Time, Time),
    limit: i64,
) -> db::Result<Vec<Sum>> {
    sql!(
        "SELECT NULL AS day, s.track_id AS track, t.title, s.asset, CAST(SUM(s.beats) AS BIGINT) AS seconds,
                COUNT(DISTINCT s.account_id) AS listeners, CAST(SUM(h.amount) AS BIGINT) AS amount
         FROM session_share h JOIN paid_session s ON s.id = h.session_id JOIN track t ON t.id = s.track_id
         WHERE h.artist_id = $1 AND s.settled_at >= $2 AND s.settled_at < $3 AND s.state <> 'refunded' AND h.amount > 0
         GROUP BY s.track_id, t.title, s.asset ORDER BY amount DESC, s.track_id LIMIT $4"
    )
    .bind(artist)
    .bind(from)
    .bind(to)
    .bind(limit)
    .all(tx)
    .await
}

/// The open sessions that an artist shares in.
pub(super) async fn running(tx: &mut Tx, artist: ArtistId) -> db::Result<Vec<Running>> {
    sql!(
        "SELECT s.asset, m.amount, m.captured, s.fee_bp, h.basis_points
         FROM session_share h JOIN meter_session m ON m.id = h.session_id JOIN paid_session s ON s.id = h.session_id
         WHERE h.artist_id = $1 AND h.is_open"
    )
    .bind(artist)
    .all(tx)
    .await
}
