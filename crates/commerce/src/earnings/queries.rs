use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, Time, TrackId};

/// What came of one day or of one track.
pub(super) struct Sum {
    pub(super) day: Option<i64>,
    pub(super) track: Option<TrackId>,
    pub(super) title: Option<String>,
    pub(super) asset: Asset,
    pub(super) seconds: i64,
    pub(super) listeners: i64,
    /// What the listeners paid, of which `amount` is the artist's.
    pub(super) paid: i64,
    pub(super) amount: i64,
}

from_row!(Sum { day, track, title, asset, seconds, listeners, paid, amount });

/// What an open session has charged, what of that is posted, and an artist's part of it.
pub(super) struct Running {
    pub(super) asset: Asset,
    pub(super) amount: i64,
    pub(super) captured: i64,
    pub(super) fee_bp: i64,
    pub(super) basis_points: i64,
    /// Whether somebody hears it now, and not only left it open.
    pub(super) is_heard: bool,
}

/// Whether `account` manages the page.
pub(super) async fn manages(tx: &mut Tx, account: AccountId, artist: ArtistId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM artist_manager WHERE artist_id = $1 AND account_id = $2 AND accepted)")
        .bind(artist)
        .bind(account)
        .scalar(tx)
        .await
}

/// The pages that `account` manages.
pub(super) async fn managed_by(tx: &mut Tx, account: AccountId) -> db::Result<Vec<ArtistId>> {
    sql!("SELECT artist_id FROM artist_manager WHERE account_id = $1 AND accepted")
        .bind(account)
        .column(tx)
        .await
}

/// Those of `pairs` in which the account manages the page.
pub(super) async fn managed(
    tx: &mut Tx,
    pairs: &[(AccountId, ArtistId)],
) -> db::Result<Vec<(AccountId, ArtistId)>> {
    sql!(
        "SELECT m.account_id, m.artist_id FROM {rows $pairs r(account uuid, artist uuid)}
         JOIN artist_manager m ON m.account_id = r.account AND m.artist_id = r.artist AND m.accepted"
    )
    .set_rows("pairs", pairs.iter().copied().collect::<Rows>())
    .all(tx)
    .await
}

/// What stands, by day of the sessions' end (days since 1970, UTC), the newest first: what is contested is elsewhere.
pub(super) async fn by_day(
    tx: &mut Tx,
    artist: ArtistId,
    (from, to): (Time, Time),
    limit: i64,
) -> db::Result<Vec<Sum>> {
    sql!(
        "SELECT s.settled_at / 86400000000 AS day, NULL AS track, NULL AS title, s.asset,
                CAST(SUM(s.beats) AS BIGINT) AS seconds, COUNT(DISTINCT s.account_id) AS listeners,
                CAST(SUM(s.amount) AS BIGINT) AS paid, CAST(SUM(h.amount) AS BIGINT) AS amount
         FROM session_share h JOIN paid_session s ON s.id = h.session_id
         WHERE h.artist_id = $1 AND s.settled_at >= $2 AND s.settled_at < $3 AND s.state = 'settled' AND h.amount > 0
         GROUP BY s.settled_at / 86400000000, s.asset ORDER BY day DESC LIMIT $4"
    )
    .bind(artist)
    .bind(from)
    .bind(to)
    .bind(limit)
    .all(tx)
    .await
}

/// What stands, by track, what earned most first.
pub(super) async fn by_track(
    tx: &mut Tx,
    artist: ArtistId,
    (from, to): (Time, Time),
    limit: i64,
) -> db::Result<Vec<Sum>> {
    sql!(
        "SELECT NULL AS day, s.track_id AS track, t.title, s.asset, CAST(SUM(s.beats) AS BIGINT) AS seconds,
                COUNT(DISTINCT s.account_id) AS listeners, CAST(SUM(s.amount) AS BIGINT) AS paid,
                CAST(SUM(h.amount) AS BIGINT) AS amount
         FROM session_share h JOIN paid_session s ON s.id = h.session_id JOIN track t ON t.id = s.track_id
         WHERE h.artist_id = $1 AND s.settled_at >= $2 AND s.settled_at < $3 AND s.state = 'settled' AND h.amount > 0
         GROUP BY s.track_id, t.title, s.asset ORDER BY amount DESC, s.track_id LIMIT $4"
    )
    .bind(artist)
    .bind(from)
    .bind(to)
    .bind(limit)
    .all(tx)
    .await
}

/// The open sessions that any of `artists` shares in, with whose share it is.
///
/// A node that is gone cannot say that time stands still: nobody hears a session whose lease is over.
pub(super) async fn running(
    tx: &mut Tx,
    artists: &[ArtistId],
    now: Time,
) -> db::Result<Vec<(ArtistId, Running)>> {
    let shares: Vec<(ArtistId, Asset, i64, i64, i64, i64, bool)> = sql!(
        "SELECT h.artist_id, s.asset, m.amount, m.captured, s.fee_bp, h.basis_points,
                m.is_running AND m.lease_until > $now
         FROM session_share h JOIN meter_session m ON m.id = h.session_id JOIN paid_session s ON s.id = h.session_id
         WHERE h.artist_id IN (SELECT r.id FROM {rows $artists r(id uuid)}) AND h.is_open"
    )
    .set_rows("artists", artists.iter().map(|id| (*id,)).collect::<Rows>())
    .set("now", now)
    .all(tx)
    .await?;
    let running = |(artist, asset, amount, captured, fee_bp, basis_points, is_heard)| {
        (artist, Running { asset, amount, captured, fee_bp, basis_points, is_heard })
    };
    Ok(shares.into_iter().map(running).collect())
}

