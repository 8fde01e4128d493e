//! Ids are newtypes over UUIDs, so that a track can never be passed where an artist is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Time;

/// What all id types have in common: they wrap a UUID.
pub trait Id: Copy + Eq + fmt::Display + From<Uuid> + Into<Uuid> {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl Id for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    )+};
}

ids! {
    /// A person's account.
    AccountId,
    /// An artist page.
    ArtistId,
    /// An album, EP, single or compilation.
    AlbumId,
    /// A recording.
    TrackId,
    /// A genre.
    GenreId,
    /// The sound file behind a track.
    AudioId,
    /// A picture. Random (v4): whoever knows it may fetch it.
    ImageId,
    /// One version of a track's splits.
    SplitId,
    /// A finished listening event.
    PlayId,
    /// One log-in on one device: a family of refresh tokens.
    DeviceId,
    /// A unit of background work.
    JobId,
    /// A row of the outbox.
    EventId,
    /// An upload in progress.
    UploadId,
    /// One run of the library import.
    ImportId,
    /// A paid listening session.
    SessionId,
    /// A sum that a listener allows a player that cannot sign.
    CapId,
    /// A password for one player.
    AppPasswordId,
    /// Money of a listener set aside for something.
    HoldId,
    /// A payment into a wallet.
    TopUpId,
    /// A gift to an artist or to a person.
    TipId,
    /// A session whose charge is contested.
    DisputeId,
    /// An exchange of points for something.
    RedemptionId,
    /// Something that points are exchanged for.
    PerkId,
    /// Something that an account is told.
    NotificationId,
}

/// The source of all randomness: ids, tokens, jitter. Injected, so that tests and simulations repeat exactly.
pub trait Ids: Send + Sync {
    /// Fills `bytes` with random bytes fit for secrets.
    fn fill(&self, bytes: &mut [u8]);

    /// A time-ordered UUID (version 7, RFC 9562) for rows.
    fn uuid(&self, now: Time) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &random).into_uuid()
    }

    /// A random UUID (version 4) for what must not be guessed.
    fn random_uuid(&self) -> Uuid {
        let mut random = [0; 16];
        self.fill(&mut random);
        uuid::Builder::from_random_bytes(random).into_uuid()
    }

    /// 256 secret bits.
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        self.fill(&mut secret);
        secret
    }
}
