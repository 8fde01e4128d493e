//! Whether those on sockets are still logged in: looked at for all of them in one go.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use identity::Identity;
use kernel::DeviceId;
use tokio::sync::Notify;

/// Log-ins that one statement looks at.
const AT_ONCE: usize = 1_000;

/// The sockets of a node, by their log-ins. It has no more entries than there are sockets.
#[derive(Default)]
pub(super) struct Lookout(Mutex<Sockets>);

#[derive(Default)]
struct Sockets {
    last: u64,
    open: HashMap<u64, (DeviceId, Arc<Notify>)>,
}

/// A socket that is looked after until this is dropped.
pub(super) struct Watch {
    lookout: Arc<Lookout>,
    number: u64,
    ended: Arc<Notify>,
}

impl Lookout {
    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks after a socket of `device`.
    pub(super) fn watch(self: &Arc<Self>, device: DeviceId) -> Watch {
        let ended = Arc::new(Notify::new());
        let mut sockets = self.sockets();
        sockets.last += 1;
        let number = sockets.last;
        sockets.open.insert(number, (device, Arc::clone(&ended)));
        Watch { lookout: Arc::clone(self), number, ended }
    }

    /// Looks once, and tells the sockets whose log-in has ended. Those that cannot be looked at now are next time.
    pub(super) async fn look(&self, identity: &Identity) -> db::Result<()> {
        let devices: Vec<DeviceId> = self.sockets().open.values().map(|(device, _)| *device).collect();
        for some in devices.chunks(AT_ONCE) {
            let ended: HashSet<DeviceId> = identity.logged_out(some).await?.into_iter().collect();
            if !ended.is_empty() {
                let sockets = self.sockets();
                let ended = sockets.open.values().filter(|(device, _)| ended.contains(device));
                ended.for_each(|(_, socket)| socket.notify_one());
            }
        }
        Ok(())
    }
}

impl Watch {
    /// Waits until the log-in has ended.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.lookout.sockets().open.remove(&self.number);
    }
}
