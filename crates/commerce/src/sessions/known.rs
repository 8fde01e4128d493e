//! What listeners have paid for of tracks, and what they were sent of them: one row for each, which all nodes share.

use std::collections::HashMap;

use db::{Rows, Tx, sql};
use kernel::{AccountId, Time, TrackId};
use money::meter::Ranges;

use super::{
    packed::{join, pack_ranges, unpack_ranges},
    window::sent_in_all,
};

/// What an account has paid for of a track, and what it was sent of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// In milliseconds.
    pub(super) heard: Ranges,
    /// In bytes.
    pub(super) sent: Ranges,
    /// When it last paid for more.
    pub(super) at: Time,
}

type KnownRow = (Vec<u8>, Vec<u8>, Time);

impl From<KnownRow> for Known {
    fn from((heard, sent, at): KnownRow) -> Self {
        let unpack = |bytes: &[u8]| unpack_ranges(bytes).unwrap_or_default();
        Self { heard: unpack(&heard), sent: unpack(&sent), at }
    }
}

/// What a listener paid for of a track, and was sent of it, that is not written down yet.
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
        sql!("SELECT heard, sent, at FROM paid_range WHERE account_id = $1 AND track_id = $2")
            .bind(account)
            .bind(track)
            .maybe(tx)
            .await?;
    Ok(row.map(Known::from).unwrap_or_default())
}

/// Adds to what is known of listeners and tracks, each of which is named once. Answers what is known of each then.
pub(super) async fn add(tx: &mut Tx, additions: &[Addition], now: Time) -> db::Result<Vec<Known>> {
    let whose: Vec<_> = additions.iter().map(|addition| addition.whose).collect();
    let before = lock(tx, &whose, now).await?;
    let after: Vec<Known> = additions
        .iter()
        .map(|Addition { whose, heard, sent }| {
            let before = before.get(whose).cloned().unwrap_or_default();
            let heard = join(before.heard.clone(), heard);
            // What is free to hear again stays so for a time after it was paid for, not after it was heard.
            let at = if heard == before.heard { before.at } else { now };
            Known { heard, sent: sent_in_all(before.sent, sent), at }
        })
        .collect();
    put(tx, &whose, &after).await?;
    Ok(after)
}

/// What is known of several, with their rows made and locked, so that no other node's addition to one is lost. Nothing is known
/// of an account or a track that is gone.
async fn lock(
    tx: &mut Tx,
    whose: &[(AccountId, TrackId)],
    now: Time,
) -> db::Result<HashMap<(AccountId, TrackId), Known>> {
    type Row = (AccountId, TrackId, Vec<u8>, Vec<u8>, Time);
    let rows: Vec<Row> = sql!(
        "INSERT INTO paid_range (account_id, track_id, heard, sent, at)
         SELECT a.id, t.id, $nothing, $nothing, $now FROM {rows $rows r(account uuid, track uuid)}
         JOIN account a ON a.id = r.account JOIN track t ON t.id = r.track WHERE TRUE
         ON CONFLICT (account_id, track_id) DO UPDATE SET at = paid_range.at
         RETURNING account_id, track_id, heard, sent, at"
    )
    .set_rows("rows", whose.iter().copied().collect::<Rows>())
    .set("nothing", Vec::new())
    .set("now", now)
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(account, track, heard, sent, at)| ((account, track), (heard, sent, at).into()))
        .collect())
}

async fn put(tx: &mut Tx, whose: &[(AccountId, TrackId)], known: &[Known]) -> db::Result<()> {
    let rows = whose.iter().zip(known).map(|((account, track), known)| {
        (*account, *track, pack_ranges(&known.heard), pack_ranges(&known.sent), known.at)
    });
    sql!(
        "UPDATE paid_range SET heard = r.heard, sent = r.sent, at = r.at
         FROM {rows $1 r(account uuid, track uuid, heard bytes, sent bytes, at int)}
         WHERE paid_range.account_id = r.account AND paid_range.track_id = r.track"
    )
    .rows(rows.collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}
