//! What the meter asks of the database, for many sessions in one transaction.
//!
//! Each answer is what the meter is told. The same question asked again, because nobody knew what became of it, gets
//! the same answer and changes nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use db::{Tx, outbox};
use kernel::{Amount, Asset, Event, EventId, SessionId, Time};
use money::{
    eth::{Address, Signature},
    ledger::{Account, Charge, Entry, LedgerError},
    meter::{
        Adoption, Base, Caps, Capture, Consent, Count, Grant, Input, LEASE, Moment, Output, Posted, Ranges,
        Row, Settlement, Terms,
    },
    split::{Distribution, Parts, Share, Splits},
    voucher,
};
use uuid::Uuid;

use super::{
    SessionError,
    known::{self, Addition},
    model::Agreement,
    packed::{unpack_issued, unpack_ranges},
    queries::{self, MeterRow, SessionRow, leases, limits},
};
use crate::ledger::{self, PostError};

/// How long a node owns a session after a commit.
pub(super) const NODE_LEASE: Duration = LEASE;

/// Rows that one statement writes. The database takes a statement's rows apart in memory; each further one waits for its turn
/// among all that the server does.
const ROWS: usize = 4_096;

/// Who owns a session since when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) epoch: i64,
    pub(super) lease_until: Time,
}

/// What a session came to.
pub(super) struct Ended<'a> {
    pub(super) row: &'a Row,
    pub(super) parts: Parts,
}

/// Questions that one transaction answers.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) questions: Vec<Output>,
    /// What each of their sessions is agreed on.
    pub(super) agreements: HashMap<SessionId, Arc<Agreement>>,
    /// What each was sent of its track, where it settles, and is not written down: ranges of bytes.
    pub(super) sent: HashMap<SessionId, Ranges>,
}

/// Why a session could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    NoMoney,
    Taken,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) inputs: Vec<Input>,
    pub(super) refused: HashMap<SessionId, Refused>,
    /// What is to be posted for them, in one go, so that no two nodes wait for each other in a circle.
    entries: Vec<Entry>,
}

impl Answers {
    /// Nobody knows what came of it.
    pub(super) fn unknown(inputs: impl Iterator<Item = Input>) -> Self {
        Self { inputs: inputs.collect(), ..Self::default() }
    }

    fn refuse(&mut self, session: SessionId, why: Refused) {
        self.refused.insert(session, why);
        self.inputs.push(Input::OpenRefused { session });
    }
}

/// One node at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) node: Uuid,
    pub(super) now: Time,
}

/// Answers all questions of a batch, or none.
pub(super) async fn answer(
    tx: &mut Tx,
    here: Here,
    batch: &Batch,
    events: &[EventId],
) -> Result<Answers, PostError> {
    let mut answers = Answers::default();
    let (mut opens, mut holds, mut captures) = (Vec::new(), Vec::new(), Vec::new());
    for question in &batch.questions {
        match question {
            Output::Commit { batch, rows } => answers.inputs.push(commit(tx, *batch, rows, here.now).await?),
            Output::RequestHold { session, epoch, part, amount, .. } => {
                holds.push((*session, *epoch, *part, *amount));
            }
            Output::Capture(capture) => captures.push(*capture),
            Output::Open { terms, hold } => opens.push((&**terms, *hold)),
            _ => {}
        }
    }
    open(tx, here, batch, &opens, &mut answers).await?;
    grant(tx, batch, &holds, here.now, &mut answers).await?;
    capture(tx, batch, &captures, here.now, &mut answers).await?;
    let mut events = events.iter();
    for question in &batch.questions {
        let Output::Settle(settlement) = question else { continue };
        let sent = batch.sent.get(&settlement.row.session);
        let Some(agreement) = batch.agreements.get(&settlement.row.session) else { continue };
        let Some(event) = events.next() else { continue };
        let (input, entries) = settle(tx, agreement, settlement, sent, (here.now, *event)).await?;
        answers.inputs.push(input);
        answers.entries.extend(entries);
    }
    ledger::post(tx, &answers.entries, here.now).await?;
    Ok(answers)
}

/// What the listeners of some sessions have left.
async fn available<'t>(tx: &mut Tx, of: impl Iterator<Item = &'t Terms>) -> db::Result<Vec<i64>> {
    let accounts: Vec<(Account, Asset)> =
        of.map(|terms| (Account::Available(terms.account), terms.asset)).collect();
    ledger::balances(tx, &accounts).await
}

