//! The facts of the business, and the entry that each makes. There is no other way to make one.
//!
//! Each has a key of its own, so that the same fact is posted once however often it is reported; facts that exclude each
//! other share a key (a hold is released or expires, a dispute is upheld or dismissed), so that exactly one of them is
//! posted.

use kernel::{
    AccountId, Amount, ArtistId, Asset, DisputeId, HoldId, RedemptionId, SessionId, Time, TipId, TopUpId,
    TrackId,
};

use super::{Account, Entry, Kind, LedgerError, Line};
use crate::{
    planted::{Bug, planted},
    split::Distribution,
};

/// Seconds of a session that the ledger has not seen yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// The session.
    pub session: SessionId,
    /// Who pays, from money set aside.
    pub listener: AccountId,
    /// In what.
    pub asset: Asset,
    /// The charged beats of the session after this, which name the entry.
    pub beats: u64,
    /// What the session had charged at the last capture, in minor units.
    pub before: i64,
    /// What it has charged now.
    pub after: i64,
}

/// What one artist got from a contested session, by where it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContestedShare {
    /// The artist.
    pub artist: ArtistId,
    /// The part that is not payable yet.
    pub earned: i64,
    /// The part that became payable; contesting it may leave a debt.
    pub payable: i64,
}

/// A session whose charge is contested: all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// The dispute.
    pub dispute: DisputeId,
    /// Who paid, and gets it back if they are right.
    pub listener: AccountId,
    /// In what.
    pub asset: Asset,
    /// The platform's fee; it stays where it is until the dispute is decided.
    pub fee: i64,
    /// What the artists got.
    pub shares: Vec<ContestedShare>,
}

/// What points are given for. Each is rewarded once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardFor {
    /// A track heard to its end, on a day (days since 1970, UTC).
    FullPlay(TrackId, i64),
    /// A good part of a track, on a day.
    PartialPlay(TrackId, i64),
    /// The first like that this account gave to a track.
    FirstLike(TrackId),
}

impl RewardFor {
    /// The key of the entry that rewards `to` for it.
    pub fn key(&self, to: AccountId) -> String {
        match self {
            Self::FullPlay(track, day) => format!("reward:full-play:{to}:{track}:{day}"),
            Self::PartialPlay(track, day) => format!("reward:partial-play:{to}:{track}:{day}"),
            Self::FirstLike(track) => format!("reward:first-like:{to}:{track}"),
        }
    }
}

impl Entry {
    /// Money was paid in from outside.
    pub fn top_up(id: TopUpId, at: Time, to: AccountId, amount: Amount) -> Result<Self, LedgerError> {
        transfer(Kind::TopUp, format!("top-up:{id}"), at, Account::Clearing, Account::Available(to), amount)
    }

    /// Beats to play with, in demo and test modes alone.
    pub fn faucet(id: TopUpId, at: Time, to: AccountId, beats: i64) -> Result<Self, LedgerError> {
        let amount = Amount { asset: Asset::Beat, minor: beats };
        transfer(Kind::Faucet, format!("faucet:{id}"), at, Account::Clearing, Account::Available(to), amount)
    }

    /// All points that will ever be. The key allows one such entry: the supply is fixed.
    pub fn supply(at: Time, points: i64) -> Result<Self, LedgerError> {
        let amount = Amount { asset: Asset::Btn, minor: points };
        transfer(Kind::Supply, "supply:BTN".to_owned(), at, Account::Clearing, Account::Rewards, amount)
    }

    /// Part number `part` of a hold was set aside.
    pub fn hold_granted(
        hold: HoldId,
        part: u32,
        at: Time,
        owner: AccountId,
        amount: Amount,
    ) -> Result<Self, LedgerError> {
        let (from, to) = (Account::Available(owner), Account::Held(owner));
        transfer(Kind::HoldGranted, format!("hold:{hold}:{part}"), at, from, to, amount)
    }

    /// What is left of a hold goes back, because it is no longer needed. Excludes [`Entry::hold_expired`].
    pub fn hold_released(
        hold: HoldId,
        at: Time,
        owner: AccountId,
        rest: Amount,
    ) -> Result<Self, LedgerError> {
        let (from, to) = (Account::Held(owner), Account::Available(owner));
        transfer(Kind::HoldReleased, format!("release:{hold}"), at, from, to, rest)
    }

    /// What is left of a hold goes back, because nobody came for it. Excludes [`Entry::hold_released`].
    pub fn hold_expired(hold: HoldId, at: Time, owner: AccountId, rest: Amount) -> Result<Self, LedgerError> {
        let (from, to) = (Account::Held(owner), Account::Available(owner));
        transfer(Kind::HoldExpired, format!("release:{hold}"), at, from, to, rest)
    }

