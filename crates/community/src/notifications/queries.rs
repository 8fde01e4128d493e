pub(super) mod uploads;

use db::{Rows, Tx, feed, from_row, sql};
use infra::App;
use kernel::{
    AccountId, AlbumId, ArtistId, Asset, DisputeId, Limit, NotificationId, SessionId, Time, TrackId,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    FEED,
    model::{NotificationRow, NotificationStatus, NotificationType},
};

/// Notifications that are kept of one account; older ones make room.
const KEPT: i64 = 500;

const COLUMNS: &str = "id, seq, kind, params, count, link, read_at, created_at";

/// What is told, to whomever.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub(super) kind: NotificationType,
    /// What it is about: together with the kind, what tells the same again from something new.
    pub(super) subject: Uuid,
    pub(super) params: Value,
    pub(super) link: String,
    /// When it happened.
    pub(super) at: Time,
}

/// Tells `news` to those of `accounts` who were not told of its subject before, or of some kinds have read that. Answers
/// how many.
pub(super) async fn tell(tx: &mut Tx, app: &App, news: &News, accounts: &[AccountId]) -> db::Result<usize> {
    // The tracks of a release are told of by as many jobs at a time: each waits here to see what another one told.
    hold(tx, accounts).await?;
    let told = sql!(
        "SELECT n.account_id FROM {rows $accounts r(id uuid)} CROSS JOIN notification n
         WHERE n.account_id = r.id AND n.kind = $kind AND n.subject = $subject
             [[ AND (n.read_at IS NULL OR n.created_at >= $again_at)]]"
    )
    .set_rows("accounts", rows(accounts))
    .set("kind", news.kind)
    .set("subject", news.subject)
    .set_opt("again_at", news.kind.comes_again().then_some(news.at));
    let told: Vec<AccountId> = told.column(tx).await?;
    let fresh: Vec<AccountId> = accounts.iter().copied().filter(|account| !told.contains(account)).collect();
    insert(tx, app, news, (1, news.at), &fresh).await?;
    Ok(fresh.len())
}

/// Tells `accounts` of a follower that came to the artist page `news.subject` at `news.at`: an unread notification of
/// it comes to cover all that came since its first, and a new one is made where none covers this one already.
pub(super) async fn tell_of_follower(
    tx: &mut Tx,
    app: &App,
    news: &News,
    accounts: &[AccountId],
) -> db::Result<()> {
    // The newest of each account: covered if it is as new as the news.
    let known: Vec<(NotificationId, AccountId, Option<Time>, Time, Time)> = sql!(
        "SELECT n.id, n.account_id, n.read_at, n.created_at, n.since
         FROM {rows $accounts r(id uuid)} CROSS JOIN notification n
         WHERE n.account_id = r.id AND n.kind = $kind AND n.subject = $subject AND n.seq = (
             SELECT MAX(m.seq) FROM notification m
             WHERE m.account_id = r.id AND m.kind = $kind AND m.subject = $subject)"
    )
    .set_rows("accounts", rows(accounts))
    .set("kind", news.kind)
    .set("subject", news.subject)
    .all(tx)
    .await?;
    let mut fresh: Vec<AccountId> = accounts.to_vec();
    fresh.retain(|account| {
        !known.iter().any(|(_, told, read, at, _)| told == account && (read.is_none() || *at >= news.at))
    });
    insert(tx, app, news, (1, news.at), &fresh).await?;
    // Those who manage a page are few.
    for (id, account, read, at, since) in known {
        if read.is_some() || at >= news.at {
            continue;
        }
        let count: i64 = sql!("SELECT COUNT(*) FROM artist_follow WHERE artist_id = $1 AND at >= $2")
            .bind(news.subject)
            .bind(since)
            .scalar(tx)
            .await?;
        for (_, seq) in number(tx, &[account]).await? {
            sql!(
                "UPDATE notification SET seq = $seq, params = $params, count = $count, created_at = $at WHERE id = $id"
            )
            .set("seq", seq)
            .set("params", news.params.to_string())
            .set("count", count)
            .set("at", news.at)
            .set("id", id)
            .run(tx)
            .await?;
        }
        feed::append(tx, FEED, account, app.now()).await?;
    }
    Ok(())
}

/// Holds what `accounts` are told until the transaction ends.
async fn hold(tx: &mut Tx, accounts: &[AccountId]) -> db::Result<()> {
    sql!(
        "INSERT INTO notification_head (account_id, seq, floor)
         SELECT r.id, 0, 0 FROM {rows $accounts r(id uuid)} WHERE TRUE ORDER BY r.id
         ON CONFLICT (account_id) DO UPDATE SET seq = notification_head.seq"
    )
    .set_rows("accounts", rows(accounts))
    .run(tx)
    .await?;
    Ok(())
}

