//! `sekisho token`: hardware that shows codes.

mod sheet;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use super::enrolling::{Office, Why, minute};
use crate::domain::enrolment::StepHash;
use crate::domain::user::User;
use crate::gate::enrol::NotEnrolled;
use crate::gate::tokens::Held;

#[derive(Debug, Args)]
pub struct TokenArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Read serial numbers and seeds from a CSV file with the header serial,seed,user,digits,step,algorithm
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        why: Why,
    },
    /// List all tokens, and who has them
    List,
    /// Give a token to somebody
    Assign {
        #[arg(value_name = "SERIAL")]
        serial: String,
        /// The name they sign in with
        #[arg(value_name = "NAME")]
        user: String,
        #[command(flatten)]
        why: Why,
    },
    /// Take a token back, so that somebody else can have it
    Release {
        #[arg(value_name = "SERIAL")]
        serial: String,
        #[command(flatten)]
        why: Why,
    },
    /// Take a token back and forget its seed
    Remove {
        #[arg(value_name = "SERIAL")]
        serial: String,
        #[command(flatten)]
        why: Why,
    },
    /// Find a token's clock again by two codes in a row that it shows
    Resync {
        #[arg(value_name = "SERIAL")]
        serial: String,
        #[arg(value_name = "CODE")]
        first: String,
        #[arg(value_name = "NEXT-CODE")]
        second: String,
        #[command(flatten)]
        why: Why,
    },
}

pub fn main(args: TokenArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    match args.command {
        TokenCommand::Import { file, why } => import(&mut Office::open(&config, &why, out)?, &file),
        TokenCommand::List => list(&mut Office::of_person(&config, "", out)?),
        TokenCommand::Assign { serial, user, why } => assign(&mut Office::open(&config, &why, out)?, &serial, &user),
        TokenCommand::Release { serial, why } => release(&mut Office::open(&config, &why, out)?, &serial, false),
        TokenCommand::Remove { serial, why } => release(&mut Office::open(&config, &why, out)?, &serial, true),
        TokenCommand::Resync { serial, first, second, why } => {
            resync(&mut Office::open(&config, &why, out)?, &serial, (&first, &second))
        }
    }?;
    Ok(0)
}

fn import(office: &mut Office<'_>, file: &std::path::Path) -> Result<()> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let rows = sheet::read(&text).map_err(|mistakes| refused(file, &mistakes))?;
    // Everybody is looked up before anything is written.
    let (mut owners, mut mistakes) = (Vec::new(), Vec::new());
    for row in &rows {
        match row.user.as_ref().map(|login| office.user(login)).transpose() {
            Ok(user) => owners.push(user),
            Err(fault) => mistakes.push(format!("line {}: {fault}", row.line)),
        }
    }
    let held = held(office)?;
    for row in &rows {
        let known = held.iter().find(|held| held.token.id == row.token.id);
        if known.is_some_and(|held| held.token.seed != row.token.seed) {
            mistakes.push(format!("line {}: {} is there already, with another seed", row.line, row.token.id));
        }
        let other = known.and_then(|held| held.owner.as_ref()).zip(row.user.as_ref());
        if let Some((owner, _)) = other.filter(|(owner, user)| owner.login != **user) {
            mistakes.push(format!("line {}: {} belongs to {}", row.line, row.token.id, owner.login));
        }
    }
    if !mistakes.is_empty() {
        return Err(refused(file, &mistakes));
    }
    let tokens: Vec<_> = rows.iter().map(|row| row.token.clone()).collect();
    let now = office.gate().now();
    let gate = office.parts.gate.clone();
    let (new, given) = office.done(async {
        let new = gate.import_tokens(office.actor(), &tokens, now).await?;
        let mut given = 0;
        for (token, owner) in tokens.iter().zip(&owners) {
            if let Some(owner) = owner {
                gate.assign_token(&office.change(owner), &token.id).await?;
                given += 1;
            }
        }
        Ok((new, given))
    })?;
    office.say(format_args!("{} tokens read, {new} of them new, {given} given to somebody", tokens.len()))
}

fn refused(file: &std::path::Path, mistakes: &[String]) -> anyhow::Error {
    let told: String = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
    anyhow!("{} was not imported{told}", file.display())
}

fn held(office: &Office<'_>) -> Result<Vec<Held>> {
    super::wait_for(async { office.gate().tokens().await.map_err(|_| super::totp::down()) })
}

fn list(office: &mut Office<'_>) -> Result<()> {
    let held = held(office)?;
    if held.is_empty() {
        return office.say("there are no tokens");
    }
    for Held { token, owner } in held {
        let owner = owner.map_or_else(|| "nobody's".to_owned(), |owner| owner.login);
        let hash = match token.hash {
            StepHash::Sha1 => "sha1",
            StepHash::Sha256 => "sha256",
            StepHash::Sha512 => "sha512",
        };
        let (id, digits, step, added) = (token.id, token.digits, token.step, minute(token.added));
        office.say(format_args!("{id}  {owner}  {digits} digits  {step}s  {hash}  added {added}"))?;
    }
    Ok(())
}

fn assign(office: &mut Office<'_>, serial: &str, login: &str) -> Result<()> {
    let user = office.user(login)?;
    if let Some(owner) = one(office, serial)?.owner.filter(|owner| owner.id != user.id) {
        bail!("{serial} belongs to {}; `sekisho token release {serial}` takes it back", owner.login);
    }
    let change = office.change(&user);
    office.done(office.gate().assign_token(&change, serial))?;
    office.say(format_args!("{serial} is {}'s", user.login))
}

fn release(office: &mut Office<'_>, serial: &str, for_good: bool) -> Result<()> {
    one(office, serial)?;
    let owner = office.done(office.gate().release_token(office.by(), serial, for_good))?;
    let from = owner.map(|owner| format!(", and no longer {}'s", owner.login)).unwrap_or_default();
    office.say(format_args!("{serial} is {}{from}", if for_good { "forgotten" } else { "nobody's" }))
}

fn resync(office: &mut Office<'_>, serial: &str, codes: (&str, &str)) -> Result<()> {
    let owner = one(office, serial)?.owner;
    let Some(owner) = owner else { bail!("{serial} is nobody's; its clock is found when somebody has it") };
    let user: User = office.user(&owner.login)?;
    let change = office.change(&user);
    let found = super::wait_for(async { Ok(office.gate().resync_stepper(&change, serial, codes).await) })?;
    if let Err(NotEnrolled::WrongCode) = found {
        bail!("these are no two codes in a row of {serial}, ten hours around; the first has to be typed first");
    }
    let token = office.done(async { found })?;
    let drift = token.drift.saturating_mul(i64::try_from(token.step).unwrap_or(i64::MAX));
    let seconds = drift.unsigned_abs();
    office.say(format_args!("{serial} is {seconds} s {}", if drift < 0 { "slow" } else { "fast" }))
}

fn one(office: &Office<'_>, serial: &str) -> Result<Held> {
    let known = held(office)?.into_iter().find(|held| held.token.id == serial);
    known.ok_or_else(|| anyhow!("there is no token {serial:?}; `sekisho token list` shows them"))
}
