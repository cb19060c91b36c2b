//! `sekisho trace USER`: step by step why a code came, or did not. For the help desk.

mod story;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use clap::Args;

use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::account::AccountKey;
use crate::domain::bill::Barred;
use crate::domain::contact::{Address, Channel, NumberKind};
use crate::domain::time::{Wall, whole_seconds};
use crate::domain::user::User;
use crate::gate::seams::{Hint, World};
use crate::identity::chain::Known;
use crate::store;
use crate::telemetry::audit::files;
use crate::telemetry::audit::query::{Line, Query};
use crate::telemetry::audit::search::{Stopped, search};

use super::elsewhere;
use story::{Step, Story};

#[derive(Args)]
pub struct TraceArgs {
    /// The name they sign in with
    #[arg(value_name = "USER")]
    user: String,
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    /// How far to look back
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = humantime::parse_duration)]
    since: Duration,
}

/// 0 when something could be told of; 1 when nothing happened for this name.
pub fn main(args: &TraceArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    let from = world.wall().minus(args.since);
    let found = find(&config, &args.user)?;
    writeln!(out, "{}: codes since {}\n", args.user.escape_debug(), from.rfc3339())?;
    let login = match &found {
        Found::User { user, directory } => {
            for (name, line) in standing(&config, user) {
                writeln!(out, "{name:<10} {line}")?;
            }
            if let Some(directory) = directory {
                writeln!(out, "{:<10} {directory}", "directory")?;
            }
            writeln!(out, "{:<10} {}", "guesses", guesses(&config, &world, user)?)?;
            user.login.clone()
        }
        Found::Unfit(directory, hint) => {
            writeln!(out, "{:<10} NOT LET IN: {}", "user", hint.why)?;
            writeln!(out, "{:<10} {directory}", "directory")?;
            hint.login.clone()
        }
        Found::Nobody(hint) => {
            let text = "nobody has this name: callers see the code page all the same, and no code is ever sent";
            writeln!(out, "{:<10} {text}\n           ({hint})", "user")?;
            args.user.clone()
        }
    };
    let steps = steps(&config, &login, from)?;
    let story = Story::of(&steps);
    writeln!(out)?;
    for line in &story.lines {
        writeln!(out, "{line}")?;
    }
    if !steps.iter().any(|step| step.event.starts_with("challenge_") || step.is_refusal()) {
        writeln!(out, "no code was asked for under this name in this time")?;
        let hint = "Have they reached the code page? A wrong password ends before it, and the audit names nobody then: \
                    `sekisho audit search --event authn_login_fail`.";
        writeln!(out, "\nwhat to do  {hint}")?;
        return Ok(1);
    }
    let own = match &found {
        Found::User { user, directory: None } => obstacle(&config, user),
        Found::User { user, directory: Some(directory) } => obstacle_elsewhere(&config, user, directory),
        Found::Unfit(_, hint) => story::remedy_in_directory(hint.why),
        Found::Nobody(_) => None,
    };
    writeln!(out, "\nwhat to do  {}", own.unwrap_or(story.hint))?;
    Ok(0)
}

/// Who it is that a help desk asks about.
enum Found {
    User {
        user: User,
        directory: Option<Arc<str>>,
    },
    /// Somebody in a directory elsewhere, who is not let in.
    Unfit(Arc<str>, Hint),
    /// With what may have been meant.
    Nobody(String),
}

fn find(config: &Config, login: &str) -> Result<Found> {
    if let Some(entry) = elsewhere::own(&config.identity, login)? {
        return Ok(Found::User { user: entry.user, directory: None });
    }
    Ok(match elsewhere::look_up(&config.identity, login)? {
        Some(Known { directory, user: Ok(user) }) => Found::User { user, directory: Some(directory) },
        Some(Known { directory, user: Err(hint) }) => Found::Unfit(directory, hint),
        None => Found::Nobody(elsewhere::nobody(&config.identity, login).to_string()),
    })
}

/// The same as [`obstacle`] for somebody whom only their own directory can change.
fn obstacle_elsewhere(config: &Config, user: &User, directory: &str) -> Option<String> {
    if !config.gate.scopes.values().any(|scope| scope.admits(&user.groups)) {
        return Some(format!("They are in no group that a scope is for; {directory} says which they are in."));
    }
    let Some(phone) = &user.phone else {
        return Some(format!("There is no number of theirs in {directory} that could be read: add one there."));
    };
    let barred = config.gate.sending.allows(Channel::Sms, &Address::Phone(phone.clone())).err();
    barred
        .map(|barred| format!("Nothing is sent to the number that {directory} has: {barred}. Add a mobile one there."))
}

