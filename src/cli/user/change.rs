//! Add, set and remove: everything is judged first, then the audit hears of it, then it happens.

use std::io::{BufRead, Read};

use anyhow::{Context as _, anyhow, bail, ensure};

use super::{About, AddArgs, Desk, SetArgs, known};
use crate::domain::contact::{NumberKind, Phone};
use crate::domain::event::{Event, What};
use crate::domain::secret::Secret;
use crate::domain::user::User;
use crate::identity::difference::{between, for_audit};
use crate::identity::import::new_id;
use crate::identity::password::{self, Hashed};
use crate::identity::{Directory, DirectoryError, field};

pub(super) fn add(args: AddArgs, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let mut user = User {
        id: new_id(desk.fill),
        login: field::login(&args.user).map_err(|what| of("user", &what))?,
        name: None,
        phone: None,
        email: None,
        groups: groups(&args.groups)?,
        locale: None,
        channels: Vec::new(),
        disabled: false,
    };
    tell_about(&mut user, &args.about, desk)?;
    let directory = Directory::open(desk.settings)?;
    if let Some(there) = directory.by_login(&user.login)? {
        return Err(taken(&there.user.login));
    }
    let asks = desk.settings.password && !args.no_password;
    let password = match args.password_stdin {
        true => Some(password_from_stdin(&user.login, desk)?),
        false if asks => Some(password_from_terminal(&user.login, desk)?),
        false => None,
    };
    let unset = password.is_none();
    desk.tell(Event::new(What::UserCreated).user(&user.login).detail(created_detail(&user)))?;
    match directory.add(user.clone(), password, desk.now) {
        Err(DirectoryError::Taken(login)) => return Err(taken(&login)),
        added => added?,
    }
    let phone = user.phone.as_ref().map_or("no phone".to_owned(), |phone| format!("phone {}", phone.masked()));
    desk.say(format_args!("added {}, {phone}", user.login))?;
    hint_at_missing(&user, unset, desk)
}

pub(super) fn set(args: SetArgs, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let before = known(&Directory::open_read_only(desk.settings)?, &args.user)?;
    let directory = Directory::open(desk.settings)?;
    let mut after = before.clone();
    tell_about(&mut after.user, &args.about, desk)?;
    if let Some(login) = &args.rename {
        after.user.login = field::login(login).map_err(|what| of("--rename", &what))?;
        if let Some(there) = directory.by_login(login)?.filter(|there| there.user.id != before.user.id) {
            bail!("there is a user {} already", there.user.login);
        }
    }
    set_groups(&mut after.user, &args)?;
    after.user.disabled = args.disable || (before.user.disabled && !args.enable);
    if args.no_password {
        after.password = None;
    } else if args.password_stdin {
        after.password = Some(password_from_stdin(&after.user.login, desk)?);
    } else if args.password {
        after.password = Some(password_from_terminal(&after.user.login, desk)?);
    }
    let differences = between(&before, &after);
    if differences.is_empty() {
        return desk.say(format_args!("{} is like that already; nothing was changed", before.user.login));
    }
    desk.tell(Event::new(What::UserUpdated).user(&before.user.login).detail(for_audit(&differences)))?;
    directory.set(after.clone(), desk.now)?;
    desk.end_passes(&before, Some(&after))?;
    desk.say(format_args!("changed {}", after.user.login))?;
    for difference in &differences {
        desk.say(format_args!("  {difference}"))?;
    }
    Ok(())
}

pub(super) fn remove(login: &str, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let entry = known(&Directory::open_read_only(desk.settings)?, login)?;
    let directory = Directory::open(desk.settings)?;
    let login = entry.user.login.clone();
    desk.tell(Event::new(What::UserDeleted).user(&login))?;
    directory.remove(entry.clone(), desk.now)?;
    desk.end_passes(&entry, None)?;
    desk.say(format_args!("removed {login}"))
}

pub(super) fn unlock(login: &str, reason: &str, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let reason = crate::cli::pass::reason(reason)?;
    let user = crate::cli::elsewhere::somebody(desk.settings, login)?;
    let event = Event::new(What::AuthnLoginUnlock).user(&user.login).detail(reason);
    match (desk.unlock)(&user.id, event)? {
        0 => desk.say(format_args!("{} had no failures to wait for", user.login)),
        failures => desk.say(format_args!("{} can try again; {failures} failures are forgiven", user.login)),
    }
}

