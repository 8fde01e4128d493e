//! What of a track changes while somebody looks at it.

use std::collections::HashMap;

use db::{Rows, Tx, from_row, sql};
use infra::{
    App,
    config::Anonymous,
    realtime::{Ask, Channel, Source},
};
use kernel::{AccountId, TrackId};
use serde::Serialize;
use serde_json::Value;

use crate::catalogue::{COUNTS, FEED, Viewer, Visibility, visibility::TRACK_REACHABLE};

/// A track as `track:{id}` tells it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Live {
    #[serde(skip)]
    id: TrackId,
    play_count: i64,
    like_count: i64,
    visibility: Visibility,
    available: bool,
}

from_row!(Live { id, play_count, like_count, visibility, available });

/// `track:{id}` for whoever reaches the track by its address.
pub(in crate::catalogue) fn channel(app: &App) -> Channel {
    let app = app.clone();
    Channel::of_values("track:{id}", Source::Feeds(&[FEED, COUNTS]), move |asks| {
        let app = app.clone();
        async move { look(&app, &asks).await }
    })
}

async fn look(app: &App, asks: &[Ask]) -> db::Result<Vec<Option<Value>>> {
    let ids: Vec<TrackId> = asks.iter().map(|ask| ask.subject.into()).collect();
    db::read!(app.db, |tx| {
        // What everybody reaches, which is most, is looked up once for all.
        let open = reachable(tx, Viewer::ANONYMOUS, &ids).await?;
        let mut more: HashMap<AccountId, Vec<TrackId>> = HashMap::new();
        for ask in asks.iter().filter(|ask| !open.contains_key(&ask.subject.into())) {
            if let Some(account) = ask.account {
                more.entry(account).or_default().push(ask.subject.into());
            }
        }
        let mut theirs = HashMap::new();
        for (account, ids) in more {
            theirs.insert(account, reachable(tx, Viewer::member(account), &ids).await?);
        }
        let closed = app.config.anonymous() == Anonymous::None;
        let see = |ask: &Ask| {
            let id = TrackId::from(ask.subject);
            let track = match ask.account {
                None if closed => None,
                None => open.get(&id),
                Some(account) => open.get(&id).or_else(|| theirs.get(&account)?.get(&id)),
            };
            track.and_then(|track| serde_json::to_value(track).ok())
        };
        Ok(asks.iter().map(see).collect())
    })
}

async fn reachable(tx: &mut Tx, viewer: Viewer, ids: &[TrackId]) -> db::Result<HashMap<TrackId, Live>> {
    let tracks: Vec<Live> = sql!(
        "SELECT t.id, t.play_count, t.like_count, t.visibility, t.available
         FROM track t WHERE t.id IN (SELECT r.id FROM {rows $ids r(id uuid)}) AND {reachable}",
        reachable = TRACK_REACHABLE
    )
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await?;
    Ok(tracks.into_iter().map(|track| (track.id, track)).collect())
}
