use std::time::Duration;

use db::Tx;
use infra::{
    Quota, config,
    http::{Client, limit_key},
};
use kernel::{AccountId, Check, Cursor, DeviceId, EventId, Limit, Page, Time};

use super::{
    LoginError,
    hasher::Verdict,
    limits, model,
    model::{Device, LoggedIn, NewDevice, Registration},
    password, queries,
    refresh_token::RefreshToken,
    visit::Visit,
};
use crate::{
    Account, Identity, Role,
    accounts::{self, NewAccount, User},
    audit,
};

/// How long a refresh token that was used is answered with the same successor.
const GRACE: Duration = Duration::from_secs(10);
/// How long a used refresh token is remembered, to know a thief by it.
const REUSE_MEMORY: Duration = Duration::from_hours(7 * 24);
/// Log-ins of one account at a time; a further one ends the one that was seen longest ago.
const DEVICES: u32 = 100;
/// Longest log-in name: that of an e-mail address.
const LONGEST_LOGIN: usize = 254;

/// Whose log-in `token` is, as stored now or a moment ago.
///
/// # Errors
/// When the token is not ours, has expired, or its log-in has ended.
pub(crate) async fn authenticate(identity: &Identity, token: &str) -> Result<Account, LoginError> {
    let (account, device) = identity.access.read(token, identity.app.now()).ok_or(LoginError::Ended)?;
    on_device(identity, account, device).await?.ok_or(LoginError::Ended)
}

/// `account`, if it is logged in on `device`: as stored now or a moment ago.
pub(crate) async fn on_device(
    identity: &Identity,
    account: AccountId,
    device: DeviceId,
) -> db::Result<Option<Account>> {
    let now = identity.app.now();
    if let Some(account) = identity.sessions.get(account, device, now) {
        return Ok(Some(account));
    }
    let slot = identity.sessions.slot(account, now);
    // In a box: every request with a signed address has room for it, and few use it.
    let live =
        Box::pin(async { db::read!(identity.app.db, |tx| queries::live(tx, device, now).await) }).await?;
    let Some(live) = live.filter(|live| live.account == account) else { return Ok(None) };
    let account = Account { id: account, role: live.role, device };
    identity.sessions.keep(&slot, account, live.expires_at);
    Ok(Some(account))
}

/// Those of `devices` that are not logged in, as stored now.
pub(crate) async fn logged_out(identity: &Identity, devices: &[DeviceId]) -> db::Result<Vec<DeviceId>> {
    let now = identity.app.now();
    db::read!(identity.app.db, |tx| queries::logged_out(tx, devices, now).await)
}

/// An account that may be made: its fields are checked and its password is hashed.
pub(crate) struct Applicant {
    id: AccountId,
    event: EventId,
    names: NewAccount,
    phc: String,
}

impl Applicant {
    /// Checks the fields and hashes the password; no role was a right one when `role` is `None`.
    pub(crate) async fn check(
        identity: &Identity,
        email: &str,
        username: Option<&str>,
        role: Option<Role>,
        password: &str,
    ) -> Result<Self, LoginError> {
        let email = accounts::fold(email);
        let mut check = Check::new();
        accounts::check_email(&mut check, &email);
        if let Some(username) = username {
            accounts::check_username(&mut check, username);
        }
        check.that(role.is_some(), "/role", "invalid", "is listener (also called fan or user) or artist");
        check.done()?;
        let own = [email.as_str(), username.unwrap_or_default()];
        password::check("/password", password, &own).map_err(LoginError::WeakPassword)?;
        let app = &identity.app;
        let phc = identity.hasher.hash(password, salt(identity)).await?;
        let names = NewAccount {
            email: Some(email),
            username: username.map(str::to_owned),
            role: role.unwrap_or(Role::Listener),
        };
        Ok(Self { id: app.id(), event: app.id(), names, phc })
    }

