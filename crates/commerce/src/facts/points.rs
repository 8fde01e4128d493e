//! What was earned in points, day by day.

use std::collections::BTreeMap;

use db::Tx;
use uuid::Uuid;

use super::{Check, queries};
use crate::ledger::whole;

impl Check<'_> {
    /// Compares what each account earned on each day with the entries of that day.
    pub(super) async fn days(&mut self, tx: &mut Tx) -> db::Result<()> {
        let mut after = i64::MIN;
        while let Some(&last) = queries::wallets(tx, after).await?.last() {
            // By wallet and day: what the entries say, and what the day says.
            let mut sums: BTreeMap<(Uuid, i64), (i128, i128)> = BTreeMap::new();
            for (owner, day, high, low) in queries::earned(tx, after, last).await? {
                // Of wallets that cannot be read, the check of the ledger itself tells.
                if let (Some(owner), Some(day), Some(high), Some(low)) = (owner.0, day.0, high.0, low.0) {
                    sums.entry((owner, day)).or_default().0 = whole(high, low);
                }
            }
            for (account, day, earned) in queries::days(tx, after, last).await? {
                self.facts = self.facts.saturating_add(1);
                match (account.0, day.0, earned.0) {
                    (Some(account), Some(day), Some(earned)) => {
                        sums.entry((account, day)).or_default().1 = earned.into();
                    }
                    _ => self.found("reward_day", "there is a row that cannot be read"),
                }
            }
            for ((account, day), (given, earned)) in sums {
                if given != earned {
                    let place = format!("day {day} of {account}");
                    self.found(
                        place,
                        format_args!("it says that {earned} BTN were earned, the entries say {given}"),
                    );
                }
            }
            after = last;
        }
        for (account, day) in queries::days_without_wallet(tx).await? {
            let (account, day) = (account.0.unwrap_or_default(), day.0.unwrap_or_default());
            self.found(
                format_args!("day {day} of {account}"),
                "it says that BTN were earned, and there is no entry",
            );
        }
        Ok(())
    }
}
