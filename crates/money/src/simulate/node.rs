//! A node: the meter, its clock, and what can happen to both.

use super::store::Owner;
use crate::meter::{Meter, Moment};

/// A machine that runs the service.
#[derive(Debug)]
pub(super) struct Node {
    /// Nothing while it is down.
    pub(super) meter: Option<Meter>,
    pub(super) owner: Owner,
    /// What its clock shows at the beginning of true time; jumps move it.
    pub(super) clock_offset: u64,
    /// It does nothing before this true time.
    pub(super) stalled_until: u64,
    /// It does not reach the database before this true time.
    pub(super) cut_off_until: u64,
}

impl Node {
    pub(super) fn new(node: usize, meter: Meter, clock_offset: u64) -> Self {
        let owner = Owner { node, life: 0 };
        Self { meter: Some(meter), owner, clock_offset, stalled_until: 0, cut_off_until: 0 }
    }

    /// What its clock shows at a true time.
    pub(super) fn clock(&self, now: u64) -> Moment {
        Moment::from_micros(now.saturating_add(self.clock_offset))
    }

    pub(super) fn is_awake(&self, now: u64) -> bool {
        self.meter.is_some() && now >= self.stalled_until
    }

    /// The true time at which it has to be woken.
    pub(super) fn wakes_at(&self) -> Option<u64> {
        let at = self.meter.as_ref()?.deadline()?.micros().saturating_sub(self.clock_offset);
        Some(at.max(self.stalled_until))
    }
}
