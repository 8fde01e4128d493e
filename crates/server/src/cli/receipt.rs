//! `resonance receipt`: checking receipts, anywhere.

use std::{io::Read, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use commerce::receipts::{Receipt, check};

use super::Global;

/// The largest receipt that is read, in bytes: days of listening.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Check receipts
#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check that a receipt proves what it says; needs no server and no network
    Verify {
        /// The receipt as `GET /me/receipts/{id}` gave it; `-` for standard input
        file: PathBuf,
    },
}

impl ReceiptCommand {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let Self::Verify { file } = self;
        let mut text = String::new();
        let read: Box<dyn Read> = if file.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            Box::new(std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?)
        };
        read.take(LARGEST)
            .read_to_string(&mut text)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let receipt: Receipt =
            serde_json::from_str(&text).with_context(|| format!("{} is no receipt", file.display()))?;
        let wrong = check(&receipt);
        if global.json {
            say!("{}", serde_json::json!({"holds": wrong.is_empty(), "wrong": wrong}));
        } else if wrong.is_empty() {
            let newest = receipt.entries.iter().map(|entry| entry.batch).max();
            say!(
                "{}: {} seconds of «{}» for {} minor units of {}, signed by the listener and by the instance; {} entries in \
                 the ledger up to batch {}",
                receipt.session_id,
                receipt.beats,
                receipt.track_title,
                receipt.total.minor,
                receipt.total.asset,
                receipt.entries.len(),
                newest.unwrap_or(0)
            );
        }
        if wrong.is_empty() { Ok(()) } else { bail!("{}: {}", receipt.session_id, wrong.join("; ")) }
    }
}
