use db::{Result, Tx, sql};
use kernel::{AccountId, Limit};

use super::service::{Member, MemberFilter};
use crate::accounts::{LoginKey, login_key};

const MEMBER: &str = "a.id AS user_id, a.email, a.username, a.role, a.created_at, a.suspended_at";

/// Accounts, the newest first; one more than `limit`.
pub(super) async fn members(
    tx: &mut Tx,
    filter: &MemberFilter,
    after: Option<AccountId>,
    limit: Limit,
) -> Result<Vec<Member>> {
    let query = sql!(
        "SELECT {member} FROM account a WHERE TRUE
           [[ AND (a.email LIKE $q ESCAPE '!' OR a.username_key LIKE $q ESCAPE '!')]]
           [[ AND a.role = $role]]
           [[:suspended: AND a.suspended_at IS NOT NULL]][[:active: AND a.suspended_at IS NULL]]
           [[ AND a.id < $after]]
         ORDER BY a.id DESC LIMIT $limit",
        member = MEMBER,
    )
    .set_opt("q", filter.q.as_deref().map(contains))
    .set_opt("role", filter.role)
    .set_opt("after", after)
    .set("limit", limit.fetch());
    let query = match filter.suspended {
        Some(true) => query.on("suspended"),
        Some(false) => query.on("active"),
        None => query,
    };
    query.all(tx).await
}

/// A pattern for texts in lower case that hold `part`.
fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.trim().to_ascii_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

pub(super) async fn member(tx: &mut Tx, id: AccountId) -> Result<Option<Member>> {
    sql!("SELECT {member} FROM account a WHERE a.id = $1", member = MEMBER).bind(id).maybe(tx).await
}

/// The account that logs in as `name`.
pub(super) async fn named(tx: &mut Tx, name: &str) -> Result<Option<Member>> {
    let query = sql!(
        "SELECT {member} FROM account a WHERE TRUE[[ AND a.email = $email]][[ AND a.username_key = $username]]",
        member = MEMBER,
    );
    match login_key(name) {
        LoginKey::Email(email) => query.set("email", email),
        LoginKey::Username(username) => query.set("username", username),
    }
    .maybe(tx)
    .await
}

/// The admins who can log in.
pub async fn admins(tx: &mut Tx) -> Result<Vec<AccountId>> {
    sql!("SELECT id FROM account WHERE role = 'admin' AND suspended_at IS NULL ORDER BY id").column(tx).await
}

/// Holds all admins until the transaction ends; answers those who can log in.
pub(super) async fn hold_admins(tx: &mut Tx) -> Result<Vec<AccountId>> {
    sql!("SELECT id FROM account WHERE role = 'admin' AND suspended_at IS NULL ORDER BY id {for_update}")
        .column(tx)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(contains(" A_b%c! "), "%a!_b!%c!!%");
    }
}
