//! Beginning, going on with and ending a session, wherever it is.

use std::{sync::Arc, time::Duration};

use infra::Quota;
use kernel::{AccountId, ArtistId, Asset, Invalid, SessionId, SplitId, Time};
use money::{
    ledger::Account,
    meter::{Acknowledgement, Caps, ClientVoucher, Input, Moment, Ranges, Refusal, Summary, View},
    split::{Distribution, Splits},
};

use super::{
    SessionError, Sessions,
    desk::{Command, Reply, Seat, Standing, Wanted},
    known::{self, Known},
    model::{Agreement, Offer, Started, Wish},
    queries::{self, SessionRow, leases, limits},
    store,
};
use crate::{Commerce, ledger};

/// How often an account may begin a session: each writes to the ledger for good.
const STARTED: Quota = Quota { name: "sessions", burst: 500, every: Duration::from_secs(5) };
/// For how long a skipped beginning is not granted again.
const GRACE_EVERY: Duration = Duration::from_hours(24);
/// How often it is looked whether another node's lease is over.
const LOOK: Duration = Duration::from_millis(100);

/// Begins a session of `account`. One that it has open elsewhere is settled first.
///
/// # Errors
/// When the track cannot be reached or paid for here, or the money or a cap does not cover a beat.
pub(super) async fn start(
    commerce: &Commerce,
    account: AccountId,
    wish: Wish,
    seat: Option<Seat>,
) -> Result<Started, SessionError> {
    let (app, sessions) = (&commerce.app, &commerce.sessions);
    app.limits.take(STARTED, &account.to_string(), app.now()).map_err(SessionError::TooMany)?;
    let _turn = sessions.turn(account).await;
    let counted = end_elsewhere(commerce, account).await?;
    let now = app.now();
    let (offer, known): (Offer, Known) =
        db::snapshot!(app.db, |tx| offer(tx, commerce, account, &wish, now).await)?;
    let agreement = offer.accept(&wish, account, (app.id(), app.id()), now)?;
    agreement.caps_leave_a_beat()?;
    let wanted = Box::new(Wanted { agreement, counted });
    let started = sessions.desk.ask(|reply| Command::Start { wanted, seat, reply }).await??;
    // What the session before was sent of the same track is written by now.
    let known = match counted {
        Some(_) => db::read!(app.db, |tx| known::of(tx, account, wish.track).await)?,
        None => known,
    };
    admit(sessions, &started, known).await?;
    Ok(started)
}

/// Lets bytes follow what is paid for in a session, unless it has ended meanwhile: the node says so, which ends it.
async fn admit(sessions: &Sessions, started: &Started, known: Known) -> Result<(), SessionError> {
    let (session, account) = (started.agreement.id(), started.agreement.account());
    sessions.desk.ask(|reply| Command::Admit { session, account, known, reply }).await
}

/// Settles what the account has open on other nodes. Answers what it has open here, and what of that is in the database.
async fn end_elsewhere(
    commerce: &Commerce,
    account: AccountId,
) -> Result<Option<(SessionId, i64)>, SessionError> {
    let (app, sessions) = (&commerce.app, &commerce.sessions);
    let open = db::read!(app.db, |tx| queries::open_of(tx, account).await)?;
    let Some((session, node, amount)) = open else { return Ok(None) };
    if node == sessions.desk.node {
        let here = sessions.desk.ask(|reply| Command::Look { session, account, reply }).await?;
        if here.is_some() {
            return Ok(Some((session, amount)));
        }
    }
    if let Some((epoch, _)) = take_over(commerce, session, account).await? {
        let (now, event) = (app.now(), app.id());
        db::write!(app.db, |tx| {
            match queries::meter_row(tx, session).await? {
                Some(row) if row.epoch == epoch => store::settle_abandoned(tx, session, (now, event)).await,
                // Somebody else takes it over, and what it holds is not free yet.
                Some(_) => Err(SessionError::Busy),
                None => Ok(()),
            }
        })?;
    }
    Ok(None)
}