    /// The id that the account will have.
    pub(crate) fn id(&self) -> AccountId {
        self.id
    }

    /// Makes the account.
    pub(crate) async fn settle(&self, tx: &mut Tx, now: Time) -> Result<AccountId, LoginError> {
        accounts::create(tx, (self.id, self.event), &self.names, now).await?;
        queries::put_password(tx, self.id, &self.phc, now).await?;
        Ok(self.id)
    }
}

fn salt(identity: &Identity) -> [u8; 16] {
    let mut salt = [0; 16];
    identity.app.ids.fill(&mut salt);
    salt
}

/// Gives an account another password and ends all of its log-ins, at the wish of the operator.
pub(crate) async fn replace_password(
    identity: &Identity,
    account: AccountId,
    new: &str,
    entry: &audit::Entry,
) -> Result<(), LoginError> {
    let user = db::read!(identity.app.db, |tx| accounts::user(tx, account).await)?;
    if user.email.is_none() && user.username.is_none() {
        return Err(LoginError::Nameless);
    }
    let own = [user.email.unwrap_or_default(), user.username.unwrap_or_default()];
    password::check("/password", new, &[&own[0], &own[1]]).map_err(LoginError::WeakPassword)?;
    let phc = identity.hasher.hash(new, salt(identity)).await?;
    let now = identity.app.now();
    db::write!(identity.app.db, |tx| {
        queries::end_all(tx, account, None).await?;
        queries::put_password(tx, account, &phc, now).await?;
        Ok::<_, LoginError>(audit::record(tx, entry).await?)
    })?;
    identity.forget(account);
    Ok(())
}

/// Takes one attempt from a quota.
pub(crate) fn limit(identity: &Identity, quota: Quota, key: &str) -> Result<(), LoginError> {
    identity.app.limits.take(quota, key, identity.app.now()).map_err(LoginError::Limited)
}

/// Logs `device` of `account` in.
pub(crate) async fn open(
    tx: &mut Tx,
    account: AccountId,
    device: &NewDevice,
    now: Time,
    lasts: Duration,
) -> Result<User, LoginError> {
    queries::insert_device(tx, account, device, now, now.plus(lasts)).await?;
    queries::insert_token(tx, device.token.hash(), device.id, now).await?;
    queries::end_surplus(tx, account, DEVICES, now).await?;
    Ok(accounts::user(tx, account).await?)
}

/// How long a log-in lasts without being used.
pub(crate) fn device_lifetime(identity: &Identity) -> Duration {
    Duration::from_hours(24 * u64::from(identity.app.config.auth.device_days))
}

/// What a client gets when `device` of `user` is logged in.
pub(crate) fn logged_in(
    identity: &Identity,
    user: User,
    device: DeviceId,
    refresh: RefreshToken,
    now: Time,
) -> Result<LoggedIn, LoginError> {
    let access = identity.access.make(user.user_id, device, now)?;
    Ok(LoggedIn { user, access, refresh })
}

/// Makes an account and logs its device in.
pub(super) async fn register(
    identity: &Identity,
    visit: &Visit,
    form: &Registration,
) -> Result<LoggedIn, LoginError> {
    if identity.app.config.auth.registration == config::Registration::Closed {
        return Err(LoginError::RegistrationClosed);
    }
    limit(identity, limits::REGISTER_BY_ADDRESS, &visit.client.limit_key())?;
    let role = form.role.as_deref().map_or(Some(Role::Listener), model::chosen_role);
    let username = form.username.as_deref();
    let applicant = Applicant::check(identity, &form.email, username, role, &form.password).await?;
    let (now, lasts) = (identity.app.now(), device_lifetime(identity));
    let device = NewDevice::of(visit, identity);
    let (id, token) = (device.id, device.token.clone());
    let user = db::write!(identity.app.db, |tx| {
        let account = applicant.settle(tx, now).await?;
        open(tx, account, &device, now, lasts).await
    })?;
    logged_in(identity, user, id, token, now)
}

