//! Each rule of `docs/METER.md` by itself; what they come to together is for the simulator.

use std::time::Duration;

use kernel::{AccountId, AppPasswordId, Asset, Cap, CapId, HoldId, SessionId, TrackId};
use uuid::Uuid;

use super::*;
use crate::{
    eth::{Address, Domain, PrivateKey},
    voucher::ledger_domain,
};

const PRICE: i64 = 10;

/// A listener, and a node whose every wish is granted at once unless a test says otherwise.
struct Desk {
    meter: Meter,
    now: Moment,
    key: PrivateKey,
    terms: Terms,
    out: Vec<Output>,
    /// Whether commits, holds, captures and settlements are answered.
    answers: bool,
    available: i64,
}

fn domain() -> Domain {
    ledger_domain(b"instance")
}

fn terms(key: &PrivateKey, n: u128) -> Terms {
    Terms {
        session: SessionId(Uuid::from_u128(n)),
        account: AccountId(Uuid::from_u128(1)),
        track: TrackId(Uuid::from_u128(2)),
        hold: HoldId(Uuid::from_u128(n)),
        consent: Consent::Signed { session_key: key.address() },
        asset: Asset::Beat,
        price: PRICE,
        payee: Address([7; 20]),
        base: Base::default(),
        caps: Caps::default(),
        grace: 0,
        free: Ranges::new(),
        position_ms: 0,
    }
}

impl Desk {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Terms)) -> Self {
        let key = PrivateKey::new([7; 32]).unwrap();
        let mut terms = terms(&key, 100);
        change(&mut terms);
        let mut desk = Self {
            meter: Meter::new(domain()),
            now: Moment::from_micros(5_000_000),
            key,
            terms: terms.clone(),
            out: Vec::new(),
            answers: true,
            available: 1_000_000,
        };
        desk.put(Input::Start(Box::new(terms))).unwrap();
        desk
    }

    fn id(&self) -> SessionId {
        self.terms.session
    }

    /// Hands in an input and answers what the meter asks for.
    fn put(&mut self, input: Input) -> Result<(), Refusal> {
        let answer = self.meter.handle(self.now, input);
        self.drain();
        answer
    }

    fn drain(&mut self) {
        loop {
            let new = self.meter.poll();
            if new.is_empty() {
                return;
            }
            for output in new {
                if let Some(reply) = self.reply(&output).filter(|_| self.answers) {
                    self.meter.handle(self.now, reply).unwrap();
                }
                self.out.push(output);
            }
        }
    }

    fn grant(&mut self, wanted: i64) -> Grant {
        let amount = wanted.min(self.available);
        self.available -= amount;
        Grant { amount, available: self.available }
    }

    fn reply(&mut self, output: &Output) -> Option<Input> {
        Some(match output {
            Output::Open { terms, hold } => {
                Input::Opened { session: terms.session, grant: self.grant(*hold) }
            }
            Output::RequestHold { session, part, amount, .. } => match self.grant(*amount) {
                Grant { amount: 0, .. } => Input::HoldRefused { session: *session, part: *part },
                grant => Input::HoldGranted { session: *session, part: *part, grant },
            },
            Output::Commit { batch, .. } => Input::Committed { batch: *batch, fenced: Vec::new() },
            Output::Capture(capture) => Input::Captured { session: capture.session, beats: capture.to.beats },
            Output::Settle(settlement) => Input::Settled { session: settlement.row.session },
            _ => return None,
        })
    }

    /// Lets time pass, waking the meter at its deadlines.
    fn pass(&mut self, millis: u64) {
        let end = self.now.plus(Duration::from_millis(millis));
        while let Some(at) = self.meter.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.put(Input::Tick).unwrap();
        }
        self.now = end;
        self.put(Input::Tick).unwrap();
    }

    /// Seconds of listening, each acknowledged.
    fn listen(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.pass(1_000);
            let _ = self.acknowledge_all();
        }
    }

    fn view(&self) -> View {
        self.meter.session(self.id()).unwrap()
    }

    fn acknowledgement(&self, seq: u64, beats: u64) -> Acknowledgement {
        let amount = i64::try_from(beats).unwrap() * self.terms.price;
        let count = Count { seq, beats, amount };
        let digest = self.terms.voucher(count).unwrap().digest(&domain());
        let signature = self.key.sign(&digest);
        Acknowledgement {
            beat: Some((seq, self.terms.cumulative_amount(count))),
            signature,
            position_ms: None,
        }
    }

    fn acknowledge(&mut self, seq: u64, beats: u64) -> Result<(), Refusal> {
        let (session, acknowledgement) = (self.id(), self.acknowledgement(seq, beats));
        self.put(Input::Acknowledge { session, acknowledgement })
    }

    fn acknowledge_all(&mut self) -> Result<(), Refusal> {
        let issued = self.view().issued;
        self.acknowledge(issued.seq, issued.beats)
    }

    fn resume(&mut self) {
        let session = self.id();
        self.put(Input::Resume { session, caps: None, voucher: None }).unwrap();
    }

    fn pauses(&self) -> Vec<PauseReason> {
        self.out
            .iter()
            .filter_map(|output| match output {
                Output::Paused { reason, .. } => Some(*reason),
                _ => None,
            })
            .collect()
    }

    fn beats(&self) -> Vec<Beat> {
        self.out
            .iter()
            .filter_map(|output| match output {
                Output::Beat(beat) => Some(*beat),
                _ => None,
            })
            .collect()
    }

    fn settlement(&self) -> Option<&Settlement> {
        self.out.iter().find_map(|output| match output {
            Output::Settle(settlement) => Some(&**settlement),
            _ => None,
        })
    }

    fn has_ended(&self) -> bool {
        self.out.iter().any(|output| matches!(output, Output::Ended(_)))
    }
}

