use serde::{Deserialize, Serialize};

/// How good the sound may be. The order is from modest to best.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// For bad connections.
    Low,
    /// For small speakers.
    Medium,
    /// The best of what is not lossless.
    High,
    /// Every sample as it was published.
    Lossless,
    /// The very file that was published.
    #[default]
    Original,
}
