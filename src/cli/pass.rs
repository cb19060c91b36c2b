//! `sekisho pass issue`: a pass by an operator's word, for help desks, scripts and load tests.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::app::Parts;
use crate::identity::Directory;

#[derive(Args)]
pub struct PassArgs {
    #[command(subcommand)]
    command: PassCommand,
}

#[derive(Subcommand)]
enum PassCommand {
    /// Print a pass for somebody; who asked and why goes into the audit
    Issue(Issue),
}

#[derive(Args)]
struct Issue {
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
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

pub fn main(args: PassArgs, out: &mut dyn Write) -> Result<i32> {
    let PassCommand::Issue(issue) = args.command;
    if issue.reason.trim().is_empty() {
        bail!("a reason is needed; the auditor will read it");
    }
    let config = super::load(&issue.config)?;
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
    let user = super::user::known(&Directory::open(&config.identity)?, &issue.user)?.user;
    if user.disabled || !scope.admits(&user.groups) {
        bail!("{} is disabled or not in a group that scope {} is for", user.login, issue.scope);
    }
    let parts = Parts::build(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = runtime.block_on(async {
        let issued = parts.gate.issue(&user, &issue.scope, issue.life, &super::actor(), issue.reason.trim()).await;
        issued.map_err(|refusal| anyhow::anyhow!("the pass was not issued: {refusal:?}"))
    })?;
    super::end_of_audit(&runtime, &parts.telemetry.audit);
    writeln!(out, "{}", token.expose()).context("printing the pass")?;
    Ok(0)
}
