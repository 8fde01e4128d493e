use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const START: Time = Time::from_micros(1_795_000_000_000_000);

fn after(millis: u64) -> Time {
    START.plus(Duration::from_millis(millis))
}

fn open() -> Connection {
    let mut connection = Connection::new(false, START);
    connection.welcome();
    connection
}

fn data(text: &str) -> Arc<str> {
    text.into()
}

/// All that is to be sent.
fn drain(connection: &mut Connection, now: Time) -> Vec<Frame> {
    std::iter::from_fn(|| connection.next(now)).collect()
}

fn texts(connection: &mut Connection) -> Vec<Value> {
    let texts = drain(connection, START).into_iter().filter_map(|frame| match frame {
        Frame::Text(text) => Some(serde_json::from_str(&text).unwrap()),
        Frame::Ping | Frame::Close(..) => None,
    });
    texts.collect()
}

/// Follows a channel of values that begins with `value`.
fn values(connection: &mut Connection, name: &str, value: &str) -> Arc<str> {
    let asked = connection.frame(&json!({"t": "sub", "ch": name}).to_string(), START);
    let Some(Question::Follow(ch, None)) = asked else { panic!("{asked:?}") };
    assert!(!connection.follow(&ch, Start::Value(1, data(value)), START));
    ch
}

/// Follows a channel of events from the beginning.
fn events(connection: &mut Connection, name: &str) -> Arc<str> {
    let asked = connection.frame(&json!({"t": "sub", "ch": name, "since": 0}).to_string(), START);
    let Some(Question::Follow(ch, Some(0))) = asked else { panic!("{asked:?}") };
    assert!(!connection.follow(&ch, Start::Events { after: 0, gap: false, events: Vec::new() }, START));
    ch
}

