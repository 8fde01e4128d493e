//! Money that comes in: paid, or handed out to play with.

use std::time::Duration;

use db::{
    Tx,
    job::{self, Handler, NewJob},
};
use infra::{
    Quota,
    config::Mode,
    payments::{Charged, Order},
};
use kernel::{AccountId, Amount, Asset, Check, JobId, Time, TopUpId};
use money::ledger::Entry;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{WalletError, api::status, queries};
use crate::{
    Commerce,
    ledger::post,
    once::{Answer, Once},
};

/// The most that is paid in at a time: a million BEAT.
const MOST: i64 = 1_000_000_000_000;
/// The most that the faucet gives at a time: a thousand BEAT.
const MOST_PLAY_MONEY: i64 = 1_000_000_000;
const FAUCET: Quota = Quota { name: "faucet", burst: 10, every: Duration::from_mins(144) };
const TOP_UPS: Quota = Quota { name: "top-up", burst: 20, every: Duration::from_mins(1) };

const JOB: &str = "top_up";
/// After so long a top-up that is still pending is looked into.
const LOOK_INTO: Duration = Duration::from_secs(30);

/// How money comes into wallets here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaysIn {
    /// What `POST /me/top-ups` takes as `method`; nothing where no payments are taken.
    #[schema(example = json!(["test"]))]
    top_up_methods: Vec<&'static str>,
    /// The most that is paid in at a time.
    top_up_most: Amount,
    /// The most that `POST /dev/faucet` gives at a time; null where nobody hands out play money.
    faucet_most: Option<Amount>,
}

/// How money comes into wallets here.
pub fn ways_in(commerce: &Commerce) -> WaysIn {
    let beats = |minor| Amount { asset: Asset::Beat, minor };
    WaysIn {
        top_up_methods: commerce.payments.methods(),
        top_up_most: beats(MOST),
        faucet_most: has_play_money(commerce.app.config.mode).then(|| beats(MOST_PLAY_MONEY)),
    }
}

/// Whether play money is handed out.
pub(super) const fn has_play_money(mode: Mode) -> bool {
    match mode {
        Mode::Demo | Mode::Test => true,
        Mode::Production => false,
    }
}

/// Money to be paid in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopUpRequest {
    /// What for: BEAT.
    #[schema(example = "BEAT")]
    asset: String,
    /// How much, in minor units.
    #[schema(example = "5000000", pattern = "^[0-9]{1,19}$")]
    amount: String,
    /// How it is paid. In demo and test modes: test, test-declined, test-unknown or test-lost.
    #[schema(example = "test")]
    method: String,
}

/// Play money that is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaucetRequest {
    /// How many BEAT, in minor units.
    #[schema(example = "100000000", pattern = "^[0-9]{1,19}$")]
    amount: String,
}

/// Money that was paid in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TopUp {
    id: TopUpId,
    amount: Amount,
    /// How it was paid.
    #[schema(example = "test")]
    method: String,
    /// pending, settled or declined.
    #[schema(example = "settled")]
    state: State,
    created_at: Time,
}

/// Play money that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlayMoney {
    id: TopUpId,
    amount: Amount,
}

/// How a top-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TopUpState)]
pub(super) enum State {
    /// Nobody knows yet whether the money comes.
    Pending,
    /// The money is there.
    Settled,
    /// It will not come.
    Declined,
}

impl State {
    /// The name in the database.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Settled => "settled",
            Self::Declined => "declined",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Pending, Self::Settled, Self::Declined]
            .into_iter()
            .find(|state| state.code() == text)
            .ok_or(())
    }
}

db::text_column!(State);

/// A row of `top_up`.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: TopUpId,
    pub(super) account_id: AccountId,
    pub(super) amount: i64,
    pub(super) method: String,
    pub(super) state: State,
    pub(super) created_at: Time,
}

db::from_row!(Row { id, account_id, amount, method, state, created_at });

impl Row {
    fn amount(&self) -> Amount {
        Amount { asset: Asset::Beat, minor: self.amount }
    }

    fn order(&self) -> Order {
        Order { id: self.id, amount: self.amount(), method: self.method.clone() }
    }

    fn answer(self) -> Answer {
        let pending = self.state == State::Pending;
        Answer::new(status(pending), &TopUp::from(self))
    }
}

impl From<Row> for TopUp {
    fn from(row: Row) -> Self {
        let amount = row.amount();
        Self { id: row.id, amount, method: row.method, state: row.state, created_at: row.created_at }
    }
}

/// An amount from 1 to `most`.
fn amount(check: &mut Check, digits: &str, most: i64) -> i64 {
    let minor = Amount::parse(Asset::Beat, digits).map_or(0, |amount| amount.minor);
    let detail = format!("a whole number of minor units in digits, from 1 to {most}");
    check.that((1..=most).contains(&minor), "/amount", "out_of_range", &detail);
    minor
}

