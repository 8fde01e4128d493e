use std::time::Duration;

use axum::http::StatusCode;
use db::Tx;
use infra::{Quota, config, http::Client};
use kernel::{AccountId, Check, EventId, Time};
use money::eth::{Challenge, LoginError as NotProven, LoginMessage, Signature};

use super::{
    SignedMessage, WalletAddress, WalletError,
    model::{LIFETIME, Nonce, Proof, Purpose, WALLETS},
    queries,
};
use crate::{
    Account, Identity, Role,
    accounts::{self, NewAccount},
    login::{self, LoginError, NewDevice, Visit, Welcome},
};

/// Nonces by address: as for log-ins, each of which takes one.
const NONCE_BY_ADDRESS: Quota = Quota { name: "wallet-nonce", burst: 100, every: Duration::from_secs(3) };
/// Nonces by this node, since each is a row for five minutes: 25,000 rows at most.
const NONCES: Quota = Quota { name: "wallet-nonces", burst: 10_000, every: Duration::from_millis(20) };
/// Attempts to link a wallet, by account.
const LINK_BY_ACCOUNT: Quota = Quota { name: "wallet-link", burst: 20, every: Duration::from_mins(1) };
/// The largest number that every client reads as it is written.
const LARGEST_CHAIN: i64 = (1 << 53) - 1;
/// More than any message or signature that is taken has.
const LONGEST: usize = 8_192;

/// What a wallet is asked to sign.
pub(super) struct Asked {
    pub(super) nonce: Nonce,
    pub(super) message: String,
    pub(super) expires_at: Time,
}

/// Gives out a nonce, with a message that holds it.
pub(super) async fn ask(
    identity: &Identity,
    visit: &Visit,
    purpose: Purpose,
    wallet: WalletAddress,
    chain_id: i64,
) -> Result<Asked, WalletError> {
    Check::new().number("/chainId", chain_id, 1..=LARGEST_CHAIN).done()?;
    let origin = visit.origin.as_deref().ok_or(WalletError::NoOrigin)?;
    limit_nonces(identity, visit.client)?;
    let app = &identity.app;
    let mut nonce = Nonce([0; 16]);
    app.ids.fill(&mut nonce.0);
    let issued_at = app.now();
    let expires_at = issued_at.plus(LIFETIME);
    let message = Challenge {
        origin,
        wallet: wallet.0,
        statement: &purpose.statement(),
        chain_id: chain_id.unsigned_abs(),
        nonce: &nonce.to_string(),
        issued_at,
        expires_at,
    }
    .to_string();
    db::write!(app.db, |tx| queries::insert_nonce(tx, nonce, (wallet, chain_id), purpose, expires_at).await)?;
    Ok(Asked { nonce, message, expires_at })
}

fn limit_nonces(identity: &Identity, client: Client) -> Result<(), LoginError> {
    login::limit(identity, NONCE_BY_ADDRESS, &client.limit_key())?;
    login::limit(identity, NONCES, "")
}

/// Checks all of `signed` but its nonce, which the transaction that goes on with it has to use up.
fn prove(visit: &Visit, signed: &SignedMessage, purpose: Purpose, now: Time) -> Result<Proof, WalletError> {
    let mut check = Check::new();
    for (pointer, text) in [("/message", &signed.message), ("/signature", &signed.signature)] {
        check.that(text.len() <= LONGEST, pointer, "too_long", "takes at most 8192 bytes");
    }
    check.done()?;
    let origin = visit.origin.as_deref().ok_or(WalletError::NoOrigin)?;
    let message = LoginMessage::read(&signed.message)?;
    let signature: Signature = signed.signature.parse().map_err(NotProven::Signature)?;
    message.check(origin, now, &signature)?;
    // Whoever signs to log in says so by signing; whoever gives an account to a wallet says which one.
    if matches!(purpose, Purpose::Link(_)) && message.statement() != Some(&purpose.statement()) {
        return Err(WalletError::OtherPurpose);
    }
    let nonce = Nonce::read(message.nonce()).ok_or(WalletError::Nonce)?;
    let chain_id = message.chain_id().map(i64::try_from).transpose().map_err(|_| WalletError::Nonce)?;
    Ok(Proof { wallet: WalletAddress(message.wallet()), nonce, chain_id })
}

/// A wallet that logged in.
pub struct Entered {
    /// The account.
    pub account: AccountId,
    /// What it may do.
    pub role: Role,
    /// Whether this made it.
    pub created: bool,
    /// The answer.
    pub welcome: Welcome,
}

