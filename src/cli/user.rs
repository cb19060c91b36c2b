//! `sekisho user`: who may meet a challenge.

mod approve;
mod change;
#[cfg(test)]
pub(super) mod office;
mod show;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::import;
use crate::domain::event::Event;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::identity::field::nearest;
use crate::identity::{Directory, DirectoryError, Entry, Settings};

pub(super) use change::created_detail;
pub use terminal::ask;

#[derive(Debug, Args)]
pub struct UserArgs {
    #[command(subcommand)]
    pub command: UserCommand,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user
    Add(AddArgs),
    /// List all users, telephone numbers masked
    List(ListArgs),
    /// Show one user
    Show {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
    },
    /// Change a user; an empty value, as in --email '', removes what was there
    #[command(override_usage = "sekisho user set <NAME> <OPTIONS>")]
    Set(SetArgs),
    /// Remove a user
    Remove {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
    },
    /// Let somebody try again at once whom wrong codes have made wait
    Unlock {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
        /// Why; it goes into the audit with who asked
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Agree to the telephone number that somebody asked for on their own page and proved
    Approve {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
        /// Refuse it instead
        #[arg(long)]
        refuse: bool,
    },
    /// Add and update users from a CSV file with the header user,name,phone,email,groups,locale
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The name they sign in with
    #[arg(value_name = "NAME")]
    pub user: String,
    #[command(flatten)]
    pub about: About,
    /// In a group (again for each further one)
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with = "no_password")]
    pub password_stdin: bool,
    /// Add them without a password
    #[arg(long)]
    pub no_password: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(CHANGES))]
pub struct SetArgs {
    /// The name they sign in with
    #[arg(value_name = "NAME")]
    pub user: String,
    #[command(flatten)]
    pub about: About,
    /// In these groups and no others (again for each further one; '' for none)
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// In this group too
    #[arg(long = "add-group", value_name = "GROUP", conflicts_with = "groups")]
    pub add_groups: Vec<String>,
    /// In this group no more
    #[arg(long = "remove-group", value_name = "GROUP", conflicts_with = "groups")]
    pub remove_groups: Vec<String>,
    /// A new name to sign in with
    #[arg(long, value_name = "NAME")]
    pub rename: Option<String>,
    /// Let nobody in by this account, and end its passes
    #[arg(long, conflicts_with = "enable")]
    pub disable: bool,
    /// Undo --disable
    #[arg(long)]
    pub enable: bool,
    /// Ask for a new password on the terminal
    #[arg(long, conflicts_with_all = ["password_stdin", "no_password"])]
    pub password: bool,
    /// Read a new password from the first line of standard input
    #[arg(long, conflicts_with = "no_password")]
    pub password_stdin: bool,
    /// Take their password away
    #[arg(long)]
    pub no_password: bool,
}

/// `set` without any of these is a mistake.
const CHANGES: [&str; 14] = [
    "name",
    "phone",
    "email",
    "locale",
    "channels",
    "groups",
    "add_groups",
    "remove_groups",
    "rename",
    "disable",
    "enable",
    "password",
    "password_stdin",
    "no_password",
];