/// Opens sessions, as far as there is money for a second and their accounts have no other.
async fn open(
    tx: &mut Tx,
    here: Here,
    batch: &Batch,
    opens: &[(&Terms, i64)],
    answers: &mut Answers,
) -> Result<(), PostError> {
    if opens.is_empty() {
        return Ok(());
    }
    let ids: Vec<SessionId> = opens.iter().map(|(terms, _)| terms.session).collect();
    let known = queries::meter_rows(tx, &ids).await?;
    let known: HashMap<SessionId, MeterRow> = known.into_iter().map(|row| (row.id, row)).collect();
    let rests = available(tx, opens.iter().map(|(terms, _)| *terms)).await?;
    let mut new = Vec::new();
    for (&(terms, hold), rest) in opens.iter().zip(rests) {
        let session = terms.session;
        let Some(agreement) = batch.agreements.get(&session) else { continue };
        match known.get(&session) {
            // It was opened before, and nobody heard of it.
            Some(row) if row.node == here.node => {
                let grant = Grant { amount: row.granted, available: rest };
                answers.inputs.push(Input::Opened { session, grant });
            }
            Some(_) => answers.refuse(session, Refused::Taken),
            None if hold.min(rest) < terms.price => answers.refuse(session, Refused::NoMoney),
            None => new.push((&**agreement, hold.min(rest), rest)),
        }
    }
    let rows: Vec<(&Agreement, i64)> =
        new.iter().map(|(agreement, amount, _)| (*agreement, *amount)).collect();
    let made = queries::insert_meters(tx, here.node, &rows, here.now).await?;
    new.retain(|(agreement, ..)| {
        let is_made = made.contains(&agreement.id());
        if !is_made {
            answers.refuse(agreement.id(), Refused::Taken);
        }
        is_made
    });
    let agreements: Vec<&Agreement> = new.iter().map(|(agreement, ..)| *agreement).collect();
    queries::insert_sessions(tx, &agreements).await?;
    for (agreement, amount, rest) in new {
        let terms = &agreement.terms;
        if amount > 0 {
            let minor = Amount { asset: terms.asset, minor: amount };
            answers.entries.push(Entry::hold_granted(terms.hold, 0, here.now, terms.account, minor)?);
        }
        let grant = Grant { amount, available: rest.saturating_sub(amount) };
        answers.inputs.push(Input::Opened { session: terms.session, grant });
    }
    Ok(())
}

async fn commit(tx: &mut Tx, batch: u64, rows: &[Row], now: Time) -> db::Result<Input> {
    let mut fenced = Vec::new();
    for some in rows.chunks(ROWS) {
        if queries::commit(tx, some, now).await? < some.len() {
            // Those that are still ours have something newer.
            let lives: Vec<(SessionId, u64)> = some.iter().map(|row| (row.session, row.epoch)).collect();
            let ours: HashSet<SessionId> = leases::owned(tx, &lives).await?.into_iter().collect();
            fenced.extend(some.iter().map(|row| row.session).filter(|id| !ours.contains(id)));
        }
    }
    Ok(Input::Committed { batch, fenced })
}

/// The rows of these sessions that are open under the epochs named.
async fn rows_of(
    tx: &mut Tx,
    lives: impl Iterator<Item = (SessionId, u64)>,
) -> db::Result<HashMap<SessionId, MeterRow>> {
    let lives: HashMap<SessionId, u64> = lives.collect();
    if lives.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<SessionId> = lives.keys().copied().collect();
    let rows = queries::meter_rows(tx, &ids).await?;
    let is_ours = |row: &MeterRow| lives.get(&row.id).copied() == u64::try_from(row.epoch).ok();
    Ok(rows.into_iter().filter(is_ours).map(|row| (row.id, row)).collect())
}

async fn grant(
    tx: &mut Tx,
    batch: &Batch,
    holds: &[(SessionId, u64, u32, i64)],
    now: Time,
    answers: &mut Answers,
) -> Result<(), PostError> {
    let rows = rows_of(tx, holds.iter().map(|(id, epoch, ..)| (*id, *epoch))).await?;
    let Answers { inputs, entries, .. } = answers;
    let mut ours = Vec::new();
    for &(session, _, part, wanted) in holds {
        match (rows.get(&session), batch.agreements.get(&session)) {
            (Some(row), Some(agreement)) => ours.push((row, &agreement.terms, part, wanted)),
            _ => inputs.push(Input::LeaseLost { session }),
        }
    }
    let rests = available(tx, ours.iter().map(|(_, terms, ..)| *terms)).await?;
    let sessions: Vec<SessionId> = ours.iter().map(|(row, ..)| row.id).collect();
    let left = limits::left(tx, &sessions, now).await?;
    let mut grants = Vec::new();
    for ((row, terms, part, wanted), rest) in ours.into_iter().zip(rests) {
        let session = terms.session;
        let mut most = i64::MAX;
        if let Some(&caps) = left.get(&session) {
            // The listener may have set other limits since.
            inputs.push(Input::Limited { session, caps });
            most = caps.lowest().map_or(most, |lowest| lowest.saturating_sub(row.granted));
        }
        if i64::from(part) < row.parts {
            let grant = Grant { amount: row.last_part, available: rest };
            inputs.push(Input::HoldGranted { session, part, grant });
            continue;
        }
        let amount = wanted.min(rest).min(most);
        if amount <= 0 {
            inputs.push(Input::HoldRefused { session, part });
            continue;
        }
        let minor = Amount { asset: terms.asset, minor: amount };
        entries.push(Entry::hold_granted(terms.hold, part, now, terms.account, minor)?);
        grants.push((session, part, amount));
        let grant = Grant { amount, available: rest.saturating_sub(amount) };
        inputs.push(Input::HoldGranted { session, part, grant });
    }
    if !grants.is_empty() {
        queries::add_grants(tx, &grants).await?;
    }
    Ok(())
}