/// Tells `accounts`, whatever they were told before: `count` things, the first of them at `since`.
async fn insert(
    tx: &mut Tx,
    app: &App,
    news: &News,
    (count, since): (i64, Time),
    accounts: &[AccountId],
) -> db::Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let numbers = number(tx, accounts).await?;
    sql!(
        "INSERT INTO notification (id, account_id, seq, kind, subject, params, count, link, since, created_at)
         SELECT r.id, r.account, r.seq, $kind, $subject, $params, $count, $link, $since, $at
         FROM {rows $numbers r(id uuid, account uuid, seq int)}"
    )
    .set_rows(
        "numbers",
        numbers.iter().map(|(account, seq)| (app.id::<NotificationId>(), *account, *seq)).collect::<Rows>(),
    )
    .set("kind", news.kind)
    .set("subject", news.subject)
    .set("params", news.params.to_string())
    .set("link", news.link.as_str())
    .set("count", count)
    .set("since", since)
    .set("at", news.at)
    .run(tx)
    .await?;
    let many: Rows = numbers.iter().filter(|(_, seq)| *seq > KEPT).map(|(account, _)| (*account,)).collect();
    if !many.is_empty() {
        trim(tx, many).await?;
    }
    feed::append_many(tx, FEED, accounts.iter().copied(), app.now()).await
}

/// Draws the next number for each of `accounts`. Their rows are held until the transaction ends, so that numbers
/// become visible in their order.
async fn number(tx: &mut Tx, accounts: &[AccountId]) -> db::Result<Vec<(AccountId, i64)>> {
    sql!(
        "INSERT INTO notification_head (account_id, seq, floor)
         SELECT r.id, 1, 0 FROM {rows $accounts r(id uuid)} WHERE TRUE ORDER BY r.id
         ON CONFLICT (account_id) DO UPDATE SET seq = notification_head.seq + 1
         RETURNING account_id, seq"
    )
    .set_rows("accounts", rows(accounts))
    .all(tx)
    .await
}

fn rows(accounts: &[AccountId]) -> Rows {
    accounts.iter().map(|account| (*account,)).collect()
}

/// The newest number of an account, and the newest that was deleted.
pub(super) async fn head(tx: &mut Tx, account: AccountId) -> db::Result<(i64, i64)> {
    let head = sql!("SELECT seq, floor FROM notification_head WHERE account_id = $1").bind(account);
    Ok(head.maybe(tx).await?.unwrap_or_default())
}

/// Up to `n` notifications of an account after a number, in their order.
pub(super) async fn after(
    tx: &mut Tx,
    account: AccountId,
    after: i64,
    n: usize,
) -> db::Result<Vec<NotificationRow>> {
    sql!(
        "SELECT {columns} FROM notification WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        columns = COLUMNS
    )
    .bind(account)
    .bind(after)
    .bind(i64::try_from(n).unwrap_or(i64::MAX))
    .all(tx)
    .await
}

/// Notifications of an account, the newest first; one more than `limit`.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    status: Option<NotificationStatus>,
    before: Option<i64>,
    limit: Limit,
) -> db::Result<Vec<NotificationRow>> {
    let query = sql!(
        "SELECT {columns} FROM notification WHERE account_id = $account
             [[:unread: AND read_at IS NULL]][[:read: AND read_at IS NOT NULL]][[ AND seq < $before]]
         ORDER BY seq DESC LIMIT $limit",
        columns = COLUMNS
    )
    .set("account", account)
    .set_opt("before", before)
    .set("limit", limit.fetch());
    match status {
        Some(NotificationStatus::Unread) => query.on("unread"),
        Some(NotificationStatus::Read) => query.on("read"),
        None => query,
    }
    .all(tx)
    .await
}

pub(super) async fn unread(tx: &mut Tx, account: AccountId) -> db::Result<i64> {
    sql!("SELECT COUNT(*) FROM notification WHERE account_id = $1 AND read_at IS NULL")
        .bind(account)
        .scalar(tx)
        .await
}

/// Marks those of `ids` that are the account's as read; all of them without `ids`.
pub(super) async fn mark(
    tx: &mut Tx,
    account: AccountId,
    ids: Option<&[NotificationId]>,
    now: Time,
) -> db::Result<()> {
    match ids {
        Some(ids) => {
            sql!(
                "UPDATE notification SET read_at = $now WHERE account_id = $account AND read_at IS NULL
                     AND id IN (SELECT r.id FROM {rows $ids r(id uuid)})"
            )
            .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
            .set("now", now)
            .set("account", account)
            .run(tx)
            .await?;
        }
        None => {
            sql!("UPDATE notification SET read_at = $1 WHERE account_id = $2 AND read_at IS NULL")
                .bind(now)
                .bind(account)
                .run(tx)
                .await?;
        }
    }
    Ok(())
}

