//! One session: what counts as the listener's word.

use super::{Acknowledgement, ClientVoucher, Consent, Count, Moment, Refusal, session::Session};
use crate::{
    eth::{Domain, Signature},
    planted::{Bug, planted},
};

impl Session {
    /// Takes an acknowledgement of the listener at `now`. One of a beat that is acknowledged already changes nothing.
    pub(super) fn acknowledge(
        &mut self,
        domain: &Domain,
        acknowledgement: &Acknowledgement,
        now: Moment,
    ) -> Result<(), Refusal> {
        let Acknowledgement { beat, signature, position_ms } = acknowledgement;
        let Some((seq, amount)) = *beat else {
            return self.acknowledge_newest(domain, signature, *position_ms, now);
        };
        if seq <= self.acknowledged.seq {
            return Ok(());
        }
        let ahead =
            planted(Bug::AcknowledgedAhead) && seq > self.issued().seq && !self.unacknowledged.is_empty();
        if ahead {
            self.invent_beat();
        }
        if seq > self.issued().seq {
            return Err(Refusal::Ahead);
        }
        self.takes_acknowledgements(now)?;
        // Numbers have no gaps: what is neither acknowledged nor ahead is waiting.
        let at = self.unacknowledged.iter().position(|issued| issued.count.seq == seq);
        let at = at.ok_or(Refusal::Ahead)?;
        let count = self.unacknowledged[at].count;
        if amount != self.terms.cumulative_amount(count) {
            return Err(Refusal::WrongAmount);
        }
        self.verify(domain, count, signature)?;
        self.take(at, Some(*signature));
        if let Some(position_ms) = position_ms {
            self.heard_at(*position_ms);
        }
        Ok(())
    }

    /// Finds the beat that a bare signature is for.
    fn acknowledge_newest(
        &mut self,
        domain: &Domain,
        signature: &Signature,
        position_ms: Option<u64>,
        now: Moment,
    ) -> Result<(), Refusal> {
        if self.voucher == Some(*signature) {
            // Sent again: it counts already.
            return Ok(());
        }
        self.takes_acknowledgements(now)?;
        for at in (0..self.unacknowledged.len()).rev() {
            match self.verify(domain, self.unacknowledged[at].count, signature) {
                Ok(()) => {
                    self.take(at, Some(*signature));
                    if let Some(position_ms) = position_ms {
                        self.heard_at(position_ms);
                    }
                    return Ok(());
                }
                Err(Refusal::WrongSigner | Refusal::Signature(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Err(Refusal::WrongSigner)
    }

    /// Takes the voucher that a listener brings along: it may be newer than what is durable, but not than what was
    /// issued. An older one changes nothing.
    pub(super) fn restore(&mut self, domain: &Domain, voucher: &ClientVoucher) -> Result<(), Refusal> {
        let beats = voucher.beats.saturating_sub(self.terms.base.beats);
        if beats <= self.acknowledged.beats {
            return Ok(());
        }
        while planted(Bug::AdoptedBeyondIssued)
            && self.issued().beats < beats
            && self.unacknowledged.len() < 10
        {
            self.invent_beat();
        }
        // Of the seconds that it pays for, the last: free ones may follow a charged one.
        let at = self.unacknowledged.iter().rposition(|issued| issued.count.beats == beats);
        let at = at.ok_or(Refusal::Ahead)?;
        self.verify(domain, self.unacknowledged[at].count, &voucher.signature)?;
        self.take(at, Some(voucher.signature));
        Ok(())
    }

    /// Takes a player's report, where nobody signs: so many seconds as were played, delivered and issued.
    pub(super) fn report(&mut self, played: u64, delivered: u64, now: Moment) -> Result<(), Refusal> {
        if !matches!(self.terms.consent, Consent::Delegated { .. }) {
            return Err(Refusal::WrongConsent);
        }
        self.takes_acknowledgements(now)?;
        let heard = played.min(delivered);
        if let Some(at) = self.unacknowledged.iter().rposition(|issued| issued.count.seq <= heard) {
            self.take(at, None);
        }
        Ok(())
    }

    fn verify(&self, domain: &Domain, count: Count, signature: &Signature) -> Result<(), Refusal> {
        let Consent::Signed { session_key } = self.terms.consent else { return Err(Refusal::WrongConsent) };
        let first = self.first_voucher.ok_or(Refusal::WrongConsent)?;
        let voucher = self.terms.voucher_after(first, count);
        if planted(Bug::SignerUnchecked) || voucher.signer(domain, signature)? == session_key {
            Ok(())
        } else {
            Err(Refusal::WrongSigner)
        }
    }

    /// Counts the beats up to the one at `at` as acknowledged.
    fn take(&mut self, at: usize, voucher: Option<Signature>) {
        let most = if planted(Bug::EarlierBeatsDropped) { 1 } else { usize::MAX };
        let beats: Vec<_> = self.unacknowledged.drain(..=at).take(most).collect();
        for beat in beats {
            self.acknowledged = beat.count;
            self.mark_heard(beat);
        }
        self.voucher = voucher;
        self.is_dirty = true;
    }

    /// What a planted mistake counts although it was never heard.
    fn invent_beat(&mut self) {
        let (count, ..) = self.next();
        self.unacknowledged.push(super::Issued { count, position_ms: self.position_ms });
    }
}
