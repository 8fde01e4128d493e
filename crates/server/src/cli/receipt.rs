//! `resonance receipt`: checking receipts, anywhere.

use std::{io::Read, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use commerce::receipts::{Receipt, check};

use super::{Global, printable};

/// The largest receipt that is read, in bytes: days of listening.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Check receipts
#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check that a receipt proves what it says; needs no server and no network
    Verify {
        /// The receipt as `GET /me/receipts/{id}` gave it; `-` for standard input
        file: PathBuf,
        /// The public key of the instance that must have made it: 0x and 128 digits, as `GET /api/v1/instance` says.
        /// Without it, a receipt proves what it says of whoever made it
        #[arg(long, value_name = "KEY")]
        issuer: Option<String>,
    },
}

impl ReceiptCommand {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let Self::Verify { file, issuer } = self;
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
        let mut wrong = check(&receipt);
        if issuer.as_ref().is_some_and(|issuer| !issuer.eq_ignore_ascii_case(&receipt.issuer)) {
            wrong.push(format!("another instance made it, with the key {}", receipt.issuer));
        }
        if global.json {
            let issuer = serde_json::json!({"key": receipt.issuer, "compared": issuer.is_some()});
            // What it says counts as little as it holds: a refund is no income of anybody's.
            let Receipt { session_id, status, beats, total, fee, shares, .. } = &receipt;
            let said = serde_json::json!({
                "sessionId": session_id, "status": status, "beats": beats, "total": total, "fee": fee,
                "shares": shares,
            });
            say!(
                "{}",
                serde_json::json!({"holds": wrong.is_empty(), "wrong": wrong, "issuer": issuer, "says": said})
            );
        } else if wrong.is_empty() {
            let newest = receipt.entries.iter().map(|entry| entry.batch).max();
            say!(
                "{}: {} seconds of «{}» for {}, signed by the listener and by the instance; {} entries in the ledger up to \
                 batch {}",
                receipt.session_id,
                receipt.beats,
                printable(&receipt.track_title),
                receipt.total,
                receipt.entries.len(),
                newest.unwrap_or(0)
            );
            for share in &receipt.shares {
                say!("{} for {}", share.amount, printable(&share.artist_name));
            }
            if receipt.fee.minor > 0 {
                say!("{} for the platform", receipt.fee);
            }
            match receipt.status.as_str() {
                "refunded" => say!("all of it was given back to the listener"),
                "disputed" => {
                    say!("it is contested: what the artists got is put aside until that is decided");
                }
                _ => {}
            }
            if issuer.is_none() {
                say!(
                    "made by the instance with the key {}: compare it, or give it with --issuer",
                    receipt.issuer
                );
            }
        }
        if wrong.is_empty() { Ok(()) } else { bail!("{}: {}", receipt.session_id, wrong.join("; ")) }
    }
}
