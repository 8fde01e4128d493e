use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use identity::{
    Role,
    admin::{self, MemberFilter},
};
use kernel::{Cursor, Limit};

use super::Global;
use crate::service;

/// The longest password read, in bytes.
const LONGEST: u64 = 1024;

/// Make and list accounts.
#[derive(Subcommand)]
pub(super) enum User {
    /// Make an account; the password is asked for
    Create {
        /// The e-mail address
        #[arg(long)]
        email: String,
        /// The username
        #[arg(long)]
        username: Option<String>,
        /// listener, artist, moderator or admin
        #[arg(long)]
        role: Role,
        /// Read the password from standard input, without asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts, the newest first
    List,
}

impl User {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match self {
            Self::Create { email, username, role, password_stdin } => {
                let password = password(*password_stdin)?;
                super::block_on(create(global, email, username.as_deref(), *role, &password))
            }
            Self::List => super::block_on(list(global)),
        }
    }
}

async fn create(
    global: &Global,
    email: &str,
    username: Option<&str>,
    role: Role,
    password: &str,
) -> Result<()> {
    let app = crate::open(global.load(None, None)?).await?;
    let identity = service::identity(app, super::PROGRAM.into());
    let user = admin::create(&identity, email, username, role, password).await?;
    if global.json {
        say!("{}", serde_json::to_string(&user)?);
    } else {
        say!("made {} ({}), id {}", user.email.as_deref().unwrap_or_default(), role.code(), user.user_id);
    }
    identity.app.db.close().await;
    Ok(())
}

async fn list(global: &Global) -> Result<()> {
    let app = crate::open(global.load(None, None)?).await?;
    let identity = service::identity(app, super::PROGRAM.into());
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = admin::members(&identity, &MemberFilter::default(), cursor.as_ref(), limit).await?;
        for member in &page.items {
            if global.json {
                say!("{}", serde_json::to_string(member)?);
            } else {
                let email = member.email.as_deref().unwrap_or("-");
                let username = member.username.as_deref().unwrap_or("-");
                say!("{}  {:<9}  {username:<20}  {email}", member.user_id, member.role.code());
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    identity.app.db.close().await;
    Ok(())
}

/// The password: one line from standard input, asked for when a person sits there.
fn password(stdin_asked_for: bool) -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        if stdin_asked_for {
            bail!("--password-stdin needs the password on standard input, for example from a file");
        }
        return rpassword::prompt_password("Password: ").context("reading the password");
    }
    let mut text = String::new();
    stdin.lock().take(LONGEST).read_to_string(&mut text).context("reading the password")?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() {
        bail!("no password: give it on standard input");
    }
    Ok(password.to_owned())
}
