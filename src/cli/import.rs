//! `sekisho user import`: the whole file or nothing of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, anyhow};

use super::user::{Desk, ImportArgs, created_detail, everybody};
use crate::domain::contact::Phone;
use crate::domain::event::{Event, What};
use crate::domain::id::UserId;
use crate::domain::user::User;
use crate::identity::difference::for_audit;
use crate::identity::import::Plan;
use crate::identity::roster::{self, MOST_BYTES, Mistake};
use crate::identity::{Directory, Entry};

pub(super) fn run(args: &ImportArgs, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let bytes = read(&args.file)?;
    let roster = roster::read(&bytes, desk.settings.phone_region).map_err(|mistakes| refused(&args.file, &mistakes))?;
    let users = count(roster.rows.len(), "user");
    desk.say(format_args!("{}: {users}, read as {}", args.file.display(), roster.encoding))?;
    if args.dry_run {
        let plan = Plan::of(roster, everybody(desk.settings)?, desk.fill);
        return show(&plan, desk);
    }
    let directory = Directory::open(desk.settings)?;
    let before = directory.list()?;
    let plan = Plan::of(roster, before.clone(), desk.fill);
    let created = plan.added.iter().map(|u| Event::new(What::UserCreated).user(&u.login).detail(created_detail(u)));
    let updated =
        plan.changed.iter().map(|(e, d)| Event::new(What::UserUpdated).user(&e.user.login).detail(for_audit(d)));
    desk.tell_all(created.chain(updated).collect())?;
    let counts = (plan.added.len(), plan.changed.len(), plan.unchanged);
    let changed: HashMap<UserId, Entry> = plan.changed.iter().map(|(e, _)| (e.user.id.clone(), e.clone())).collect();
    if !plan.is_empty() {
        directory.apply(&plan.writes(), desk.now).context("nothing was imported")?;
    }
    for entry in &before {
        if let Some(after) = changed.get(&entry.user.id) {
            desk.end_passes(entry, Some(after))?;
        }
    }
    desk.say(format_args!("{} added, {} changed, {} unchanged", counts.0, counts.1, counts.2))?;
    close(&directory.list()?, desk)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MOST_BYTES as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

fn refused(path: &Path, mistakes: &[Mistake]) -> anyhow::Error {
    let count = count(mistakes.len(), "mistake");
    let told: String = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
    anyhow!("{} has {count}; nothing was imported{told}", path.display())
}

fn show(plan: &Plan, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    for user in &plan.added {
        desk.say(format_args!("+ {}", described(user)))?;
    }
    for (entry, differences) in &plan.changed {
        let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
        desk.say(format_args!("~ {}: {}", entry.user.login, told.join(", ")))?;
    }
    let (added, changed) = (plan.added.len(), plan.changed.len());
    desk.say(format_args!(
        "{added} would be added, {changed} changed, {} unchanged; nothing was written",
        plan.unchanged
    ))
}

fn described(user: &User) -> String {
    let phone = user.phone.as_ref().map(Phone::masked);
    let groups = (!user.groups.is_empty()).then(|| user.groups.join(" "));
    let locale = user.locale.map(|locale| locale.tag().to_owned());
    let all =
        [("name", &user.name), ("phone", &phone), ("email", &user.email), ("groups", &groups), ("locale", &locale)];
    let told = all.into_iter().filter_map(|(label, value)| value.as_ref().map(|value| format!("{label} {value}")));
    std::iter::once(user.login.clone()).chain(told).collect::<Vec<_>>().join(", ")
}

/// Passwords do not travel in files; so whoever is new has none yet.
fn close(everybody: &[Entry], desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let without = everybody.iter().filter(|entry| entry.password.is_none() && !entry.user.disabled).count();
    if !desk.settings.password || without == 0 {
        return Ok(());
    }
    let users = count(without, "user");
    desk.say(format_args!("{users} without a password cannot sign in; `sekisho user set NAME --password` sets one"))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
