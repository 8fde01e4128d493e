//! Channels: what clients can follow over the realtime socket. A module makes its own; the server serves them all.
//!
//! The database is the truth and a channel says how to look at it. What wakes the look is the change feed
//! ([`db::feed`]) or the passing of time.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use kernel::AccountId;
use serde_json::Value;
use uuid::Uuid;

type Answer<T> = Pin<Box<dyn Future<Output = db::Result<T>> + Send>>;
type See = dyn Fn(Vec<Ask>) -> Answer<Vec<Option<Value>>> + Send + Sync;
type Since = dyn Fn(AccountId, Option<i64>) -> Answer<Missed> + Send + Sync;

/// Who follows what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ask {
    /// The account that follows; `None` for somebody without one.
    pub account: Option<AccountId>,
    /// What is followed; nil where a channel has no subjects.
    pub subject: Uuid,
}

/// What brings news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Changes of the subject in these channels of the change feed.
    Feeds(&'static [&'static str]),
    /// Nothing says so: it is looked at this often while somebody follows it.
    Every(Duration),
}

/// What came after an id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Missed {
    /// The newest id there is; 0 before the first.
    pub head: i64,
    /// The events after the id that was asked about, with their ids, oldest first.
    pub events: Vec<(i64, Value)>,
    /// Whether some of them are not among these: too many or too old.
    pub gap: bool,
}

/// What a channel holds, and how that is looked up.
#[derive(Clone)]
pub enum Content {
    /// A value; only the newest counts. Told by subject (`name:{id}`), or there is one for all (`name`).
    Latest {
        /// Whether the name ends in the id of a subject.
        of_subjects: bool,
        /// What each is to see now; `None` if there is no such thing for them.
        see: Arc<See>,
    },
    /// Events of an account, each with an id larger than the one before; none is left out unsaid.
    Events {
        /// Those of the account after an id, or the head alone.
        since: Arc<Since>,
    },
}

/// A kind of channel.
#[derive(Clone)]
pub struct Channel {
    /// What its name is, or begins with before a colon and the id of a subject.
    pub name: &'static str,
    /// What brings news of it. The subjects in a feed are those of the channel; accounts, for events.
    pub source: Source,
    /// What it holds.
    pub content: Content,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("name", &self.name)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Channel {
    /// A value for each subject. `see` answers for each [`Ask`], in their order, what it is to see now, or `None`
    /// where there is nothing or it may not be seen: the two are not told apart.
    pub fn of_subjects<F, Fut>(name: &'static str, source: Source, see: F) -> Self
    where
        F: Fn(Vec<Ask>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<Vec<Option<Value>>>> + Send + 'static,
    {
        Self::latest(name, source, true, see)
    }

    /// One value for all who may see it, as [`Channel::of_subjects`] says.
    pub fn of_one<F, Fut>(name: &'static str, source: Source, see: F) -> Self
    where
        F: Fn(Vec<Ask>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<Vec<Option<Value>>>> + Send + 'static,
    {
        Self::latest(name, source, false, see)
    }

    fn latest<F, Fut>(name: &'static str, source: Source, of_subjects: bool, see: F) -> Self
    where
        F: Fn(Vec<Ask>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<Vec<Option<Value>>>> + Send + 'static,
    {
        let see = move |asks| -> Answer<Vec<Option<Value>>> { Box::pin(see(asks)) };
        Self { name, source, content: Content::Latest { of_subjects, see: Arc::new(see) } }
    }

    /// Events of the account that follows. `since` answers those after an id, or only the newest id there is.
    pub fn of_events<F, Fut>(name: &'static str, source: Source, since: F) -> Self
    where
        F: Fn(AccountId, Option<i64>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<Missed>> + Send + 'static,
    {
        let since = move |account, after| -> Answer<Missed> { Box::pin(since(account, after)) };
        Self { name, source, content: Content::Events { since: Arc::new(since) } }
    }
}