/// What of all artists' earned money is older than `since`: artist, asset, and minor units above zero.
///
/// Of each balance, what came since is left out: sessions that ended since and are not contested (what is contested is in
/// another balance), all that is charged of open ones, and tips.
pub(super) async fn mature(tx: &mut Tx, since: Time) -> db::Result<Vec<(ArtistId, Asset, i64)>> {
    sql!(
        "SELECT a.owner, a.asset, a.balance - COALESCE(y.amount, 0) FROM ledger_account a
         LEFT JOIN (
             SELECT n.artist_id, n.asset, CAST(SUM(n.amount) AS BIGINT) AS amount FROM (
                 SELECT h.artist_id, s.asset, h.amount FROM paid_session s JOIN session_share h ON h.session_id = s.id
                 WHERE s.settled_at >= $since AND s.state = 'settled'
                 UNION ALL
                 SELECT h.artist_id, s.asset, m.captured FROM meter_session m
                 JOIN session_share h ON h.session_id = m.id JOIN paid_session s ON s.id = m.id
                 UNION ALL
                 SELECT t.artist_id, t.asset, t.amount FROM tip t WHERE t.at >= $since
             ) AS n GROUP BY n.artist_id, n.asset
         ) AS y ON y.artist_id = a.owner AND y.asset = a.asset
         WHERE a.kind = 'earned' AND a.balance > COALESCE(y.amount, 0)
         ORDER BY a.owner, a.asset"
    )
    .set("since", since)
    .all(tx)
    .await
}

/// What was paid in a month for listening to an artist.
pub(super) struct HeardSum {
    pub(super) month: Time,
    pub(super) asset: Asset,
    pub(super) sessions: i64,
    pub(super) seconds: i64,
    pub(super) listeners: i64,
    /// The share of what stands.
    pub(super) kept: i64,
    /// Of what is contested or was given back.
    pub(super) withheld: i64,
}

from_row!(HeardSum { month, asset, sessions, seconds, listeners, kept, withheld });

/// By month of their end, of each of `months` (first, next).
pub(super) async fn heard_by_month(tx: &mut Tx, artist: ArtistId, months: Rows) -> db::Result<Vec<HeardSum>> {
    sql!(
        "SELECT m.first AS month, s.asset,
                CAST(SUM(CASE WHEN s.state = 'settled' THEN 1 ELSE 0 END) AS BIGINT) AS sessions,
                CAST(SUM(CASE WHEN s.state = 'settled' THEN s.beats ELSE 0 END) AS BIGINT) AS seconds,
                COUNT(DISTINCT CASE WHEN s.state = 'settled' THEN s.account_id END) AS listeners,
                CAST(SUM(CASE WHEN s.state = 'settled' THEN h.amount ELSE 0 END) AS BIGINT) AS kept,
                CAST(SUM(CASE WHEN s.state = 'settled' THEN 0 ELSE h.amount END) AS BIGINT) AS withheld
         FROM session_share h JOIN paid_session s ON s.id = h.session_id
         JOIN {rows $months m(first int, next int)} ON s.settled_at >= m.first AND s.settled_at < m.next
         WHERE h.artist_id = $artist AND h.amount > 0 GROUP BY m.first, s.asset"
    )
    .set("artist", artist)
    .set_rows("months", months)
    .all(tx)
    .await
}

/// The tips of each of `months`: month, asset, how many, and how much.
pub(super) async fn tips_by_month(
    tx: &mut Tx,
    artist: ArtistId,
    months: Rows,
) -> db::Result<Vec<(Time, Asset, i64, i64)>> {
    sql!(
        "SELECT m.first, t.asset, COUNT(*), CAST(SUM(t.amount) AS BIGINT) FROM tip t
         JOIN {rows $months m(first int, next int)} ON t.at >= m.first AND t.at < m.next
         WHERE t.artist_id = $artist GROUP BY m.first, t.asset"
    )
    .set("artist", artist)
    .set_rows("months", months)
    .all(tx)
    .await
}

/// What became payable in each of `months`: month, asset, and how much.
pub(super) async fn matured_by_month(
    tx: &mut Tx,
    artist: ArtistId,
    months: Rows,
) -> db::Result<Vec<(Time, Asset, i64)>> {
    sql!(
        "WITH RECURSIVE walk (asset, account, entry, amount, previous) AS (
             SELECT a.asset, l.account, l.entry, l.amount, l.previous FROM ledger_account a
             JOIN ledger_line l ON l.entry = a.last AND l.account = a.id
             WHERE a.owner = $artist AND a.kind = 'payable'
             UNION ALL SELECT w.asset, l.account, l.entry, l.amount, l.previous FROM walk w
             JOIN ledger_line l ON l.entry = w.previous AND l.account = w.account
         ) SELECT m.first, w.asset, CAST(SUM(w.amount) AS BIGINT) FROM walk w
         JOIN ledger_entry e ON e.id = w.entry AND e.kind = 'matured'
         JOIN {rows $months m(first int, next int)} ON e.at >= m.first AND e.at < m.next
         GROUP BY m.first, w.asset"
    )
    .set("artist", artist)
    .set_rows("months", months)
    .all(tx)
    .await
}