#[test]
fn a_beat_comes_with_each_whole_second_and_is_charged_when_acknowledged() {
    let mut desk = Desk::new();
    desk.pass(999);
    assert_eq!(desk.view().issued.seq, 0);
    desk.pass(1);
    assert_eq!(desk.view().issued, Count { seq: 1, beats: 1, amount: PRICE });
    assert_eq!(desk.view().acknowledged.seq, 0);
    desk.pass(1_000);
    desk.acknowledge(2, 2).unwrap();
    assert_eq!(desk.view().acknowledged, Count { seq: 2, beats: 2, amount: 2 * PRICE }, "covers both");
    desk.acknowledge(1, 1).unwrap();
    desk.acknowledge(2, 2).unwrap();
    assert_eq!(desk.view().acknowledged.beats, 2, "again changes nothing");
    assert_eq!(desk.acknowledge(3, 3), Err(Refusal::Ahead));
    let first = desk.beats()[0];
    assert_eq!((first.seq, first.cumulative_amount, first.beats_remaining), (1, 10, Some(99_999)));
}

#[test]
fn two_thousand_seconds_are_two_thousand_beats_however_the_clock_is_read() {
    let mut desk = Desk::new();
    let end = desk.now.plus(Duration::from_secs(2_000));
    let mut step: u64 = 1;
    while desk.now < end {
        step = step * 7 % 1_999 + 1;
        let left = u64::try_from(end.since(desk.now).as_millis()).unwrap();
        desk.now = desk.now.plus(Duration::from_millis(step.min(left)));
        desk.put(Input::Tick).unwrap();
        desk.acknowledge_all().unwrap();
    }
    assert_eq!(desk.view().acknowledged.beats, 2_000);
}

#[test]
fn only_the_session_keys_signature_over_this_beat_counts() {
    let mut desk = Desk::new();
    desk.pass(2_000);
    let session = desk.id();
    let good = desk.acknowledgement(2, 2);
    let wrong_amount = Acknowledgement { beat: Some((2, 21)), ..good };
    let answer = desk.put(Input::Acknowledge { session, acknowledgement: wrong_amount });
    assert_eq!(answer, Err(Refusal::WrongAmount));
    let other_beat = Acknowledgement { beat: Some((1, 10)), ..good };
    let answer = desk.put(Input::Acknowledge { session, acknowledgement: other_beat });
    assert_eq!(answer, Err(Refusal::WrongSigner));
    desk.key = PrivateKey::new([8; 32]).unwrap();
    assert_eq!(desk.acknowledge(2, 2), Err(Refusal::WrongSigner));
    let elsewhere = SessionId(Uuid::from_u128(55));
    let answer = desk.put(Input::Acknowledge { session: elsewhere, acknowledgement: good });
    assert_eq!(answer, Err(Refusal::UnknownSession));
    assert_eq!(desk.put(Input::Report { session, played: 9, delivered: 9 }), Err(Refusal::WrongConsent));
    assert_eq!(desk.view().acknowledged.seq, 0);
    desk.put(Input::Acknowledge { session, acknowledgement: good }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 2);
}

