//! Domain events on their way out: written in the transaction that made them true, delivered afterwards.
//!
//! Owns: outbox.
//!
//! What holds:
//! - an event is delivered if and only if its transaction committed, *at least* once: a crash between delivery
//!   and mark delivers it again, so receivers go by [`Message::id`];
//! - rows are claimed by `sent_at IS NULL`, never by a position: ids commit out of order, and a position would
//!   lose the late ones;
//! - one relay at a time: the row `outbox` of the schedule is its lease, held from `now` to `next_at` and moved
//!   by compare-and-set. The holder delivers in the order of `(at, id)`; it stops at the first message that is
//!   not accepted, and well before its lease ends. Should a delivery hang past that (every delivery has a
//!   deadline of a quarter of the lease, so only a stopped process can), the next relay sends the rest again.

use std::{fmt::Display, sync::Arc, time::Duration};

use kernel::{Clock, Event, EventId, Time};
use serde::{Deserialize, Serialize};

use crate::{Db, Error, Result, Rows, Signal, Tx, from_row, schedule, sql};

/// The version of the payload's schema. It changes only when a reader of the old one would misread the new one.
const VERSION: u8 = 1;
/// The name of the lease among the schedules.
const LEASE: &str = "outbox";
/// Messages read at a time.
const BATCH: usize = 200;
/// How often a relay looks without being woken, and how long it rests after a failure.
const POLL: Duration = Duration::from_secs(1);

/// `{"v": 1, "type": …, …}`
#[derive(Serialize, Deserialize)]
struct Payload<E> {
    v: u8,
    #[serde(flatten)]
    event: E,
}

/// An event on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same at every delivery.
    pub id: EventId,
    /// The topic of the bus.
    pub topic: String,
    /// The event as JSON, with its schema's version as `v`.
    pub payload: String,
    /// When it happened.
    pub at: Time,
}

from_row!(Message { id, topic, payload, at });

impl Message {
    /// The event.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when a newer version of the program wrote it.
    pub fn event(&self) -> Result<Event> {
        match serde_json::from_str::<Payload<Event>>(&self.payload) {
            Ok(Payload { v: VERSION, event }) => Ok(event),
            _ => Err(Error::Unreadable { what: "event", value: self.id.to_string() }),
        }
    }
}

/// Writes `event` under `id`.
pub async fn emit(tx: &mut Tx, event: &Event, id: EventId, now: Time) -> Result<()> {
    emit_all(tx, [(id, event)], now).await
}

/// As [`emit`], of several at once.
pub async fn emit_all<'e>(
    tx: &mut Tx,
    events: impl IntoIterator<Item = (EventId, &'e Event)>,
    now: Time,
) -> Result<()> {
    let rows = events.into_iter().map(|(id, event)| {
        let payload = serde_json::to_string(&Payload { v: VERSION, event })
            .map_err(|e| Error::Sqlx(sqlx::Error::Encode(e.into())))?;
        Ok((id, event.topic(), payload))
    });
    let rows: Rows = rows.collect::<Result<Vec<_>>>()?.into_iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    tx.signal(Signal::Outbox);
    sql!(
        "INSERT INTO outbox (id, topic, payload, at)
         SELECT r.id, r.topic, r.payload, $now FROM {rows $events r(id uuid, topic text, payload text)}"
    )
    .set_rows("events", rows)
    .set("now", now)
    .run(tx)
    .await?;
    Ok(())
}

/// Up to `n` messages that are not marked as sent, the oldest first.
pub async fn unsent(tx: &mut Tx, n: usize) -> Result<Vec<Message>> {
    sql!("SELECT id, topic, payload, at FROM outbox WHERE sent_at IS NULL ORDER BY at, id LIMIT $1")
        .bind(i64::try_from(n).unwrap_or(i64::MAX))
        .all(tx)
        .await
}

/// Marks messages as sent.
pub async fn mark(tx: &mut Tx, ids: &[EventId], now: Time) -> Result<()> {
    sql!(
        "UPDATE outbox SET sent_at = $at
         WHERE sent_at IS NULL AND id IN (SELECT s.id FROM {rows $ids s(id uuid)})"
    )
    .set("at", now)
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .run(tx)
    .await?;
    Ok(())
}

/// Deletes up to `n` messages that were sent before `before`; answers how many.
pub async fn prune(tx: &mut Tx, before: Time, n: u32) -> Result<u64> {
    sql!(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)"
    )
    .bind(before)
    .bind(n)
    .run(tx)
    .await
}

