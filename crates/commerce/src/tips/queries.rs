//! All SQL of tips.

use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, Time, TipId};

use super::Tip;

/// What a page was given in one asset and one span of time.
#[derive(Debug, Clone)]
pub struct TipSum {
    /// BEAT or BTN.
    pub asset: Asset,
    /// How many tips.
    pub count: i64,
    /// Minor units.
    pub amount: i64,
}

from_row!(TipSum { asset, count, amount });

/// Who manages a page: those who own it first, of them those who have for longest.
pub(super) async fn managers(tx: &mut Tx, artist: ArtistId) -> db::Result<Vec<AccountId>> {
    sql!(
        "SELECT account_id FROM artist_manager WHERE artist_id = $1 AND accepted
         ORDER BY CASE role WHEN 'owner' THEN 0 ELSE 1 END, created_at, account_id"
    )
    .bind(artist)
    .column(tx)
    .await
}

/// Keeps a tip.
pub(super) async fn insert(
    tx: &mut Tx,
    from: AccountId,
    tip: &Tip,
    payee: Option<AccountId>,
) -> db::Result<()> {
    sql!(
        "INSERT INTO tip (id, account_id, artist_id, asset, amount, payee_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tip.id)
    .bind(from)
    .bind(tip.artist_id)
    .bind(tip.amount.asset.code())
    .bind(tip.amount.minor)
    .bind(payee)
    .bind(tip.at)
    .run(tx)
    .await?;
    Ok(())
}

/// What a page was given in a span of time, by asset.
pub async fn sums(tx: &mut Tx, artist: ArtistId, (from, to): (Time, Time)) -> db::Result<Vec<TipSum>> {
    sql!(
        "SELECT asset, COUNT(*) AS count, CAST(SUM(amount) AS BIGINT) AS amount FROM tip
         WHERE artist_id = $1 AND at >= $2 AND at < $3 GROUP BY asset ORDER BY asset"
    )
    .bind(artist)
    .bind(from)
    .bind(to)
    .all(tx)
    .await
}

/// Whose pages tips were for: tip, page and name.
pub(crate) async fn artists(tx: &mut Tx, tips: &[TipId]) -> db::Result<Vec<(TipId, ArtistId, String)>> {
    sql!(
        "SELECT t.id, ar.id, ar.display_name FROM {rows $1 i(id uuid)}
         JOIN tip t ON t.id = i.id JOIN artist ar ON ar.id = t.artist_id"
    )
    .rows(tips.iter().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await
}