#[test]
fn it_says_who_it_is_in_its_first_frame_or_goes() {
    for first in [json!({"type": "AUTH", "token": "x"}), json!({"t": "auth", "token": "x", "more": 1})] {
        let mut connection = Connection::new(false, START);
        assert_eq!(connection.frame(&first.to_string(), START), Some(Question::Who("x".into())));
        assert!(!connection.takes_frames(), "the answer comes first");
        connection.welcome();
        assert!(connection.frame(&first.to_string(), START).is_none());
        assert_eq!(
            texts(&mut connection),
            [json!({"t": "err", "code": "invalid_request"})],
            "once is enough"
        );
    }
    let mut silent = Connection::new(false, START);
    silent.tick(after(4_900));
    assert!(!silent.has_frames());
    silent.tick(after(5_000));
    let frames = drain(&mut silent, after(5_000));
    assert!(matches!(frames[..], [Frame::Text(_), Frame::Close(close::LOG_IN, _)]), "{frames:?}");
    silent.tick(after(5_600));
    assert!(silent.is_dead());

    let mut eager = Connection::new(false, START);
    assert_eq!(eager.frame(r#"{"t": "sub", "ch": "track:1"}"#, START), None);
    assert!(matches!(drain(&mut eager, START)[..], [_, Frame::Close(close::LOG_IN, _)]));
}

#[test]
fn a_page_may_ask_whether_anybody_is_there() {
    let mut connection = open();
    assert_eq!(connection.frame(r#"{"t": "ping"}"#, START), None);
    assert_eq!(texts(&mut connection), [json!({"t": "pong"})]);
}

#[test]
fn nobody_may_stay_where_the_house_is_open() {
    let mut connection = Connection::new(true, START);
    connection.tick(after(5_000));
    assert!(connection.takes_frames() && !connection.has_frames());
    let mut other = Connection::new(true, START);
    assert!(other.frame(r#"{"t": "sub", "ch": "a"}"#, START).is_some());
}

#[test]
fn the_newest_value_takes_the_place_of_one_that_waits() {
    let mut connection = open();
    let ch = values(&mut connection, "track:1", "1");
    let told = texts(&mut connection);
    assert_eq!(
        told,
        [json!({"t": "ok", "ch": "track:1", "id": 0}), json!({"t": "ev", "ch": "track:1", "id": 1, "d": 1})]
    );
    for n in 2..50 {
        connection.event(&ch, n, &data(&n.to_string()), START);
    }
    assert_eq!(texts(&mut connection), [json!({"t": "ev", "ch": "track:1", "id": 49, "d": 49})]);
    connection.event(&ch, 50, &data("49"), START);
    connection.event(&ch, 48, &data("48"), START);
    assert!(!connection.has_frames(), "neither the same again nor an older one is news");
}

#[test]
fn news_that_comes_while_a_channel_is_looked_up_is_not_lost() {
    let mut connection = open();
    let Some(Question::Follow(ch, _)) = connection.frame(r#"{"t": "sub", "ch": "a"}"#, START) else {
        panic!()
    };
    connection.event(&ch, 5, &data("5"), START);
    assert!(connection.follow(&ch, Start::Value(4, data("4")), START), "to be looked up again");
}

#[test]
fn events_that_find_no_room_leave_a_gap() {
    let mut connection = open();
    let ch = events(&mut connection, "notifications");
    texts(&mut connection);
    for id in 1..=i64::try_from(EVENTS).unwrap() + 3 {
        connection.event(&ch, id, &data("{}"), START);
    }
    let told = texts(&mut connection);
    assert_eq!(told[0], json!({"t": "gap", "ch": "notifications", "id": 129}));
    assert_eq!(told.len(), 3, "and goes on after it: {told:?}");
    assert_eq!(connection.last(&ch), Some(131));
    connection.event(&ch, 132, &data(&format!("\"{}\"", "x".repeat(LONGEST_EVENT))), START);
    assert_eq!(
        texts(&mut connection),
        [json!({"t": "gap", "ch": "notifications", "id": 132})],
        "too long to be told"
    );
}

#[test]
fn a_hundred_channels_and_no_more() {
    let mut connection = open();
    for n in 0..CHANNELS {
        values(&mut connection, &format!("track:{n}"), "1");
        texts(&mut connection);
    }
    assert_eq!(connection.frame(r#"{"t": "sub", "ch": "one:more"}"#, after(20_000)), None);
    assert_eq!(texts(&mut connection), [json!({"t": "err", "ch": "one:more", "code": "too_many"})]);
    assert!(connection.frame(r#"{"t": "unsub", "ch": "track:7"}"#, after(20_000)).is_some());
    assert!(connection.frame(r#"{"t": "sub", "ch": "one:more"}"#, after(20_000)).is_some());
}

#[test]
fn two_pings_without_an_answer_are_death() {
    let mut connection = open();
    for second in [25, 50] {
        connection.tick(after(second * 1000));
        assert_eq!(drain(&mut connection, after(second * 1000)), [Frame::Ping]);
    }
    connection.pong();
    for second in [75, 100] {
        connection.tick(after(second * 1000));
        assert_eq!(drain(&mut connection, after(second * 1000)), [Frame::Ping]);
    }
    assert!(!connection.is_dead());
    connection.tick(after(125_000));
    assert!(connection.is_dead());
}

#[test]
fn whoever_takes_nothing_is_let_go() {
    let mut connection = open();
    let ch = events(&mut connection, "notifications");
    connection.event(&ch, 1, &data("{}"), START);
    connection.tick(after(19_000));
    assert!(connection.next(after(19_000)).is_some(), "it takes one");
    connection.tick(after(38_000));
    assert!(!connection.is_dead());
    connection.tick(after(39_000));
    assert!(connection.is_dead());
}

#[test]
fn what_is_too_much_ends_it() {
    let long = format!(r#"{{"t": "sub", "ch": "{}"}}"#, "x".repeat(LONGEST_FRAME));
    let mut connection = open();
    connection.frame(&long, START);
    assert!(matches!(drain(&mut connection, START)[..], [_, Frame::Close(close::TOO_LONG, _)]));
    let mut connection = open();
    connection.binary(START);
    assert_eq!(drain(&mut connection, START), [Frame::Close(close::NOT_TEXT, "only text is spoken here")]);
    let mut connection = open();
    for _ in 0..=BURST {
        connection.frame("{}", START);
        if connection.takes_frames() {
            texts(&mut connection);
        }
    }
    assert!(matches!(drain(&mut connection, START)[..], [_, Frame::Close(close::TOO_MANY, _)]));
    let mut reader = open();
    for _ in 0..REPLIES {
        assert!(reader.takes_frames());
        reader.frame("nonsense", START);
    }
    assert!(!reader.takes_frames(), "whoever does not read is not read");
}

/// What may happen to a socket.
#[derive(Debug, Clone)]
enum Step {
    Value(usize, u8),
    Event(usize),
    Sub(usize),
    Unsub(usize),
    Take(usize),
    Tick(u64),
    Nonsense(String),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize, any::<u8>()).prop_map(|(ch, value)| Step::Value(ch, value)),
        8 => (3..6_usize).prop_map(Step::Event),
        2 => (0..6_usize).prop_map(Step::Sub),
        1 => (0..6_usize).prop_map(Step::Unsub),
        1 => (0..40_usize).prop_map(Step::Take),
        1 => (0..3000_u64).prop_map(Step::Tick),
        1 => ".{0,40}".prop_map(Step::Nonsense),
    ];
    prop::collection::vec(step, 0..1200)
}

/// A client that believes what it is told, and what is true.
#[derive(Default)]
struct Model {
    /// Of the channels of values: what is true and what the client was told.
    values: BTreeMap<usize, (i64, u8)>,
    told: BTreeMap<String, Value>,
    /// Of the channels of events: the newest id, what the client has, and whether it knows of a gap after that.
    heads: BTreeMap<usize, i64>,
    has: BTreeMap<String, (i64, bool)>,
}

impl Model {
    fn take(&mut self, frame: &Frame) {
        let Frame::Text(text) = frame else { return };
        let said: Value = serde_json::from_str(text).unwrap();
        let ch = said["ch"].as_str().unwrap_or_default().to_owned();
        match said["t"].as_str().unwrap() {
            "ok" if ch.starts_with('e') => {
                self.has.insert(ch, (said["id"].as_i64().unwrap(), false));
            }
            "gap" => self.has.get_mut(&ch).expect("followed").1 = true,
            "ev" if ch.starts_with('e') => {
                let (last, gap) = self.has.get_mut(&ch).expect("followed");
                let id = said["id"].as_i64().unwrap();
                assert!(id == *last + 1 || *gap && id > *last, "{ch}: {id} after {last}");
                (*last, *gap) = (id, false);
            }
            "ev" => {
                self.told.insert(ch, said["d"].clone());
            }
            _ => {}
        }
    }
}

fn name(ch: usize) -> Arc<str> {
    format!("{}{ch}", if ch < 3 { 'v' } else { 'e' }).into()
}

proptest! {
    #[test]
    fn nothing_is_lost_unsaid_and_nothing_grows(steps in steps()) {
        let (mut connection, mut model, mut now) = (open(), Model::default(), START);
        for step in steps {
            match step {
                Step::Value(ch, value) => {
                    let (id, _) = *model.values.entry(ch).or_default();
                    model.values.insert(ch, (id + 1, value));
                    connection.event(&name(ch), id + 1, &data(&value.to_string()), now);
                }
                Step::Event(ch) => {
                    let head = model.heads.entry(ch).or_default();
                    *head += 1;
                    connection.event(&name(ch), *head, &data("{}"), now);
                }
                Step::Sub(ch) => {
                    let asked = connection.frame(&json!({"t": "sub", "ch": &*name(ch)}).to_string(), now);
                    let start = if ch < 3 {
                        let (id, value) = *model.values.entry(ch).or_default();
                        Start::Value(id, data(&value.to_string()))
                    } else {
                        let after = *model.heads.entry(ch).or_default();
                        Start::Events { after, gap: false, events: Vec::new() }
                    };
                    if asked.is_some() {
                        prop_assert!(!connection.follow(&name(ch), start, now));
                    }
                }
                Step::Unsub(ch) => {
                    connection.frame(&json!({"t": "unsub", "ch": &*name(ch)}).to_string(), now);
                }
                Step::Take(n) => {
                    for _ in 0..n {
                        connection.next(now).iter().for_each(|frame| model.take(frame));
                    }
                }
                Step::Tick(millis) => {
                    now = now.plus(Duration::from_millis(millis));
                    connection.tick(now);
                    connection.pong();
                }
                Step::Nonsense(text) => {
                    connection.frame(&text, now);
                }
            }
            // Replies are bounded by the reader, who asks first whether another frame is taken.
            prop_assert!(connection.events <= EVENTS);
            prop_assert!(connection.waiting.len() <= EVENTS + connection.replies + 6 * 2 + 8);
        }
        if connection.phase == Phase::Open {
            for frame in drain(&mut connection, now) {
                model.take(&frame);
            }
            for ch in 0..6 {
                match connection.channels.get(&name(ch)) {
                    Some(Followed::Value { .. }) => {
                        let (_, value) = model.values[&ch];
                        prop_assert_eq!(&model.told[&*name(ch)], &json!(value));
                    }
                    Some(Followed::Events { last }) => {
                        prop_assert_eq!(*last, model.heads[&ch]);
                        let (has, gap) = model.has[&*name(ch)];
                        prop_assert!(has == *last || gap);
                    }
                    _ => {}
                }
            }
        }
    }
}
