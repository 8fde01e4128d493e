use std::io::{IsTerminal, Read};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use identity::{
    Role,
    admin::{self, MemberChange, MemberFilter},
};
use kernel::{Cursor, Limit};

use super::Global;
use crate::service;

/// The longest password read, in bytes.
const LONGEST: u64 = 1024;

/// Make, list and change accounts.
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
    /// Give an account another password, which is asked for, and log it out everywhere
    Password {
        /// Its username, e-mail address, wallet or id
        #[arg(value_name = "NAME|EMAIL|WALLET|ID")]
        name: String,
        /// Read the password from standard input, without asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give an account another role
    Role {
        /// Its username, e-mail address, wallet or id
        #[arg(value_name = "NAME|EMAIL|WALLET|ID")]
        name: String,
        /// listener, artist, moderator or admin
        role: Role,
    },
    /// Log an account out everywhere and let it log in no more
    Suspend {
        /// Its username, e-mail address, wallet or id
        #[arg(value_name = "NAME|EMAIL|WALLET|ID")]
        name: String,
    },
    /// Let a suspended account log in again
    Restore {
        /// Its username, e-mail address, wallet or id
        #[arg(value_name = "NAME|EMAIL|WALLET|ID")]
        name: String,
    },
}

impl User {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match self {
            Self::Create { email, username, role, password_stdin } => {
                let password = password(*password_stdin)?;
                super::block_on(create(global, email, username.as_deref(), *role, &password))
            }
            Self::List => super::block_on(list(global)),
            Self::Password { name, password_stdin } => {
                let password = password(*password_stdin)?;
                super::block_on(set_password(global, name, &password))
            }
            Self::Role { name, role } => {
                let wish = MemberChange { role: Some(*role), suspended: None };
                super::block_on(change(global, name, &wish))
            }
            Self::Suspend { name } => super::block_on(change(global, name, &suspended(true))),
            Self::Restore { name } => super::block_on(change(global, name, &suspended(false))),
        }
    }
}

fn suspended(suspended: bool) -> MemberChange {
    MemberChange { role: None, suspended: Some(suspended) }
}

async fn set_password(global: &Global, name: &str, password: &str) -> Result<()> {
    let app = crate::open(global.beside()?).await?;
    let identity = service::identity(app, super::PROGRAM.into());
    let member = admin::named(&identity, name).await.with_context(|| name.to_owned())?;
    admin::set_password(&identity, member.user_id, password).await?;
    if global.json {
        say!("{}", serde_json::to_string(&member)?);
    } else {
        say!("{name} has another password and is logged out everywhere");
    }
    identity.app.db.close().await;
    Ok(())
}

async fn change(global: &Global, name: &str, wish: &MemberChange) -> Result<()> {
    let app = crate::open(global.beside()?).await?;
    let identity = service::identity(app, super::PROGRAM.into());
    let member = admin::named(&identity, name).await.with_context(|| name.to_owned())?;
    let member =
        admin::change(&identity, None, member.user_id, wish).await.with_context(|| name.to_owned())?;
    if global.json {
        say!("{}", serde_json::to_string(&member)?);
    } else {
        let state = if member.suspended_at.is_some() { ", suspended" } else { "" };
        say!("{name}: {}{state}", member.role.code());
    }
    identity.app.db.close().await;
    Ok(())
}

async fn create(
    global: &Global,
    email: &str,
    username: Option<&str>,
    role: Role,
    password: &str,
) -> Result<()> {
    let app = crate::open(global.beside()?).await?;
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
    let app = crate::open(global.beside()?).await?;
    let identity = service::identity(app, super::PROGRAM.into());
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = admin::members(&identity, &MemberFilter::default(), cursor.as_ref(), limit).await?;
        for member in &page.items {
            if global.json {
                say!("{}", serde_json::to_string(member)?);
            } else {
                let username = member.username.as_deref().unwrap_or("-");
                let wallets = member.wallets.iter().map(ToString::to_string);
                let ways: Vec<String> = member.email.iter().cloned().chain(wallets).collect();
                let ways = if ways.is_empty() { "-".to_owned() } else { ways.join(" ") };
                say!("{}  {:<9}  {username:<20}  {ways}", member.user_id, member.role.code());
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
