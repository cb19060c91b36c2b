//! One pass, one session, one person's or everybody's: over.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Result, anyhow, bail};
use clap::{ArgGroup, Args};

use crate::app::Parts;
use crate::config::Config;
use crate::domain::event::{Event, What};
use crate::domain::id::{PassId, SessionId};
use crate::gate::seams::Revoked;
use crate::identity::Directory;

#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).args(["pass", "session", "user", "all"]))]
pub struct RevokeArgs {
    /// One pass, by its id (`jti`); others of the same session stay
    #[arg(long, value_name = "ID")]
    pass: Option<String>,
    /// Every pass of one session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Every pass that somebody holds
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Every pass that anybody holds
    #[arg(long)]
    all: bool,
    /// Do not ask whether --all is meant
    #[arg(long, requires = "all")]
    yes: bool,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub fn main(config: &Config, args: &RevokeArgs, out: &mut dyn Write) -> Result<()> {
    let reason = super::reason(&args.reason)?;
    if args.all && !args.yes {
        confirm()?;
    }
    let event = |what: String| {
        Event::new(What::AuthnTokenRevoked).actor(crate::cli::actor()).detail(format!("{what}: {reason}"))
    };
    if let Some(name) = &args.user {
        let (id, login) = crate::cli::elsewhere::anybody(&config.identity, name)?;
        let event = event("all passes of the user".to_owned()).user(&login);
        end(config, Revoked::User(id), event)?;
        return Ok(writeln!(out, "every pass of {login} has ended")?);
    }
    if let Some(text) = &args.pass {
        let id = PassId::parse(text).ok_or_else(|| no_id("pass", text))?;
        let event = event(format!("pass {id}"));
        end(config, Revoked::Pass(id), event)?;
        return Ok(writeln!(out, "the pass has ended")?);
    }
    if let Some(text) = &args.session {
        let id = SessionId::parse(text).ok_or_else(|| no_id("session", text))?;
        let parts = Parts::build(config)?;
        let Some(session) = crate::cli::wait_for(async { Ok(parts.gate.session(&id).await?) })? else {
            bail!("there is no session {id}; `sekisho pass list` shows which there are");
        };
        let known = Directory::open(&config.identity)?.list()?.into_iter().find(|e| e.user.id == session.user);
        let event = event(format!("session {id}"));
        let event = match known {
            Some(entry) => event.user(entry.user.login),
            None => event,
        };
        finish(&parts, Revoked::Session(id), event)?;
        return Ok(writeln!(out, "the session has ended")?);
    }
    end(config, Revoked::All, event("every pass of everybody".to_owned()))?;
    Ok(writeln!(out, "every pass of everybody has ended")?)
}

fn end(config: &Config, what: Revoked, told: Event) -> Result<()> {
    let parts = Parts::build(config)?;
    finish(&parts, what, told)
}

fn finish(parts: &Parts, what: Revoked, told: Event) -> Result<()> {
    let ended = crate::cli::wait_for(async { Ok(parts.gate.end(what, told).await?) });
    crate::cli::end_of_audit(&parts.telemetry.audit);
    ended
}

fn no_id(kind: &str, text: &str) -> anyhow::Error {
    anyhow!("{text:?} is no id of a {kind}, which is 22 letters, digits, `-` and `_`; `sekisho pass list` shows them")
}

fn confirm() -> Result<()> {
    let mut input = std::io::stdin().lock();
    if !std::io::stdin().is_terminal() {
        bail!("--all ends every pass of everybody; where nobody can be asked, say --yes too. Nothing was done");
    }
    eprint!("This ends every pass of everybody. Type \"all\" if that is meant: ");
    let mut line = String::new();
    input.read_line(&mut line)?;
    if line.trim() == "all" { Ok(()) } else { bail!("nothing was done") }
}
