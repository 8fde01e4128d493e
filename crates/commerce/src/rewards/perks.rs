//! What points are exchanged for: made by an artist or by the operator, and no more often than there are pieces.

use std::str::FromStr;

use db::Tx;
use kernel::{AccountId, Amount, ArtistId, Asset, Check, Cursor, Limit, Page, PerkId, Time, TrackId, tidy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{RewardsError, points, queries, queries::PerkRow};

/// The name of the list in its cursors.
const LIST: &str = "perks";
/// The most pieces of a perk.
const MOST_PIECES: i64 = 1_000_000;

/// What a perk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PerkKind {
    /// A track may be heard before it is published.
    EarlyListen,
    /// Something to show.
    Badge,
    /// A code that the holder is shown.
    DiscountCode,
    /// A track may be fetched as a file.
    Download,
}

impl PerkKind {
    const ALL: [Self; 4] = [Self::EarlyListen, Self::Badge, Self::DiscountCode, Self::Download];

    /// As stored.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::EarlyListen => "early_listen",
            Self::Badge => "badge",
            Self::DiscountCode => "discount_code",
            Self::Download => "download",
        }
    }

    /// Whether it is about a track.
    pub(super) const fn has_track(self) -> bool {
        matches!(self, Self::EarlyListen | Self::Download)
    }
}

impl FromStr for PerkKind {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(())
    }
}

db::text_column!(PerkKind);

/// A perk to be offered. It stays as it is; a mistake is withdrawn.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPerk {
    kind: PerkKind,
    #[schema(example = "Friend of the band", min_length = 1, max_length = 100)]
    title: String,
    /// What it is, in a few sentences.
    #[serde(default)]
    #[schema(example = "A badge beside your name", max_length = 1000)]
    description: String,
    /// What it costs, in BTN.
    price: Amount,
    /// How many there are.
    #[schema(example = 100, minimum = 1, maximum = 1_000_000)]
    stock: i64,
    /// The track of `early_listen` and `download`; of this artist page, if one offers it.
    #[serde(default)]
    track_id: Option<TrackId>,
    /// What `discount_code` shows to those who have it.
    #[serde(default)]
    #[schema(example = json!(null), min_length = 1, max_length = 200)]
    code: Option<String>,
}

/// Something that points are exchanged for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Perk {
    id: PerkId,
    kind: PerkKind,
    #[schema(example = "Friend of the band")]
    title: String,
    #[schema(example = "A badge beside your name")]
    description: String,
    /// What it costs, in BTN.
    price: Amount,
    /// How many there were.
    #[schema(example = 100)]
    stock: i64,
    /// How many are left.
    #[schema(example = 12)]
    left: i64,
    /// Whose it is; null: the operator's.
    artist_id: Option<ArtistId>,
    /// The track of `early_listen` and `download`.
    track_id: Option<TrackId>,
    /// Whether the caller has it.
    #[schema(example = false)]
    redeemed: bool,
    created_at: Time,
}

impl From<PerkRow> for Perk {
    fn from(row: PerkRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            title: row.title,
            description: row.description,
            price: points(row.price),
            stock: row.stock,
            left: row.stock.saturating_sub(row.taken),
            artist_id: row.artist,
            track_id: row.track,
            redeemed: row.mine,
            created_at: row.created_at,
        }
    }
}

impl NewPerk {
    fn check(&self, title: &str, description: &str) -> Check {
        let code = self.code.as_deref();
        let mut check = Check::new();
        check
            .line("/title", title, 1..=100)
            .text("/description", description, 0..=1000)
            .that(self.price.asset == Asset::Btn, "/price/asset", "unsupported", "is BTN")
            .that(self.price.minor > 0, "/price/amount", "out_of_range", "is above zero")
            .that(
                (1..=MOST_PIECES).contains(&self.stock),
                "/stock",
                "out_of_range",
                "is from 1 to 1000000 pieces",
            )
            .that(
                self.track_id.is_some() == self.kind.has_track(),
                "/trackId",
                "misplaced",
                "belongs to early_listen and download alone",
            )
            .that(
                code.is_some() == (self.kind == PerkKind::DiscountCode),
                "/code",
                "misplaced",
                "belongs to discount_code alone",
            );
        if let Some(code) = code {
            check.line("/code", code, 1..=200);
        }
        check
    }
}

/// Offers a perk of an artist page; of the operator's, without one. Whether the caller may is decided already.
pub(super) async fn offer(
    tx: &mut Tx,
    artist: Option<ArtistId>,
    new: &NewPerk,
    (id, now): (PerkId, Time),
) -> Result<Perk, RewardsError> {
    let (title, description) = (tidy(&new.title).into_owned(), tidy(&new.description).into_owned());
    let mut check = new.check(&title, &description);
    if let Some(track) = new.track_id.filter(|_| new.kind.has_track()) {
        let is_there = queries::has_track(tx, artist, track).await?;
        check.that(is_there, "/trackId", "not_found", "is no track of this page");
    }
    check.done()?;
    let row = PerkRow {
        id,
        artist,
        kind: new.kind,
        title,
        description,
        price: new.price.minor,
        stock: new.stock,
        taken: 0,
        track: new.track_id,
        created_at: now,
        mine: false,
    };
    queries::insert_perk(tx, &row, new.code.as_deref()).await?;
    Ok(row.into())
}

/// A page of the perks that are offered, the newest first.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    artist: Option<ArtistId>,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Perk>, RewardsError> {
    let before = cursor.map(|cursor| cursor.place(&(LIST, artist))).transpose()?;
    let rows = queries::perks(tx, account, artist, before, limit).await?;
    Ok(Page::cut(rows, limit, |last| Cursor::at(&(LIST, artist), &last.id)).map(Perk::from))
}