#[test]
fn a_bare_signature_is_tried_against_the_waiting_beats() {
    let mut desk = Desk::new();
    desk.pass(4_000);
    let session = desk.id();
    let bare = Acknowledgement { beat: None, ..desk.acknowledgement(3, 3) };
    desk.put(Input::Acknowledge { session, acknowledgement: bare }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 3);
    desk.put(Input::Acknowledge { session, acknowledgement: bare }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 3, "sent again, it counts already");
    let other = Acknowledgement { beat: None, ..desk.acknowledgement(2, 2) };
    let answer = desk.put(Input::Acknowledge { session, acknowledgement: other });
    assert_eq!(answer, Err(Refusal::WrongSigner), "the fourth is another voucher");
}

#[test]
fn five_beats_without_an_answer_pause_and_an_answer_with_a_resume_goes_on() {
    let mut desk = Desk::new();
    desk.pass(60_000);
    assert_eq!(desk.view().issued.seq, 5);
    assert_eq!(desk.pauses(), [PauseReason::Unacknowledged]);
    assert_eq!(desk.acknowledge(5, 5), Err(Refusal::Paused));
    desk.resume();
    assert!(!desk.view().is_running, "first they are to be acknowledged");
    assert_eq!(desk.beats().last().unwrap().seq, 5, "and are shown again");
    desk.acknowledge(5, 5).unwrap();
    assert!(desk.view().is_running);
    desk.pass(1_000);
    assert_eq!(desk.view().issued.seq, 6);
}

#[test]
fn an_acknowledgement_is_taken_for_two_seconds_after_a_pause_and_a_stop() {
    for (late, expected) in [(2_000, Ok(())), (2_001, Err(Refusal::Paused))] {
        let mut desk = Desk::new();
        desk.pass(1_500);
        let session = desk.id();
        desk.put(Input::Pause { session }).unwrap();
        desk.pass(late);
        assert_eq!(desk.acknowledge(1, 1), expected, "{late} ms after the pause");
    }
    let mut desk = Desk::new();
    desk.pass(1_500);
    let session = desk.id();
    for _ in 0..3 {
        desk.put(Input::Pause { session }).unwrap();
        desk.pass(1_000);
    }
    assert_eq!(desk.acknowledge(1, 1), Err(Refusal::Paused), "pausing again does not begin it again");
    let mut desk = Desk::new();
    desk.pass(1_500);
    desk.put(Input::Stop { session }).unwrap();
    desk.pass(1_999);
    desk.acknowledge(1, 1).unwrap();
    assert!(desk.has_ended(), "nothing is left to wait for");
    assert_eq!(desk.settlement().unwrap().row.acknowledged.beats, 1);
    let mut desk = Desk::new();
    desk.pass(1_500);
    desk.put(Input::Stop { session }).unwrap();
    desk.pass(2_000);
    assert!(desk.has_ended());
    assert_eq!(desk.settlement().unwrap().row.acknowledged.beats, 0);
}

#[test]
fn time_that_is_paused_is_not_charged() {
    let mut desk = Desk::new();
    desk.listen(3);
    desk.pass(600);
    let session = desk.id();
    desk.put(Input::Pause { session }).unwrap();
    desk.pass(100_000);
    desk.resume();
    desk.pass(399);
    assert_eq!(desk.view().issued.seq, 3);
    desk.pass(1);
    assert_eq!(desk.view().issued.seq, 4, "600 ms before and 400 ms after");
}

#[test]
fn a_lost_connection_stops_the_clock_and_settles_after_fifteen_seconds() {
    let mut desk = Desk::new();
    desk.listen(3);
    let session = desk.id();
    desk.put(Input::Disconnected { session }).unwrap();
    desk.pass(14_999);
    assert!(!desk.has_ended());
    let mut back = desk.meter.session(session).unwrap();
    assert_eq!(back.issued.seq, 3);
    desk.pass(1);
    assert!(desk.has_ended());
    assert_eq!(desk.settlement().unwrap().row.acknowledged.seq, 3);

    let mut desk = Desk::new();
    desk.listen(3);
    desk.pass(2_500);
    desk.put(Input::Disconnected { session }).unwrap();
    desk.pass(10_000);
    let voucher = ClientVoucher { beats: 5, signature: desk.acknowledgement(5, 5).signature };
    desk.put(Input::Resume { session, caps: None, voucher: Some(voucher) }).unwrap();
    back = desk.view();
    assert_eq!((back.acknowledged.seq, back.is_running), (5, true), "what was signed before comes along");
    let ahead = ClientVoucher { beats: 6, signature: desk.acknowledgement(6, 6).signature };
    let answer = desk.put(Input::Resume { session, caps: None, voucher: Some(ahead) });
    assert_eq!(answer, Err(Refusal::Ahead));
    desk.pass(10_000);
    assert!(!desk.has_ended());
}