    /// Seconds of a session are charged: from the hold to the fee, the shares and the rounding account, each by the
    /// difference to what was captured before.
    pub fn capture(charge: &Charge, at: Time, distribution: &Distribution) -> Result<Self, LedgerError> {
        let &Charge { session, listener, asset, beats, before, after } = charge;
        if after <= before {
            return Err(LedgerError::Shrinking);
        }
        let (mut old, mut new) = (distribution.running(before)?, distribution.running(after)?);
        if planted(Bug::CaptureDividedAlone) {
            (old, new) = (distribution.running(0)?, distribution.running(after.saturating_sub(before))?);
        }
        let difference = |after: i64, before: i64| after.checked_sub(before).ok_or(LedgerError::TooLarge);
        let mut lines = vec![
            Line { account: Account::Held(listener), asset, amount: difference(before, after)? },
            Line { account: Account::Fees, asset, amount: difference(new.fee, old.fee)? },
            Line { account: Account::Rounding(session), asset, amount: difference(new.rest, old.rest)? },
        ];
        for (share, (new, old)) in
            distribution.splits().shares().iter().zip(new.shares.into_iter().zip(old.shares))
        {
            let amount = difference(new, old)?;
            lines.push(Line { account: Account::Earned(share.artist), asset, amount });
        }
        Self::of(Kind::Capture, format!("capture:{session}:{beats}"), at, lines)
    }

    /// A session ended after charging `charged` in all: what rounding left over goes to the largest remainders. Nothing,
    /// if rounding left nothing over.
    pub fn settlement(
        session: SessionId,
        at: Time,
        distribution: &Distribution,
        charged: Amount,
    ) -> Result<Option<Self>, LedgerError> {
        let Amount { asset, minor } = charged;
        let (running, ended) = (distribution.running(minor)?, distribution.settled(minor)?);
        if running.rest == 0 || planted(Bug::RestForgotten) {
            return Ok(None);
        }
        let rest = running.rest.checked_neg().ok_or(LedgerError::TooLarge)?;
        let mut lines = vec![Line { account: Account::Rounding(session), asset, amount: rest }];
        for (share, (ended, running)) in
            distribution.splits().shares().iter().zip(ended.shares.into_iter().zip(running.shares))
        {
            let amount = ended.checked_sub(running).ok_or(LedgerError::TooLarge)?;
            lines.push(Line { account: Account::Earned(share.artist), asset, amount });
        }
        Self::of(Kind::Settlement, format!("settle:{session}"), at, lines).map(Some)
    }

    /// A gift of money to an artist, whole.
    pub fn tip(
        id: TipId,
        at: Time,
        from: AccountId,
        to: ArtistId,
        amount: Amount,
    ) -> Result<Self, LedgerError> {
        transfer(Kind::Tip, format!("tip:{id}"), at, Account::Available(from), Account::Earned(to), amount)
    }

    /// A gift of points, to the account of a person: points never become an artist's earnings.
    pub fn points_tip(
        id: TipId,
        at: Time,
        from: AccountId,
        to: AccountId,
        points: i64,
    ) -> Result<Self, LedgerError> {
        let amount = Amount { asset: Asset::Btn, minor: points };
        let (from, to) = (Account::Available(from), Account::Available(to));
        transfer(Kind::PointsTip, format!("tip:{id}"), at, from, to, amount)
    }

    /// An artist's earnings through `day` (days since 1970, UTC) become payable.
    pub fn matured(artist: ArtistId, day: i64, at: Time, amount: Amount) -> Result<Self, LedgerError> {
        let key = format!("matured:{artist}:{}:{day}", amount.asset);
        transfer(Kind::Matured, key, at, Account::Earned(artist), Account::Payable(artist), amount)
    }

    /// The artists' part of a contested session is put aside.
    pub fn dispute_opened(contest: &Contest, at: Time) -> Result<Self, LedgerError> {
        Self::of(Kind::DisputeOpened, format!("dispute:{}", contest.dispute), at, contest.moves(false)?)
    }

    /// The listener was right and gets everything back, the fee too. Excludes [`Entry::dispute_dismissed`].
    pub fn dispute_upheld(contest: &Contest, at: Time) -> Result<Self, LedgerError> {
        let &Contest { dispute, listener, asset, fee, .. } = contest;
        let mut refund = positive_or_zero(fee)?;
        let fee = fee.checked_neg().ok_or(LedgerError::TooLarge)?;
        let mut lines = vec![Line { account: Account::Fees, asset, amount: fee }];
        for share in &contest.shares {
            let amount = share.total()?;
            refund = refund.checked_add(amount).ok_or(LedgerError::TooLarge)?;
            let amount = amount.checked_neg().ok_or(LedgerError::TooLarge)?;
            lines.push(Line { account: Account::Disputed(share.artist), asset, amount });
        }
        lines.push(Line { account: Account::Available(listener), asset, amount: refund });
        Self::of(Kind::DisputeUpheld, format!("resolve:{dispute}"), at, lines)
    }

