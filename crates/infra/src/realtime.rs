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
    /// A value; only the newest counts.
    Latest {
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
    /// Its name, in which `{id}` stands for a subject: `admin`, `job:{id}`, `artist:{id}:earnings`.
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
    /// A value: one for each subject, if the name has a place for one, and otherwise one for all. `see` answers for each
    /// [`Ask`], in their order, what it is to see now, or `None` where there is nothing or it may not be seen: the two
    /// are not told apart.
    pub fn of_values<F, Fut>(name: &'static str, source: Source, see: F) -> Self
    where
        F: Fn(Vec<Ask>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<Vec<Option<Value>>>> + Send + 'static,
    {
        let see = move |asks| -> Answer<Vec<Option<Value>>> { Box::pin(see(asks)) };
        Self { name, source, content: Content::Latest { see: Arc::new(see) } }
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

    /// What of this channel `name` names: a subject, or nil where it has none; `None` if it names something else. One
    /// thing has one name.
    pub fn subject(&self, name: &str) -> Option<Uuid> {
        let Some((before, after)) = self.name.split_once("{id}") else {
            return (self.name == name).then(Uuid::nil);
        };
        let id = name.strip_prefix(before)?.strip_suffix(after)?;
        id.parse::<Uuid>().ok().filter(|subject| subject.to_string() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_subject_where_the_pattern_says() {
        const ID: &str = "019c0000-0000-7000-8000-000000000000";
        let channel = |name| Channel::of_values(name, Source::Feeds(&[]), |_| async { Ok(Vec::new()) });
        let subject = |pattern, name: &str| channel(pattern).subject(name).map(|id| id.to_string());
        assert_eq!(channel("admin").subject("admin"), Some(Uuid::nil()));
        assert_eq!(subject("job:{id}", &format!("job:{ID}")).as_deref(), Some(ID));
        let earnings = "artist:{id}:earnings";
        assert_eq!(subject(earnings, &format!("artist:{ID}:earnings")).as_deref(), Some(ID));
        for (pattern, name) in [
            ("admin", format!("admin:{ID}")),
            ("job:{id}", "job".into()),
            ("job:{id}", "job:".into()),
            ("job:{id}", format!("job:{}", ID.to_uppercase())),
            (earnings, format!("artist:{ID}")),
            (earnings, format!("artist:{ID}:earnings:")),
            (earnings, "artist::earnings".into()),
            (earnings, "artist:earnings".into()),
        ] {
            assert_eq!(channel(pattern).subject(&name), None, "{name} is no {pattern}");
        }
    }
}
