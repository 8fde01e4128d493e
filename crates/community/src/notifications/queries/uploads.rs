//! What became of uploads.

use db::{Tx, feed, from_row, sql};
use infra::App;
use kernel::{AccountId, AlbumId, ArtistId, NotificationId, Time, TrackId};

use super::{FEED, News, hold, insert, number};

/// A track that somebody uploaded.
pub(in crate::notifications) struct Upload {
    pub(in crate::notifications) title: String,
    pub(in crate::notifications) artist: ArtistId,
    pub(in crate::notifications) album: Option<AlbumId>,
    pub(in crate::notifications) album_title: Option<String>,
    pub(in crate::notifications) duration_ms: i64,
    pub(in crate::notifications) promised_ms: Option<i64>,
    pub(in crate::notifications) analysed_at: Option<Time>,
}

from_row!(Upload { title, artist, album, album_title, duration_ms, promised_ms, analysed_at });

/// The track, unless it is deleted.
pub(in crate::notifications) async fn find(tx: &mut Tx, track: TrackId) -> db::Result<Option<Upload>> {
    sql!(
        "SELECT t.title, t.artist_id AS artist, t.album_id AS album, al.title AS album_title, t.duration_ms,
             a.promised_ms, a.analysed_at
         FROM track t LEFT JOIN audio a ON a.track_id = t.id LEFT JOIN album al ON al.id = t.album_id
         WHERE t.id = $1 AND t.deleted_at IS NULL"
    )
    .bind(track)
    .maybe(tx)
    .await
}

/// How many uploads to the release of `upload`, or to its page and no release, are ready since that time, and since when the
/// last is.
async fn ready_since(tx: &mut Tx, upload: &Upload, since: Time) -> db::Result<(i64, Option<Time>)> {
    sql!(
        "SELECT COUNT(*), MAX(a.analysed_at) FROM track t JOIN audio a ON a.track_id = t.id
         WHERE t.artist_id = $artist AND t.album_id IS NOT DISTINCT FROM $album AND t.deleted_at IS NULL
             AND a.source = 'blob' AND a.analysed_at >= $since AND a.analysis_error IS NULL AND a.promised_ms IS NULL"
    )
    .set("artist", upload.artist)
    .set("album", upload.album)
    .set("since", since)
    .one(tx)
    .await
}

/// Tells `account` that an upload is ready since `news.at`: an unread notification of its release comes to cover all that
/// are ready since its first, and then leads to `link_of_all`. What one that was read covers is no news.
pub(in crate::notifications) async fn tell(
    tx: &mut Tx,
    app: &App,
    mut news: News,
    upload: &Upload,
    link_of_all: String,
    account: AccountId,
) -> db::Result<()> {
    hold(tx, &[account]).await?;
    let known: Vec<(NotificationId, Option<Time>, Time, Time, i64)> = sql!(
        "SELECT id, read_at, since, created_at, count FROM notification
         WHERE account_id = $1 AND kind = $2 AND subject = $3"
    )
    .bind(account)
    .bind(news.kind)
    .bind(news.subject)
    .all(tx)
    .await?;
    let at = news.at;
    if known.iter().any(|(_, read, since, until, _)| read.is_some() && (*since..=*until).contains(&at)) {
        return Ok(());
    }
    let unread = known.into_iter().find(|(_, read, ..)| read.is_none());
    let since = unread.as_ref().map_or(at, |(_, _, since, ..)| at.min(*since));
    let (count, last) = ready_since(tx, upload, since).await?;
    let count = count.max(1);
    news.at = last.unwrap_or(at);
    if count > 1 {
        news.link = link_of_all;
    }
    let Some((id, _, told_since, told_at, told)) = unread else {
        return insert(tx, app, &news, (count, since), &[account]).await;
    };
    if (told_since, told_at, told) == (since, news.at, count) {
        return Ok(());
    }
    for (_, seq) in number(tx, &[account]).await? {
        sql!(
            "UPDATE notification SET seq = $seq, params = $params, count = $count, link = $link, since = $since,
                 created_at = $at WHERE id = $id"
        )
        .set("seq", seq)
        .set("params", news.params.to_string())
        .set("count", count)
        .set("link", news.link.as_str())
        .set("since", since)
        .set("at", news.at)
        .set("id", id)
        .run(tx)
        .await?;
    }
    feed::append(tx, FEED, account, app.now()).await
}