async fn capture(
    tx: &mut Tx,
    batch: &Batch,
    captures: &[Capture],
    now: Time,
    answers: &mut Answers,
) -> Result<(), PostError> {
    let rows = rows_of(tx, captures.iter().map(|capture| (capture.session, capture.epoch))).await?;
    let Answers { inputs, entries, .. } = answers;
    let mut captured = Vec::new();
    for &Capture { session, from, to, .. } in captures {
        let (Some(row), Some(agreement)) = (rows.get(&session), batch.agreements.get(&session)) else {
            inputs.push(Input::LeaseLost { session });
            continue;
        };
        let posted = posted(row);
        // What is posted already was asked before, and nobody heard the answer.
        if posted.beats < to.beats {
            if posted != from || to.amount > row.amount {
                tracing::error!(%session, ?posted, ?from, ?to, "a capture that does not follow is not posted");
                inputs.push(Input::CaptureFailed { session, beats: to.beats });
                continue;
            }
            entries.push(charge(agreement, from, to, now)?);
            captured.push((session, number(to.beats), to.amount));
        }
        inputs.push(Input::Captured { session, beats: to.beats });
    }
    if !captured.is_empty() {
        queries::set_captured(tx, &captured).await?;
    }
    Ok(())
}

fn charge(agreement: &Agreement, from: Posted, to: Posted, now: Time) -> Result<Entry, LedgerError> {
    let charge = Charge {
        session: agreement.id(),
        listener: agreement.account(),
        asset: agreement.terms.asset,
        beats: to.beats,
        before: from.amount,
        after: to.amount,
    };
    Entry::capture(&charge, now, &agreement.distribution)
}

/// Ends a session: its result, and the entries for what is not captured, the rest of rounding, and the release.
async fn settle(
    tx: &mut Tx,
    agreement: &Agreement,
    settlement: &Settlement,
    sent: Option<&Ranges>,
    (now, event): (Time, EventId),
) -> Result<(Input, Vec<Entry>), PostError> {
    let (terms, row) = (&agreement.terms, &settlement.row);
    let session = row.session;
    let Some(stored) = queries::meter_row(tx, session).await? else {
        // Settled before, by this node or by another: the row tells whoever asks.
        let known = queries::session_row(tx, session, None).await?;
        let is_ours = known.is_some_and(|known| known.beats == number(row.acknowledged.beats));
        let input = if is_ours { Input::Settled { session } } else { Input::LeaseLost { session } };
        return Ok((input, Vec::new()));
    };
    if stored.epoch != number(row.epoch) {
        return Ok((Input::LeaseLost { session }, Vec::new()));
    }
    let before = posted(&stored);
    let charged = Posted { beats: row.acknowledged.beats, amount: row.acknowledged.amount };
    let mut entries = Vec::new();
    if charged.amount > before.amount {
        entries.push(charge(agreement, before, charged, now)?);
    }
    let whole = Amount { asset: terms.asset, minor: charged.amount };
    entries.extend(Entry::settlement(session, now, &agreement.distribution, whole)?);
    let rest = stored.granted.saturating_sub(charged.amount);
    if settlement.ends_hold && rest > 0 {
        let rest = Amount { asset: terms.asset, minor: rest };
        entries.push(Entry::hold_released(terms.hold, now, terms.account, rest)?);
    }
    let parts = agreement.distribution.settled(charged.amount).map_err(LedgerError::from)?;
    queries::close(tx, &Ended { row, parts }, now).await?;
    let sent = sent.cloned().unwrap_or_default();
    let addition = Addition { whose: (agreement.account(), terms.track), heard: row.heard.clone(), sent };
    known::add(tx, &[addition]).await?;
    let event_of = Event::SessionSettled {
        session,
        account: terms.account,
        track: terms.track,
        artist: agreement.artist,
        beats: number(row.acknowledged.beats),
        amount: Amount { asset: terms.asset, minor: charged.amount },
    };
    outbox::emit(tx, &event_of, event, now).await?;
    Ok((Input::Settled { session }, entries))
}