/// Deletes what each of `accounts` has beyond [`KEPT`].
async fn trim(tx: &mut Tx, accounts: Rows) -> db::Result<()> {
    let old: Vec<Old> = sql!(
        "SELECT n.id, n.account_id, n.seq FROM (
             SELECT r.id, (SELECT m.seq FROM notification m WHERE m.account_id = r.id
                 ORDER BY m.seq DESC LIMIT 1 OFFSET $kept) AS last
             FROM {rows $accounts r(id uuid)}) AS e CROSS JOIN notification n
         WHERE n.account_id = e.id AND n.seq <= e.last"
    )
    .set_rows("accounts", accounts)
    .set("kept", KEPT)
    .all(tx)
    .await?;
    delete(tx, &old).await.map(|_| ())
}

/// Deletes up to `n` notifications of before `before`; answers how many.
pub async fn prune(tx: &mut Tx, before: Time, n: u32) -> db::Result<u64> {
    let old: Vec<Old> = sql!(
        "SELECT id, account_id, seq FROM notification WHERE created_at < $1 ORDER BY created_at LIMIT $2"
    )
    .bind(before)
    .bind(n)
    .all(tx)
    .await?;
    delete(tx, &old).await
}

/// A notification whose time is over.
type Old = (NotificationId, AccountId, i64);

/// Deletes notifications, and remembers that whoever had read less far has missed some; answers how many.
async fn delete(tx: &mut Tx, old: &[Old]) -> db::Result<u64> {
    if old.is_empty() {
        return Ok(0);
    }
    sql!(
        "UPDATE notification_head SET floor = {greatest}(notification_head.floor, g.seq)
         FROM (SELECT r.account, MAX(r.seq) AS seq FROM {rows $old r(account uuid, seq int)} GROUP BY r.account) AS g
         WHERE notification_head.account_id = g.account"
    )
    .set_rows("old", old.iter().map(|(_, account, seq)| (*account, *seq)).collect::<Rows>())
    .run(tx)
    .await?;
    sql!("DELETE FROM notification WHERE id IN (SELECT r.id FROM {rows $ids r(id uuid)})")
        .set_rows("ids", old.iter().map(|(id, ..)| (*id,)).collect::<Rows>())
        .run(tx)
        .await
}

/// Deletes what `account` was told of `kind` and `subject`.
pub(super) async fn take_back(
    tx: &mut Tx,
    app: &App,
    (kind, subject): (NotificationType, Uuid),
    account: AccountId,
) -> db::Result<()> {
    hold(tx, &[account]).await?;
    let told: Vec<Old> = sql!(
        "SELECT id, account_id, seq FROM notification WHERE account_id = $1 AND kind = $2 AND subject = $3"
    )
    .bind(account)
    .bind(kind)
    .bind(subject)
    .all(tx)
    .await?;
    if delete(tx, &told).await? > 0 {
        feed::append(tx, FEED, account, app.now()).await?;
    }
    Ok(())
}

/// Those who manage a page, besides `account`.
pub(super) async fn managers_besides(
    tx: &mut Tx,
    artist: ArtistId,
    account: AccountId,
) -> db::Result<Vec<AccountId>> {
    sql!(
        "SELECT account_id FROM artist_manager WHERE artist_id = $1 AND accepted AND account_id <> $2
         ORDER BY account_id"
    )
    .bind(artist)
    .bind(account)
    .column(tx)
    .await
}

/// The name of a page, what an account is to it, and whether it said yes to that; nothing if it is not even asked.
pub(super) async fn managed_as(
    tx: &mut Tx,
    artist: ArtistId,
    account: AccountId,
) -> db::Result<Option<(String, String, bool)>> {
    sql!(
        "SELECT ar.display_name, m.role, m.accepted FROM artist_manager m JOIN artist ar ON ar.id = m.artist_id
         WHERE m.artist_id = $1 AND m.account_id = $2"
    )
    .bind(artist)
    .bind(account)
    .maybe(tx)
    .await
}

/// The names of a page and of an account that follows it, if it still does.
pub(super) async fn names_of(
    tx: &mut Tx,
    artist: ArtistId,
    follower: AccountId,
) -> db::Result<Option<(String, Option<String>)>> {
    sql!(
        "SELECT ar.display_name, a.username FROM artist_follow f
         JOIN artist ar ON ar.id = f.artist_id JOIN account a ON a.id = f.account_id
         WHERE f.artist_id = $1 AND f.account_id = $2"
    )
    .bind(artist)
    .bind(follower)
    .maybe(tx)
    .await
}

