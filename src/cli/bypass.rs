//! `sekisho bypass`: a help desk's code that stands for the phone for a while.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::enrolling::{Office, minute};
use super::totp::down;
use crate::domain::enrolment::Bypass;
use crate::domain::user::User;
use crate::gate::enrol::{NotEnrolled, halves};
use crate::identity::Directory;

/// What is needed for longer is another factor.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
const SHORTEST: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub struct BypassArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: BypassCommand,
}

#[derive(Debug, Subcommand)]
enum BypassCommand {
    /// Print a code that stands for somebody's phone until it ends; one of before ends now
    Issue {
        #[arg(long, value_name = "NAME")]
        user: String,
        /// How long it holds, at most 7 days
        #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
        ttl: Duration,
        /// Why; it goes into the audit with who asked
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// It opens nothing until somebody else has agreed with `sekisho bypass approve`
        #[arg(long)]
        second: bool,
    },
    /// Agree to what somebody else issued with --second
    Approve {
        #[arg(long, value_name = "NAME")]
        user: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// List those that have not ended: somebody's, or everybody's in the built-in directory
    List {
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
    /// End somebody's bypass
    Revoke {
        #[arg(long, value_name = "NAME")]
        user: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

pub fn main(args: BypassArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let reason = match &args.command {
        BypassCommand::Issue { reason, .. }
        | BypassCommand::Approve { reason, .. }
        | BypassCommand::Revoke { reason, .. } => super::pass::reason(reason)?,
        BypassCommand::List { .. } => "",
    };
    let mut office = Office::of_person(&config, reason, out)?;
    match &args.command {
        BypassCommand::Issue { user, ttl, second, .. } => issue(&mut office, user, *ttl, *second),
        BypassCommand::Approve { user, .. } => approve(&mut office, user),
        BypassCommand::List { user } => list(&config, &mut office, user.as_deref()),
        BypassCommand::Revoke { user, .. } => revoke(&mut office, user),
    }?;
    Ok(0)
}

fn issue(office: &mut Office<'_>, login: &str, ttl: Duration, second: bool) -> Result<()> {
    if !(SHORTEST..=LONGEST).contains(&ttl) {
        bail!("a bypass holds between one minute and seven days; nothing was issued");
    }
    let user = office.user(login)?;
    let change = office.change(&user);
    let (code, ends) = office.done(office.gate().issue_bypass(&change, ttl, second))?;
    office.say(halves(&code).expose())?;
    let ends = minute(ends);
    eprintln!("sekisho: stands for the phone of {} until {ends}, as often as it is typed", user.login);
    if second {
        eprintln!("sekisho: opens nothing before somebody else agrees: sekisho bypass approve --user {}", user.login);
    }
    let takes = |scope: &crate::domain::scope::Scope| scope.takes(crate::domain::factor::Factor::Bypass);
    if !office.gate().settings.scopes.values().any(|scope| takes(scope)) {
        eprintln!("sekisho: no scope takes a bypass (`factors`), so it opens nothing");
    }
    Ok(())
}

fn approve(office: &mut Office<'_>, login: &str) -> Result<()> {
    let user = office.user(login)?;
    let change = office.change(&user);
    let agreed = super::wait_for(async { Ok(office.gate().approve_bypass(&change).await) })?;
    if let Err(NotEnrolled::AlreadyThere) = agreed {
        bail!("nobody has to agree to it any more");
    }
    let agreed = office.done(async { agreed })?;
    office.say(format_args!(
        "the bypass of {} holds until {}, by {} and you",
        user.login,
        minute(agreed.ends),
        agreed.by
    ))
}

fn list(config: &crate::config::Config, office: &mut Office<'_>, login: Option<&str>) -> Result<()> {
    let users: Vec<User> = match login {
        Some(login) => vec![office.user(login)?],
        None => Directory::open(&config.identity)?.list()?.into_iter().map(|entry| entry.user).collect(),
    };
    let now = office.gate().now();
    let mut found = Vec::new();
    for user in users {
        let all = super::wait_for(async { office.gate().enrolled(&user.id).await.map_err(|_| down()) })?.value;
        found.extend(all.bypass.filter(|bypass| now < bypass.ends).map(|bypass| (user.login, bypass)));
    }
    if found.is_empty() {
        return office.say("there is no bypass");
    }
    for (login, bypass) in found {
        office.say(told(&login, &bypass))?;
    }
    Ok(())
}

fn told(login: &str, bypass: &Bypass) -> String {
    let second = match (&bypass.second, bypass.needs_second) {
        (Some(second), _) => format!(" and {second}"),
        (None, true) => ", waits for a second person".to_owned(),
        (None, false) => String::new(),
    };
    let (issued, ends) = (minute(bypass.issued), minute(bypass.ends));
    format!("{login}  issued {issued}  ends {ends}  by {}{second}: {}", bypass.by, bypass.reason)
}

fn revoke(office: &mut Office<'_>, login: &str) -> Result<()> {
    let user = office.user(login)?;
    let change = office.change(&user);
    office.done(office.gate().revoke_bypass(&change))?;
    office.say(format_args!("the bypass of {} has ended; passes that it earned have not", user.login))
}
