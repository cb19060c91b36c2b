//! `sekisho pass`: passes by an operator's word, which there are, and their end.

mod list;
mod revoke;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::app::Parts;

#[derive(Args)]
pub struct PassArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: PassCommand,
}

#[derive(Subcommand)]
enum PassCommand {
    /// Print a pass for somebody; who asked and why goes into the audit
    Issue(Issue),
    /// List the sessions that are alive, with the passes of each
    List(list::ListArgs),
    /// End passes, on every node within a second; who asked and why goes into the audit
    Revoke(revoke::RevokeArgs),
}

#[derive(Args)]
struct Issue {
    #[arg(long, value_name = "NAME")]
    user: String,
    #[arg(long)]
    scope: String,
    /// How long it holds; never longer than the scope's max_age
    #[arg(long = "for", value_name = "SPAN", value_parser = humantime::parse_duration)]
    life: Duration,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

pub fn main(args: PassArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    match args.command {
        PassCommand::Issue(args) => issue(&config, &args, out),
        PassCommand::List(args) => list::main(&config, &args, out),
        PassCommand::Revoke(args) => revoke::main(&config, &args, out),
    }?;
    Ok(0)
}

/// What the auditor will read.
pub(super) fn reason(given: &str) -> Result<&str> {
    match given.trim() {
        "" => bail!("a reason is needed; the auditor will read it"),
        reason => Ok(reason),
    }
}

fn issue(config: &crate::config::Config, issue: &Issue, out: &mut dyn Write) -> Result<()> {
    let reason = reason(&issue.reason)?;
    let Some(scope) = config.gate.scopes.get(&issue.scope) else {
        let known: Vec<&str> = config.gate.scopes.keys().map(String::as_str).collect();
        bail!("there is no scope \"{}\"; there is {}", issue.scope, known.join(", "));
    };
    if issue.life > scope.max_age {
        eprintln!(
            "sekisho: scope {} opens for {} at most, so the pass holds no longer",
            issue.scope,
            humantime::format_duration(scope.max_age)
        );
    }
    let user = super::elsewhere::somebody(&config.identity, &issue.user)?;
    if user.disabled || !scope.admits(&user.groups) {
        bail!("{} is disabled or not in a group that scope {} is for", user.login, issue.scope);
    }
    let parts = Parts::build(config)?;
    let token = super::wait_for(async {
        let issued = parts.gate.issue(&user, &issue.scope, issue.life, &super::actor(), reason).await;
        issued.map_err(|refusal| anyhow::anyhow!("the pass was not issued: {refusal:?}"))
    })?;
    super::end_of_audit(&parts.telemetry.audit);
    writeln!(out, "{}", token.expose()).context("printing the pass")
}
