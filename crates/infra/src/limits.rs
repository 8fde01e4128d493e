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

/// Keys kept at most. When full, those that have all of their attempts back go, and if that makes too little room, those
/// that are nearest to it: what a guesser has used up outlasts any number of keys that were seen once.
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
        let key = (quota.name, key.to_owned());
        if full_at.len() >= KEYS && !full_at.contains_key(&key) {
            make_room(&mut full_at, now);
        }
        let slot = full_at.entry(key).or_insert(now);
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

/// Leaves at most nine of ten places taken, so that the next time is far off.
fn make_room(full_at: &mut HashMap<(&'static str, String), Time>, now: Time) {
    full_at.retain(|_, at| *at > now);
    let Some(surplus) = full_at.len().checked_sub(KEYS / 10 * 9).filter(|n| *n > 0) else { return };
    let mut times: Vec<Time> = full_at.values().copied().collect();
    let (_, last, _) = times.select_nth_unstable(surplus - 1);
    let last = *last;
    // Many may be full at the very time of the last one that must go: no more go than must.
    let mut left = surplus;
    full_at.retain(|_, at| {
        let goes = *at <= last && left > 0;
        left -= usize::from(goes);
        !goes
    });
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
    fn memory_is_bounded_and_a_flood_of_keys_gives_nobody_attempts_back() {
        let (limits, now) = (Limits::default(), Time::from_micros(0));
        let spent = |key| limits.take(QUOTA, key, now).is_err();
        while !spent("guesser") {}
        for key in 0..KEYS * 2 {
            limits.take(QUOTA, &key.to_string(), now).unwrap();
        }
        assert!(spent("guesser"));
        let kept = limits.full_at.lock().unwrap().len();
        assert!((KEYS / 10 * 9..=KEYS).contains(&kept), "{kept}");

        // Those that are full again make room first.
        let later = now.plus(Duration::from_secs(15));
        for key in KEYS * 2..KEYS * 3 {
            limits.take(QUOTA, &key.to_string(), later).unwrap();
        }
        assert!(limits.full_at.lock().unwrap().contains_key(&("test", "guesser".to_owned())));
    }
}
