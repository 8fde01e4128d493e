//! Domain events: facts that a module writes to the outbox for whoever is interested.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AlbumId, Amount, ArtistId, DisputeId, ImportId, JobId, PlayId, SessionId, TipId, TrackId,
};

/// Something that happened. Written in the transaction that made it true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// Somebody joined.
    AccountCreated { account: AccountId },
    /// A sound file arrived and became a draft.
    TrackUploaded { track: TrackId, artist: ArtistId },
    /// A track became audible to others.
    TrackPublished { track: TrackId, artist: ArtistId },
    /// An album became visible to others.
    AlbumPublished { album: AlbumId, artist: ArtistId },
    /// A listening event was recorded; `stream` says whether it counts as one, `full` whether nearly all was heard, and
    /// `delivered` whether this server had sent nearly all that was heard.
    PlayRecorded {
        play: PlayId,
        account: AccountId,
        track: TrackId,
        seconds: i64,
        stream: bool,
        #[serde(default)]
        full: bool,
        #[serde(default)]
        delivered: bool,
    },
    /// A first like.
    TrackLiked { account: AccountId, track: TrackId },
    /// A new follower.
    ArtistFollowed { account: AccountId, artist: ArtistId },
    /// Somebody else made an account a manager of an artist page, or gave it another role there: unless an admin did, it
    /// has to accept that. Or it is none any more, or is no longer asked.
    ManagerChanged { artist: ArtistId, account: AccountId },
    /// A paid session ended: so many beats were charged, and cost so much.
    SessionSettled {
        session: SessionId,
        account: AccountId,
        track: TrackId,
        artist: ArtistId,
        beats: i64,
        amount: Amount,
    },
    /// A listener gave an artist something.
    TipGiven { tip: TipId, account: AccountId, artist: ArtistId, amount: Amount },
    /// What a session cost is contested: by its listener, or by the instance where its parts disagree.
    SessionDisputed {
        session: SessionId,
        dispute: DisputeId,
        account: AccountId,
        #[serde(default)]
        by_instance: bool,
    },
    /// An admin decided: the listener gets it back, or the artists keep it.
    DisputeResolved { session: SessionId, dispute: DisputeId, account: AccountId, upheld: bool },
    /// A library import ended.
    ImportFinished { import: ImportId },
    /// A job that somebody started was done, or given up.
    JobEnded { job: JobId, kind: String, account: AccountId, done: bool },
}

impl Event {
    /// The topic under which the bus publishes it.
    pub const fn topic(&self) -> &'static str {
        match self {
            Self::AccountCreated { .. } => "account.created",
            Self::TrackUploaded { .. } => "track.uploaded",
            Self::TrackPublished { .. } => "track.published",
            Self::AlbumPublished { .. } => "album.published",
            Self::PlayRecorded { .. } => "play.recorded",
            Self::TrackLiked { .. } => "track.liked",
            Self::ArtistFollowed { .. } => "artist.followed",
            Self::ManagerChanged { .. } => "manager.changed",
            Self::SessionSettled { .. } => "session.settled",
            Self::TipGiven { .. } => "tip.given",
            Self::SessionDisputed { .. } => "session.disputed",
            Self::DisputeResolved { .. } => "dispute.resolved",
            Self::ImportFinished { .. } => "import.finished",
            Self::JobEnded { .. } => "job.ended",
        }
    }
}