/// What is known of a person; in `set`, an empty value removes it.
#[derive(Debug, Default, Args)]
pub struct About {
    /// What people call them
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// In any national spelling, or in international form with +
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// Their e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// The language of their pages and messages: en or ja
    #[arg(long, value_name = "LANGUAGE")]
    pub locale: Option<String>,
    /// The ways their codes may take, in this order and no others of a scope: voice,email
    #[arg(long, value_name = "CHANNELS")]
    pub channels: Option<String>,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// UTF-8 or CP932; a column that is not there leaves what is known as it is, an empty cell removes it
    pub file: PathBuf,
    /// Only print what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// The world as these commands see it.
pub struct Desk<'a> {
    pub settings: &'a Settings,
    pub now: Wall,
    /// From the operating system's random source.
    pub fill: &'a dyn Fn(&mut [u8]),
    /// Is told of changes before they take effect; when it fails, they do not happen. Fills in the actor.
    pub witness: &'a mut dyn FnMut(Vec<Event>) -> anyhow::Result<()>,
    /// Ends every pass of a user, after a change that takes something away from them or moves their codes elsewhere.
    pub end_passes: &'a mut dyn FnMut(&UserId) -> anyhow::Result<()>,
    /// Ends a user's waits, after the event is in the audit; how many failures that forgave.
    pub unlock: &'a mut dyn FnMut(&UserId, Event) -> anyhow::Result<u32>,
    /// Decides about the number that a user asked for; nobody decides anything unheard.
    pub approve: approve::Approve<'a>,
    /// Asks for one line without showing it; [`ask`], except in tests.
    pub ask: &'a mut dyn FnMut(&str) -> anyhow::Result<Secret<String>>,
    pub stdin: &'a mut dyn BufRead,
    pub out: &'a mut dyn Write,
}

/// Does what was asked and says so on `out`; the exit code. The error is what could not be done, in words for the
/// operator.
pub fn run(args: UserArgs, mut desk: Desk<'_>) -> anyhow::Result<i32> {
    match args.command {
        UserCommand::Add(args) => change::add(args, &mut desk)?,
        UserCommand::List(args) => show::list(args.format, &mut desk)?,
        UserCommand::Show { user } => show::one(&user, &mut desk)?,
        UserCommand::Set(args) => change::set(args, &mut desk)?,
        UserCommand::Remove { user } => change::remove(&user, &mut desk)?,
        UserCommand::Unlock { user, reason } => change::unlock(&user, &reason, &mut desk)?,
        UserCommand::Approve { user, refuse } => approve::approve(&user, !refuse, &mut desk)?,
        UserCommand::Import(args) => import::run(&args, &mut desk)?,
    }
    Ok(0)
}

impl Desk<'_> {
    pub(super) fn tell(&mut self, event: Event) -> anyhow::Result<()> {
        self.tell_all(vec![event])
    }

    pub(super) fn tell_all(&mut self, events: Vec<Event>) -> anyhow::Result<()> {
        (self.witness)(events).context("the audit cannot be written, so nothing was changed")
    }

    /// Ends the user's passes where `after` may do less than `before`, or is reached elsewhere; `None` is removed.
    pub(super) fn end_passes(&mut self, before: &Entry, after: Option<&Entry>) -> anyhow::Result<()> {
        let same = after.is_some_and(|after| {
            let (old, new) = (&before.user, &after.user);
            let kept = old.groups.iter().all(|group| new.groups.contains(group));
            kept && old.phone == new.phone && before.password == after.password && (old.disabled || !new.disabled)
        });
        if same {
            Ok(())
        } else {
            (self.end_passes)(&before.user.id).context("the change is made, but passes they hold stay good")
        }
    }

    pub(super) fn say(&mut self, line: impl std::fmt::Display) -> anyhow::Result<()> {
        Ok(writeln!(self.out, "{line}")?)
    }
}

/// Everybody; nobody where there is no directory yet.
pub(super) fn everybody(settings: &Settings) -> Result<Vec<Entry>, DirectoryError> {
    match Directory::open_read_only(settings) {
        Ok(directory) => directory.list(),
        Err(DirectoryError::Missing(_)) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// The user of that name, or an error with the name that was probably meant.
pub(super) fn known(directory: &Directory, login: &str) -> anyhow::Result<Entry> {
    if let Some(entry) = directory.by_login(login)? {
        return Ok(entry);
    }
    let everybody = directory.list()?;
    let hint = match nearest(login, everybody.iter().map(|entry| entry.user.login.as_str())) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "`sekisho user list` shows who there is".to_owned(),
    };
    Err(anyhow!("there is no user {}; {hint}", login.escape_debug()))
}