/// Logs a device in by name and password.
pub(super) async fn log_in(
    identity: &Identity,
    visit: &Visit,
    login: &str,
    password: &str,
) -> Result<LoggedIn, LoginError> {
    let mut check = Check::new();
    check.line("/login", login, 1..=LONGEST_LOGIN);
    check.that(
        password.chars().count() <= password::LONGEST,
        "/password",
        "too_long",
        "takes at most 128 characters",
    );
    check.done()?;
    limit(identity, limits::LOGIN_BY_ADDRESS, &visit.client.limit_key())?;
    let name = accounts::fold(login);
    let found = db::read!(identity.app.db, |tx| queries::credentials(tx, &name).await)?;
    let tried = Tried { identity, client: visit.client };
    tried.here(&by_name(&name))?;
    let is_at_home = is_at_home(identity, &name, visit.client).await?;
    tried.anywhere(&by_name(&name), is_at_home)?;
    // Whichever of its names an account is tried by, the attempts are its own. Where others of its names have used them up,
    // this one is answered as with a wrong password: else it would be known whose it is.
    let is_used_up = found.as_ref().map(|found| by_account(found.account)).is_some_and(|account| {
        tried.here(&account).and_then(|()| tried.anywhere(&account, is_at_home)).is_err()
    });

    let stored = found.as_ref().and_then(|found| found.phc.as_deref());
    let verdict = identity.hasher.verify(password, stored).await?;
    let (Some(found), Verdict::Right { outdated }, false) = (found, verdict, is_used_up) else {
        tracing::info!(address = %visit.client.address, "a log-in was refused");
        return Err(LoginError::InvalidCredentials);
    };
    if found.suspended_at.is_some() {
        return Err(LoginError::Suspended);
    }
    let fresh = if outdated { Some(identity.hasher.hash(password, salt(identity)).await?) } else { None };

    let (account, phc) = (found.account, found.phc.unwrap_or_default());
    let (now, lasts) = (identity.app.now(), device_lifetime(identity));
    let device = NewDevice::of(visit, identity);
    let (id, token) = (device.id, device.token.clone());
    let user = db::write!(identity.app.db, |tx| {
        if !queries::hold(tx, account, &phc).await? {
            return Err(LoginError::InvalidCredentials);
        }
        if let Some(fresh) = &fresh {
            queries::rehash(tx, account, fresh).await?;
        }
        open(tx, account, &device, now, lasts).await
    })?;
    tried.forgive(&user);
    logged_in(identity, user, id, token, now)
}

fn by_name(folded: &str) -> String {
    format!("name {folded}")
}

fn by_account(account: AccountId) -> String {
    format!("account {account}")
}

/// The attempts to log in that were made with a name or an account.
struct Tried<'a> {
    identity: &'a Identity,
    client: Client,
}

impl Tried<'_> {
    fn key(&self, what: &str) -> String {
        format!("{} {what}", self.client.limit_key())
    }

    /// Takes one attempt from what this address has.
    fn here(&self, what: &str) -> Result<(), LoginError> {
        limit(self.identity, limits::LOGIN_BY_ACCOUNT_AND_ADDRESS, &self.key(what))
    }

    /// Takes one attempt from what all addresses have, of which whoever is at home needs none.
    fn anywhere(&self, what: &str, is_at_home: bool) -> Result<(), LoginError> {
        limit(self.identity, limits::LOGIN_BY_ACCOUNT, what)
            .or_else(|e| if is_at_home { Ok(()) } else { Err(e) })
    }

    /// Gives all attempts back, by whichever name, since there was a right one.
    fn forgive(&self, user: &User) {
        let names = [&user.email, &user.username];
        let names = names.into_iter().flatten().map(|name| by_name(&accounts::fold(name)));
        for what in names.chain([by_account(user.user_id)]) {
            self.identity.app.limits.forget(limits::LOGIN_BY_ACCOUNT_AND_ADDRESS, &self.key(&what));
            self.identity.app.limits.forget(limits::LOGIN_BY_ACCOUNT, &what);
        }
    }
}