/// Pays money in: records it, asks the provider, and posts it.
pub(super) async fn create(
    commerce: &Commerce,
    who: AccountId,
    request: &TopUpRequest,
    once: &Once,
) -> Result<Answer, WalletError> {
    let (app, payments) = (&commerce.app, commerce.payments);
    if payments == infra::Payments::Off {
        return Err(WalletError::PaymentsOff);
    }
    let mut check = Check::new();
    check.that(request.asset == Asset::Beat.code(), "/asset", "unsupported", "only BEAT is sold");
    check.that(
        payments.methods().contains(&&*request.method),
        "/method",
        "unsupported",
        "not a way to pay here",
    );
    let minor = amount(&mut check, &request.amount, MOST);
    check.done()?;
    let now = app.now();
    // The same id when the request comes again after this process died: the provider charges it once.
    let id = once.id().map_or_else(|| app.id(), TopUpId);
    let row = Row {
        id,
        account_id: who,
        amount: minor,
        method: request.method.clone(),
        state: State::Pending,
        created_at: now,
    };
    let job_id: JobId = app.id();
    let begun: Result<_, WalletError> = db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(Some(answer));
        }
        app.limits.take(TOP_UPS, &who.to_string(), now).map_err(WalletError::TooOften)?;
        queries::insert(tx, &row).await?;
        let later = NewJob {
            unique_key: Some(format!("{JOB}:{id}")),
            ..NewJob::new(JOB, json!({ "id": id }), now.plus(LOOK_INTO))
        };
        job::enqueue(tx, &later, job_id, now).await?;
        Ok(None)
    });
    if let Some(answer) = begun? {
        return Ok(answer);
    }
    let charged = payments.charge(&row.order()).await;
    end(commerce, &row, charged).await?;
    db::write!(app.db, |tx| {
        let row = queries::find(tx, id).await?.ok_or(WalletError::NotFound)?;
        let answer = row.answer();
        once.finish(tx, &answer).await?;
        Ok(answer)
    })
}

/// Does what follows from the provider's word.
async fn end(commerce: &Commerce, row: &Row, charged: Charged) -> Result<(), WalletError> {
    let app = &commerce.app;
    let state = match charged {
        Charged::Unknown => return Ok(()),
        Charged::Declined => State::Declined,
        Charged::Settled => State::Settled,
    };
    if charged == Charged::Settled {
        let entry = Entry::top_up(row.id, row.created_at, row.account_id, row.amount())?;
        commerce.poster.post(entry).await?;
    }
    let now = app.now();
    Ok(db::write!(app.db, |tx| queries::end(tx, row.id, state, now).await)?)
}

/// A top-up of this account.
pub(super) async fn find(tx: &mut Tx, id: TopUpId, who: AccountId) -> Result<TopUp, WalletError> {
    let row = queries::find(tx, id).await?.filter(|row| row.account_id == who);
    row.map(TopUp::from).ok_or(WalletError::NotFound)
}

/// Hands out play money.
pub(super) async fn faucet(
    commerce: &Commerce,
    who: AccountId,
    request: &FaucetRequest,
    once: &Once,
) -> Result<Answer, WalletError> {
    let app = &commerce.app;
    let mut check = Check::new();
    let minor = amount(&mut check, &request.amount, MOST_PLAY_MONEY);
    check.done()?;
    let now = app.now();
    let id = app.id();
    let entry = Entry::faucet(id, now, who, minor)?;
    db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(answer);
        }
        // What was given before is answered however often.
        app.limits.take(FAUCET, &who.to_string(), now).map_err(WalletError::TooOften)?;
        let given = PlayMoney { id, amount: Amount { asset: Asset::Beat, minor } };
        let answer = Answer::new(status(false), &given);
        once.finish(tx, &answer).await?;
        post(tx, std::slice::from_ref(&entry), now).await?;
        Ok(answer)
    })
}

/// The jobs: asking again about what is still pending.
pub fn jobs(commerce: &Commerce) -> Vec<Handler> {
    let commerce = commerce.clone();
    vec![Handler::new(JOB, move |context| {
        let commerce = commerce.clone();
        async move {
            #[derive(Deserialize)]
            struct Payload {
                id: TopUpId,
            }
            let Payload { id } = context.payload()?;
            look_into(&commerce, id).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(json!({}))
        }
    })]
}

/// Asks what became of a top-up, if nobody knows yet.
async fn look_into(commerce: &Commerce, id: TopUpId) -> Result<(), StillPending> {
    let found = db::read!(commerce.app.db, |tx| queries::find(tx, id).await)?;
    let Some(row) = found.filter(|row| row.state == State::Pending) else { return Ok(()) };
    match commerce.payments.look_up(&row.order()).await {
        Charged::Unknown => Err(StillPending::Unknown),
        charged => Ok(end(commerce, &row, charged).await?),
    }
}

/// Why the job must run again.
#[derive(Debug, thiserror::Error)]
enum StillPending {
    #[error("the provider does not know yet what became of the payment")]
    Unknown,
    #[error(transparent)]
    Wallet(#[from] WalletError),
    #[error(transparent)]
    Db(#[from] db::Error),
}
