//! The entries of the ledger that moved somebody's money, in words.

use std::collections::HashMap;

use db::Tx;
use kernel::{
    AccountId, ArtistId, Asset, Cursor, DisputeId, Limit, Page, RedemptionId, SessionId, Time, TipId,
    TopUpId, TrackId,
};
use money::ledger::Kind;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{WalletError, queries};
use crate::tips;

/// The name of the list in its cursors.
const LIST: &str = "transactions";

/// Something that moved the caller's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transaction {
    /// The number of its entry in the ledger.
    #[schema(example = 4711)]
    entry: i64,
    /// The key of that entry, by which it is proven.
    #[schema(example = "tip:01930000-0000-7000-8000-000000000009")]
    key: String,
    at: Time,
    /// When the session of listening ended, as its receipt says; null while it goes on, and for all else.
    settled_at: Option<Time>,
    /// What happened, to act upon.
    #[schema(example = "tip")]
    kind: &'static str,
    /// The same in words.
    #[schema(example = "Tip to Ana")]
    description: String,
    /// BEAT, BTN or USDC.
    #[schema(example = "BEAT")]
    asset: &'static str,
    /// What the caller has more than before, in minor units; less, with a minus.
    #[schema(example = "-250000")]
    amount: String,
    /// By how much what can be spent changed.
    #[schema(example = "-250000")]
    available: String,
    /// By how much what is set aside changed.
    #[schema(example = "0")]
    held: String,
    /// The artist pages that got something.
    artists: Vec<Payee>,
    /// The title of the track that was heard or contested, or that points were given for.
    #[schema(example = "Dawn")]
    title: Option<String>,
    #[serde(flatten)]
    about: About,
}

/// An artist page that got something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Payee {
    id: ArtistId,
    #[schema(example = "Ana")]
    name: String,
}

/// What a transaction is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "as on the wire")]
pub(super) struct About {
    /// The session of listening.
    pub(super) session_id: Option<SessionId>,
    /// The track that was heard or contested, or that points were given for.
    pub(super) track_id: Option<TrackId>,
    top_up_id: Option<TopUpId>,
    tip_id: Option<TipId>,
    pub(super) dispute_id: Option<DisputeId>,
    redemption_id: Option<RedemptionId>,
}

/// What an entry did to the caller.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    available: i64,
    held: i64,
}

