//! Paid listening: sessions in which a listener pays an artist for each second (`docs/METER.md`).
//!
//! Owns: `paid_session`, `session_share`, `meter_session`, `paid_range`, `spending_cap`.
//!
//! The rules are the meter's ([`money::meter`]); here is what surrounds it: the terms of a session ([`service`]), its
//! rows and entries ([`store`]), the task that drives the meter ([`node`]), the bytes that follow payment ([`gate`]), and
//! what clients say to it over a socket ([`socket`]) or over REST ([`api`]).
//!
//! What holds:
//! - an account has one open session: one row of `meter_session`, on whatever node;
//! - every second that is told as committed is in that row, under the epoch of the node that told it;
//! - what is held of a listener's money is what open sessions hold; when one ends, its charge, its shares, its receipt
//!   and the release of the rest are one transaction.

mod api;
mod attempt;
mod desk;
mod error;
mod frames;
mod gate;
mod known;
mod lookout;
mod model;
mod node;
mod packed;
mod queries;
mod service;
mod socket;
mod spending;
mod store;
mod upkeep;
mod window;

use std::sync::{Arc, Mutex, PoisonError};

use desk::Desk;
pub use error::SessionError;
pub use gate::Gate;
use identity::Identity;
use infra::{http::Routes, routes};
use kernel::AccountId;
pub(crate) use known::forget_refunded;
use lookout::Lookout;
pub use model::{Agreement, Instance, Started, Told, Wish};
pub use node::Node;
pub(crate) use packed::heard_in;
pub(crate) use queries::mark;
use tokio::sync::MutexGuard;

use crate::Commerce;

/// Accounts share so many turns.
const TURNS: usize = 256;

/// Paid listening on one node.
pub struct Sessions {
    desk: Desk,
    lookout: Arc<Lookout>,
    instance: Instance,
    node: Mutex<Option<Node>>,
    turns: Vec<tokio::sync::Mutex<()>>,
}

impl Sessions {
    /// Paid listening whose bytes go through `gate`.
    pub fn new(identity: &Identity, gate: Arc<Gate>) -> Self {
        let instance = Instance::of(&identity.app.keys);
        let lookout = Arc::new(Lookout::default());
        let (node, desk) = Node::new(identity, instance.clone(), gate, Arc::clone(&lookout));
        let turns = (0..TURNS).map(|_| tokio::sync::Mutex::new(())).collect();
        Self { desk, lookout, instance, node: Mutex::new(Some(node)), turns }
    }

    /// The task that meters: to be run once, by whoever has the role.
    pub fn node(&self) -> Option<Node> {
        self.node.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The instance as listeners sign for it.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Looks at the clock, which was moved by hand.
    pub fn turn_clock(&self) {
        self.desk.turned.notify_one();
    }

    /// Waits until all that is due by now is done: for tests, whose clock is faster than any database.
    pub async fn quiet(&self) {
        let _ = self.desk.ask(|reply| desk::Command::Quiet { reply }).await;
    }

    /// One beginning or end of an account's sessions at a time.
    async fn turn(&self, account: AccountId) -> MutexGuard<'_, ()> {
        let bytes = account.0.as_bytes();
        let at = usize::from(bytes[15]) % TURNS;
        self.turns[at].lock().await
    }
}

/// The routes of this module.
pub fn routes() -> Routes<Commerce> {
    Routes::new()
        .routes(routes!(socket::open_meter))
        .routes(routes!(api::start_session))
        .routes(routes!(api::get_session))
        .routes(routes!(api::acknowledge_session))
        .routes(routes!(api::settle_session))
        .routes(routes!(api::list_sessions))
        .routes(routes!(spending::get_spending_caps, spending::put_spending_caps))
        .routes(routes!(spending::get_spending))
        .merge(crate::disputes::routes())
        .merge(crate::earnings::routes())
        .merge(crate::receipts::routes())
}
