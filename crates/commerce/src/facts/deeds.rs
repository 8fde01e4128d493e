//! Rows that each make entries of their own: payments, tips, exchanges of points, disputes.

use db::Tx;
use kernel::{AccountId, Amount, ArtistId, Asset, DisputeId, RedemptionId, Time, TipId, TopUpId};
use money::ledger::{Contest, Entry, LedgerError};
use uuid::Uuid;

use super::{
    Check,
    demand::Demand,
    queries::{self, DisputeRow, RedemptionRow, TipRow, TopUpRow},
};

/// Why a row can have no entry.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error("its row cannot be read")]
    Unreadable,
    #[error("it is not of whoever paid for its session")]
    Foreign,
    #[error("it can have no entry: {0}")]
    Rule(#[from] LedgerError),
}

/// When an entry was made is no part of the fact.
const AT: Time = Time::from_micros(0);

/// A row that makes entries of its own.
pub(super) trait Deed: Sized {
    /// What a row is called.
    const WHAT: &'static str;

    /// Its id, if that can be read.
    fn id(&self) -> Option<Uuid>;

    /// The rows behind `after`, in the order of their ids, up to [`super::PAGE`].
    async fn page(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<Self>>;

    /// What must stand in the ledger because of it.
    fn demands(&self) -> Result<Vec<Demand>, Wrong>;
}

impl Check<'_> {
    /// Compares all rows of a table with the entries that they made.
    pub(super) async fn deeds<D: Deed>(&mut self, tx: &mut Tx) -> db::Result<()> {
        let mut after = None;
        loop {
            let mut rows = D::page(tx, after).await?;
            after = self.cut(D::WHAT, &mut rows, D::id);
            let mut demands = Vec::new();
            for row in rows {
                let place = format!("{} {}", D::WHAT, row.id().unwrap_or_default());
                match row.demands() {
                    Ok(of_row) => demands.extend(of_row.into_iter().map(|demand| (place.clone(), demand))),
                    Err(wrong) => self.found(place, wrong),
                }
            }
            self.met(tx, &demands).await?;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

impl Deed for TopUpRow {
    const WHAT: &'static str = "top-up";

    fn id(&self) -> Option<Uuid> {
        self.id.0
    }

    async fn page(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<Self>> {
        queries::top_ups(tx, after).await
    }

    fn demands(&self) -> Result<Vec<Demand>, Wrong> {
        let (Some(id), Some(account), Some(minor), Some(state)) =
            (self.id.0, self.account.0, self.amount.0, self.state.0.as_deref())
        else {
            return Err(Wrong::Unreadable);
        };
        let id = TopUpId(id);
        let amount = Amount { asset: Asset::Beat, minor };
        let entry = Entry::top_up(id, AT, AccountId(account), amount)?;
        match state {
            "settled" => Ok(vec![Demand::Entry(entry)]),
            // It is posted first, and then the row says so.
            "pending" => Ok(vec![Demand::Perhaps(entry)]),
            "declined" => Ok(vec![Demand::Nothing(entry.key().to_owned())]),
            _ => Err(Wrong::Unreadable),
        }
    }
}

impl Deed for TipRow {
    const WHAT: &'static str = "tip";

    fn id(&self) -> Option<Uuid> {
        self.id.0
    }

    async fn page(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<Self>> {
        queries::tips(tx, after).await
    }

    fn demands(&self) -> Result<Vec<Demand>, Wrong> {
        let (Some(id), Some(from), Some(artist), Some(asset), Some(minor), Some(payee)) =
            (self.id.0, self.account.0, self.artist.0, self.asset.0, self.amount.0, self.payee.0)
        else {
            return Err(Wrong::Unreadable);
        };
        let (id, from) = (TipId(id), AccountId(from));
        let entry = match (asset, payee) {
            (Asset::Btn, Some(payee)) => Entry::points_tip(id, AT, from, AccountId(payee), minor)?,
            (Asset::Beat, None) => Entry::tip(id, AT, from, ArtistId(artist), Amount { asset, minor })?,
            _ => return Err(Wrong::Unreadable),
        };
        Ok(vec![Demand::Entry(entry)])
    }
}

impl Deed for RedemptionRow {
    const WHAT: &'static str = "redemption";

    fn id(&self) -> Option<Uuid> {
        self.id.0
    }

    async fn page(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<Self>> {
        queries::redemptions(tx, after).await
    }

    fn demands(&self) -> Result<Vec<Demand>, Wrong> {
        match (self.id.0, self.account.0, self.points.0) {
            (Some(id), Some(account), Some(points)) => {
                let entry = Entry::redemption(RedemptionId(id), AT, AccountId(account), points)?;
                Ok(vec![Demand::Entry(entry)])
            }
            _ => Err(Wrong::Unreadable),
        }
    }
}

impl Deed for DisputeRow {
    const WHAT: &'static str = "dispute";

    fn id(&self) -> Option<Uuid> {
        self.id.0
    }

    async fn page(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<Self>> {
        queries::disputes(tx, after).await
    }

    fn demands(&self) -> Result<Vec<Demand>, Wrong> {
        let (Some(id), Some(listener), Some(state), Some(Some(asset)), Some(Some(fee)), Some(shares)) = (
            self.id.0,
            self.account.0,
            self.state.0.as_deref(),
            self.asset.0,
            self.fee.0,
            self.shares.clone(),
        ) else {
            return Err(Wrong::Unreadable);
        };
        if self.listener.0 != Some(Some(listener)) {
            return Err(Wrong::Foreign);
        }
        let dispute = DisputeId(id);
        let contest = Contest { dispute, listener: AccountId(listener), asset, fee, shares };
        // Where the fee was all, nothing is put aside.
        let (opened, dismissed) = if contest.shares.is_empty() {
            let nothing = |key| Demand::Nothing(format!("{key}:{dispute}"));
            (nothing("dispute"), nothing("resolve"))
        } else {
            let entry = Entry::dispute_dismissed(&contest, AT)?;
            (Demand::Entry(Entry::dispute_opened(&contest, AT)?), Demand::Entry(entry))
        };
        let resolved = match state {
            "open" => Demand::Nothing(format!("resolve:{dispute}")),
            "upheld" => Demand::Entry(Entry::dispute_upheld(&contest, AT)?),
            "dismissed" => dismissed,
            _ => return Err(Wrong::Unreadable),
        };
        Ok(vec![opened, resolved])
    }
}