    /// The artists were right: their part goes back to where it came from. Excludes [`Entry::dispute_upheld`].
    pub fn dispute_dismissed(contest: &Contest, at: Time) -> Result<Self, LedgerError> {
        Self::of(Kind::DisputeDismissed, format!("resolve:{}", contest.dispute), at, contest.moves(true)?)
    }

    /// Points were earned, out of the fixed supply.
    pub fn reward(to: AccountId, reason: RewardFor, at: Time, points: i64) -> Result<Self, LedgerError> {
        let amount = Amount { asset: Asset::Btn, minor: points };
        transfer(Kind::Reward, reason.key(to), at, Account::Rewards, Account::Available(to), amount)
    }

    /// Points were exchanged for something. They do not come back into the pool.
    pub fn redemption(id: RedemptionId, at: Time, from: AccountId, points: i64) -> Result<Self, LedgerError> {
        let amount = Amount { asset: Asset::Btn, minor: points };
        transfer(
            Kind::Redemption,
            format!("redeem:{id}"),
            at,
            Account::Available(from),
            Account::Fees,
            amount,
        )
    }

    /// Undoes `mistake`, once.
    pub fn reversal(mistake: &Self, at: Time) -> Result<Self, LedgerError> {
        let lines = mistake.lines().iter().map(|line| {
            let amount = line.amount.checked_neg().ok_or(LedgerError::TooLarge)?;
            Ok(Line { amount, ..*line })
        });
        let lines = lines.collect::<Result<Vec<_>, LedgerError>>()?;
        Self::of(Kind::Reversal, format!("reversal:{}", mistake.key()), at, lines)
    }
}

impl ContestedShare {
    fn total(&self) -> Result<i64, LedgerError> {
        positive_or_zero(self.earned)?
            .checked_add(positive_or_zero(self.payable)?)
            .ok_or(LedgerError::TooLarge)
    }
}

impl Contest {
    /// Between the artists' accounts and what is disputed: there, or `back`.
    fn moves(&self, back: bool) -> Result<Vec<Line>, LedgerError> {
        let asset = self.asset;
        let mut lines = Vec::new();
        for share in &self.shares {
            let sides = [
                (Account::Disputed(share.artist), share.total()?, !back),
                (Account::Earned(share.artist), share.earned, back),
                (Account::Payable(share.artist), share.payable, back),
            ];
            for (account, amount, credit) in sides {
                let amount = if credit { Some(amount) } else { amount.checked_neg() };
                lines.push(Line { account, asset, amount: amount.ok_or(LedgerError::TooLarge)? });
            }
        }
        Ok(lines)
    }
}

/// Moves an amount above zero from one account to another.
fn transfer(
    kind: Kind,
    key: String,
    at: Time,
    from: Account,
    to: Account,
    amount: Amount,
) -> Result<Entry, LedgerError> {
    let Amount { asset, minor } = amount;
    if minor <= 0 {
        return Err(LedgerError::NotPositive);
    }
    let taken = minor.checked_neg().ok_or(LedgerError::TooLarge)?;
    let lines = [Line { account: from, asset, amount: taken }, Line { account: to, asset, amount: minor }];
    Entry::of(kind, key, at, lines)
}

fn positive_or_zero(amount: i64) -> Result<i64, LedgerError> {
    if amount < 0 { Err(LedgerError::NotPositive) } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_deed_that_is_rewarded_has_a_key_of_its_own_that_never_changes() {
        let [one, two] = [1, 2].map(Uuid::from_u128);
        let deeds = |track: Uuid, day| {
            let track = TrackId(track);
            [RewardFor::FullPlay(track, day), RewardFor::PartialPlay(track, day), RewardFor::FirstLike(track)]
        };
        let mut keys = HashSet::new();
        for (account, track, day) in [(one, one, 1), (two, one, 1), (one, two, 1), (one, one, 2)] {
            for (n, deed) in deeds(track, day).into_iter().enumerate() {
                let key = deed.key(AccountId(account));
                let is_new = keys.insert(key.clone());
                // A like is rewarded once for ever.
                assert_eq!(is_new, (n, day) != (2, 2), "{key}");
            }
        }
        let (account, track) =
            ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002");
        assert!(keys.contains(&format!("reward:full-play:{account}:{track}:1")), "{keys:?}");
        assert!(keys.contains(&format!("reward:partial-play:{account}:{track}:1")), "{keys:?}");
        assert!(keys.contains(&format!("reward:first-like:{account}:{track}")), "{keys:?}");
    }
}
