//! Checking a receipt by itself: without the server that made it, and without trusting it.

use std::collections::HashSet;

use kernel::{Amount, Asset, SplitId};
use money::{
    eth::{Address, Domain, Signature},
    ledger::{Account, Kind},
    split::{Distribution, Share, Splits},
    voucher::{self, BeatVoucher},
};

use super::model::{Receipt, bytes_of, hex_of};

/// What is wrong with a receipt; nothing if it proves what it says.
pub fn check(receipt: &Receipt) -> Vec<String> {
    let mut wrong = Vec::new();
    if !receipt.is_signed() {
        wrong.push("the instance's signature does not fit the receipt".to_owned());
    }
    wrong.extend(agreed(receipt));
    wrong.extend(posted(receipt));
    wrong
}

/// What is wrong with what the listener agreed to, whatever the ledger has of it.
pub(super) fn agreed(receipt: &Receipt) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut that = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    that(receipt.version == 1, "this program knows version 1 of receipts");
    let asset = receipt.total.asset;
    let same_asset = [receipt.price_per_second, receipt.fee].iter().all(|amount| amount.asset == asset);
    that(
        same_asset && receipt.shares.iter().all(|share| share.amount.asset == asset),
        "its amounts differ in their asset",
    );
    let beats = i64::try_from(receipt.beats).ok();
    let cost = beats.and_then(|beats| beats.checked_mul(receipt.price_per_second.minor));
    that(cost == Some(receipt.total.minor), "the total is not beats times price");
    that(receipt.beats <= receipt.seconds, "more seconds are charged than were heard");
    that(divides(receipt), "fee and shares are not those of the split");
    for what in signed_by_listener(receipt) {
        that(false, what);
    }
    wrong
}

/// Whether fee and shares are what the rules make of the total.
fn divides(receipt: &Receipt) -> bool {
    let shares = receipt.shares.iter().map(|share| Share { artist: share.artist_id, bp: share.basis_points });
    let Ok(splits) = Splits::new(shares.collect()) else { return false };
    let Ok(rule) = Distribution::new(splits, receipt.platform_fee_bp) else { return false };
    rule.settled(receipt.total.minor).is_ok_and(|parts| {
        let paid = receipt.shares.iter().map(|share| share.amount.minor);
        parts.fee == receipt.fee.minor && paid.eq(parts.shares)
    })
}

/// Whether the session key signed for this session, this track, this price and these beats.
fn signed_by_listener(receipt: &Receipt) -> Vec<&'static str> {
    let Ok(key) = receipt.session_key.parse::<Address>() else {
        return vec!["the session key is no address"];
    };
    let Some(issuer) = bytes_of::<64>(&receipt.issuer) else { return vec!["the issuer is no public key"] };
    let domain: Domain = voucher::ledger_domain(&issuer);
    let mut wrong = Vec::new();
    if domain.verifying_contract().to_string() != receipt.verifying_contract {
        wrong.push("the domain of the vouchers is not the issuer's");
    }
    let price = u128::try_from(receipt.price_per_second.minor).unwrap_or(u128::MAX);
    let asset: Asset = receipt.total.asset;
    let grant_id = voucher::grant_id(receipt.session_id, key);
    let context_hash = voucher::context_hash(receipt.session_id, receipt.track_id, asset, price);
    let payee = voucher::payee(SplitId(receipt.split_id.0));
    let same = hex_of(&grant_id) == receipt.grant_id
        && hex_of(&context_hash) == receipt.context_hash
        && payee.to_string() == receipt.payee;
    if !same {
        wrong.push("grant, payee or context are not those of the session");
    }
    match &receipt.voucher {
        None if receipt.beats > 0 => wrong.push("beats are charged that nobody signed for"),
        None => {}
        Some(newest) => {
            let Some(cumulative_amount) = newest.cumulative_amount.parse::<u128>().ok() else {
                return vec!["the voucher's amount is no number"];
            };
            let signed =
                BeatVoucher { grant_id, payee, cumulative_amount, beats: newest.beats, context_hash };
            let signature = bytes_of(&newest.signature).and_then(|bytes| Signature::new(bytes).ok());
            let signer = signature.and_then(|signature| signed.signer(&domain, &signature).ok());
            if signer != Some(key) {
                wrong.push("the voucher was not signed by the session key");
            }
            let is_for_it =
                newest.beats == receipt.beats && u128::try_from(receipt.total.minor) == Ok(cumulative_amount);
            if !is_for_it {
                wrong.push("the voucher is not for what is charged");
            }
        }
    }
    wrong
}

/// Whether the entries are in the chain and move what the receipt says.
fn posted(receipt: &Receipt) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut fee, mut shares) = (0_i64, vec![0_i64; receipt.shares.len()]);
    let own = [format!("capture:{}:", receipt.session_id), format!("settle:{}", receipt.session_id)];
    let mut keys = HashSet::new();
    for proven in &receipt.entries {
        if !keys.insert(&proven.key) {
            wrong.push(format!("{} is counted twice", proven.key));
        }
        let Some((entry, holds)) = proven.read() else {
            wrong.push(format!("{} is no entry", proven.key));
            continue;
        };
        if !holds {
            wrong.push(format!("{} is not proven to be in its batch", proven.key));
        }
        let is_own = match entry.kind() {
            Kind::Capture => entry.key().starts_with(&own[0]),
            Kind::Settlement => entry.key() == own[1],
            _ => false,
        };
        if !is_own {
            wrong.push(format!("{} is of another session", proven.key));
        }
        for line in entry.lines() {
            if line.asset != receipt.total.asset {
                wrong.push(format!("{} moves another asset", proven.key));
            }
            match line.account {
                Account::Fees => fee = fee.saturating_add(line.amount),
                Account::Earned(artist) => {
                    let share = receipt.shares.iter().position(|share| share.artist_id == artist);
                    match share.and_then(|at| shares.get_mut(at)) {
                        Some(sum) => *sum = sum.saturating_add(line.amount),
                        None => wrong.push(format!("{} pays somebody who has no share", proven.key)),
                    }
                }
                _ => {}
            }
        }
    }
    let paid: Vec<i64> = receipt.shares.iter().map(|share| share.amount.minor).collect();
    if (fee, &shares) != (receipt.fee.minor, &paid) {
        let amount = |minor: i64| Amount { asset: receipt.total.asset, minor }.minor;
        let sum = shares.iter().copied().fold(0_i64, i64::saturating_add);
        wrong.push(format!(
            "the ledger has a fee of {} and shares of {}, not those of the receipt",
            amount(fee),
            amount(sum)
        ));
    }
    wrong
}
