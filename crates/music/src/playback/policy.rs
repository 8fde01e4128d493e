//! Who may hear what: the question that playback asks, and the answer while nothing is paid for yet.

use std::pin::Pin;

use infra::config::Anonymous;
use kernel::{AccountId, TrackId};

use super::{PlaybackError, Quality};

/// One request for the sound of a track that the caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The track.
    pub track: TrackId,
    /// Its size in bytes.
    pub size: u64,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
    /// The first byte that is asked for.
    pub from: u64,
    /// Whether it has a price.
    pub priced: bool,
    /// Who listens; `None` for a visitor without an account.
    pub account: Option<AccountId>,
    /// Whether that account manages the track's artist page.
    pub manager: bool,
}

/// What a listener gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The track.
    Track {
        /// The best quality.
        best: Quality,
        /// The first byte from [`Ask::from`] on that is not released (yet). A range ends before it; the whole, which no other
        /// answer can say that it is a part of, waits for what is released meanwhile.
        until: Option<u64>,
        /// Whether what is delivered makes a reported play count.
        counts: bool,
    },
    /// The preview, which never counts.
    Preview,
    /// Nothing before a log-in.
    LogIn,
    /// Nothing.
    Refused,
}

/// What becomes of a piece that is about to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It goes out, and is counted.
    Sent,
    /// It is not released yet.
    Later,
    /// It is not released any more, as when what it was released for has ended meanwhile.
    Over,
}

/// An answer on its way: a policy may have to look something up.
pub type Judging<'a> = Pin<Box<dyn Future<Output = Result<Verdict, PlaybackError>> + Send + 'a>>;

/// Decides what a listener gets of a track. Asked on every request for bytes, so it answers from memory where it
/// can; what it remembers is at most 5 s old.
pub trait Policy: Send + Sync {
    /// The verdict on `ask`.
    fn judge(&self, ask: Ask) -> Judging<'_>;

    /// Counts a piece of what was judged as it goes out: `length` bytes from [`Ask::from`] on. The answer breaks off before
    /// a piece that is not released, or waits for it.
    fn deliver(&self, ask: Ask, length: u64) -> Delivery {
        let _ = (ask, length);
        Delivery::Sent
    }
}

/// Free tracks in full, priced ones as previews except for the managers of their page; visitors without an account
/// as the instance is configured.
#[derive(Debug, Clone, Copy)]
pub struct FreeOrPreview {
    /// What visitors get.
    pub anonymous: Anonymous,
}

impl FreeOrPreview {
    /// The verdict on `ask`.
    pub fn verdict(self, ask: Ask) -> Verdict {
        match (ask.account, self.anonymous) {
            (None, Anonymous::None) => Verdict::LogIn,
            (None, Anonymous::Preview) => Verdict::Preview,
            _ if ask.priced && !ask.manager => Verdict::Preview,
            _ => Verdict::Track { best: Quality::Original, until: None, counts: true },
        }
    }
}

impl Policy for FreeOrPreview {
    fn judge(&self, ask: Ask) -> Judging<'_> {
        Box::pin(std::future::ready(Ok(self.verdict(ask))))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const WHOLE: Verdict = Verdict::Track { best: Quality::Original, until: None, counts: true };

    fn verdict(anonymous: Anonymous, account: bool, priced: bool, manager: bool) -> Verdict {
        let account = account.then_some(AccountId(Uuid::nil()));
        FreeOrPreview { anonymous }.verdict(Ask {
            track: TrackId(Uuid::nil()),
            size: 1,
            duration_ms: 1_000,
            from: 0,
            priced,
            account,
            manager,
        })
    }

    #[test]
    fn visitors_get_what_is_configured_and_never_a_priced_track() {
        for priced in [false, true] {
            assert_eq!(verdict(Anonymous::None, false, priced, false), Verdict::LogIn);
            assert_eq!(verdict(Anonymous::Preview, false, priced, false), Verdict::Preview);
        }
        assert_eq!(verdict(Anonymous::Full, false, false, false), WHOLE);
        assert_eq!(verdict(Anonymous::Full, false, true, false), Verdict::Preview);
    }

    #[test]
    fn accounts_get_free_tracks_and_managers_their_own() {
        for anonymous in [Anonymous::None, Anonymous::Preview, Anonymous::Full] {
            assert_eq!(verdict(anonymous, true, false, false), WHOLE);
            assert_eq!(verdict(anonymous, true, true, false), Verdict::Preview);
            assert_eq!(verdict(anonymous, true, true, true), WHOLE);
        }
    }
}