/// What the audit keeps of a new user: whom codes go to, and what they may do.
pub(in crate::cli) fn created_detail(user: &User) -> String {
    let phone = user.phone.as_ref().map_or("none".to_owned(), Phone::masked);
    let groups = if user.groups.is_empty() { "none".to_owned() } else { user.groups.join(" ") };
    format!("phone {phone}; groups {groups}")
}

fn tell_about(user: &mut User, about: &About, desk: &Desk<'_>) -> anyhow::Result<()> {
    if let Some(name) = &about.name {
        user.name = field::name(name).map_err(|what| of("--name", &what))?;
    }
    if let Some(phone) = &about.phone {
        user.phone = field::phone(phone, desk.settings.phone_region).map_err(|what| of("--phone", &what))?;
    }
    if let Some(email) = &about.email {
        user.email = field::email(email).map_err(|what| of("--email", &what))?;
    }
    if let Some(locale) = &about.locale {
        user.locale = field::locale(locale).map_err(|what| of("--locale", &what))?;
    }
    if let Some(channels) = &about.channels {
        user.channels = field::channels(channels).map_err(|what| of("--channels", &what))?;
    }
    Ok(())
}

fn set_groups(user: &mut User, args: &SetArgs) -> anyhow::Result<()> {
    if !args.groups.is_empty() {
        user.groups = groups(&args.groups)?;
    }
    let mut all = user.groups.clone();
    all.extend(groups(&args.add_groups)?);
    for gone in groups(&args.remove_groups)? {
        if !all.contains(&gone) {
            let meant = field::nearest(&gone, all.iter().map(String::as_str));
            let hint = meant.map_or(String::new(), |meant| format!("; did you mean {meant}?"));
            bail!("{} is not in the group {gone}{hint}", user.login);
        }
        all.retain(|group| *group != gone);
    }
    user.groups = groups(&all)?;
    Ok(())
}

fn groups(given: &[String]) -> anyhow::Result<Vec<String>> {
    field::groups(&given.join(";")).map_err(|what| of("--group", &what))
}

fn password_from_stdin(login: &str, desk: &mut Desk<'_>) -> anyhow::Result<Hashed> {
    let mut line = Vec::with_capacity(password::LONGEST + 2);
    (&mut *desk.stdin).take(password::LONGEST as u64 + 2).read_until(b'\n', &mut line)?;
    let text = String::from_utf8(line).map_err(|_| anyhow!("the password on standard input is not UTF-8"))?;
    let password = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
    drop(Secret::new(text));
    ensure!(!password.expose().is_empty(), "there is no password in the first line of standard input");
    hashed(&password, login, desk)
}

fn password_from_terminal(login: &str, desk: &mut Desk<'_>) -> anyhow::Result<Hashed> {
    let password = (desk.ask)(&format!("Password for {login}"))?;
    if let Some(fault) = password::fault(&password, login) {
        bail!("{fault}; nothing was changed");
    }
    ensure!((desk.ask)("The same again")? == password, "the two passwords differ; nothing was changed");
    hashed(&password, login, desk)
}

fn hashed(password: &Secret<String>, login: &str, desk: &Desk<'_>) -> anyhow::Result<Hashed> {
    if let Some(fault) = password::fault(password, login) {
        bail!("{fault}; nothing was changed");
    }
    password::hash(password, desk.fill).context("the password could not be hashed")
}

fn hint_at_missing(user: &User, no_password: bool, desk: &mut Desk<'_>) -> anyhow::Result<()> {
    let login = &user.login;
    let set = format!("`sekisho user set {login} --phone NUMBER`");
    match user.phone.as_ref().map(Phone::kind) {
        Some(NumberKind::Mobile) => {}
        Some(_) => desk.say(format_args!("no code can reach {login}, for this is no mobile number: {set}"))?,
        None => desk.say(format_args!("no code can reach {login} yet: {set}"))?,
    }
    if no_password && desk.settings.password {
        desk.say(format_args!("{login} cannot sign in without a password: `sekisho user set {login} --password`"))?;
    }
    Ok(())
}

fn taken(login: &str) -> anyhow::Error {
    anyhow!("there is a user {login} already; `sekisho user set {login}` changes them")
}

fn of(argument: &str, what: &str) -> anyhow::Error {
    anyhow!("{argument}: {what}")
}
