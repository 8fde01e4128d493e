use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use db::{
    Error, Signal,
    outbox::{self, Message, Relay, Turn},
};
use kernel::{AccountId, Event};

use crate::base::{Base, NOON, Turned, id, on_both, seconds};

on_both!(
    delivers_in_order_and_marks,
    a_refused_event_holds_back_the_later_ones,
    a_crash_before_the_mark_delivers_again,
    one_relay_at_a_time,
    the_loop_is_woken_and_stops,
    payloads_say_their_version,
    prunes_what_was_sent,
);

const LEASE: Duration = seconds(30);

fn joined(account: u128) -> Event {
    Event::AccountCreated { account: id::<AccountId>(account) }
}

/// Emits events about the accounts `accounts`, a second apart.
async fn emit(base: &Base, accounts: impl IntoIterator<Item = u128>) {
    for n in accounts {
        let at = NOON.plus(seconds(u64::try_from(n).unwrap()));
        // Ids that run against the times: the order is that of the times.
        db::write!(base.db, |tx| outbox::emit(tx, &joined(n), id(10_000 - n), at).await).unwrap();
    }
}

/// Where messages go.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u128>>>);

impl Sink {
    fn take(&self, message: &Message) {
        let Ok(Event::AccountCreated { account }) = message.event() else { panic!("another event") };
        self.0.lock().unwrap().push(account.0.as_u128());
    }

    /// Takes everything.
    fn deliver(&self) -> impl Fn(Message) -> std::future::Ready<Result<(), Infallible>> + use<> {
        let sink = self.clone();
        move |message| {
            sink.take(&message);
            std::future::ready(Ok(()))
        }
    }

    fn taken(&self) -> Vec<u128> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn relay(base: &Base, clock: &Arc<Turned>) -> Relay {
    Relay::new(base.db.clone(), Arc::clone(clock) as _, LEASE)
}

async fn delivers_in_order_and_marks(base: &Base) {
    let (clock, sink) = (Arc::new(Turned::default()), Sink::default());
    let mut relay = relay(base, &clock);
    let deliver = sink.deliver();
    emit(base, [3, 1, 2]).await;
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 3, more: false });
    assert_eq!(sink.taken(), [1, 2, 3]);
    // A late one with an earlier time is not lost.
    emit(base, [0]).await;
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 1, more: false });
    assert_eq!(sink.taken(), [0]);
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 0, more: false });
    // Nor is one whose transaction rolled back delivered.
    let failed = db::write!(base.db, |tx| {
        outbox::emit(tx, &joined(9), id(9), NOON).await?;
        Err::<(), _>(Error::NoRow("rolled back"))
    });
    assert!(failed.is_err());
    // More than a batch.
    emit(base, 100..350).await;
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 200, more: true });
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 50, more: false });
    assert_eq!(sink.taken(), (100..350).collect::<Vec<_>>());
}

async fn a_refused_event_holds_back_the_later_ones(base: &Base) {
    let (clock, sink) = (Arc::new(Turned::default()), Sink::default());
    let mut relay = relay(base, &clock);
    emit(base, [1, 2, 3]).await;
    let refusing = |message: Message| {
        std::future::ready(if message.id == id(9_998) {
            Err("the broker is away")
        } else {
            sink.take(&message);
            Ok(())
        })
    };
    let refused = Turn::Refused { sent: 1, reason: "the broker is away".into() };
    assert_eq!(relay.turn(&refusing).await.unwrap(), refused);
    assert_eq!(sink.taken(), [1]);
    let refused = Turn::Refused { sent: 0, reason: "the broker is away".into() };
    assert_eq!(relay.turn(&refusing).await.unwrap(), refused);
    let deliver = sink.deliver();
    assert_eq!(relay.turn(&deliver).await.unwrap(), Turn::Sent { sent: 2, more: false });
    assert_eq!(sink.taken(), [2, 3]);
    // A sink that never answers is cut off.
    emit(base, [4]).await;
    let mut hasty = Relay::new(base.db.clone(), Arc::clone(&clock) as _, Duration::from_millis(200));
    clock.turn(seconds(31));
    let turn = hasty.turn(&|_| std::future::pending::<Result<(), Infallible>>()).await;
    assert_eq!(turn.unwrap(), Turn::Refused { sent: 0, reason: "no answer in time".into() });
}

