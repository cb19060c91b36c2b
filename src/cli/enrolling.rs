//! What the commands for factors share: the live parts, who is meant, what the operator is told.

use std::io::{BufRead, Write};

use anyhow::{Result, anyhow, bail};
use clap::Args;

use crate::app::Parts;
use crate::config::Config;
use crate::domain::time::Wall;
use crate::domain::user::User;
use crate::gate::Gate;
use crate::gate::enrol::{By, Change, NotEnrolled};

/// Why something is changed.
#[derive(Debug, Args)]
pub struct Why {
    /// Why; it goes into the audit with who asked
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// The live parts of one command, with the operator before them.
pub struct Office<'a> {
    pub parts: Parts,
    pub out: &'a mut dyn Write,
    actor: String,
    reason: String,
}

impl<'a> Office<'a> {
    pub fn open(config: &Config, why: &Why, out: &'a mut dyn Write) -> Result<Office<'a>> {
        Office::of(config, &why.reason, super::actor(), out)
    }

    /// For what somebody else may have to agree to: whose word it is counts there, and not whose rights they borrowed.
    pub fn of_person(config: &Config, reason: &str, out: &'a mut dyn Write) -> Result<Office<'a>> {
        Office::of(config, reason, person(), out)
    }

    fn of(config: &Config, reason: &str, actor: String, out: &'a mut dyn Write) -> Result<Office<'a>> {
        Ok(Office { parts: Parts::build(config)?, out, actor, reason: reason.trim().to_owned() })
    }

    pub fn gate(&self) -> &Gate {
        &self.parts.gate
    }

    pub fn actor(&self) -> &str {
        &self.actor
    }

    pub fn by(&self) -> By<'_> {
        By::Operator { actor: &self.actor, reason: &self.reason }
    }

    pub fn change<'u>(&'u self, user: &'u User) -> Change<'u> {
        Change { user, by: self.by() }
    }

    /// Whoever has this name, in whatever directory.
    pub fn user(&self, login: &str) -> Result<User> {
        let found = super::wait_for(async { Ok(self.parts.identity.known_as(login).await?) })?;
        found.ok_or_else(|| anyhow!("there is no user {login:?}, or it is disabled"))
    }

    /// What they call themselves where everything is looked at: the public host.
    pub fn issuer(&self) -> &str {
        self.parts.gate.settings.hosts.first().map_or("sekisho", String::as_str)
    }

    pub fn say(&mut self, line: impl std::fmt::Display) -> Result<()> {
        Ok(writeln!(self.out, "{line}")?)
    }

    /// Waits for the gate, and signs what that wrote into the audit.
    pub fn done<T>(&self, work: impl Future<Output = Result<T, NotEnrolled>>) -> Result<T> {
        let done = super::wait_for(async { Ok(work.await?) });
        super::end_of_audit(&self.parts.telemetry.audit);
        done
    }
}

/// Who sits there: the one who logged in, whose rights they may use now. Where nobody did (a container, a service), whoever
/// runs the command.
fn person() -> String {
    let logged_in = std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|id| id.trim().parse::<u32>().ok());
    // The kernel's "nobody".
    logged_in.filter(|id| *id != u32::MAX).map_or_else(super::actor, |id| format!("uid {id}"))
}

/// One line from the operator, or from whatever stands in for one.
pub fn answer(prompt: &str) -> Result<String> {
    eprint!("{prompt}: ");
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("nothing was typed; nothing was changed");
    }
    Ok(line.trim().to_owned())
}

/// To the minute, as people write it.
pub fn minute(at: Wall) -> String {
    at.rfc3339().replace('T', " ").chars().take(16).collect::<String>() + " UTC"
}
