use kernel::{AccountId, Cursor, Limit, Page, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{AdminError, queries};
use crate::{
    Identity, Role,
    accounts::{self, User},
    audit, login,
    login::Applicant,
    setup,
    wallets::WalletAddress,
};

/// An account as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The account.
    pub user_id: AccountId,
    /// Its e-mail address, if it has one.
    #[schema(example = "ada@example.org")]
    pub email: Option<String>,
    /// Its username, if it has one.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// The wallets that log in to it.
    pub wallets: Vec<WalletAddress>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Time,
    /// Since when it may not log in, if that is so.
    pub suspended_at: Option<Time>,
}

/// Which accounts to list.
#[derive(Debug, Default, Clone, Hash)]
pub struct MemberFilter {
    /// A part of the e-mail address or username, in any case, or the address of a wallet.
    pub q: Option<String>,
    /// Those with this role.
    pub role: Option<Role>,
    /// Suspended ones, or all others.
    pub suspended: Option<bool>,
}

/// What is to be different about an account; what is left out stays.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberChange {
    /// What it may do from now on.
    pub role: Option<Role>,
    /// True: it is logged out everywhere and cannot log in. False: it can again.
    pub suspended: Option<bool>,
}

/// Lists accounts, the newest first.
///
/// # Errors
/// When the cursor belongs to another list.
pub async fn members(
    identity: &Identity,
    filter: &MemberFilter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Member>, AdminError> {
    const LIST: &str = "members:id";
    let after = cursor.map(|cursor| cursor.place::<AccountId>(&(LIST, filter))).transpose()?;
    let rows = db::read!(identity.app.db, |tx| queries::members(tx, filter, after, limit).await)?;
    Ok(Page::cut(rows, limit, |last| Cursor::at(&(LIST, filter), &last.user_id)))
}

/// Makes an account as the operator wishes: any role, open registration or not.
///
/// # Errors
/// When a field is not right or a name is taken.
pub async fn create(
    identity: &Identity,
    email: &str,
    username: Option<&str>,
    role: Role,
    password: &str,
) -> Result<User, AdminError> {
    let applicant = Applicant::check(identity, email, username, Some(role), password).await?;
    let now = identity.app.now();
    let entry =
        audit::Entry::new(&identity.app, None, "account.create", &applicant.id(), json!({"role": role}));
    db::write!(identity.app.db, |tx| {
        if role == Role::Admin {
            setup::close(tx, now).await?;
        }
        let account = applicant.settle(tx, now).await?;
        audit::record(tx, &entry).await?;
        Ok(accounts::user(tx, account).await.map_err(login::LoginError::from)?)
    })
}

/// The account whose username or e-mail address is `name`, in any case, or whose id or wallet.
///
/// # Errors
/// When there is none.
pub async fn named(identity: &Identity, name: &str) -> Result<Member, AdminError> {
    db::read!(identity.app.db, |tx| queries::named(tx, name).await)?.ok_or(AdminError::NotFound)
}

/// Gives an account another password and logs it out everywhere: on this node at once, elsewhere within five seconds.
///
/// # Errors
/// When the password is too weak.
pub async fn set_password(identity: &Identity, id: AccountId, password: &str) -> Result<(), AdminError> {
    let entry = audit::Entry::new(&identity.app, None, "account.password", &id, json!({}));
    Ok(login::replace_password(identity, id, password, &entry).await?)
}

/// Changes an account's role, or whether it may log in, as `actor` (nobody: the command line) wishes. Takes effect on
/// this node at once, elsewhere within five seconds.
///
/// # Errors
/// When there is no such account, or no admin would be left who can log in.
pub async fn change(
    identity: &Identity,
    actor: Option<AccountId>,
    id: AccountId,
    change: &MemberChange,
) -> Result<Member, AdminError> {
    let now = identity.app.now();
    let entry = |action, detail| audit::Entry::new(&identity.app, actor, action, &id, detail);
    let changed = db::write!(identity.app.db, |tx| {
        let admins = queries::hold_admins(tx).await?;
        let mut member = queries::member(tx, id).await?.ok_or(AdminError::NotFound)?;
        let before = member.role;
        if let Some(role) = change.role.filter(|role| *role != before) {
            member.role = role;
            if role == Role::Admin {
                setup::close(tx, now).await?;
            }
            accounts::set_role(tx, id, role).await?;
            audit::record(tx, &entry("account.role", json!({"from": before, "to": role}))).await?;
        }
        if let Some(suspended) = change.suspended.filter(|wish| *wish != member.suspended_at.is_some()) {
            member.suspended_at = suspended.then_some(now);
            accounts::set_suspended(tx, id, member.suspended_at).await?;
            audit::record(tx, &entry("account.suspended", json!({"suspended": suspended}))).await?;
            if suspended {
                login::end_all(tx, id, None).await?;
            }
        }
        let stays = member.role == Role::Admin && member.suspended_at.is_none();
        if !stays && admins == [id] {
            return Err(AdminError::LastAdmin);
        }
        Ok(member)
    })?;
    identity.forget(id);
    Ok(changed)
}
