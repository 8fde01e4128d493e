//! Those whom a demo can be tried as: a listener with play money, and the artist whose pages the demo's are.

use anyhow::Result;
use db::sql;
use identity::Role;
use infra::App;
use kernel::{AccountId, TopUpId};
use money::{hex, ledger::Entry};

use super::id_of;
use crate::Service;

/// What the listener has at first, in minor units of BEAT: enough to hear all of the demo four times.
const MONEY: i64 = 500_000_000;

/// How somebody logs in. The password is another one in every data folder, and always the same in one.
pub(crate) struct LogIn {
    pub(crate) username: &'static str,
    pub(crate) password: String,
    email: &'static str,
    role: Role,
}

/// How the listener logs in.
pub(crate) fn listener(app: &App) -> LogIn {
    let password = password(app.keys.derive("the listener of the demo"));
    LogIn { username: "listener", password, email: "listener@demo.invalid", role: Role::Listener }
}

/// How the artist logs in.
pub(crate) fn artist(app: &App) -> LogIn {
    let password = password(app.keys.derive("the artist of the demo"));
    LogIn { username: "artist", password, email: "artist@demo.invalid", role: Role::Artist }
}

/// Something that can be typed and not guessed.
fn password(secret: [u8; 32]) -> String {
    let text = hex::encode(&secret[..8]);
    format!("{}-{}-{}", &text[..5], &text[5..11], &text[11..])
}

/// Makes the accounts that are not there yet; answers the artist's.
pub(super) async fn settle(service: &Service) -> Result<AccountId> {
    let app = &service.app;
    let ana = account(service, &listener(app)).await?;
    // Given once, whatever became of it.
    let given = Entry::faucet(id_of::<TopUpId>("money", "listener"), app.now(), ana, MONEY)?;
    service.commerce.poster.post(given).await?;
    account(service, &artist(app)).await
}

async fn account(service: &Service, log_in: &LogIn) -> Result<AccountId> {
    let LogIn { username, password, email, role } = log_in;
    let found: db::Result<Vec<AccountId>> = db::read!(service.app.db, |tx| {
        sql!("SELECT id FROM account WHERE email = $1").bind(*email).column(tx).await
    });
    if let Some(account) = found?.into_iter().next() {
        return Ok(account);
    }
    let made = identity::admin::create(&service.identity, email, Some(username), *role, password).await?;
    Ok(made.user_id)
}