/// A page of what moved the money of `who`.
pub(super) async fn page(
    tx: &mut Tx,
    who: AccountId,
    asset: Option<Asset>,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Transaction>, WalletError> {
    let mut accounts: HashMap<i64, (bool, Asset)> = HashMap::new();
    let mut from: Vec<(i64, i64)> = Vec::new();
    for (id, kind, code, last) in queries::accounts(tx, who, asset).await? {
        accounts.insert(id, (kind == "held", db::read_text(&code, "asset")?));
        from.push((id, last));
    }
    if let Some(cursor) = cursor {
        from = cursor.place(&(LIST, asset))?;
        from.retain(|(account, _)| accounts.contains_key(account));
    }
    // In the order of entries, the newest first; one asset of an entry is one transaction.
    let mut moved: Vec<((i64, Asset), Moved)> = Vec::new();
    // Where each account's lines go on behind the page.
    let mut rest: Vec<(i64, i64)> = Vec::new();
    for (entry, account, amount) in queries::lines(tx, &from, limit.fetch()).await? {
        let Some(&(is_held, asset)) = accounts.get(&account) else { continue };
        let place = moved.iter().rposition(|(of, _)| *of == (entry, asset)).or_else(|| {
            let has_room = moved.len() < limit.get();
            has_room.then(|| {
                moved.push(((entry, asset), Moved::default()));
                moved.len().saturating_sub(1)
            })
        });
        if let Some((_, one)) = place.and_then(|place| moved.get_mut(place)) {
            *(if is_held { &mut one.held } else { &mut one.available }) = amount;
        } else if rest.iter().all(|(behind, _)| *behind != account) {
            rest.push((account, entry));
        }
    }
    let next_cursor = (!rest.is_empty()).then(|| Cursor::at(&(LIST, asset), &rest));
    let page = Page { items: moved, next_cursor };
    let entries: Vec<i64> = page.items.iter().map(|((entry, _), _)| *entry).collect();
    let mut facts: HashMap<i64, (Time, String, Kind)> = HashMap::new();
    for (id, at, key, kind) in queries::entries(tx, &entries).await? {
        facts.insert(id, (at, key, db::read_text(&kind, "kind of entry")?));
    }
    let mut payees: HashMap<i64, Vec<Payee>> = HashMap::new();
    for (entry, id, name) in queries::artists(tx, &entries).await? {
        payees.entry(entry).or_default().push(Payee { id, name });
    }
    // Points go to a person, so that their entry does not name the page that they were given to.
    let tip = |(id, (_, key, kind)): (&i64, &(Time, String, Kind))| {
        let of_points = About::of(*kind, key).tip_id.filter(|_| *kind == Kind::PointsTip);
        of_points.map(|tip| (tip, *id))
    };
    let given: HashMap<TipId, i64> = facts.iter().filter_map(tip).collect();
    for (tip, id, name) in tips::artists(tx, &given.keys().copied().collect::<Vec<_>>()).await? {
        if let Some(entry) = given.get(&tip) {
            payees.entry(*entry).or_default().push(Payee { id, name });
        }
    }
    let abouts = facts.iter().map(|(id, (_, key, kind))| (*id, About::of(*kind, key)));
    let mut abouts: HashMap<i64, About> = abouts.collect();
    let mut titles: HashMap<i64, String> = HashMap::new();
    let mut ends: HashMap<i64, Time> = HashMap::new();
    for (entry, track, title, settled_at) in queries::tracks(tx, &abouts).await? {
        titles.insert(entry, title);
        if let Some(about) = abouts.get_mut(&entry) {
            about.track_id = Some(track);
            // A decision on a session has a time of its own.
            ends.extend(settled_at.filter(|_| about.session_id.is_some()).map(|at| (entry, at)));
        }
    }
    let mut items = Vec::with_capacity(page.items.len());
    for ((entry, asset), moved) in page.items {
        let Some((at, key, kind)) = facts.get(&entry).cloned() else { continue };
        let artists = payees.get(&entry).cloned().unwrap_or_default();
        let amount = moved.available.saturating_add(moved.held);
        let title = titles.get(&entry).cloned();
        let said = words(kind, &key, amount, &artists);
        items.push(Transaction {
            entry,
            at,
            settled_at: ends.get(&entry).copied(),
            kind: kind.name(),
            description: match &title {
                Some(title) => format!("{said}: {title}"),
                None => said,
            },
            asset: asset.code(),
            amount: amount.to_string(),
            available: moved.available.to_string(),
            held: moved.held.to_string(),
            artists,
            title,
            about: abouts.get(&entry).cloned().unwrap_or_default(),
            key,
        });
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}

impl About {
    /// What the key of an entry says (docs/LEDGER-FORMAT.md).
    fn of(kind: Kind, key: &str) -> Self {
        let part = |n| key.split(':').nth(n).and_then(|text: &str| text.parse::<Uuid>().ok());
        let mut about = Self::default();
        match kind {
            Kind::TopUp | Kind::Faucet => about.top_up_id = part(1).map(TopUpId),
            Kind::Capture | Kind::Settlement => about.session_id = part(1).map(SessionId),
            Kind::Tip | Kind::PointsTip => about.tip_id = part(1).map(TipId),
            Kind::DisputeOpened | Kind::DisputeUpheld | Kind::DisputeDismissed => {
                about.dispute_id = part(1).map(DisputeId);
            }
            Kind::Reward => about.track_id = part(3).map(TrackId),
            Kind::Redemption => about.redemption_id = part(1).map(RedemptionId),
            Kind::HoldGranted
            | Kind::HoldReleased
            | Kind::HoldExpired
            | Kind::Matured
            | Kind::Reversal
            | Kind::Supply => {}
        }
        about
    }
}

/// What an entry means to somebody whose money it moved by `amount`.
fn words(kind: Kind, key: &str, amount: i64, artists: &[Payee]) -> String {
    let names = || artists.iter().map(|artist| artist.name.as_str()).collect::<Vec<_>>().join(", ");
    let said = match kind {
        Kind::TopUp => "Paid in",
        Kind::Faucet => "Play money",
        Kind::HoldGranted => "Set aside for listening",
        Kind::HoldReleased => "Set aside and not needed",
        Kind::HoldExpired => "Set aside and not used in time",
        Kind::Capture if artists.is_empty() => "Listening",
        Kind::Capture | Kind::Settlement => return format!("Listening to {}", names()),
        Kind::Tip if artists.is_empty() => "Tip",
        Kind::Tip => return format!("Tip to {}", names()),
        Kind::PointsTip if artists.is_empty() => {
            if amount < 0 {
                "Points given"
            } else {
                "Points received"
            }
        }
        Kind::PointsTip if amount < 0 => return format!("Points given to {}", names()),
        Kind::PointsTip => return format!("Points received for {}", names()),
        Kind::DisputeOpened | Kind::DisputeDismissed => "Dispute",
        Kind::DisputeUpheld => "Given back after a dispute",
        Kind::Reward if key.starts_with("reward:full-play:") => "Points for a track heard to its end",
        Kind::Reward if key.starts_with("reward:partial-play:") => "Points for a good part of a track",
        Kind::Reward if key.starts_with("reward:first-like:") => "Points for a first like",
        Kind::Reward => "Points earned",
        Kind::Redemption => "Points redeemed",
        Kind::Reversal => "Correction",
        Kind::Matured | Kind::Supply => "Moved",
    };
    said.to_owned()
}
