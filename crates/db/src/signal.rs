//! Wake-ups inside one process: a transaction that commits work wakes whoever does it.

use std::time::Duration;

use tokio::sync::watch;

/// Who is woken when a transaction commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// There is a job to run.
    Job,
    /// There is an outbox row to send.
    Outbox,
    /// The change feed grew.
    Feed,
}

impl Signal {
    const ALL: [Self; 3] = [Self::Job, Self::Outbox, Self::Feed];

    const fn place(self) -> usize {
        match self {
            Self::Job => 0,
            Self::Outbox => 1,
            Self::Feed => 2,
        }
    }

    pub(crate) const fn bit(self) -> u8 {
        1 << self.place()
    }
}

/// One channel a signal. A listener remembers what it has seen, so a signal that comes between its look at the
/// database and its wait is not lost.
#[derive(Debug, Default)]
pub(crate) struct Signals([watch::Sender<()>; 3]);

impl Signals {
    /// Sends the signals of a set of bits.
    pub(crate) fn send_all(&self, bits: u8) {
        for signal in Signal::ALL {
            if bits & signal.bit() != 0 {
                self.0[signal.place()].send_replace(());
            }
        }
    }

    pub(crate) fn listen(&self, signal: Signal) -> Listener {
        Listener(self.0[signal.place()].subscribe())
    }
}

/// Waits for a [`Signal`]; made by [`Db::listen`](crate::Db::listen).
#[derive(Debug)]
pub struct Listener(watch::Receiver<()>);

impl Listener {
    /// Waits until the signal was sent since the last wait (or since the listener was made), or `at_most` has
    /// passed: other processes send none, so whoever waits looks again after a while.
    pub async fn wait(&mut self, at_most: Duration) {
        // Without a sender the database is closed: only the time is left.
        let changed = async {
            if self.0.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let _ = tokio::time::timeout(at_most, changed).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Signal, Signals};

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    #[expect(clippy::disallowed_methods, reason = "a paused clock, which only waiting moves")]
    async fn a_signal_between_the_look_and_the_wait_is_not_lost() {
        let signals = Signals::default();
        let (mut job, mut feed) = (signals.listen(Signal::Job), signals.listen(Signal::Feed));
        let start = tokio::time::Instant::now();
        signals.send_all(Signal::Job.bit());
        signals.send_all(Signal::Job.bit());
        job.wait(LONG).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        // Seen once, and by its own listeners only.
        job.wait(LONG).await;
        assert_eq!(start.elapsed(), LONG);
        feed.wait(LONG).await;
        assert_eq!(start.elapsed(), LONG * 2);
    }
}