/// Whether the account called `name` is logged in at the address of `client`: then its owner is not shut out by those
/// who guess elsewhere.
async fn is_at_home(identity: &Identity, name: &str, client: Client) -> Result<bool, LoginError> {
    let now = identity.app.now();
    let addresses = db::read!(identity.app.db, |tx| queries::addresses(tx, name, now).await)?;
    let key = client.limit_key();
    Ok(addresses.iter().filter_map(|address| address.parse().ok()).any(|home| limit_key(home) == key))
}

/// What became of a refresh token.
enum Turn {
    /// It is none of ours, or its log-in has ended.
    Unknown,
    /// Its successor is the token now.
    Renewed(User, DeviceId),
    /// It was used long ago: somebody has a copy. Its log-in has been ended.
    Stolen(AccountId, DeviceId),
}

/// Renews a log-in: the refresh token is used up, its successor takes its place.
pub(super) async fn refresh(identity: &Identity, visit: &Visit, token: &str) -> Result<LoggedIn, LoginError> {
    limit(identity, limits::REFRESH_BY_ADDRESS, &visit.client.limit_key())?;
    let old = RefreshToken::read(token).ok_or(LoginError::InvalidRefreshToken)?;
    let new = old.successor(&identity.app.keys.derive("refresh-successor"));
    let (now, lasts) = (identity.app.now(), device_lifetime(identity));
    let (used, next, address) = (old.hash(), new.hash(), visit.client.address.to_string());
    let turn =
        db::write!(identity.app.db, |tx| rotate(tx, used, next, &address, now, now.plus(lasts)).await)?;
    match turn {
        Turn::Renewed(user, device) => logged_in(identity, user, device, new, now),
        Turn::Stolen(account, device) => {
            identity.forget(account);
            tracing::warn!(%account, %device, address = %visit.client.address,
                "a refresh token was used twice: its log-in has been ended");
            Err(LoginError::InvalidRefreshToken)
        }
        Turn::Unknown => Err(LoginError::InvalidRefreshToken),
    }
}

async fn rotate(
    tx: &mut Tx,
    used: [u8; 32],
    next: [u8; 32],
    address: &str,
    now: Time,
    expires_at: Time,
) -> Result<Turn, LoginError> {
    let Some(device) = queries::device_of_token(tx, used).await? else { return Ok(Turn::Unknown) };
    // Held first: of any number that ask at once one uses the token up, and the others then see when it did.
    if !queries::hold_device(tx, device).await? {
        return Ok(Turn::Unknown);
    }
    let Some(live) = queries::live(tx, device, now).await? else { return Ok(Turn::Unknown) };
    if queries::use_token(tx, used, now).await? {
        queries::insert_token(tx, next, device, now).await?;
        queries::renew_device(tx, device, address, now, expires_at).await?;
        queries::prune_tokens(tx, device, now.minus(REUSE_MEMORY)).await?;
    } else {
        let used_at = queries::used_at(tx, used).await?;
        if now.since(used_at) >= GRACE {
            queries::end_device(tx, live.account, device, now).await?;
            return Ok(Turn::Stolen(live.account, device));
        }
    }
    Ok(Turn::Renewed(accounts::user(tx, live.account).await?, device))
}

/// Ends one log-in of an account.
pub(super) async fn end(identity: &Identity, account: AccountId, device: DeviceId) -> Result<(), LoginError> {
    let now = identity.app.now();
    let ended = db::write!(identity.app.db, |tx| queries::end_device(tx, account, device, now).await)?;
    identity.forget(account);
    if ended { Ok(()) } else { Err(LoginError::NoDevice) }
}

