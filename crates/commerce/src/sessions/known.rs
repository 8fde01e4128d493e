//! What listeners have heard of tracks, and what they were sent of them: one row for each, which all nodes share.

use std::collections::HashMap;

use db::{Rows, Tx, sql};
use kernel::{AccountId, Time, TrackId};
use money::meter::Ranges;

use super::{
    packed::{join, pack_ranges, unpack_ranges},
    queries,
    window::sent_in_all,
};

/// What an account has heard of a track, and what it was sent of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// In milliseconds: what was charged, and what was to be heard without, but nothing that was given back.
    pub(super) heard: Ranges,
    /// In bytes.
    pub(super) sent: Ranges,
}

type KnownRow = (Vec<u8>, Vec<u8>);

impl From<KnownRow> for Known {
    fn from((heard, sent): KnownRow) -> Self {
        let unpack = |bytes: &[u8]| unpack_ranges(bytes).unwrap_or_default();
        Self { heard: unpack(&heard), sent: unpack(&sent) }
    }
}

/// What a listener heard of a track, and was sent of it, that is not written down yet.
pub(super) struct Addition {
    pub(super) whose: (AccountId, TrackId),
    /// In milliseconds.
    pub(super) heard: Ranges,
    /// In bytes.
    pub(super) sent: Ranges,
}

/// What is known of `account` and `track`.
pub(super) async fn of(tx: &mut Tx, account: AccountId, track: TrackId) -> db::Result<Known> {
    let row: Option<KnownRow> =
        sql!("SELECT heard, sent FROM paid_range WHERE account_id = $1 AND track_id = $2")
            .bind(account)
            .bind(track)
            .maybe(tx)
            .await?;
    Ok(row.map(Known::from).unwrap_or_default())
}

/// Adds to what is known of listeners and tracks, each of which is named once. Answers what is known of each then.
pub(super) async fn add(tx: &mut Tx, additions: &[Addition]) -> db::Result<Vec<Known>> {
    let whose: Vec<_> = additions.iter().map(|addition| addition.whose).collect();
    let before = lock(tx, &whose).await?;
    let after: Vec<Known> = additions
        .iter()
        .map(|Addition { whose, heard, sent }| {
            let before = before.get(whose).cloned().unwrap_or_default();
            Known { heard: join(before.heard, heard), sent: sent_in_all(before.sent, sent) }
        })
        .collect();
    put(tx, &whose, &after).await?;
    Ok(after)
}

/// Takes out what was heard in sessions whose money was given back, unless it was heard in another as well.
pub(crate) async fn forget_refunded(tx: &mut Tx, account: AccountId, track: TrackId) -> db::Result<()> {
    let whose = [(account, track)];
    let Some(before) = lock(tx, &whose).await?.remove(&whose[0]) else { return Ok(()) };
    let plays = queries::plays_of(tx, account, track, None).await?;
    let heard = plays.iter().fold(Ranges::new(), |all, play| join(all, &play.heard));
    put(tx, &whose, &[Known { heard, ..before }]).await
}

/// What of a track `account` has paid for in sessions that ended since `since`.
pub(super) async fn paid_since(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    since: Time,
) -> db::Result<Ranges> {
    let plays = queries::plays_of(tx, account, track, Some(since)).await?;
    // With the first beat that is charged all grace is; before it nothing was paid for.
    let paid = plays.iter().filter(|play| play.amount > 0);
    Ok(paid.fold(Ranges::new(), |all, play| join(all, &play.heard.without(&play.free))))
}

/// What is known of several, with their rows made and locked, so that no other node's addition to one is lost. Nothing is known
/// of an account or a track that is gone.
async fn lock(
    tx: &mut Tx,
    whose: &[(AccountId, TrackId)],
) -> db::Result<HashMap<(AccountId, TrackId), Known>> {
    type Row = (AccountId, TrackId, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = sql!(
        "INSERT INTO paid_range (account_id, track_id, heard, sent)
         SELECT a.id, t.id, $nothing, $nothing FROM {rows $rows r(account uuid, track uuid)}
         JOIN account a ON a.id = r.account JOIN track t ON t.id = r.track WHERE TRUE
         ON CONFLICT (account_id, track_id) DO UPDATE SET heard = paid_range.heard
         RETURNING account_id, track_id, heard, sent"
    )
    .set_rows("rows", whose.iter().copied().collect::<Rows>())
    .set("nothing", Vec::new())
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(account, track, heard, sent)| ((account, track), (heard, sent).into()))
        .collect())
}

async fn put(tx: &mut Tx, whose: &[(AccountId, TrackId)], known: &[Known]) -> db::Result<()> {
    let rows = whose.iter().zip(known).map(|((account, track), known)| {
        (*account, *track, pack_ranges(&known.heard), pack_ranges(&known.sent))
    });
    sql!(
        "UPDATE paid_range SET heard = r.heard, sent = r.sent
         FROM {rows $1 r(account uuid, track uuid, heard bytes, sent bytes)}
         WHERE paid_range.account_id = r.account AND paid_range.track_id = r.track"
    )
    .rows(rows.collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}