#[test]
fn caps_and_the_balance_pause_at_the_last_beat_that_they_cover() {
    let mut desk = Desk::with(|terms| {
        terms.caps = Caps { play: Some(1_000), day: Some(35), ..Caps::default() };
    });
    desk.listen(10);
    assert_eq!((desk.view().issued.seq, desk.pauses()), (3, vec![PauseReason::Cap(Cap::PerDay)]));
    assert_eq!(desk.beats().last().unwrap().beats_remaining, Some(0));
    let (session, caps) = (desk.id(), Some(Caps { day: Some(40), ..Caps::default() }));
    desk.put(Input::Resume { session, caps, voucher: None }).unwrap();
    desk.listen(10);
    assert_eq!(desk.view().issued.seq, 4, "one more");

    let mut desk = Desk::new();
    desk.available = 5;
    desk.listen(100);
    assert_eq!((desk.view().issued.seq, desk.pauses()), (60, vec![PauseReason::Balance]));
    desk.resume();
    assert_eq!(desk.pauses().len(), 2, "still nothing there");
    desk.available = 15;
    desk.resume();
    desk.listen(10);
    assert_eq!(desk.view().issued.seq, 62);
    let negative = Some(Caps { play: Some(-1), ..Caps::default() });
    assert_eq!(desk.put(Input::Resume { session, caps: negative, voucher: None }), Err(Refusal::Terms));
}

#[test]
fn more_is_held_before_it_runs_out_and_never_beyond_the_caps() {
    let mut desk = Desk::with(|terms| terms.caps.play = Some(800));
    desk.listen(44);
    assert_eq!(desk.view().granted, 600);
    desk.listen(1);
    assert_eq!(desk.view().granted, 800, "fifteen beats were left; the cap allows eighty");
}

#[test]
fn limits_that_change_meanwhile_are_kept() {
    let mut desk = Desk::new();
    desk.listen(44);
    let (session, caps) = (desk.id(), Caps { day: Some(470), ..Caps::default() });
    desk.put(Input::Limited { session, caps }).unwrap();
    desk.listen(10);
    assert_eq!((desk.view().issued.seq, desk.pauses()), (47, vec![PauseReason::Cap(Cap::PerDay)]));
    assert_eq!(desk.view().granted, 600, "nothing is held beyond it");
}

#[test]
fn limits_of_an_answer_that_was_overtaken_do_not_count() {
    let mut desk = Desk::new();
    desk.listen(44);
    desk.answers = false;
    desk.listen(1);
    let session = desk.id();
    let day = |most| Caps { day: Some(most), ..Caps::default() };
    desk.put(Input::Resume { session, caps: Some(day(470)), voucher: None }).unwrap();
    desk.put(Input::Limited { session, caps: day(9_000) }).unwrap();
    assert_eq!(desk.view().cap, Some(470), "read before the listener came with other limits");
    let grant = Grant { amount: 600, available: 0 };
    desk.put(Input::HoldGranted { session, part: 1, grant }).unwrap();
    desk.put(Input::Limited { session, caps: day(480) }).unwrap();
    assert_eq!(desk.view().cap, Some(480));
}

#[test]
fn an_answer_about_the_hold_counts_once() {
    let mut desk = Desk::new();
    desk.listen(45);
    assert_eq!(desk.view().granted, 1_200);
    let (session, grant) = (desk.id(), Grant { amount: 600, available: 0 });
    desk.put(Input::HoldGranted { session, part: 1, grant }).unwrap();
    desk.put(Input::Opened { session, grant }).unwrap();
    assert_eq!(desk.view().granted, 1_200);
}

#[test]
fn the_grace_is_charged_with_the_beat_after_it() {
    let mut desk = Desk::with(|terms| terms.grace = 3);
    desk.listen(3);
    assert_eq!(desk.view().acknowledged, Count { seq: 3, beats: 0, amount: 0 });
    desk.listen(1);
    assert_eq!(desk.view().acknowledged, Count { seq: 4, beats: 4, amount: 40 });
}

