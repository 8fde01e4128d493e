use serde::Serialize;

/// One of a listener's limits on what is spent, by its name among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cap {
    /// On one play.
    PerPlay,
    /// In a day (UTC).
    PerDay,
    /// In a month (UTC).
    PerMonth,
    /// On one artist in a month.
    PerArtist,
}
