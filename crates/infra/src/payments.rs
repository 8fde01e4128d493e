//! Money from outside: whoever moves it is behind this port.

use std::future::{Future, ready};

use kernel::{Amount, TopUpId};

use crate::config::Mode;

/// Who moves money in. Fixed at start; nothing falls back to pretending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payments {
    /// Nobody is configured: nothing can be paid in.
    Off,
    /// Play money for demos and tests: nothing is charged anywhere.
    Test,
}

/// Money that is to come in.
#[derive(Debug, Clone)]
pub struct Order {
    /// The provider charges once for each.
    pub id: TopUpId,
    /// How much.
    pub amount: Amount,
    /// How it is paid.
    pub method: String,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charged {
    /// The money is there.
    Settled,
    /// It was refused, and will not come.
    Declined,
    /// Nobody knows yet: [`Payments::look_up`] asks again.
    Unknown,
}

/// The ways to pay that the test provider knows, and what becomes of each at first and when it is asked again.
const TEST: [(&str, Charged, Charged); 4] = [
    ("test", Charged::Settled, Charged::Settled),
    ("test-declined", Charged::Declined, Charged::Declined),
    ("test-unknown", Charged::Unknown, Charged::Settled),
    ("test-lost", Charged::Unknown, Charged::Declined),
];

impl Payments {
    /// The provider of a mode: none in production, where one must be configured first.
    pub const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Demo | Mode::Test => Self::Test,
            Mode::Production => Self::Off,
        }
    }

    /// The ways to pay.
    pub fn methods(self) -> Vec<&'static str> {
        match self {
            Self::Off => Vec::new(),
            Self::Test => TEST.iter().map(|(name, ..)| *name).collect(),
        }
    }

    /// Charges for an order; for one that was charged already, as [`Payments::look_up`].
    pub fn charge(self, order: &Order) -> impl Future<Output = Charged> + Send + use<> {
        ready(self.test(order).0)
    }

    /// What became of an order, whose number the provider knows it by.
    pub fn look_up(self, order: &Order) -> impl Future<Output = Charged> + Send + use<> {
        ready(self.test(order).1)
    }

    fn test(self, order: &Order) -> (Charged, Charged) {
        let known = TEST.iter().find(|(name, ..)| self == Self::Test && *name == order.method);
        known.map_or((Charged::Declined, Charged::Declined), |&(_, first, later)| (first, later))
    }
}
