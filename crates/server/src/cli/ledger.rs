use anyhow::{Result, bail};
use clap::Subcommand;
use commerce::{
    facts::{self, Tied},
    ledger::{self, Finding, Verified},
};
use db::{Db, Options};
use serde_json::json;

use super::Global;
use crate::start;

/// Look at the ledger.
#[derive(Subcommand)]
pub(super) enum Ledger {
    /// Do all of its sums again from the rows as they are stored, and compare its entries with what they are about; says
    /// what is not right, a line each
    Verify,
}

impl Ledger {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match self {
            Self::Verify => super::block_on(check(global)),
        }
    }
}

async fn check(global: &Global) -> Result<()> {
    let database = start::database(&global.load(None, None)?)?;
    if let Options::Sqlite(options) = &database
        && !options.path.exists()
    {
        bail!("there is no database at {}: name its folder with --data", options.path.display());
    }
    let db = Db::open(&database).await?;
    if db.pending().await? > 0 {
        bail!("the database is of an older version: run `resonance migrate` first");
    }
    let json = global.json;
    let mut tell = |finding: Finding| {
        if json {
            say!("{}", json!(finding));
        } else {
            say!("{finding}");
        }
    };
    let checked: db::Result<(Verified, Tied)> = db::snapshot!(db, |tx| {
        Ok((ledger::verify(tx, &mut tell).await?, facts::verify(tx, &mut tell).await?))
    });
    db.close().await;
    let (checked, Tied { facts, findings }) = checked?;
    let checked = Verified { findings: checked.findings.saturating_add(findings), ..checked };
    let Verified { entries, batches, accounts, head, findings } = &checked;
    if json {
        let mut summary = json!(checked);
        summary["facts"] = facts.into();
        say!("{summary}");
    } else {
        say!(
            "checked {entries} entries, {batches} batches, {accounts} accounts, {facts} facts; \
             the newest batch is {head}"
        );
    }
    match findings {
        0 => {
            if !json {
                say!("nothing is wrong");
            }
            Ok(())
        }
        1 => bail!("the ledger has 1 finding"),
        n => bail!("the ledger has {n} findings"),
    }
}