#[test]
fn a_free_second_is_counted_and_costs_nothing() {
    let mut free = Ranges::new();
    free.add(1_000, 3_000);
    let mut desk = Desk::with(|terms| terms.free = free);
    desk.listen(4);
    let beats: Vec<_> = desk.beats().iter().map(|beat| (beat.seq, beat.beats)).collect();
    assert_eq!(beats, [(1, 1), (2, 1), (3, 1), (4, 2)]);
    let session = desk.id();
    desk.put(Input::Seek { session, position_ms: 1_000 }).unwrap();
    desk.listen(1);
    assert_eq!(desk.view().acknowledged, Count { seq: 5, beats: 2, amount: 20 });
}

#[test]
fn bytes_follow_from_where_the_listener_went() {
    let mut desk = Desk::with(|terms| terms.position_ms = 5_000);
    desk.listen(2);
    assert_eq!(desk.view().paid_position_ms, 7_000);
    desk.pass(1_000);
    let session = desk.id();
    desk.put(Input::Seek { session, position_ms: 60_000 }).unwrap();
    desk.acknowledge(3, 3).unwrap();
    assert_eq!(desk.view().paid_position_ms, 60_000, "the third second was one of before");
    desk.listen(1);
    assert_eq!(desk.view().paid_position_ms, 61_000);
    desk.pass(1_000);
    let jumped = Acknowledgement { position_ms: Some(90_000), ..desk.acknowledgement(5, 5) };
    desk.put(Input::Acknowledge { session, acknowledgement: jumped }).unwrap();
    assert_eq!(desk.view().paid_position_ms, 90_000);
    let heard = desk.meter.poll();
    assert!(heard.is_empty());
    desk.put(Input::Stop { session }).unwrap();
    let heard = &desk.settlement().unwrap().row.heard;
    assert_eq!(heard.as_slice(), [(5_000, 8_000), (60_000, 62_000)]);
}

#[test]
fn a_free_track_needs_no_money() {
    let mut desk = Desk::with(|terms| terms.price = 0);
    assert_eq!(desk.available, 1_000_000);
    desk.listen(30);
    assert_eq!(desk.view().acknowledged, Count { seq: 30, beats: 30, amount: 0 });
    assert_eq!(desk.beats()[0].beats_remaining, None);
    assert!(!desk.out.iter().any(|output| matches!(output, Output::Capture(_) | Output::RequestHold { .. })));
}

#[test]
fn a_beat_is_committed_when_the_commit_returns_and_not_before() {
    let mut desk = Desk::new();
    desk.answers = false;
    desk.pass(1_000);
    desk.acknowledge(1, 1).unwrap();
    desk.pass(1_500);
    assert_eq!(desk.view().committed.seq, 0);
    let batches = |desk: &Desk| -> Vec<u64> {
        let commits = desk.out.iter().filter_map(|output| match output {
            Output::Commit { batch, .. } => Some(*batch),
            _ => None,
        });
        commits.collect()
    };
    assert_eq!(batches(&desk), [1], "one commit at a time");
    desk.put(Input::CommitFailed { batch: 1 }).unwrap();
    desk.pass(1_000);
    assert_eq!((batches(&desk), desk.view().committed.seq), (vec![1, 2], 0));
    desk.put(Input::Committed { batch: 1, fenced: Vec::new() }).unwrap();
    assert_eq!(desk.view().committed.seq, 0, "that one had failed");
    desk.put(Input::Committed { batch: 2, fenced: Vec::new() }).unwrap();
    assert_eq!(desk.view().committed.seq, 1);
}

#[test]
fn without_a_commit_the_lease_ends_and_with_it_the_charge() {
    let mut desk = Desk::new();
    desk.listen(3);
    desk.answers = false;
    for _ in 0..20 {
        desk.pass(500);
        let _ = desk.acknowledge_all();
    }
    assert_eq!(desk.pauses(), [PauseReason::Suspended]);
    assert_eq!(desk.view().issued.seq, 3 + 5, "five seconds after the last commit that returned");
    desk.resume();
    assert!(!desk.view().is_running, "not without the lease");
    let batch = desk.out.iter().rev().find_map(|output| match output {
        Output::Commit { batch, .. } => Some(*batch),
        _ => None,
    });
    desk.answers = true;
    desk.put(Input::CommitFailed { batch: batch.unwrap() }).unwrap();
    desk.pass(1_000);
    assert!(desk.view().is_running);
}