/// Logs a device in by a message that a wallet signed. The first one makes a listener's account.
///
/// # Errors
/// When the message, its signature or its nonce are not right, or the account may not log in or be made.
pub async fn log_in(
    identity: &Identity,
    visit: &Visit,
    signed: &SignedMessage,
) -> Result<Entered, WalletError> {
    login::limit(identity, login::LOGIN_BY_ADDRESS, &visit.client.limit_key())?;
    let now = identity.app.now();
    let proof = prove(visit, signed, Purpose::LogIn, now).inspect_err(|error| {
        tracing::info!(address = %visit.client.address, %error, "a wallet was refused");
    })?;
    let is_open = identity.app.config.auth.registration == config::Registration::Open;
    let known = db::read!(identity.app.db, |tx| queries::holder(tx, proof.wallet).await)?;
    if known.is_none() && is_open {
        login::limit(identity, login::REGISTER_BY_ADDRESS, &visit.client.limit_key())?;
    }
    let newcomer = is_open.then(|| (identity.app.id(), identity.app.id()));
    let device = NewDevice::of(visit, identity);
    let (id, token, lasts) = (device.id, device.token.clone(), login::device_lifetime(identity));
    let (user, created) = db::write!(identity.app.db, |tx| {
        let (account, created) = enter(tx, &proof, newcomer, now).await?;
        Ok::<_, WalletError>((login::open(tx, account, &device, now, lasts).await?, created))
    })?;
    let (account, role) = (user.user_id, user.role);
    let logged_in = login::logged_in(identity, user, id, token, now)?;
    Ok(Entered { account, role, created, welcome: Welcome::new(identity, visit, StatusCode::OK, logged_in) })
}

/// Uses the nonce up and answers whose account the wallet logs in to, and whether it was made for it: under the ids in
/// `newcomer`, if accounts are made here.
async fn enter(
    tx: &mut Tx,
    proof: &Proof,
    newcomer: Option<(AccountId, EventId)>,
    now: Time,
) -> Result<(AccountId, bool), WalletError> {
    if !queries::use_nonce(tx, proof, Purpose::LogIn, now).await? {
        return Err(WalletError::Nonce);
    }
    if let Some((account, event)) = newcomer
        && queries::claim(tx, proof.wallet, account, now).await?
    {
        let new = NewAccount { email: None, username: None, role: Role::Listener };
        accounts::create(tx, (account, event), &new, now).await?;
        return Ok((account, true));
    }
    let Some(account) = queries::holder(tx, proof.wallet).await? else {
        return Err(LoginError::RegistrationClosed.into());
    };
    if !login::hold_account(tx, account).await? {
        return Err(LoginError::Suspended.into());
    }
    // It may have been unlinked before the account was held.
    if queries::holder(tx, proof.wallet).await? != Some(account) {
        return Err(WalletError::Nonce);
    }
    Ok((account, false))
}

/// Lets a wallet log in to an account from now on; answers all that do.
pub(super) async fn link(
    identity: &Identity,
    visit: &Visit,
    account: AccountId,
    signed: &SignedMessage,
) -> Result<Vec<WalletAddress>, WalletError> {
    login::limit(identity, LINK_BY_ACCOUNT, &account.to_string())?;
    let (now, purpose) = (identity.app.now(), Purpose::Link(account));
    let proof = prove(visit, signed, purpose, now)?;
    db::write!(identity.app.db, |tx| {
        if !queries::use_nonce(tx, &proof, purpose, now).await? {
            return Err(WalletError::Nonce);
        }
        if !login::hold_account(tx, account).await? {
            return Err(LoginError::Ended.into());
        }
        if !queries::claim(tx, proof.wallet, account, now).await?
            && queries::holder(tx, proof.wallet).await? != Some(account)
        {
            return Err(WalletError::Taken);
        }
        let wallets = queries::of(tx, account).await?;
        if wallets.len() > WALLETS { Err(WalletError::TooMany) } else { Ok(wallets) }
    })
}

/// Lets a wallet log in to an account no more, and ends the account's log-ins on other devices; answers those that
/// still do.
pub(super) async fn unlink(
    identity: &Identity,
    account: Account,
    wallet: WalletAddress,
) -> Result<Vec<WalletAddress>, WalletError> {
    let left = db::write!(identity.app.db, |tx| {
        // Held first: of two that go at the same time, the later one sees what is left.
        if !login::hold_account(tx, account.id).await? {
            return Err(LoginError::Ended.into());
        }
        if !queries::release(tx, wallet, account.id).await? {
            return Err(WalletError::NotFound);
        }
        accounts::keep_way_in(tx, account.id).await?;
        login::end_all(tx, account.id, Some(account.device)).await?;
        Ok::<_, WalletError>(queries::of(tx, account.id).await?)
    })?;
    identity.forget(account.id);
    Ok(left)
}
