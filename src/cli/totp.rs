//! `sekisho totp`: authenticator apps.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};

use super::enrolling::{Office, Why, answer, minute};
use crate::domain::enrolment::Stepper;
use crate::domain::factor::Factor;
use crate::gate::enrol::NotEnrolled;
use crate::pages::qr;

/// How often a code may be mistyped.
const TRIES: usize = 3;

#[derive(Debug, Args)]
pub struct TotpArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: TotpCommand,
}

#[derive(Debug, Subcommand)]
enum TotpCommand {
    /// Enrol an authenticator app: prints what it reads, and asks for a code that it shows
    Add {
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
        /// What its owner calls it
        #[arg(long, value_name = "TEXT", default_value = "authenticator app")]
        label: String,
        /// Ask for no code; nobody knows then whether the app has the right seed
        #[arg(long)]
        unconfirmed: bool,
        #[command(flatten)]
        why: Why,
    },
    /// List somebody's authenticator apps
    List {
        #[arg(value_name = "NAME")]
        user: String,
    },
    /// Take an authenticator app away
    Remove {
        #[arg(value_name = "NAME")]
        user: String,
        /// Its id, or its label where no other one has that
        #[arg(value_name = "APP")]
        app: String,
        #[command(flatten)]
        why: Why,
    },
}

pub fn main(args: TotpArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    match args.command {
        TotpCommand::Add { user, label, unconfirmed, why } => {
            add(&mut Office::open(&config, &why, out)?, &user, &label, unconfirmed)
        }
        TotpCommand::List { user } => list(&mut Office::of_person(&config, "", out)?, &user),
        TotpCommand::Remove { user, app, why } => remove(&mut Office::open(&config, &why, out)?, &user, &app),
    }?;
    Ok(0)
}

fn add(office: &mut Office<'_>, login: &str, label: &str, unconfirmed: bool) -> Result<()> {
    let user = office.user(login)?;
    let offer = office.gate().offer_stepper(&user, label, office.issuer());
    if let Some(drawn) = qr::text(offer.uri.expose()) {
        office.say(drawn.trim_end())?;
    }
    office.say(offer.uri.expose())?;
    office.say(format_args!("to type it: {}", offer.seed.expose()))?;
    if unconfirmed {
        let change = office.change(&user);
        office.done(office.gate().add_stepper(&change, offer.stepper, None))?;
        return office.say(format_args!("{} has an authenticator app that nobody has tried yet", user.login));
    }
    for _ in 0..TRIES {
        let code = answer("Type the code that the app shows")?;
        let change = office.change(&user);
        let added = super::wait_for(async {
            Ok(office.gate().add_stepper(&change, offer.stepper.clone(), Some(&code)).await)
        })?;
        match added {
            Err(NotEnrolled::WrongCode) => {
                eprintln!("that is not what it should show; is the telephone's clock right?")
            }
            other => {
                office.done(async { other })?;
                return office.say(format_args!("{} has an authenticator app", user.login));
            }
        }
    }
    bail!("no code was right; nothing was enrolled")
}

fn list(office: &mut Office<'_>, login: &str) -> Result<()> {
    let user = office.user(login)?;
    let all = super::wait_for(async { office.gate().enrolled(&user.id).await.map_err(|_| down()) })?.value;
    let apps: Vec<&Stepper> = all.steppers.iter().filter(|one| one.kind == Factor::Totp).collect();
    if apps.is_empty() {
        return office.say(format_args!("{} has no authenticator app", user.login));
    }
    for app in apps {
        let used = app.used.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", minute(at)));
        office.say(format_args!("{}  {}  added {}  {used}", app.id, app.label, minute(app.added)))?;
    }
    Ok(())
}

fn remove(office: &mut Office<'_>, login: &str, app: &str) -> Result<()> {
    let user = office.user(login)?;
    let all = super::wait_for(async { office.gate().enrolled(&user.id).await.map_err(|_| down()) })?.value;
    let apps: Vec<&Stepper> = all.steppers.iter().filter(|one| one.kind == Factor::Totp).collect();
    let named: Vec<&&Stepper> = apps.iter().filter(|one| one.id == app || one.label == app).collect();
    let id = match named.as_slice() {
        [one] => one.id.clone(),
        [] => bail!("{} has no authenticator app {app:?}; `sekisho totp list {login}` shows them", user.login),
        _ => bail!("{} has several called {app:?}; name one by its id", user.login),
    };
    let change = office.change(&user);
    let removed = office.done(office.gate().remove_stepper(&change, &id))?;
    office.say(format_args!("{} no longer proves who {} is", removed.label, user.login))
}

pub fn down() -> anyhow::Error {
    anyhow!("what is enrolled cannot be read; the log says why")
}
