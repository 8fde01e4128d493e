//! The statements of what a listener wants to spend at most, and of what was spent of it.

use std::collections::HashMap;

use db::{Rows, Tx, sql};
use kernel::{AccountId, ArtistId, SessionId, Time};
use money::meter::Caps;

/// When the day (UTC) of `now` began.
pub(in crate::sessions) fn today(now: Time) -> Time {
    Time::from_micros(now.day().saturating_mul(86_400_000_000))
}

/// What a listener spent in sessions that began since a time.
const SPENT: &str = "COALESCE(CAST(SUM(COALESCE(m.amount, s.amount)) AS BIGINT), CAST(0 AS BIGINT))";
const SPENT_IN: &str = "paid_session s LEFT JOIN meter_session m ON m.id = s.id";
const COUNTS: &str =
    "s.account_id = $account AND s.started_at >= $since AND s.state <> 'refunded' AND s.asset = 'BEAT'";

/// What `account` has spent in sessions that began since `since`, on one artist's tracks or on all.
pub(in crate::sessions) async fn spent(
    tx: &mut Tx,
    account: AccountId,
    since: Time,
    artist: Option<ArtistId>,
) -> db::Result<i64> {
    sql!(
        "SELECT {spent} FROM {spent_in} WHERE {counts}[[ AND s.artist_id = $artist]]",
        spent = SPENT,
        spent_in = SPENT_IN,
        counts = COUNTS
    )
    .set("account", account)
    .set("since", since)
    .set_opt("artist", artist)
    .scalar(tx)
    .await
}

/// The same by artist, with their names: the `n` on whom it was most.
pub(in crate::sessions) async fn spent_by_artist(
    tx: &mut Tx,
    account: AccountId,
    since: Time,
    n: u32,
) -> db::Result<Vec<(ArtistId, String, i64)>> {
    sql!(
        "SELECT a.id, a.display_name, {spent} AS spent FROM {spent_in} JOIN artist a ON a.id = s.artist_id
         WHERE {counts} GROUP BY a.id, a.display_name HAVING {spent} > 0 ORDER BY spent DESC, a.id LIMIT $n",
        spent = SPENT,
        spent_in = SPENT_IN,
        counts = COUNTS
    )
    .set("account", account)
    .set("since", since)
    .set("n", n)
    .all(tx)
    .await
}

/// The limits that a listener set: per play, day, month and artist.
pub(in crate::sessions) async fn spending_caps(tx: &mut Tx, account: AccountId) -> db::Result<Caps> {
    type Limits = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let caps: Option<Limits> =
        sql!("SELECT per_play, per_day, per_month, per_artist FROM spending_cap WHERE account_id = $1")
            .bind(account)
            .maybe(tx)
            .await?;
    Ok(caps.map_or_else(Caps::default, |(play, day, month, artist)| Caps { play, day, month, artist }))
}

/// What the limits of listeners who set some leave to sessions of theirs that are open, with all that each has charged.
pub(in crate::sessions) async fn left(
    tx: &mut Tx,
    sessions: &[SessionId],
    now: Time,
) -> db::Result<HashMap<SessionId, Caps>> {
    type Left = (SessionId, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let left: Vec<Left> = sql!(
        "SELECT s.id, COALESCE(s.cap_play, c.per_play),
                CASE WHEN c.per_day IS NOT NULL THEN c.per_day - {others} AND x.started_at >= $day) END,
                CASE WHEN c.per_month IS NOT NULL THEN c.per_month - {others} AND x.started_at >= $month) END,
                CASE WHEN c.per_artist IS NOT NULL THEN
                    c.per_artist - {others} AND x.started_at >= $month AND x.artist_id = s.artist_id) END
         FROM {rows $sessions r(id uuid)} JOIN paid_session s ON s.id = r.id
         JOIN spending_cap c ON c.account_id = s.account_id",
        others = SPENT_IN_OTHERS
    )
    .set_rows("sessions", sessions.iter().map(|id| (*id,)).collect::<Rows>())
    .set("day", today(now))
    .set("month", now.month())
    .all(tx)
    .await?;
    let most = |left: Option<i64>| left.map(|left| left.max(0));
    let caps = left.into_iter().map(|(session, play, day, month, artist)| {
        (session, Caps { play, day: most(day), month: most(month), artist: most(artist) })
    });
    Ok(caps.collect())
}

/// What the account of `s` has spent in its other sessions; open, for further conditions on them.
const SPENT_IN_OTHERS: &str = "(SELECT COALESCE(CAST(SUM(COALESCE(m.amount, x.amount)) AS BIGINT), CAST(0 AS BIGINT)) \
     FROM paid_session x LEFT JOIN meter_session m ON m.id = x.id \
     WHERE x.account_id = s.account_id AND x.id <> s.id AND x.state <> 'refunded' AND x.asset = 'BEAT'";

/// Lowers the cap for one play of the session that `account` has open, if it has one and that is higher.
pub(in crate::sessions) async fn lower_cap(tx: &mut Tx, account: AccountId, cap: i64) -> db::Result<()> {
    sql!(
        "UPDATE paid_session SET cap_play = $2 WHERE (cap_play IS NULL OR cap_play > $2)
             AND id = (SELECT m.id FROM meter_session m WHERE m.account_id = $1)"
    )
    .bind(account)
    .bind(cap)
    .run(tx)
    .await
    .map(drop)
}

pub(in crate::sessions) async fn put_spending_caps(
    tx: &mut Tx,
    account: AccountId,
    caps: &Caps,
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO spending_cap (account_id, per_play, per_day, per_month, per_artist, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id) DO UPDATE SET per_play = excluded.per_play, per_day = excluded.per_day,
             per_month = excluded.per_month, per_artist = excluded.per_artist, updated_at = excluded.updated_at"
    )
    .bind(account)
    .bind(caps.play)
    .bind(caps.day)
    .bind(caps.month)
    .bind(caps.artist)
    .bind(now)
    .run(tx)
    .await
    .map(drop)
}

/// Another cap for one play, so that whoever takes the session over knows it.
pub(in crate::sessions) async fn set_cap(
    tx: &mut Tx,
    session: SessionId,
    cap: Option<i64>,
) -> db::Result<()> {
    sql!("UPDATE paid_session SET cap_play = $2 WHERE id = $1 AND state = 'open'")
        .bind(session)
        .bind(cap)
        .run(tx)
        .await
        .map(drop)
}
