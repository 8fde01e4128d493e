//! Rate limits by the generic cell rate algorithm (ITU-T I.371): one time per key, no counters to reset.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::Time;

/// How often something may happen: `burst` at once, then one each `every`.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// The name of what is limited; keys of different quotas never meet.
    pub name: &'static str,
    /// How many at once.
    pub burst: u32,
    /// How long until one more is allowed.
    pub every: Duration,
}

/// Keys kept at most; when full, those that have long been allowed again go first, then all.
const KEYS: usize = 100_000;

/// Counts attempts by key, in this process.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    // The time at which the bucket of a key is full again.
    full_at: Arc<Mutex<HashMap<(&'static str, String), Time>>>,
}

impl Limits {
    /// Takes one attempt from `key`.
    ///
    /// # Errors
    /// How long to wait, when there is none left.
    pub fn take(&self, quota: Quota, key: &str, now: Time) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEYS {
            full_at.retain(|_, at| *at > now);
            if full_at.len() >= KEYS {
                full_at.clear();
            }
        }
        let slot = full_at.entry((quota.name, key.to_owned())).or_insert(now);
        let full = (*slot).max(now);
        let room = quota.every * quota.burst.saturating_sub(1);
        let ahead = full.since(now);
        if let Some(wait) = ahead.checked_sub(room).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        *slot = full.plus(quota.every);
        Ok(())
    }

    /// Gives `key` all of its attempts back: after a success that clears suspicion.
    pub fn forget(&self, quota: Quota, key: &str) {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner).remove(&(quota.name, key.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { name: "test", burst: 3, every: Duration::from_secs(10) };

    #[test]
    fn a_burst_passes_and_then_one_each_interval() {
        let (limits, start) = (Limits::default(), Time::from_micros(0));
        for _ in 0..3 {
            assert_eq!(limits.take(QUOTA, "a", start), Ok(()));
        }
        assert_eq!(limits.take(QUOTA, "a", start), Err(Duration::from_secs(10)));
        assert_eq!(limits.take(QUOTA, "b", start), Ok(()));
        let later = start.plus(Duration::from_secs(10));
        assert_eq!(limits.take(QUOTA, "a", later), Ok(()));
        assert!(limits.take(QUOTA, "a", later).is_err());
        limits.forget(QUOTA, "a");
        assert_eq!(limits.take(QUOTA, "a", later), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let (limits, now) = (Limits::default(), Time::from_micros(0));
        for key in 0..KEYS + 10 {
            limits.take(QUOTA, &key.to_string(), now).unwrap();
        }
        assert!(limits.full_at.lock().unwrap().len() <= KEYS);
    }
}
