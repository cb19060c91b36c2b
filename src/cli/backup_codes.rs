//! `sekisho backup-codes`: printed codes for when nothing else works.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::enrolling::{Office, Why, minute};
use crate::gate::enrol::halves;

#[derive(Debug, Args)]
pub struct BackupCodesArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: BackupCodesCommand,
}

#[derive(Debug, Subcommand)]
enum BackupCodesCommand {
    /// Print a sheet of codes, each good once; those of before end
    Print {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
        #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=20))]
        count: u8,
        #[command(flatten)]
        why: Why,
    },
    /// End all printed codes of somebody
    Void {
        #[arg(value_name = "NAME")]
        user: String,
        #[command(flatten)]
        why: Why,
    },
}

pub fn main(args: BackupCodesArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    match args.command {
        BackupCodesCommand::Print { user, count, why } => print(&mut Office::open(&config, &why, out)?, &user, count),
        BackupCodesCommand::Void { user, why } => void(&mut Office::open(&config, &why, out)?, &user),
    }?;
    Ok(0)
}

fn print(office: &mut Office<'_>, login: &str, count: u8) -> Result<()> {
    let user = office.user(login)?;
    let change = office.change(&user);
    let codes = office.done(office.gate().print_backup_codes(&change, count.into()))?;
    let at = minute(office.gate().now());
    let site = office.gate().settings.public_url.clone();
    let name = user.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    office.say(format_args!("Backup codes for {}{name}", user.login))?;
    office.say(format_args!("{site}, printed {at}\n"))?;
    for (n, code) in codes.iter().enumerate() {
        office.say(format_args!("  {:>2}.  {}", n + 1, halves(code).expose()))?;
    }
    office
        .say("\nEach code opens once; cross it out then. Keep this sheet away from the computer. Whoever has it and")?;
    office.say("your password is you: ask your help desk for a new one when it is lost. Earlier sheets are void.")
}

fn void(office: &mut Office<'_>, login: &str) -> Result<()> {
    let user = office.user(login)?;
    let change = office.change(&user);
    let left = office.done(office.gate().void_backup_codes(&change))?;
    office.say(format_args!("{left} codes of {} open nothing any more", user.login))
}
