//! Rate limits by the generic cell rate algorithm (ITU-T I.371): one time per key, no counters to reset.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use kernel::Time;
use tokio::sync::OwnedMutexGuard;

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

/// How many of something may be under way at a time.
#[derive(Debug, Clone, Copy)]
pub struct AtATime {
    /// The name of what is limited; keys of different ones never meet.
    pub name: &'static str,
    /// How many.
    pub most: usize,
}

type Key = (&'static str, String);

/// Counts attempts and what is under way by key, in this process.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    // The time at which the bucket of a key is full again.
    full_at: Arc<Mutex<HashMap<Key, Time>>>,
    inside: Arc<Mutex<HashMap<Key, usize>>>,
    turns: Arc<Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>>,
}

/// One that is under way, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Inside(Limits, Key);

impl Drop for Inside {
    fn drop(&mut self) {
        let mut inside = self.0.inside.lock().unwrap_or_else(PoisonError::into_inner);
        match inside.get_mut(&self.1) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(inside.remove(&self.1)),
        }
    }
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

    /// Begins one more for `key`; `None` when as many as may be are under way.
    pub fn enter(&self, limit: AtATime, key: &str) -> Option<Inside> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (limit.name, key.to_owned());
        let count = inside.entry(key.clone()).or_default();
        if *count >= limit.most {
            return None;
        }
        *count += 1;
        Some(Inside(self.clone(), key))
    }

    /// Waits until nobody else of `key` has its turn at what is called `name`.
    pub async fn turn(&self, name: &'static str, key: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let known = turns.entry((name, key.to_owned())).or_default();
            known.upgrade().unwrap_or_else(|| {
                let turn = Arc::default();
                *known = Arc::downgrade(&turn);
                turn
            })
        };
        turn.lock_owned().await
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
    fn so_many_are_under_way_and_no_more() {
        const TWO: AtATime = AtATime { name: "two", most: 2 };
        let limits = Limits::default();
        let first = limits.enter(TWO, "a").unwrap();
        let second = limits.enter(TWO, "a").unwrap();
        assert!(limits.enter(TWO, "a").is_none());
        assert!(limits.enter(TWO, "b").is_some());
        drop(first);
        let third = limits.enter(TWO, "a").unwrap();
        assert!(limits.enter(TWO, "a").is_none());
        drop((second, third));
        assert!(limits.inside.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn turns_are_taken_one_after_the_other() {
        use futures_util::FutureExt;
        let limits = Limits::default();
        let first = limits.turn("work", "a").await;
        assert!(limits.turn("work", "a").now_or_never().is_none());
        assert!(limits.turn("work", "b").now_or_never().is_some());
        drop(first);
        assert!(limits.turn("work", "a").now_or_never().is_some());
        drop(limits.turn("work", "c").await);
        assert_eq!(limits.turns.lock().unwrap().len(), 1, "nobody's turns are forgotten");
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