/// Raises the epoch of a session and waits until its last owner's lease is over; `None` if it is not open. Answers the
/// epoch, and the session as it is then, with the lease taken.
async fn take_over(
    commerce: &Commerce,
    session: SessionId,
    account: AccountId,
) -> Result<Option<(i64, queries::MeterRow)>, SessionError> {
    let (app, node) = (&commerce.app, commerce.sessions.desk.node);
    let raised: db::Result<_> = db::write!(app.db, |tx| leases::raise(tx, session, account, node).await);
    let Some(life) = raised? else { return Ok(None) };
    loop {
        let now = app.now();
        if now >= life.lease_until {
            let row: db::Result<_> =
                db::write!(app.db, |tx| leases::lease(tx, session, life.epoch, now).await);
            return row?.map(|row| (life.epoch, row)).map(Some).ok_or(SessionError::Busy);
        }
        tokio::time::sleep(LOOK.min(life.lease_until.since(now))).await;
    }
}

/// What a track is offered for to `account`, and what it knows of it.
async fn offer(
    tx: &mut db::Tx,
    commerce: &Commerce,
    account: AccountId,
    wish: &Wish,
    now: Time,
) -> Result<(Offer, Known), SessionError> {
    let config = &commerce.app.config;
    let track = queries::priced(tx, wish.track, account).await?.ok_or(SessionError::TrackNotFound)?;
    let unreadable = |what| db::Error::Unreadable { what, value: wish.track.to_string() };
    let length_ms = u64::try_from(track.duration_ms).unwrap_or(0);
    if length_ms > 0 && wish.position_ms >= length_ms {
        return Err(Invalid::one("/positionMs", "out_of_range", "lies beyond the end of the track").into());
    }
    let asset = track.asset.as_deref().map_or(Ok(Asset::Beat), str::parse);
    let asset = asset.map_err(|_| unreadable("the asset of a price"))?;
    // Whoever manages the page would pay themselves.
    let price = if track.own { 0 } else { track.price.unwrap_or(0) };
    if price > 0 && !track.managed {
        return Err(SessionError::Unmanaged);
    }
    let splits = match track.split {
        Some(split) => {
            let shares = queries::shares_of_split(tx, split).await?;
            store::distribution(&shares, 0)
                .ok_or_else(|| unreadable("the split of a track"))?
                .splits()
                .clone()
        }
        None => Splits::whole(track.artist),
    };
    let fee_bp = config.platform.fee_bp;
    let distribution = Distribution::new(splits, fee_bp).map_err(|_| unreadable("a platform's fee"))?;
    let known = known::of(tx, account, wish.track).await?;
    let window = Duration::from_secs(config.meter.repeat_window_s);
    let free = if window.is_zero() {
        Ranges::new()
    } else {
        known::paid_since(tx, account, wish.track, now.minus(window)).await?
    };
    let had_grace = config.meter.skip_grace == 0
        || queries::heard_since(tx, account, wish.track, now.minus(GRACE_EVERY)).await?;
    let offer = Offer {
        artist: track.artist,
        asset,
        price,
        split: track.split.unwrap_or(SplitId(track.artist.0)),
        distribution,
        free,
        grace: if had_grace { 0 } else { config.meter.skip_grace },
        caps: caps(tx, account, track.artist, now).await?,
        length_ms,
    };
    Ok((offer, known))
}

/// What the listener's limits leave to an open session, with all that it has charged.
async fn caps_of(tx: &mut db::Tx, row: &SessionRow, now: Time) -> db::Result<Caps> {
    let left = limits::left(tx, &[row.id], now).await?.remove(&row.id);
    Ok(left.unwrap_or(Caps { play: row.cap_play, ..Caps::default() }))
}

/// What the listener's limits leave to a new session on `artist`'s tracks.
async fn caps(tx: &mut db::Tx, account: AccountId, artist: ArtistId, now: Time) -> db::Result<Caps> {
    let wanted = limits::spending_caps(tx, account).await?;
    let (day, month) = (limits::today(now), now.month());
    let mut left = Caps { play: wanted.play, ..Caps::default() };
    for (cap, left, since, artist) in [
        (wanted.day, &mut left.day, day, None),
        (wanted.month, &mut left.month, month, None),
        (wanted.artist, &mut left.artist, month, Some(artist)),
    ] {
        if let Some(cap) = cap {
            let spent = limits::spent(tx, account, since, artist).await?;
            *left = Some(cap.saturating_sub(spent).max(0));
        }
    }
    Ok(left)
}