/// The names of an artist and of who gave it something, if both are there.
pub(super) async fn names_of_giver(
    tx: &mut Tx,
    artist: ArtistId,
    giver: AccountId,
) -> db::Result<Option<(String, Option<String>)>> {
    sql!(
        "SELECT ar.display_name, a.username FROM artist ar CROSS JOIN account a WHERE ar.id = $1 AND a.id = $2"
    )
    .bind(artist)
    .bind(giver)
    .maybe(tx)
    .await
}

/// What a paid session that has ended played, when that was, and what it cost.
pub(super) async fn play_of(
    tx: &mut Tx,
    session: SessionId,
) -> db::Result<Option<(String, Time, Asset, i64)>> {
    sql!(
        "SELECT t.title, s.settled_at, s.asset, s.amount FROM paid_session s JOIN track t ON t.id = s.track_id
         WHERE s.id = $1 AND s.settled_at IS NOT NULL"
    )
    .bind(session)
    .maybe(tx)
    .await
}

/// What was said with the decision of a dispute.
pub(super) async fn note_of(tx: &mut Tx, dispute: DisputeId) -> db::Result<Option<String>> {
    let note = sql!("SELECT note FROM dispute WHERE id = $1").bind(dispute).column(tx).await?;
    Ok(note.into_iter().next().flatten())
}

/// The pages that share in a contested session, in the order of its split: each with what is contested of it and with
/// whoever manages it.
pub(super) async fn sharers_of(
    tx: &mut Tx,
    session: SessionId,
    dispute: DisputeId,
) -> db::Result<Vec<(ArtistId, i64, AccountId)>> {
    sql!(
        "SELECT h.artist_id, COALESCE(d.earned + d.payable, 0), m.account_id FROM session_share h
         JOIN artist_manager m ON m.artist_id = h.artist_id AND m.accepted
         LEFT JOIN dispute_share d ON d.dispute_id = $2 AND d.artist_id = h.artist_id
         WHERE h.session_id = $1 ORDER BY h.position, m.account_id"
    )
    .bind(session)
    .bind(dispute)
    .all(tx)
    .await
}

/// Those who decide on disputes.
pub(super) async fn admins(tx: &mut Tx) -> db::Result<Vec<AccountId>> {
    sql!("SELECT id FROM account WHERE role = 'admin' AND suspended_at IS NULL ORDER BY id").column(tx).await
}

/// The first `n` of those who follow an artist since before `at`, in an order that goes on after `place`.
pub(super) async fn followers(
    tx: &mut Tx,
    artist: ArtistId,
    at: Time,
    place: Option<(Time, AccountId)>,
    n: i64,
) -> db::Result<Vec<(Time, AccountId)>> {
    let (since, after) = place.unzip();
    sql!(
        "SELECT f.at, f.account_id FROM artist_follow f
         WHERE f.artist_id = $artist AND f.at <= $at[[ AND (f.at, f.account_id) > ($since, $after)]]
         ORDER BY f.at, f.account_id LIMIT $n"
    )
    .set("artist", artist)
    .set("at", at)
    .set_opt("since", since)
    .set_opt("after", after)
    .set("n", n)
    .all(tx)
    .await
}

/// Whose a public album is, by id and name, and its title.
pub(super) async fn album_out(tx: &mut Tx, album: AlbumId) -> db::Result<Option<(ArtistId, String, String)>> {
    sql!(
        "SELECT ar.id, ar.display_name, al.title FROM album al JOIN artist ar ON ar.id = al.artist_id
         WHERE al.id = $1 AND al.visibility = 'public' AND al.deleted_at IS NULL"
    )
    .bind(album)
    .maybe(tx)
    .await
}

/// A public track, with its album if that is public as well.
pub(super) struct TrackOut {
    pub(super) artist: ArtistId,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) album: Option<AlbumId>,
    pub(super) album_title: Option<String>,
}

from_row!(TrackOut { artist, name, title, album, album_title });

/// The track, if it is public.
pub(super) async fn track_out(tx: &mut Tx, track: TrackId) -> db::Result<Option<TrackOut>> {
    sql!(
        "SELECT ar.id AS artist, ar.display_name AS name, t.title, al.id AS album, al.title AS album_title
         FROM track t JOIN artist ar ON ar.id = t.artist_id
         LEFT JOIN album al ON al.id = t.album_id AND al.visibility = 'public' AND al.deleted_at IS NULL
         WHERE t.id = $1 AND t.visibility = 'public' AND t.deleted_at IS NULL"
    )
    .bind(track)
    .maybe(tx)
    .await
}