fn posted(row: &MeterRow) -> Posted {
    Posted { beats: u64::try_from(row.captured_beats).unwrap_or(0), amount: row.captured }
}

fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The key that signs for a session; zeros for one that needs none.
pub(super) fn session_key(terms: &Terms) -> Address {
    match terms.consent {
        Consent::Signed { session_key } => session_key,
        Consent::Delegated { .. } => Address([0; 20]),
    }
}

/// What a stored session was agreed on, with its caps as they are now.
pub(super) async fn agreement(tx: &mut Tx, row: &SessionRow, caps: Caps) -> Result<Agreement, SessionError> {
    let unreadable = |what| db::Error::Unreadable { what, value: row.id.to_string() };
    let shares = queries::shares_of_session(tx, row.id).await?;
    let distribution =
        distribution(&shares, row.fee_bp).ok_or_else(|| unreadable("the split of a session"))?;
    let key: [u8; 20] =
        row.session_key.as_slice().try_into().map_err(|_| unreadable("the key of a session"))?;
    let terms = Terms {
        session: row.id,
        account: row.account,
        track: row.track,
        hold: row.hold,
        consent: Consent::Signed { session_key: Address(key) },
        asset: row.asset,
        price: row.price,
        payee: voucher::payee(row.split),
        base: Base::default(),
        caps,
        grace: u32::try_from(row.grace).unwrap_or(0),
        free: unpack_ranges(&row.free).ok_or_else(|| unreadable("the free ranges of a session"))?,
        position_ms: u64::try_from(row.from_ms).unwrap_or(0),
    };
    let length_ms = u64::try_from(row.length_ms).unwrap_or(0);
    Ok(Agreement { terms, artist: row.artist, split: row.split, distribution, length_ms, at: row.started_at })
}

/// Shares and a fee as the rules of dividing take them.
pub(super) fn distribution(shares: &[(kernel::ArtistId, i64)], fee_bp: i64) -> Option<Distribution> {
    let shares: Option<Vec<Share>> = shares
        .iter()
        .map(|(artist, bp)| Some(Share { artist: *artist, bp: u16::try_from(*bp).ok()? }))
        .collect();
    Distribution::new(Splits::new(shares?).ok()?, u16::try_from(fee_bp).ok()?).ok()
}

/// The row of an open session as the meter knows it.
pub(super) fn row(stored: &MeterRow) -> Option<Row> {
    let voucher = match &stored.voucher {
        Some(bytes) => Some(Signature::new(bytes.as_slice().try_into().ok()?).ok()?),
        None => None,
    };
    Some(Row {
        session: stored.id,
        epoch: u64::try_from(stored.epoch).ok()?,
        acknowledged: Count {
            seq: u64::try_from(stored.seq).ok()?,
            beats: u64::try_from(stored.beats).ok()?,
            amount: stored.amount,
        },
        unacknowledged: unpack_issued(&stored.waiting)?,
        voucher,
        grace_left: u32::try_from(stored.grace_left).ok()?,
        deferred: u32::try_from(stored.deferred).ok()?,
        position_ms: u64::try_from(stored.position_ms).ok()?,
        // Whoever takes it over waits for its listener.
        is_running: false,
        heard: unpack_ranges(&stored.heard)?,
    })
}

/// The right to go on with a stored session whose lease is ours since `leased_at`.
pub(super) async fn adoption(
    tx: &mut Tx,
    stored: &MeterRow,
    terms: Terms,
    leased_at: Moment,
) -> Result<Adoption, SessionError> {
    let available = ledger::balance(tx, Account::Available(terms.account), terms.asset).await?;
    let row = row(stored)
        .ok_or_else(|| db::Error::Unreadable { what: "an open session", value: stored.id.to_string() })?;
    Ok(Adoption {
        terms,
        row,
        granted: Grant { amount: stored.granted, available },
        parts: u32::try_from(stored.parts).unwrap_or(u32::MAX),
        captured: posted(stored),
        leased_at,
    })
}

/// Settles a session that nobody owns, at what is durable of it. Its epoch was raised before, in the same transaction.
pub(super) async fn settle_abandoned(
    tx: &mut Tx,
    session: SessionId,
    (now, event): (Time, EventId),
) -> Result<(), SessionError> {
    let Some(stored) = queries::meter_row(tx, session).await? else { return Ok(()) };
    let known =
        queries::session_row(tx, session, None).await?.ok_or(SessionError::SessionNotFound(session))?;
    let agreement = agreement(tx, &known, Caps::default()).await?;
    let row = row(&stored)
        .ok_or_else(|| db::Error::Unreadable { what: "an open session", value: session.to_string() })?;
    let settlement = Settlement::of(&agreement.terms, row, posted(&stored));
    let (_, entries) = settle(tx, &agreement, &settlement, None, (now, event)).await?;
    ledger::post(tx, &entries, now).await?;
    Ok(())
}