/// Lets `account` spend so much at most from now on. What it has open keeps to it from the next part of its hold on.
pub(super) async fn limit(tx: &mut db::Tx, account: AccountId, caps: &Caps, now: Time) -> db::Result<()> {
    limits::put_spending_caps(tx, account, caps, now).await?;
    match caps.play {
        Some(cap) => limits::lower_cap(tx, account, cap).await,
        None => Ok(()),
    }
}

/// What a client brings along that goes on with a session.
pub(super) struct Back {
    pub(super) session: SessionId,
    /// Its newest: it may be ahead of what is durable.
    pub(super) voucher: Option<ClientVoucher>,
    /// Another cap for this play.
    pub(super) cap: Option<i64>,
}

/// Goes on with a session of `account`, here or from another node.
///
/// # Errors
/// When there is no such session, it has ended, or it cannot be had now.
pub(super) async fn resume(
    commerce: &Commerce,
    account: AccountId,
    Back { session, voucher, cap }: Back,
    seat: Option<Seat>,
) -> Result<Started, SessionError> {
    let sessions = &commerce.sessions;
    let _turn = sessions.turn(account).await;
    let attached = {
        let seat = seat.clone();
        sessions.desk.ask(|reply| Command::Attach { session, account, seat, reply }).await?
    };
    let started = match attached {
        Some(started) => started,
        None => adopt(commerce, account, session, seat).await?,
    };
    let caps = caps_now(commerce, account, session, cap).await?;
    let resume = |voucher| tell(commerce, account, session, Input::Resume { session, caps, voucher });
    let view = match resume(voucher).await {
        // A crash took the beat that it is for, so that nobody can show that it was issued: it counts for nothing, and
        // the session goes on from what is durable.
        Err(SessionError::Refused(Refusal::Ahead)) => resume(None).await?,
        view => view?,
    };
    let beats_remaining = beats_remaining(commerce, &started.agreement, &view).await?;
    Ok(Started { count: view.acknowledged, cap: view.cap, beats_remaining, ..started })
}

/// For how many beats there is money within the caps: whoever comes back may have paid some in meanwhile.
async fn beats_remaining(
    commerce: &Commerce,
    agreement: &Agreement,
    view: &View,
) -> Result<Option<u64>, SessionError> {
    let (terms, session) = (&agreement.terms, agreement.id());
    let money: db::Result<Option<i64>> = db::snapshot!(commerce.app.db, |tx| {
        let granted = queries::granted(tx, session).await?;
        let available = ledger::balance(tx, Account::Available(terms.account), terms.asset).await?;
        Ok(granted.map(|granted| granted.saturating_add(available)))
    });
    // Of one that was settled a moment ago nothing remains.
    let money = money?.unwrap_or(0);
    let most = view.cap.map_or(money, |cap| money.min(cap));
    let left = most.saturating_sub(view.issued.amount).max(0);
    Ok(left.checked_div(terms.price).and_then(|beats| u64::try_from(beats).ok()))
}

async fn adopt(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
    seat: Option<Seat>,
) -> Result<Started, SessionError> {
    let (app, sessions) = (&commerce.app, &commerce.sessions);
    let Some((_, stored)) = take_over(commerce, session, account).await? else {
        return Err(not_open(commerce, account, session).await?);
    };
    let leased_at = Moment::from_micros(u64::try_from(app.clock.elapsed().as_micros()).unwrap_or(u64::MAX));
    let now = app.now();
    let (agreement, adoption, known): (Agreement, _, Known) = db::snapshot!(app.db, |tx| {
        let row = queries::session_row(tx, session, Some(account)).await?;
        let row = row.ok_or(SessionError::SessionNotFound(session))?;
        let caps = caps_of(tx, &row, now).await?;
        let agreement = store::agreement(tx, &row, caps).await?;
        let adoption = store::adoption(tx, &stored, agreement.terms.clone(), leased_at).await?;
        let known = known::of(tx, account, row.track).await?;
        Ok::<_, SessionError>((agreement, adoption, known))
    })?;
    let (agreement, adoption) = (Arc::new(agreement), Box::new(adoption));
    let started = sessions.desk.ask(|reply| Command::Adopt { agreement, adoption, seat, reply }).await??;
    admit(sessions, &started, known).await?;
    Ok(started)
}

