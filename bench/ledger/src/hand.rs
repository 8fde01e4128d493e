//! The same rows written by hand: one transaction for a thousand entries, through the driver alone. It knows the ids of all
//! accounts and their newest lines, looks for no key, judges nothing but the floor, and makes no hashes.

use std::{collections::HashMap, path::Path};

use anyhow::{Result, ensure};
use money::ledger::Entry;
use serde_json::json;
use sqlx::{
    Connection, PgConnection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

pub struct Hand {
    connected: Connected,
    accounts: HashMap<(Uuid, String, String), i64>,
    last: HashMap<i64, i64>,
    seq: i64,
    entries: i64,
}

#[derive(Default)]
struct Columns {
    changed: (Vec<i64>, Vec<i64>, Vec<i64>),
    entries: (Vec<i64>, Vec<i64>, Vec<String>, Vec<&'static str>),
    lines: (Vec<i64>, Vec<i64>, Vec<i64>, Vec<Option<i64>>),
}

const ACCOUNTS: &str = "SELECT owner, kind, asset, id, last FROM ledger_account";

impl Hand {
    pub async fn sqlite(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-8000");
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let rows = sqlx::query(ACCOUNTS).fetch_all(&mut connection).await?;
        let accounts =
            rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get(3)?)));
        let accounts = accounts.collect::<Result<_, sqlx::Error>>()?;
        let last = rows.iter().map(|row| Ok((row.try_get(3)?, row.try_get(4)?)));
        let last = last.collect::<Result<_, sqlx::Error>>()?;
        let (seq, entries) =
            sqlx::query_as("SELECT seq, entries FROM ledger_head").fetch_one(&mut connection).await?;
        Ok(Self { connected: Connected::Sqlite(connection), accounts, last, seq, entries })
    }

    pub async fn postgres(url: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        let rows = sqlx::query(ACCOUNTS).fetch_all(&mut connection).await?;
        let accounts =
            rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get(3)?)));
        let accounts = accounts.collect::<Result<_, sqlx::Error>>()?;
        let last = rows.iter().map(|row| Ok((row.try_get(3)?, row.try_get(4)?)));
        let last = last.collect::<Result<_, sqlx::Error>>()?;
        let (seq, entries) =
            sqlx::query_as("SELECT seq, entries FROM ledger_head").fetch_one(&mut connection).await?;
        Ok(Self { connected: Connected::Postgres(connection), accounts, last, seq, entries })
    }

    fn columns(&mut self, entries: &[Entry]) -> Columns {
        let mut columns = Columns::default();
        let mut deltas: HashMap<i64, i64> = HashMap::new();
        for (id, entry) in (self.entries + 1..).zip(entries) {
            columns.entries.0.push(id);
            columns.entries.1.push(entry.at().micros());
            columns.entries.2.push(entry.key().to_owned());
            columns.entries.3.push(entry.kind().name());
            for line in entry.lines() {
                let owner = line.account.owner().unwrap_or(Uuid::nil());
                let key = (owner, line.account.kind().to_owned(), line.asset.code().to_owned());
                let account = self.accounts[&key];
                *deltas.entry(account).or_default() += line.amount;
                columns.lines.0.push(id);
                columns.lines.1.push(account);
                columns.lines.2.push(line.amount);
                columns.lines.3.push(self.last.insert(account, id));
            }
        }
        let mut deltas: Vec<_> = deltas.into_iter().collect();
        deltas.sort_unstable();
        columns.changed.2 = deltas.iter().map(|(account, _)| self.last[account]).collect();
        (columns.changed.0, columns.changed.1) = deltas.into_iter().unzip();
        columns
    }

    pub async fn post(&mut self, entries: &[Entry]) -> Result<()> {
        let Columns { changed, entries: rows, lines } = self.columns(entries);
        let (first, size) = (self.entries + 1, i64::try_from(entries.len())?);
        self.seq += 1;
        let changes = u64::try_from(changed.0.len())?;
        let moved = match &mut self.connected {
            Connected::Postgres(connection) => {
                let mut tx = connection.begin().await?;
                let moved = sqlx::query(
                    "UPDATE ledger_account a SET balance = a.balance + d.amount, last = d.last
                     FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) d(id, amount, last)
                     WHERE a.id = d.id AND (a.balance + d.amount >= 0 OR a.kind IN ('clearing', 'fees', 'payable'))",
                )
                .bind(changed.0)
                .bind(changed.1)
                .bind(changed.2)
                .execute(&mut *tx)
                .await?
                .rows_affected();
                sqlx::query(
                    "INSERT INTO ledger_entry (id, at, key, kind)
                     SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[])",
                )
                .bind(rows.0)
                .bind(rows.1)
                .bind(rows.2)
                .bind(rows.3)
                .execute(&mut *tx)
                .await?;
                sqlx::query(
                    "INSERT INTO ledger_line (entry, account, amount, previous)
                     SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])",
                )
                .bind(lines.0)
                .bind(lines.1)
                .bind(lines.2)
                .bind(lines.3)
                .execute(&mut *tx)
                .await?;
                sqlx::query("INSERT INTO ledger_batch (seq, first_entry, size, posted_at, prev, root) VALUES ($1, $2, $3, 0, $4, $4)")
                    .bind(self.seq).bind(first).bind(size).bind(vec![7_u8; 32]).execute(&mut *tx).await?;
                sqlx::query("UPDATE ledger_head SET seq = $1, entries = $2, hash = $3 WHERE id = 1")
                    .bind(self.seq)
                    .bind(self.entries + size)
                    .bind(vec![7_u8; 32])
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
                moved
            }
            Connected::Sqlite(connection) => {
                let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
                let changed: Vec<_> =
                    (0..changed.0.len()).map(|i| [changed.0[i], changed.1[i], changed.2[i]]).collect();
                let moved = sqlx::query(
                    "UPDATE ledger_account SET balance = balance + d.amount, last = d.last
                     FROM (SELECT value ->> 0 AS id, value ->> 1 AS amount, value ->> 2 AS last FROM json_each($1)) d
                     WHERE ledger_account.id = d.id
                       AND (balance + d.amount >= 0 OR kind IN ('clearing', 'fees', 'payable'))",
                )
                .bind(json!(changed).to_string())
                .execute(&mut *tx)
                .await?
                .rows_affected();
                let rows: Vec<_> =
                    (0..rows.0.len()).map(|i| json!([rows.0[i], rows.1[i], rows.2[i], rows.3[i]])).collect();
                sqlx::query(
                    "INSERT INTO ledger_entry (id, at, key, kind)
                     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1)",
                )
                .bind(json!(rows).to_string())
                .execute(&mut *tx)
                .await?;
                let lines: Vec<_> = (0..lines.0.len())
                    .map(|i| json!([lines.0[i], lines.1[i], lines.2[i], lines.3[i]]))
                    .collect();
                sqlx::query(
                    "INSERT INTO ledger_line (entry, account, amount, previous)
                     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1)",
                )
                .bind(json!(lines).to_string())
                .execute(&mut *tx)
                .await?;
                sqlx::query("INSERT INTO ledger_batch (seq, first_entry, size, posted_at, prev, root) VALUES ($1, $2, $3, 0, $4, $4)")
                    .bind(self.seq).bind(first).bind(size).bind(vec![7_u8; 32]).execute(&mut *tx).await?;
                sqlx::query("UPDATE ledger_head SET seq = $1, entries = $2, hash = $3 WHERE id = 1")
                    .bind(self.seq)
                    .bind(self.entries + size)
                    .bind(vec![7_u8; 32])
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
                moved
            }
        };
        ensure!(moved == changes, "a balance would have fallen below zero");
        self.entries += size;
        Ok(())
    }
}