#[test]
fn the_lease_ends_on_the_instant() {
    let mut desk = Desk::new();
    desk.answers = false;
    desk.pass(4_999);
    assert_eq!(desk.pauses(), []);
    desk.acknowledge_all().unwrap();
    desk.now = desk.now.plus(Duration::from_millis(1));
    desk.put(Input::Tick).unwrap();
    assert_eq!((desk.view().issued.seq, desk.pauses()), (5, vec![PauseReason::Suspended]));
}

#[test]
fn a_node_whose_epoch_is_gone_lets_go() {
    let mut desk = Desk::new();
    desk.answers = false;
    desk.pass(1_000);
    desk.acknowledge(1, 1).unwrap();
    desk.pass(100);
    let session = desk.id();
    desk.put(Input::Committed { batch: 1, fenced: vec![session] }).unwrap();
    assert_eq!(desk.pauses(), [PauseReason::Suspended]);
    assert!(desk.meter.is_empty());
    assert_eq!(desk.put(Input::Stop { session }), Err(Refusal::UnknownSession));
}

#[test]
fn captures_follow_commits_every_fifteen_seconds_and_at_a_pause() {
    let captured = |desk: &Desk| -> Vec<(u64, u64)> {
        let captures = desk.out.iter().filter_map(|output| match output {
            Output::Capture(capture) => Some((capture.from.beats, capture.to.beats)),
            _ => None,
        });
        captures.collect()
    };
    let mut desk = Desk::new();
    desk.listen(40);
    assert_eq!(captured(&desk).len(), 2);
    let session = desk.id();
    desk.put(Input::Pause { session }).unwrap();
    desk.pass(2_000);
    let captures = captured(&desk);
    assert_eq!(captures.len(), 3);
    assert_eq!(captures[2].1, 40);
    assert!(captures.windows(2).all(|pair| pair[0].1 == pair[1].0), "{captures:?}");
}

#[test]
fn a_settlement_waits_for_what_is_under_way_and_is_asked_for_until_it_is_known() {
    let mut desk = Desk::new();
    desk.listen(44);
    desk.answers = false;
    desk.pass(1_000);
    desk.acknowledge(45, 45).unwrap();
    let session = desk.id();
    desk.put(Input::Stop { session }).unwrap();
    desk.pass(3_000);
    assert!(desk.settlement().is_none(), "the hold may have grown");
    desk.put(Input::HoldFailed { session, part: 1 }).unwrap();
    desk.pass(1_000);
    let asked = |desk: &Desk| desk.out.iter().filter(|o| matches!(o, Output::RequestHold { .. })).count();
    assert_eq!(asked(&desk), 2);
    desk.put(Input::HoldGranted { session, part: 1, grant: Grant { amount: 600, available: 0 } }).unwrap();
    assert!(desk.settlement().is_none(), "a capture is under way");
    let capture = desk.out.iter().rev().find_map(|output| match output {
        Output::Capture(capture) => Some(capture.to.beats),
        _ => None,
    });
    desk.put(Input::Captured { session, beats: capture.unwrap() }).unwrap();
    let settlement = desk.settlement().unwrap().clone();
    assert!(settlement.ends_hold);
    desk.put(Input::SettleFailed { session }).unwrap();
    desk.pass(1_000);
    desk.put(Input::Settled { session }).unwrap();
    assert!(desk.has_ended() && desk.meter.is_empty());
}

#[test]
fn a_second_start_of_the_account_settles_the_first() {
    let mut desk = Desk::new();
    desk.pass(2_500);
    desk.acknowledge(1, 1).unwrap();
    let second = terms(&desk.key, 101);
    desk.put(Input::Start(Box::new(second.clone()))).unwrap();
    assert_eq!(desk.settlement().unwrap().row.acknowledged.beats, 1, "at once, at its acknowledgement");
    assert!(desk.meter.session(desk.terms.session).is_none());
    assert!(desk.meter.session(second.session).unwrap().is_running);
    assert_eq!(desk.put(Input::Start(Box::new(second))), Err(Refusal::KnownSession));
    let negative = Terms { price: -1, ..terms(&desk.key, 102) };
    assert_eq!(desk.put(Input::Start(Box::new(negative))), Err(Refusal::Terms));
}