async fn a_crash_before_the_mark_delivers_again(base: &Base) {
    let (clock, sink) = (Arc::new(Turned::default()), Sink::default());
    emit(base, [1, 2, 3]).await;
    let crashing = async |message: Message| {
        sink.take(&message);
        if message.id == id(9_998) {
            std::future::pending::<()>().await;
        }
        Ok::<_, Infallible>(())
    };
    let mut first = relay(base, &clock);
    // It dies with two messages delivered and none marked.
    assert!(tokio::time::timeout(Duration::from_millis(300), first.turn(&crashing)).await.is_err());
    drop(first);
    assert_eq!(sink.taken(), [1, 2]);
    let deliver = sink.deliver();
    let mut second = relay(base, &clock);
    assert_eq!(second.turn(&deliver).await.unwrap(), Turn::Elsewhere);
    clock.turn(LEASE);
    assert_eq!(second.turn(&deliver).await.unwrap(), Turn::Sent { sent: 3, more: false });
    assert_eq!(sink.taken(), [1, 2, 3]);
}

async fn one_relay_at_a_time(base: &Base) {
    let (clock, sink) = (Arc::new(Turned::default()), Sink::default());
    emit(base, 0..40).await;
    let mut relays = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut relay, sink) = (relay(base, &clock), sink.clone());
        relays.spawn(async move { relay.turn(&sink.deliver()).await.unwrap() });
    }
    let turns = relays.join_all().await;
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Elsewhere).count(), 7, "{turns:?}");
    assert_eq!(sink.taken(), (0..40).collect::<Vec<_>>());
    // The holder keeps the lease by renewing it.
    let deliver = |_| std::future::ready(Ok::<_, Infallible>(()));
    clock.turn(LEASE * 2);
    let (mut holder, mut other) = (relay(base, &clock), relay(base, &clock));
    for _ in 0..5 {
        assert!(matches!(holder.turn(&deliver).await.unwrap(), Turn::Sent { .. }));
        assert_eq!(other.turn(&deliver).await.unwrap(), Turn::Elsewhere);
        clock.turn(LEASE * 9 / 10);
    }
    // One that slept through the end of its lease asks like everybody else.
    clock.turn(LEASE);
    assert!(matches!(other.turn(&deliver).await.unwrap(), Turn::Sent { .. }));
    assert_eq!(holder.turn(&deliver).await.unwrap(), Turn::Elsewhere);
}

async fn the_loop_is_woken_and_stops(base: &Base) {
    let (clock, sink) = (Arc::new(Turned::default()), Sink::default());
    let mut listener = base.db.listen(Signal::Outbox);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (running, to) = (relay(base, &clock), sink.clone());
    let task = tokio::spawn(async move {
        running.run(to.deliver(), async { drop(stopped.await) }).await;
    });
    let mut waited = Duration::ZERO;
    for n in 0..3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        emit(base, [n]).await;
        tokio::time::timeout(seconds(5), listener.wait(seconds(60))).await.expect("woken by the commit");
        while sink.0.lock().unwrap().len() <= usize::try_from(n).unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            waited += Duration::from_millis(5);
        }
    }
    assert!(waited < seconds(1), "it polled instead of being woken: {waited:?}");
    stop.send(()).unwrap();
    task.await.unwrap();
    // It let go of the lease.
    let turn = relay(base, &clock).turn(&|_| std::future::ready(Ok::<_, Infallible>(()))).await.unwrap();
    assert!(matches!(turn, Turn::Sent { .. }));
}

async fn payloads_say_their_version(base: &Base) {
    emit(base, [1]).await;
    let message = db::read!(base.db, |tx| outbox::unsent(tx, 1).await).unwrap().remove(0);
    let json: serde_json::Value = serde_json::from_str(&message.payload).unwrap();
    assert_eq!(json["v"], 1);
    assert_eq!(json["type"], "accountCreated");
    assert_eq!((message.topic.as_str(), message.event().unwrap()), ("account.created", joined(1)));
    let newer = Message { payload: message.payload.replace("\"v\":1", "\"v\":2"), ..message };
    assert!(matches!(newer.event(), Err(Error::Unreadable { what: "event", .. })));
}

async fn prunes_what_was_sent(base: &Base) {
    emit(base, [1, 2]).await;
    db::write!(base.db, |tx| outbox::mark(tx, &[id(9_999)], NOON).await).unwrap();
    let prune = async |before: u64| {
        let before = NOON.plus(seconds(before));
        db::write!(base.db, |tx| outbox::prune(tx, before, 10).await).unwrap()
    };
    assert_eq!([prune(0).await, prune(1).await, prune(9999).await], [0, 1, 0]);
    assert_eq!(db::read!(base.db, |tx| outbox::unsent(tx, 9).await).unwrap().len(), 1);
}
