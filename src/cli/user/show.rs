//! List and show: everything but the number itself and the password.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Desk, Format, everybody};
use crate::cli::elsewhere;
use crate::domain::contact::{Channel, Phone};
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::identity::Entry;
use crate::identity::chain::Known;

pub(super) fn list(format: Format, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let everybody = everybody(desk.settings)?;
    match format {
        Format::Json => {
            let users: Vec<Value> = everybody.iter().map(object).collect();
            desk.say(format_args!("{:#}", Value::from(users)))
        }
        Format::Table if everybody.is_empty() => {
            desk.say("there are no users yet; `sekisho user add NAME` adds one, `sekisho user import FILE` many")
        }
        Format::Table => table(&everybody, desk),
    }
}

pub(super) fn one(login: &str, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let Some(entry) = elsewhere::own(desk.settings, login)? else {
        return match elsewhere::look_up(desk.settings, login)? {
            Some(known) => one_elsewhere(&known, desk),
            None => Err(elsewhere::nobody(desk.settings, login)),
        };
    };
    let user = &entry.user;
    for (label, value) in [
        ("user", user.login.clone()),
        ("id", user.id.to_string()),
        ("name", user.name.clone().unwrap_or_default()),
        ("phone", user.phone.as_ref().map(Phone::masked).unwrap_or_default()),
        ("email", user.email.clone().unwrap_or_default()),
        ("groups", user.groups.join(" ")),
        ("locale", user.locale.map(Locale::tag).unwrap_or_default().to_owned()),
        ("channels", names(&user.channels).join(" ")),
        ("state", if user.disabled { "disabled" } else { "enabled" }.to_owned()),
        ("password", if entry.password.is_some() { "set" } else { "none" }.to_owned()),
        ("created", stamp(entry.created)),
        ("updated", stamp(entry.updated)),
    ] {
        desk.say(format!("{label:<9} {value}").trim_end())?;
    }
    Ok(())
}

/// What a directory that is not ours has of somebody.
fn one_elsewhere(known: &Known, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let directory = known.directory.to_string();
    let lines = match &known.user {
        Ok(user) => vec![
            ("user", user.login.clone()),
            ("id", user.id.to_string()),
            ("directory", directory),
            ("name", user.name.clone().unwrap_or_default()),
            ("phone", user.phone.as_ref().map(Phone::masked).unwrap_or_default()),
            ("email", user.email.clone().unwrap_or_default()),
            ("groups", user.groups.join(", ")),
            ("locale", user.locale.map(Locale::tag).unwrap_or_default().to_owned()),
            ("state", "enabled".to_owned()),
        ],
        Err(hint) => {
            vec![("user", hint.login.clone()), ("directory", directory), ("state", format!("not let in: {}", hint.why))]
        }
    };
    for (label, value) in lines {
        desk.say(format!("{label:<9} {value}").trim_end())?;
    }
    Ok(())
}

fn table(everybody: &[Entry], desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let mut rows = vec![["USER", "NAME", "PHONE", "EMAIL", "GROUPS", "LOCALE", "STATE"].map(str::to_owned)];
    let asks_password = desk.settings.password;
    rows.extend(everybody.iter().map(|entry| cells(entry, asks_password)));
    let mut widths = [0; 7];
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    for row in &rows {
        let padded = row.iter().zip(widths).map(|(cell, widest)| format!("{cell}{:1$}  ", "", widest - width(cell)));
        desk.say(padded.collect::<String>().trim_end())?;
    }
    Ok(())
}

fn cells(entry: &Entry, asks_password: bool) -> [String; 7] {
    let user = &entry.user;
    let state = match (user.disabled, entry.password.is_none() && asks_password) {
        (true, _) => "disabled",
        (false, true) => "no password",
        (false, false) => "",
    };
    [
        user.login.clone(),
        user.name.clone().unwrap_or_default(),
        user.phone.as_ref().map(Phone::masked).unwrap_or_default(),
        user.email.clone().unwrap_or_default(),
        user.groups.join(" "),
        user.locale.map(Locale::tag).unwrap_or_default().to_owned(),
        state.to_owned(),
    ]
}

fn object(entry: &Entry) -> Value {
    let user = &entry.user;
    json!({
        "user": user.login,
        "id": user.id,
        "name": user.name,
        "phone": user.phone.as_ref().map(Phone::masked),
        "email": user.email,
        "groups": user.groups,
        "locale": user.locale,
        "channels": names(&user.channels),
        "disabled": user.disabled,
        "password": entry.password.is_some(),
        "created": stamp(entry.created),
        "updated": stamp(entry.updated),
    })
}

fn names(channels: &[Channel]) -> Vec<&'static str> {
    channels.iter().map(|channel| channel.name()).collect()
}

fn stamp(at: Wall) -> String {
    let since = Duration::from_secs(u64::try_from(at.secs()).unwrap_or(0));
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}

/// Columns on a terminal: East Asian wide characters (Unicode Annex 11, the blocks people's names use) take two.
fn width(text: &str) -> usize {
    let wide = |c: char| {
        matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
    };
    text.chars().map(|c| 1 + usize::from(wide(c))).sum()
}