/// What a [`Relay`] did in one turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Another relay holds the lease.
    Elsewhere,
    /// It delivered this many messages; if there may be more, `more`.
    Sent {
        /// Messages delivered and marked.
        sent: usize,
        /// Whether to go on at once.
        more: bool,
    },
    /// It delivered some, and then one was refused, for this reason: that one comes again.
    Refused {
        /// Messages delivered and marked.
        sent: usize,
        /// What the sink said.
        reason: String,
    },
}

/// Carries messages from the outbox to a sink.
pub struct Relay {
    db: Db,
    clock: Arc<dyn Clock>,
    lease: Duration,
    /// Until when this relay is the one.
    held: Option<Time>,
}

impl Relay {
    /// A relay that holds its lease for `lease` at a time: as long as the others wait if its process dies.
    pub fn new(db: Db, clock: Arc<dyn Clock>, lease: Duration) -> Self {
        Self { db, clock, lease, held: None }
    }

    /// Delivers until `stop` is done, then lets another relay take over at once.
    pub async fn run<F, E>(mut self, sink: impl Fn(Message) -> F, stop: impl Future<Output = ()>)
    where
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let mut wake = self.db.listen(Signal::Outbox);
        let work = async {
            loop {
                match self.turn(&sink).await {
                    Ok(Turn::Sent { more: true, .. }) => {}
                    Ok(Turn::Sent { more: false, .. }) => wake.wait(POLL).await,
                    Ok(Turn::Elsewhere) => tokio::time::sleep(POLL).await,
                    Ok(Turn::Refused { reason, .. }) => {
                        tracing::warn!(reason, "the outbox waits: an event was not accepted");
                        tokio::time::sleep(POLL).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the outbox cannot be read");
                        tokio::time::sleep(POLL).await;
                    }
                }
            }
        };
        tokio::select! {
            () = stop => {}
            () = work => {}
        }
        if let Err(error) = self.give_up().await {
            tracing::debug!(%error, "the lease of the outbox was kept");
        }
    }

    /// Delivers all that waits, if this relay is the one, and lets another take over; answers how many.
    pub async fn run_due<F, E>(mut self, sink: impl Fn(Message) -> F) -> Result<usize>
    where
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let mut all = 0;
        loop {
            match self.turn(&sink).await? {
                Turn::Sent { sent, more: true } => all += sent,
                Turn::Sent { sent, more: false } | Turn::Refused { sent, .. } => {
                    self.give_up().await?;
                    return Ok(all + sent);
                }
                Turn::Elsewhere => return Ok(all),
            }
        }
    }

    /// Delivers one batch, if this relay is the one.
    pub async fn turn<F, E>(&mut self, sink: &impl Fn(Message) -> F) -> Result<Turn>
    where
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let Some(until) = self.hold().await? else { return Ok(Turn::Elsewhere) };
        let messages = crate::read!(self.db, |tx| unsent(tx, BATCH).await)?;
        let waiting = messages.len();
        let (mut sent, mut refused, mut late) = (Vec::new(), None, false);
        for message in messages {
            let id = message.id;
            late = self.clock.now() >= until.minus(self.lease / 2);
            if late {
                break;
            }
            match tokio::time::timeout(self.lease / 4, sink(message)).await {
                Ok(Ok(())) => sent.push(id),
                Ok(Err(e)) => refused = Some(e.to_string()),
                Err(_) => refused = Some("no answer in time".to_owned()),
            }
            if refused.is_some() {
                break;
            }
        }
        let count = sent.len();
        if count > 0 {
            let now = self.clock.now();
            crate::write!(self.db, |tx| mark(tx, &sent, now).await)?;
        }
        Ok(match refused {
            Some(reason) => Turn::Refused { sent: count, reason },
            None => Turn::Sent { sent: count, more: late || waiting == BATCH },
        })
    }

    /// Takes the lease or renews it; answers until when it is held.
    async fn hold(&mut self) -> Result<Option<Time>> {
        let (now, held, lease) = (self.clock.now(), self.held, self.lease);
        let until = now.plus(lease);
        // Renewed after its first quarter, so that a busy relay does not write a row for every batch.
        if let Some(held) = held.filter(|held| now < held.minus(lease * 3 / 4)) {
            return Ok(Some(held));
        }
        let mine = crate::write!(self.db, |tx| {
            let renewed = match held {
                Some(held) => schedule::shift(tx, LEASE, held, until).await?,
                None => false,
            };
            Ok::<_, Error>(renewed || schedule::due(tx, LEASE, lease, now).await?)
        })?;
        self.held = mine.then_some(until);
        Ok(self.held)
    }

    async fn give_up(&mut self) -> Result<()> {
        let Some(held) = self.held.take() else { return Ok(()) };
        let now = self.clock.now();
        crate::write!(self.db, |tx| schedule::shift(tx, LEASE, held, now).await)?;
        Ok(())
    }
}