/// What is known of the person, as far as it decides whether a code can be sent.
fn standing(config: &Config, user: &User) -> Vec<(&'static str, String)> {
    let mut lines = vec![("user", if user.disabled { "known, DISABLED" } else { "known, enabled" }.to_owned())];
    let scopes = config.gate.scopes.values().filter(|scope| scope.admits(&user.groups));
    let names: Vec<_> = scopes.map(|scope| scope.name.to_string()).collect();
    lines.push((
        "scopes",
        if names.is_empty() { "NONE: in no group that one is for".to_owned() } else { names.join(", ") },
    ));
    let number = match &user.phone {
        None => "NONE".to_owned(),
        Some(phone) => {
            let (region, kind) = phone.plan();
            let address = Address::Phone(phone.clone());
            let allowed = config.gate.sending.allows(Channel::Sms, &address).is_ok();
            let country = region.map_or("unknown country".to_owned(), |region| region.code());
            let kind = match kind {
                NumberKind::Mobile => "mobile",
                NumberKind::Fixed => "fixed line",
                NumberKind::Voip => "internet telephony",
                NumberKind::Special => "special number",
            };
            format!("{phone}, {country} ({}), {kind}", if allowed { "allowed" } else { "NOT ALLOWED" })
        }
    };
    lines.push(("number", number));
    lines
}

/// What stands between this person and any code at all.
fn obstacle(config: &Config, user: &User) -> Option<String> {
    if user.disabled {
        return Some(format!("The account is disabled: `sekisho user set {} --enable`.", user.login));
    }
    if !config.gate.scopes.values().any(|scope| scope.admits(&user.groups)) {
        return Some(format!("Put them into a group: `sekisho user set {} --add-group …`.", user.login));
    }
    let Some(phone) = &user.phone else {
        return Some(format!("Give them a number: `sekisho user set {} --phone …`.", user.login));
    };
    let barred = config.gate.sending.allows(Channel::Sms, &Address::Phone(phone.clone())).err();
    barred.map(|barred| match barred {
        Barred::Country(_) => "Their number is of a country that `countries` in [sms] does not allow.".to_owned(),
        Barred::Kind(_) => "Their number is of a kind that `number_types` in [sms] does not allow.".to_owned(),
        other => format!("Nothing is sent to their number: {other}."),
    })
}

/// Whether the account waits because of wrong guesses.
fn guesses(config: &Config, world: &Arc<dyn World>, user: &User) -> Result<String> {
    let store = store::open(&config.store, world).context("opening the store")?;
    let key = AccountKey::of_user(&user.id);
    let account = super::wait_for(async { Ok(store.account(&key).await?) }).context("reading the account")?.value;
    let failures = account.failures();
    Ok(match account.strangers.wait(world.wall()) {
        _ if account.is_closed() => {
            format!("{failures} wrong in a row: only known devices are heard; `sekisho user unlock {}`", user.login)
        }
        Some(wait) => format!("{failures} wrong in a row: waits {} s more", whole_seconds(wait)),
        None if failures > 0 => format!("{failures} wrong in a row, no wait"),
        None => "none wrong in a row".to_owned(),
    })
}

/// What the audit has of this person's codes, in its order.
fn steps(config: &Config, login: &str, from: Wall) -> Result<Vec<Step>> {
    let active = &config.telemetry.audit_file;
    let (parts, _) = files::all(active).with_context(|| format!("reading {}", files::folder(active).display()))?;
    let query = Query { from: Some(from.rfc3339()), kind: Some("decision".to_owned()), ..Query::default() };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut all, mut mine) = (Vec::new(), BTreeSet::new());
    let found = search(&parts, &query, threads, |text| {
        let Ok(line) = serde_json::from_slice::<Line<'_>>(text) else { return Ok(()) };
        let is_theirs = line.user.as_deref() == Some(login);
        if let (true, Some(challenge)) = (is_theirs, &line.challenge) {
            mine.insert(challenge.clone());
        }
        if is_theirs || line.challenge.is_some() || line.event.as_deref() == Some(story::LIMIT) {
            all.push((Step::of(&line), is_theirs));
        }
        Ok(())
    });
    found.map_err(|stopped| match stopped {
        Stopped::Unreadable(path, error) => anyhow!("{} cannot be read: {error}", path.display()),
        Stopped::Output(error) => anyhow!(error),
    })?;
    let addresses: BTreeSet<_> = all.iter().filter(|(_, theirs)| *theirs).filter_map(|(step, _)| step.client).collect();
    let belongs = |step: &Step| match &step.challenge {
        Some(challenge) => mine.contains(challenge),
        // Limits are met before anybody is known: those of the addresses that they came from.
        None => step.event == story::LIMIT && step.client.is_some_and(|client| addresses.contains(&client)),
    };
    Ok(all.into_iter().filter(|(step, theirs)| *theirs || belongs(step)).map(|(step, _)| step).collect())
}