#[test]
fn a_session_whose_listener_left_before_it_opened_is_settled() {
    let mut desk = Desk::new();
    desk.answers = false;
    let second = terms(&desk.key, 101);
    let (session, account) = (second.session, AccountId(Uuid::from_u128(9)));
    desk.put(Input::Start(Box::new(Terms { account, ..second }))).unwrap();
    desk.put(Input::Disconnected { session }).unwrap();
    desk.put(Input::Opened { session, grant: Grant { amount: 600, available: 0 } }).unwrap();
    assert!(desk.settlement().unwrap().ends_hold);
    assert!(!desk.meter.session(session).unwrap().is_running);
}

#[test]
fn a_start_that_waits_is_given_up_with_its_listener() {
    let mut desk = Desk::new();
    desk.pass(1_500);
    desk.answers = false;
    let session = SessionId(Uuid::from_u128(101));
    desk.put(Input::Start(Box::new(terms(&desk.key, 101)))).unwrap();
    desk.put(Input::Disconnected { session }).unwrap();
    assert_eq!(desk.out.last(), Some(&Output::StartRefused { session }));
    desk.put(Input::Settled { session: desk.id() }).unwrap();
    assert!(desk.meter.is_empty());
}

#[test]
fn a_session_goes_on_elsewhere_from_its_row_and_the_clients_voucher() {
    let mut desk = Desk::with(|terms| terms.grace = 2);
    desk.listen(10);
    desk.pass(2_500);
    let row = desk.out.iter().rev().find_map(|output| match output {
        Output::Commit { rows, .. } => Some(rows[0].clone()),
        _ => None,
    });
    let row = Row { epoch: 2, ..row.unwrap() };
    assert_eq!((row.acknowledged.seq, row.unacknowledged.len()), (10, 2));
    let adoption = Adoption {
        terms: desk.terms.clone(),
        row,
        granted: Grant { amount: 600, available: 0 },
        parts: 1,
        captured: Posted { beats: 10, amount: 100 },
        leased_at: Moment::from_micros(1_000),
    };
    let session = desk.id();
    desk.meter = Meter::new(domain());
    desk.now = Moment::from_micros(2_000);
    desk.put(Input::Adopt(Box::new(adoption))).unwrap();
    let ahead = ClientVoucher { beats: 13, signature: desk.acknowledgement(13, 13).signature };
    let answer = desk.put(Input::Resume { session, caps: None, voucher: Some(ahead) });
    assert_eq!(answer, Err(Refusal::Ahead), "not more than can be shown to be issued");
    let forged = ClientVoucher { beats: 12, signature: desk.acknowledgement(11, 11).signature };
    let answer = desk.put(Input::Resume { session, caps: None, voucher: Some(forged) });
    assert_eq!(answer, Err(Refusal::WrongSigner));
    let newest = ClientVoucher { beats: 12, signature: desk.acknowledgement(12, 12).signature };
    desk.put(Input::Resume { session, caps: None, voucher: Some(newest) }).unwrap();
    assert_eq!(desk.view().acknowledged, Count { seq: 12, beats: 12, amount: 120 });
    desk.listen(1);
    assert_eq!(desk.view().acknowledged.seq, 13);
}

#[test]
fn a_delegated_session_counts_what_was_played_and_delivered() {
    let mut desk = Desk::with(|terms| {
        terms.consent = Consent::Delegated {
            app_password: AppPasswordId(Uuid::from_u128(1)),
            cap: CapId(Uuid::from_u128(2)),
        };
    });
    desk.pass(4_000);
    let session = desk.id();
    desk.put(Input::Report { session, played: 9, delivered: 2 }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 2);
    desk.put(Input::Report { session, played: 3, delivered: 9 }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 3);
    desk.put(Input::Report { session, played: 9, delivered: 9 }).unwrap();
    assert_eq!(desk.view().acknowledged.seq, 4, "no more than was issued");
    desk.put(Input::Stop { session }).unwrap();
    assert!(!desk.settlement().unwrap().ends_hold, "the allowance outlives the session");
}

#[test]
fn a_session_that_stays_paused_does_not_keep_the_money_for_ever() {
    let mut desk = Desk::new();
    desk.listen(2);
    let session = desk.id();
    desk.put(Input::Pause { session }).unwrap();
    desk.pass(29 * 60_000);
    assert!(!desk.has_ended());
    desk.pass(60_000);
    assert!(desk.has_ended());
}
