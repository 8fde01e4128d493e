use db::{FromRow, Result, Row, Tx, sql};
use kernel::{AccountId, Limit};

use super::service::{Member, MemberFilter};
use crate::{
    accounts::{LoginKey, login_key},
    wallets::{self, WalletAddress},
};

const MEMBER: &str = "a.id AS user_id, a.email, a.username, a.role, a.created_at, a.suspended_at";

impl FromRow for Member {
    /// Columns: those of [`MEMBER`]; the wallets are [added](with_wallets) then.
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            user_id: row.get(0)?,
            email: row.get(1)?,
            username: row.get(2)?,
            wallets: Vec::new(),
            role: row.get(3)?,
            created_at: row.get(4)?,
            suspended_at: row.get(5)?,
        })
    }
}

async fn with_wallets(tx: &mut Tx, mut members: Vec<Member>) -> Result<Vec<Member>> {
    for (account, wallet) in wallets::of_each(tx, members.iter().map(|member| member.user_id)).await? {
        members
            .iter_mut()
            .filter(|member| member.user_id == account)
            .for_each(|member| member.wallets.push(wallet));
    }
    Ok(members)
}

/// Accounts, the newest first; one more than `limit`.
pub(super) async fn members(
    tx: &mut Tx,
    filter: &MemberFilter,
    after: Option<AccountId>,
    limit: Limit,
) -> Result<Vec<Member>> {
    let wallet: Option<WalletAddress> = filter.q.as_deref().and_then(|q| q.trim().parse().ok());
    let query = sql!(
        "SELECT {member} FROM account a WHERE TRUE
           [[ AND (a.email LIKE $q ESCAPE '!' OR a.username_key LIKE $q ESCAPE '!')]]
           [[ AND a.id IN (SELECT account_id FROM linked_wallet WHERE address = $wallet)]]
           [[ AND a.role = $role]]
           [[:suspended: AND a.suspended_at IS NOT NULL]][[:active: AND a.suspended_at IS NULL]]
           [[ AND a.id < $after]]
         ORDER BY a.id DESC LIMIT $limit",
        member = MEMBER,
    )
    .set_opt("q", filter.q.as_deref().filter(|_| wallet.is_none()).map(contains))
    .set_opt("wallet", wallet)
    .set_opt("role", filter.role)
    .set_opt("after", after)
    .set("limit", limit.fetch());
    let query = match filter.suspended {
        Some(true) => query.on("suspended"),
        Some(false) => query.on("active"),
        None => query,
    };
    let members = query.all(tx).await?;
    with_wallets(tx, members).await
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
    let found =
        sql!("SELECT {member} FROM account a WHERE a.id = $1", member = MEMBER).bind(id).all(tx).await?;
    Ok(with_wallets(tx, found).await?.pop())
}

/// The account that logs in as `name`, or whose id or wallet that is.
pub(super) async fn named(tx: &mut Tx, name: &str) -> Result<Option<Member>> {
    let query = sql!(
        "SELECT {member} FROM account a
         WHERE TRUE[[ AND a.email = $email]][[ AND a.username_key = $username]][[ AND a.id = $id]]
           [[ AND a.id = (SELECT account_id FROM linked_wallet WHERE address = $wallet)]]",
        member = MEMBER,
    );
    // No username looks like an id, nor is one as long as an address.
    let query = match (name.parse::<AccountId>(), name.parse::<WalletAddress>(), login_key(name)) {
        (Ok(id), ..) => query.set("id", id),
        (_, Ok(wallet), _) => query.set("wallet", wallet),
        (.., LoginKey::Email(email)) => query.set("email", email),
        (.., LoginKey::Username(username)) => query.set("username", username),
    };
    let found = query.all(tx).await?;
    Ok(with_wallets(tx, found).await?.pop())
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
