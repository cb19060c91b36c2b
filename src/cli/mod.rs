//! The command line. Exit codes everywhere: 0 done, 1 failed or invalid, 2 usage.

pub mod alerts;
pub mod audit;
pub mod backup;
pub mod backup_codes;
pub mod bypass;
pub mod check;
pub mod elsewhere;
pub mod emergency;
pub mod enrolling;
pub mod explain;
mod import;
pub mod keys;
pub mod login_probe;
pub mod pass;
pub mod send_test;
pub mod status;
pub mod token;
pub mod totp;
pub mod trace;
pub mod user;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

use crate::app::build::{open_audit, open_keys, prepare_file, prepare_folder};
use crate::app::world::SystemWorld;
use crate::app::{Parts, demo, process, serve};
use crate::config::diagnostic::Severity;
use crate::config::{self, Config, render};
use crate::domain::event::Event;
use crate::domain::id::UserId;
use crate::domain::time::Wall;
use crate::gate::seams::{Revocation, Revoked, World};
use crate::identity::{self, DirectoryError};
use crate::telemetry::Audit;
use crate::{pages, store};

/// Where the configuration is when nobody says otherwise.
pub const DEFAULT_CONFIG: &str = "/etc/sekisho/sekisho.toml";

/// A reverse proxy that asks for a one-time code before a sensitive route.
#[derive(Parser)]
#[command(name = "sekisho", version, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve
    Run {
        #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
        config: PathBuf,
    },
    /// Find mistakes in the configuration before they bite
    Check(check::CheckArgs),
    /// Say what a request would meet, and why
    Explain(explain::ExplainArgs),
    /// Try it: gateway, sample application and sample user, with no file and no network
    Demo {
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Also append each message to this file, as one JSON line
        #[arg(long, value_name = "FILE")]
        outbox: Option<PathBuf>,
    },
    /// Keep the built-in directory of users
    User {
        #[arg(long, global = true, value_name = "FILE", default_value = DEFAULT_CONFIG)]
        config: PathBuf,
        #[command(flatten)]
        args: user::UserArgs,
    },
    /// Copy users, counters, revocations and keys into a folder, while the gateway runs
    Backup(backup::BackupArgs),
    /// Bring back what a backup holds, and end every pass
    Restore(backup::RestoreArgs),
    /// Issue, list and end passes
    Pass(pass::PassArgs),
    /// Print sealed codes for the bad night, and look at what was done with them
    Emergency(emergency::EmergencyArgs),
    /// Keep authenticator apps
    Totp(totp::TotpArgs),
    /// Keep hardware tokens
    Token(token::TokenArgs),
    /// Print codes for when nothing else works
    BackupCodes(backup_codes::BackupCodesArgs),
    /// Give out a code that stands for somebody's phone for a while
    Bypass(bypass::BypassArgs),
    /// Ask the audit who saw and did what, and whether it is whole
    Audit(audit::AuditArgs),
    /// Rotate the keys that passes are signed with
    Keys(keys::KeysArgs),
    /// Log in to an application once wrongly and once rightly, and say how to put a code behind it
    LoginProbe(login_probe::LoginProbeArgs),
    /// Say how the gate does, and what became of the codes that it sent
    Status(status::StatusArgs),
    /// Say step by step why a code came to somebody, or did not
    Trace(trace::TraceArgs),
    /// Send a message without a code, to see whether it arrives
    SendTest(send_test::SendTestArgs),
    /// Try whether operators can be told when something is wrong
    Alerts(alerts::AlertsArgs),
}

/// Parses, runs, and gives the exit code.
pub fn main() -> i32 {
    process::settle();
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version are asked for, and go to standard output with 0; anything else is usage.
            let printed = error.print();
            return if error.use_stderr() || printed.is_err() { 2 } else { 0 };
        }
    };
    let done = run(line.command, &mut std::io::stdout());
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("sekisho: {error:#}");
            1
        }
    }
}

fn run(command: Command, out: &mut dyn Write) -> Result<i32> {
    match command {
        Command::Run { config } => {
            let config = load(&config)?;
            crate::telemetry::log::start(&config.telemetry);
            let parts = Parts::build(&config)?;
            serve::serve(&config, parts).map(|()| 0)
        }
        Command::Check(args) => Ok(check::check(&args, std::io::stdout().is_terminal(), out)),
        Command::Explain(args) => Ok(explain(&args, out)),
        Command::Demo { listen, outbox } => demo::run(listen, outbox.as_deref(), out).map(|()| 0),
        Command::User { config, args } => users(&config, args, out),
        Command::Backup(args) => backup::backup(&args, out),
        Command::Restore(args) => backup::restore(&args, out),
        Command::Pass(args) => pass::main(args, out),
        Command::Emergency(args) => emergency::main(args, out),
        Command::Totp(args) => totp::main(args, out),
        Command::Token(args) => token::main(args, out),
        Command::BackupCodes(args) => backup_codes::main(args, out),
        Command::Bypass(args) => bypass::main(args, out),
        Command::Audit(args) => audit::main(args, out),
        Command::Keys(args) => keys::main(args, out),
        Command::LoginProbe(args) => login_probe::main(&args, out),
        Command::Status(args) => status::main(&args, out),
        Command::Trace(args) => trace::main(&args, out),
        Command::SendTest(args) => send_test::main(&args, out),
        Command::Alerts(args) => alerts::main(&args, out),
    }
}

