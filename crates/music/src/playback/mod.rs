//! Hearing music: the bytes of tracks and previews, who gets which, and what was heard.
//!
//! Owns: preview, delivery, play, listening, `now_playing`.
//!
//! What holds:
//! - whoever does not see a track gets none of its bytes; what a listener who sees it gets is the [`Policy`]'s to
//!   say, on every request, from what this node read at most 5 s ago;
//! - a request for bytes whose track is remembered costs no question to the database;
//! - a play is counted once, and never for more than the account can have heard (DESIGN: access and visibility);
//! - files are looked at before each use: what is served is what the database describes, or 503.

mod access;
mod api;
mod availability;
mod body;
mod conditions;
mod delivery;
mod error;
mod files;
mod history;
mod listener;
mod plays;
mod policy;
mod previews;
mod quality;
mod queries;
mod range;
mod ranges;
mod service;
mod signed;
mod stream;
mod waveform;

use std::sync::Arc;

pub use api::{StreamUrl, StreamUrlWish, routes};
pub use availability::{look_again, tend};
pub(crate) use conditions::if_match;
pub use error::PlaybackError;
pub use history::{ListeningStats, NowPlaying, Played, Playing, RecentStream, listened};
use infra::App;
use kernel::TrackId;
pub use plays::{Play, PlayReport};
pub use policy::{Ask, Delivery, FreeOrPreview, Judging, Policy, Verdict};
pub use previews::jobs;
pub(crate) use previews::{discard as discard_preview, renew as renew_preview};
pub use quality::Quality;
pub use service::delivered;
pub use signed::{Pass, Signer};
use tokio::sync::Semaphore;
pub use waveform::Waveform;

use self::{
    access::Access, availability::Looks, body::Buffers, delivery::Deliveries, files::Files, ranges::Ranges,
};

/// Requests that wait for a preview to be cut at most.
const WAITING: usize = 64;

/// The state of playback on one node.
pub struct Playback {
    policy: Arc<dyn Policy>,
    signer: Signer,
    access: Access,
    files: Files,
    buffers: Arc<Buffers>,
    deliveries: Deliveries,
    looks: Looks,
    waiting: Semaphore,
}

impl Playback {
    /// Playback under `policy`; [`FreeOrPreview`] while nothing is sold.
    pub fn new(app: &App, policy: Arc<dyn Policy>) -> Self {
        Self {
            policy,
            signer: Signer::new(&app.keys),
            access: Access::new(),
            files: Files::new(app.blobs.clone()),
            buffers: Arc::new(Buffers::new(app.config.http.body_budget_mib.saturating_mul(1024 * 1024))),
            deliveries: Deliveries::default(),
            looks: Looks::default(),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Forgets what this node remembers of `track`: to be called after a change to it has committed. Other nodes
    /// notice within 5 s.
    pub fn forget(&self, track: TrackId) {
        self.access.forget(track);
    }

    /// Forgets what this node remembers of every track: to be called after a change to who manages what.
    pub fn forget_all(&self) {
        self.access.forget_all();
    }

    /// Bytes of sound that wait for slow readers now: for the figures.
    pub fn bytes_in_flight(&self) -> usize {
        self.buffers.in_flight()
    }

    /// Writes down each second what was delivered, until `stop` is done; runs on every node that serves bytes.
    pub async fn keep_deliveries(&self, app: &App, stop: impl Future<Output = ()>) {
        self.deliveries.run(&app.db, stop).await;
    }
}
