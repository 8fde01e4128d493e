//! Who a device is logged in as, remembered for a moment so that a request seldom asks the database.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use kernel::{AccountId, DeviceId, Time};
use quick_cache::sync::Cache;

use crate::Account;

/// How long a node goes on with what it read; a log-in that ended on another node is refused here after it.
pub(super) const MEMORY: Duration = Duration::from_secs(5);
/// Devices remembered at most; the one that was not seen for longest makes room.
const DEVICES: usize = 20_000;
/// Accounts are spread over this many counters.
const COUNTERS: usize = 1024;

/// What this node remembers of devices.
pub(crate) struct Sessions {
    devices: Cache<DeviceId, Session>,
    /// Counts what happened to the accounts of each share: what was read before the last change is void.
    changes: Box<[AtomicU64]>,
    spread: RandomState,
}

#[derive(Clone, Copy)]
struct Session {
    account: Account,
    /// When the log-in ends by itself.
    expires_at: Time,
    read_at: Time,
    change: u64,
}

/// A promise to remember, made before the database is read: what changes in between voids it.
pub(super) struct Slot {
    read_at: Time,
    change: u64,
}

impl Sessions {
    /// Nothing remembered.
    pub(crate) fn new() -> Self {
        Self {
            devices: Cache::new(DEVICES),
            changes: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            spread: RandomState::new(),
        }
    }

    fn counter(&self, account: AccountId) -> &AtomicU64 {
        // Truncating a hash loses nothing.
        let share = usize::try_from(self.spread.hash_one(account) & u64::from(u32::MAX)).unwrap_or_default();
        &self.changes[share % COUNTERS]
    }

    /// Whose log-in `device` is, if that was read a moment ago and nothing happened to `account` since.
    pub(super) fn get(&self, account: AccountId, device: DeviceId, now: Time) -> Option<Account> {
        let session = self.devices.get(&device)?;
        let fresh = session.read_at <= now && now < session.read_at.plus(MEMORY) && now < session.expires_at;
        let current = session.change == self.counter(account).load(Ordering::Acquire);
        (fresh && current && session.account.id == account).then_some(session.account)
    }

    /// To be called before the database is read.
    pub(super) fn slot(&self, account: AccountId, now: Time) -> Slot {
        Slot { read_at: now, change: self.counter(account).load(Ordering::Acquire) }
    }

    /// Remembers what was read.
    pub(super) fn keep(&self, slot: &Slot, account: Account, expires_at: Time) {
        let session = Session { account, expires_at, read_at: slot.read_at, change: slot.change };
        self.devices.insert(account.device, session);
    }

    /// Forgets everything about `account`: to be called after a change to its role or its log-ins has committed.
    pub(crate) fn forget(&self, account: AccountId) {
        self.counter(account).fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Role;

    const START: Time = Time::from_micros(0);

    fn account() -> Account {
        let [id, device] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        Account { id: id.into(), role: Role::Listener, device: device.into() }
    }

    fn kept(sessions: &Sessions, expires_at: Time) -> Account {
        let account = account();
        sessions.keep(&sessions.slot(account.id, START), account, expires_at);
        account
    }

    #[test]
    fn it_forgets_after_five_seconds_or_when_the_log_in_ends() {
        let sessions = Sessions::new();
        let a = kept(&sessions, START.plus(Duration::from_mins(1)));
        let at = |seconds| sessions.get(a.id, a.device, START.plus(Duration::from_secs(seconds)));
        assert_eq!(at(4), Some(a));
        assert_eq!(at(5), None);
        let b = kept(&sessions, START.plus(Duration::from_secs(2)));
        assert_eq!(sessions.get(b.id, b.device, START.plus(Duration::from_secs(2))), None);
        assert_eq!(
            sessions.get(a.id, a.device, START.minus(Duration::from_secs(1))),
            None,
            "the clock went back"
        );
    }

    #[test]
    fn a_change_voids_what_was_read_before_it_even_if_kept_after() {
        let sessions = Sessions::new();
        let a = kept(&sessions, START.plus(Duration::from_mins(1)));
        sessions.forget(a.id);
        assert_eq!(sessions.get(a.id, a.device, START), None);
        let slot = sessions.slot(a.id, START);
        sessions.forget(a.id);
        sessions.keep(&slot, a, START.plus(Duration::from_mins(1)));
        assert_eq!(sessions.get(a.id, a.device, START), None);
    }

    #[test]
    fn a_device_answers_for_its_own_account_alone() {
        let sessions = Sessions::new();
        let a = kept(&sessions, START.plus(Duration::from_mins(1)));
        assert_eq!(sessions.get(Uuid::from_u128(9).into(), a.device, START), None);
    }
}