fn explain(args: &explain::ExplainArgs, out: &mut dyn Write) -> i32 {
    let lookup = |settings: &identity::Settings, login: &str| {
        if let Some(entry) = elsewhere::own(settings, login)? {
            return Ok(Some(entry.user));
        }
        let known =
            elsewhere::look_up(settings, login).map_err(|fault| DirectoryError::Elsewhere(fault.to_string()))?;
        Ok(known.and_then(|known| known.user.ok()))
    };
    let knowledge = explain::Knowledge { lookup: &lookup, status: &|refusal| pages::status(refusal).as_u16() };
    explain::explain(args, &knowledge, std::io::stdout().is_terminal(), out)
}

fn users(file: &Path, args: user::UserArgs, out: &mut dyn Write) -> Result<i32> {
    let config = load(file)?;
    prepare_folder(&config.identity.file)?;
    let world = SystemWorld::default();
    let actor = actor();
    let desk = user::Desk {
        settings: &config.identity,
        now: world.wall(),
        fill: &|bytes| world.fill(bytes),
        witness: &mut |events| write_down(&config, events, &actor),
        end_passes: &mut |user| end_passes(&config, user, world.wall()),
        unlock: &mut |user, event| {
            let parts = Parts::build(&config)?;
            let forgiven = wait_for(async { Ok(parts.gate.unlock(user, event.actor(&actor)).await?) });
            end_of_audit(&parts.telemetry.audit);
            forgiven
        },
        approve: &mut |user, agrees| {
            let parts = Parts::build(&config)?;
            let decided = wait_for(async {
                let waits = parts.gate.waiting_number(&user.id).await?;
                Ok(parts.gate.approve_number(user, agrees, &actor).await?.then_some(waits).flatten())
            });
            end_of_audit(&parts.telemetry.audit);
            decided
        },
        ask: &mut user::ask,
        stdin: &mut std::io::stdin().lock(),
        out,
    };
    user::run(args, desk)
}

/// Ends every pass that a user holds; a running gate hears of it within a second.
fn end_passes(config: &Config, user: &UserId, now: Wall) -> Result<()> {
    revoke(config, Revoked::User(user.clone()), now)
}

/// Ends every pass there is.
fn end_all(config: &Config, now: Wall) -> Result<()> {
    revoke(config, Revoked::All, now)
}

fn revoke(config: &Config, what: Revoked, now: Wall) -> Result<()> {
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    let store = store::open(&config.store, &world)?;
    let revocation = Revocation { what, at: now, forget: outlived(config, now) };
    wait_for(async { Ok(store.revoke(revocation).await?) })
}

/// When every pass made until now is over, by any node's clock.
fn outlived(config: &Config, now: Wall) -> Wall {
    now.plus(longest(config)).plus(Duration::from_secs(24 * 3600))
}

/// Runs what waits for the store or the audit to its end.
fn wait_for<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// The longest that a pass can hold.
fn longest(config: &Config) -> Duration {
    config.gate.scopes.values().map(|scope| scope.max_age).max().unwrap_or_default()
}

/// Puts an operator's changes into the audit, beside what the gate itself writes there.
fn write_down(config: &Config, events: Vec<Event>, actor: &str) -> Result<()> {
    prepare_file(&config.telemetry.audit_file)?;
    let world = Arc::new(SystemWorld::default());
    let audit = open_audit(config, &open_keys(config, world.as_ref())?, world)?;
    let events: Vec<Event> = events.into_iter().map(|e| e.actor(actor)).collect();
    wait_for(async { Ok(audit.decide_all(&events).await?) })?;
    end_of_audit(&audit);
    Ok(())
}

/// Signs what a command wrote. It is written whether or not that succeeds.
fn end_of_audit(audit: &Audit) {
    if let Err(error) = wait_for(async { Ok(audit.end().await?) }) {
        eprintln!("sekisho: this command's part of the audit has no signed end: {error}");
    }
}

/// Reads a configuration; its errors go to standard error as `check` shows them. Warnings are for `check`.
pub fn load(file: &Path) -> Result<Config> {
    let mut loaded = config::load(file);
    if let Some(config) = loaded.config {
        return Ok(config);
    }
    loaded.diagnostics.retain(|d| d.severity() == Severity::Error);
    eprintln!("{}", render::human(&loaded, std::io::stderr().is_terminal()).trim_end());
    bail!("{} is not valid; nothing was done", file.display())
}

/// Who gave a command, for the audit.
pub fn actor() -> String {
    // SAFETY: `getuid` has no preconditions and cannot fail.
    let uid = unsafe { libc::getuid() };
    format!("uid {uid}")
}
