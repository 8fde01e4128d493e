use db::{Result, Rows, Tx, sql};
use kernel::{AccountId, Time};

use super::{
    WalletAddress,
    model::{Nonce, Proof, Purpose},
};

pub(super) async fn insert_nonce(
    tx: &mut Tx,
    nonce: Nonce,
    (wallet, chain_id): (WalletAddress, i64),
    purpose: Purpose,
    expires_at: Time,
) -> Result<()> {
    sql!(
        "INSERT INTO wallet_nonce (nonce, address, chain_id, account_id, expires_at)
         VALUES ($nonce, $wallet, $chain, $account, $expires)"
    )
    .set("nonce", &nonce.0[..])
    .set("wallet", wallet)
    .set("chain", chain_id)
    .set("account", purpose.account())
    .set("expires", expires_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Uses a nonce up; answers whether it was there, for this wallet, its chain and this purpose, and in time.
pub(super) async fn use_nonce(tx: &mut Tx, proof: &Proof, purpose: Purpose, now: Time) -> Result<bool> {
    let used = sql!(
        "DELETE FROM wallet_nonce
         WHERE nonce = $nonce AND address = $wallet AND expires_at > $now[[ AND chain_id = $chain]]
           [[ AND account_id = $account]][[:login: AND account_id IS NULL]]"
    )
    .set("nonce", &proof.nonce.0[..])
    .set("wallet", proof.wallet)
    .set("now", now)
    .set_opt("chain", proof.chain_id)
    .set_opt("account", purpose.account());
    match purpose {
        Purpose::LogIn => used.on("login"),
        Purpose::Link(_) => used,
    }
    .changed(tx)
    .await
}

/// Deletes up to `n` nonces that nobody used in time; answers how many.
pub async fn prune(tx: &mut Tx, now: Time, n: u32) -> Result<u64> {
    sql!(
        "DELETE FROM wallet_nonce WHERE nonce IN (
             SELECT nonce FROM wallet_nonce WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)"
    )
    .bind(now)
    .bind(n)
    .run(tx)
    .await
}

/// Gives a wallet to an account unless some account has it; answers whether it did.
pub(super) async fn claim(tx: &mut Tx, wallet: WalletAddress, account: AccountId, now: Time) -> Result<bool> {
    sql!(
        "INSERT INTO linked_wallet (address, account_id, linked_at) VALUES ($1, $2, $3)
         ON CONFLICT (address) DO NOTHING"
    )
    .bind(wallet)
    .bind(account)
    .bind(now)
    .changed(tx)
    .await
}

/// The account that a wallet logs in to.
pub(super) async fn holder(tx: &mut Tx, wallet: WalletAddress) -> Result<Option<AccountId>> {
    let found =
        sql!("SELECT account_id FROM linked_wallet WHERE address = $1").bind(wallet).column(tx).await?;
    Ok(found.into_iter().next())
}

/// Takes a wallet from an account; answers whether it had it.
pub(super) async fn release(tx: &mut Tx, wallet: WalletAddress, account: AccountId) -> Result<bool> {
    sql!("DELETE FROM linked_wallet WHERE address = $1 AND account_id = $2")
        .bind(wallet)
        .bind(account)
        .changed(tx)
        .await
}

/// The wallets that log in to an account, the first one first.
pub async fn of(tx: &mut Tx, account: AccountId) -> Result<Vec<WalletAddress>> {
    sql!("SELECT address FROM linked_wallet WHERE account_id = $1 ORDER BY linked_at, address")
        .bind(account)
        .column(tx)
        .await
}

/// The wallets that log in to any of these accounts, each account's first one first.
pub(crate) async fn of_each(
    tx: &mut Tx,
    accounts: impl Iterator<Item = AccountId>,
) -> Result<Vec<(AccountId, WalletAddress)>> {
    sql!(
        "SELECT w.account_id, w.address FROM {rows $accounts r(id uuid)} JOIN linked_wallet w ON w.account_id = r.id
         ORDER BY w.linked_at, w.address"
    )
    .set_rows("accounts", accounts.map(|account| (account,)).collect::<Rows>())
    .all(tx)
    .await
}