/// Ends the log-in that a refresh token belongs to; one that is none of ours has ended already.
pub(super) async fn end_by_token(identity: &Identity, token: &str) -> Result<(), LoginError> {
    let Some(token) = RefreshToken::read(token) else { return Ok(()) };
    let hash = token.hash();
    let ended = db::write!(identity.app.db, |tx| queries::end_device_of_token(tx, hash).await)?;
    if let Some(account) = ended {
        identity.forget(account);
    }
    Ok(())
}

/// Ends all log-ins of an account.
pub(super) async fn log_out_everywhere(identity: &Identity, account: AccountId) -> Result<(), LoginError> {
    db::write!(identity.app.db, |tx| queries::end_all(tx, account, None).await)?;
    identity.forget(account);
    Ok(())
}

/// The live log-ins of an account, the last seen first.
pub(super) async fn devices(
    identity: &Identity,
    account: Account,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Device>, LoginError> {
    const LIST: &str = "devices:seen";
    let after = cursor.map(|cursor| cursor.place::<(i64, DeviceId)>(LIST)).transpose()?;
    let after = after.map(|(seen, id)| (Time::from_micros(seen), id));
    let now = identity.app.now();
    let rows =
        db::read!(identity.app.db, |tx| queries::devices(tx, account.id, account.device, after, limit, now)
            .await)?;
    Ok(Page::cut(rows, limit, |last| Cursor::at(LIST, &(last.seen_at.micros(), last.id))))
}

/// Changes the password of an account and ends its log-ins on other devices.
pub(super) async fn change_password(
    identity: &Identity,
    account: Account,
    current: &str,
    new: &str,
) -> Result<(), LoginError> {
    limit(identity, limits::PASSWORD_BY_ACCOUNT, &account.id.to_string())?;
    let id = account.id;
    let (stored, user) = db::read!(identity.app.db, |tx| {
        Ok::<_, LoginError>((queries::phc(tx, id).await?, accounts::user(tx, id).await?))
    })?;
    if identity.hasher.verify(current, stored.as_deref()).await? == Verdict::Wrong {
        return Err(LoginError::WrongPassword);
    }
    let own = [user.email.unwrap_or_default(), user.username.unwrap_or_default()];
    password::check("/new", new, &[&own[0], &own[1]]).map_err(LoginError::WeakPassword)?;
    identity.app.limits.forget(limits::PASSWORD_BY_ACCOUNT, &id.to_string());
    let (phc, stored) = (identity.hasher.hash(new, salt(identity)).await?, stored.unwrap_or_default());
    let now = identity.app.now();
    db::write!(identity.app.db, |tx| {
        if !queries::hold(tx, id, &stored).await? {
            return Err(LoginError::WrongPassword);
        }
        queries::put_password(tx, id, &phc, now).await?;
        Ok(queries::end_all(tx, id, Some(account.device)).await?)
    })?;
    identity.forget(id);
    Ok(())
}

/// Gives an account that has neither yet an e-mail address and a password.
pub(super) async fn add_password(
    identity: &Identity,
    account: AccountId,
    email: &str,
    password: &str,
) -> Result<(), LoginError> {
    limit(identity, limits::PASSWORD_BY_ACCOUNT, &account.to_string())?;
    let email = accounts::fold(email);
    let mut check = Check::new();
    accounts::check_email(&mut check, &email);
    check.done()?;
    let user = db::read!(identity.app.db, |tx| accounts::user(tx, account).await)?;
    let own = [email.as_str(), user.username.as_deref().unwrap_or_default()];
    password::check("/password", password, &own).map_err(LoginError::WeakPassword)?;
    let phc = identity.hasher.hash(password, salt(identity)).await?;
    let now = identity.app.now();
    db::write!(identity.app.db, |tx| {
        let added = queries::add_password(tx, account, &phc, now).await?
            && accounts::add_email(tx, account, &email).await?;
        if added { Ok(()) } else { Err(LoginError::PasswordSet) }
    })
}