/// Why a session is not open here: whoever it is of is told whether to ask again.
pub(super) async fn not_open(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
) -> Result<SessionError, SessionError> {
    let row = db::read!(commerce.app.db, |tx| queries::session_row(tx, session, Some(account)).await)?;
    Ok(match row {
        Some(row) if row.settled_at.is_none() => SessionError::Elsewhere(session),
        Some(_) => SessionError::SessionEnded(session),
        None => SessionError::SessionNotFound(session),
    })
}

/// Hands an input to the meter.
pub(super) async fn tell(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
    input: Input,
) -> Result<View, SessionError> {
    let desk = &commerce.sessions.desk;
    let view = desk.ask(|reply| Command::Tell { input, session, account, reply: Reply::Waits(reply) });
    match view.await? {
        Err(Refusal::UnknownSession) => Err(not_open(commerce, account, session).await?),
        view => Ok(view?),
    }
}

/// Takes an acknowledgement.
pub(super) async fn acknowledge(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
    acknowledgement: Acknowledgement,
) -> Result<View, SessionError> {
    tell(commerce, account, session, Input::Acknowledge { session, acknowledgement }).await
}

/// Lets a session go on within the listener's limits as they are now, with another cap for this play if one is named.
pub(super) async fn go_on(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
    cap: Option<i64>,
) -> Result<View, SessionError> {
    // Of two that name a cap at once, the one that is kept is the one that counts.
    let _turn = match cap {
        Some(_) => Some(commerce.sessions.turn(account).await),
        None => None,
    };
    let caps = caps_now(commerce, account, session, cap).await?;
    tell(commerce, account, session, Input::Resume { session, caps, voucher: None }).await
}

/// What the listener's limits leave to a session of theirs now; `cap` is another one for this play, which is kept. Without
/// one, and with a database that cannot be asked, nothing: the limits that the session knows stay.
async fn caps_now(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
    cap: Option<i64>,
) -> Result<Option<Caps>, SessionError> {
    let (app, now) = (&commerce.app, commerce.app.now());
    let read = async |tx: &mut db::Tx| {
        let row = queries::session_row(tx, session, Some(account)).await?;
        let row = row.ok_or(SessionError::SessionNotFound(session))?;
        let caps = caps_of(tx, &row, now).await?;
        Ok(Caps { play: cap.or(caps.play), ..caps })
    };
    if cap.is_none() {
        return match db::snapshot!(app.db, |tx| read(tx).await) {
            Err(SessionError::Db(error)) => {
                tracing::warn!(%error, %session, "a session goes on within the limits that it knows");
                Ok(None)
            }
            caps => caps.map(Some),
        };
    }
    // A wish that is refused changes nothing.
    if look(&commerce.sessions, account, session).await?.is_none() {
        return Err(not_open(commerce, account, session).await?);
    }
    let caps: Result<Caps, SessionError> = db::write!(app.db, |tx| {
        let caps = read(tx).await?;
        limits::set_cap(tx, session, cap).await?;
        Ok(caps)
    });
    caps.map(Some)
}

/// How a session that is open here stands.
pub(super) async fn look(
    sessions: &Sessions,
    account: AccountId,
    session: SessionId,
) -> Result<Option<Standing>, SessionError> {
    sessions.desk.ask(|reply| Command::Look { session, account, reply }).await
}

/// Ends a session, wherever it is, and waits until it is settled; of one that has ended, nothing is changed.
///
/// # Errors
/// When there is no such session of this account.
pub(super) async fn settle(
    commerce: &Commerce,
    account: AccountId,
    session: SessionId,
) -> Result<Option<Summary>, SessionError> {
    let (app, sessions) = (&commerce.app, &commerce.sessions);
    let ended = sessions.desk.ask(|reply| Command::End { session, account, reply }).await?;
    if ended.is_some() {
        return Ok(ended);
    }
    let _turn = sessions.turn(account).await;
    let open = db::read!(app.db, |tx| queries::open_of(tx, account).await)?;
    if open.is_some_and(|(open, ..)| open == session) {
        end_elsewhere(commerce, account).await?;
    }
    Ok(None)
}
