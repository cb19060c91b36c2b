//! `sekisho emergency`: sheets with sealed codes for the bad night, and what was done with them.

mod print;
mod review;
mod share;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::app::Parts;
use crate::app::build::{open_keys, prepare_folder};
use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::emergency::{Book, Serial, Sheet, Standing, Word, login};
use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::emergency::night::Tags;
use crate::gate::seams::World;
use crate::store::emergency::SheetFile;

use super::pass::{Format, reason};

#[derive(Args)]
pub struct EmergencyArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: EmergencyCommand,
}

#[derive(Subcommand)]
enum EmergencyCommand {
    /// Print sheets with a sealed code each; nobody can print the same ones again
    Print {
        #[arg(long, value_name = "NAME")]
        scope: String,
        /// How many sheets
        #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
        count: u16,
        /// How long they are good for: 180d, 1y
        #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, default_value = "1y")]
        valid: Duration,
    },
    /// Say which sheets there are, and what became of each
    List {
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Say who came in, when and why, and which records they opened
    Review {
        /// Also what was reviewed before
        #[arg(long)]
        all: bool,
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Write down that an access was looked at, and what came of it
    Reviewed {
        serial: String,
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// End an access that was opened on this node, at once and also when the store is down
    End {
        serial: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take a sheet out of use: it was lost, or its seal is broken
    Withdraw {
        serial: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Write what this node knows of its sheets, for `import` on the others. No code can be read out of it
    Export,
    /// Take in what another node wrote; what was used anywhere stays used
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// What every command goes by.
struct Desk {
    config: Config,
    file: SheetFile,
    now: Wall,
}

pub fn main(args: EmergencyArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let file = SheetFile::new(config.emergency_file());
    prepare_folder(file.path())?;
    let desk = Desk { config, file, now: SystemWorld::default().wall() };
    match args.command {
        EmergencyCommand::Print { scope, count, valid } => print::main(&desk, &scope, count, valid, out),
        EmergencyCommand::List { format } => list(&desk, format, out),
        EmergencyCommand::Review { all, format } => review::main(&desk, all, format, out),
        EmergencyCommand::Reviewed { serial, note } => review::reviewed(&desk, &serial, &note, out),
        EmergencyCommand::End { serial, reason } => end(&desk, &serial, &reason, out),
        EmergencyCommand::Withdraw { serial, reason } => withdraw(&desk, &serial, &reason, out),
        EmergencyCommand::Export => share::export(&desk, out),
        EmergencyCommand::Import { file } => share::import(&desk, &file, out),
    }?;
    Ok(0)
}

impl Desk {
    fn book(&self) -> Result<Book> {
        self.file.load().with_context(|| format!("reading {}", self.file.path().display()))
    }

    fn change<T>(&self, work: impl FnOnce(&mut Book) -> Result<T>) -> Result<T> {
        self.file.change(work).with_context(|| format!("changing {}", self.file.path().display()))
    }

    fn tags(&self) -> Result<Tags> {
        Ok(Tags::new(&open_keys(&self.config, &SystemWorld::default())?))
    }

    /// Writes it down before anything is changed.
    fn tell(&self, event: Event) -> Result<()> {
        let told = super::write_down(&self.config, vec![event], &super::actor());
        told.context("the audit cannot be written, so nothing was changed")
    }

    fn word(&self, note: &str) -> Word {
        Word { at: self.now, by: super::actor(), note: note.to_owned() }
    }
}

/// The sheet of this number.
fn sheet<'b>(book: &'b Book, text: &str) -> Result<&'b Sheet> {
    let unknown = || anyhow!("there is no sheet {text:?}; `sekisho emergency list` shows which there are");
    let serial = Serial::parse(text).ok_or_else(unknown)?;
    book.sheet(&serial).ok_or_else(unknown)
}

fn list(desk: &Desk, format: Format, out: &mut dyn Write) -> Result<()> {
    let book = desk.book()?;
    if format == Format::Json {
        let all: Vec<Value> = book.sheets.iter().map(|sheet| object(sheet, desk.now)).collect();
        return Ok(writeln!(out, "{:#}", Value::from(all))?);
    }
    if book.sheets.is_empty() {
        writeln!(out, "there are no sheets; `sekisho emergency print` makes some")?;
    }
    for sheet in &book.sheets {
        let (printed, ends) = (sheet.printed.rfc3339(), sheet.ends.rfc3339());
        let what = match sheet.standing(desk.now) {
            Standing::Good => format!("good until {ends}"),
            Standing::Ended => format!("ended {ends}"),
            Standing::Withdrawn => sheet
                .withdrawn
                .as_ref()
                .map_or(String::new(), |word| format!("withdrawn {} by {}: {}", word.at.rfc3339(), word.by, word.note)),
            Standing::Opened => opened(sheet, desk.now),
        };
        writeln!(out, "{}  scope {}  printed {printed} by {}  {what}", sheet.serial, sheet.scope, sheet.by)?;
    }
    Ok(())
}

fn opened(sheet: &Sheet, now: Wall) -> String {
    let Some(opening) = &sheet.opened else { return String::new() };
    let (at, name) = (opening.at.rfc3339(), &opening.name);
    let more = match (opening.elsewhere, opening.second, opening.over) {
        (true, _, _) => "; it had been used on another node, and opened nothing here".to_owned(),
        (_, true, _) => opening.with.as_ref().map_or(String::new(), |first| format!("; the second sheet with {first}")),
        (_, _, Some(over)) => format!("; ended {}", over.rfc3339()),
        _ if opening.ends > now => format!("; open until {}", opening.ends.rfc3339()),
        _ => String::new(),
    };
    let pass = opening.pass.as_ref().map_or(String::new(), |pass| format!("; pass {pass}"));
    let review = if sheet.is_to_review() { "; not reviewed" } else { "" };
    format!("opened {at} by {name}{more}{pass}{review}")
}

fn object(sheet: &Sheet, now: Wall) -> Value {
    let word = |word: &Option<Word>| {
        word.as_ref().map(|word| json!({"at": word.at.rfc3339(), "by": word.by, "note": word.note}))
    };
    json!({
        "serial": sheet.serial,
        "scope": sheet.scope,
        "standing": sheet.standing(now).name(),
        "printed": sheet.printed.rfc3339(),
        "ends": sheet.ends.rfc3339(),
        "by": sheet.by,
        "withdrawn": word(&sheet.withdrawn),
        "opened": sheet.opened.as_ref().map(|opening| json!({
            "at": opening.at.rfc3339(),
            "name": opening.name,
            "reason": opening.reason,
            "client": opening.client,
            "ends": opening.ends.rfc3339(),
            "over": opening.over.map(Wall::rfc3339),
            "with": opening.with,
            "second": opening.second,
            "elsewhere": opening.elsewhere,
            "session": opening.session,
            "pass": opening.pass,
        })),
        "reviewed": word(&sheet.reviewed),
    })
}

fn end(desk: &Desk, text: &str, why: &str, out: &mut dyn Write) -> Result<()> {
    let why = reason(why)?;
    let book = desk.book()?;
    let sheet = sheet(&book, text)?;
    let Some(session) = sheet.opened.as_ref().and_then(|opening| opening.session.clone()) else {
        bail!("sheet {} opened nothing on this node; give the command on the node that opened it", sheet.serial);
    };
    let parts = Parts::build(&desk.config)?;
    let told = Event::new(What::AuthnTokenRevoked).user(login(&sheet.serial)).scope(&sheet.scope);
    let told = told.actor(super::actor()).detail(format!("session {session}: {why}"));
    let ended = super::wait_for(async {
        parts.gate.decide(told).await.map_err(|_| anyhow!("the audit cannot be written, so nothing was changed"))?;
        parts.gate.end_emergency(&session).await.map_err(|_| anyhow!("it was not ended; the log says why"))
    });
    super::end_of_audit(&parts.telemetry.audit);
    match ended? {
        true => Ok(writeln!(out, "the access with sheet {} has ended", sheet.serial)?),
        false => Ok(writeln!(out, "the access with sheet {} had ended before", sheet.serial)?),
    }
}

fn withdraw(desk: &Desk, text: &str, why: &str, out: &mut dyn Write) -> Result<()> {
    let why = reason(why)?;
    let book = desk.book()?;
    let known = sheet(&book, text)?;
    if let standing @ (Standing::Opened | Standing::Withdrawn) = known.standing(desk.now) {
        bail!("sheet {} is {} already", known.serial, standing.name());
    }
    let (serial, scope) = (known.serial.clone(), known.scope.clone());
    desk.tell(Event::new(What::EmergencyWithdrawn).user(login(&serial)).scope(&scope).detail(why))?;
    desk.change(|book| {
        let sheet = book.sheet_mut(&serial).with_context(|| format!("sheet {serial} is gone"))?;
        if sheet.opened.is_some() {
            bail!("sheet {serial} was opened just now");
        }
        sheet.withdrawn = Some(desk.word(why));
        Ok(())
    })?;
    writeln!(
        out,
        "sheet {serial} opens nothing any more on this node; bring it to the others with `export` and `import`"
    )?;
    Ok(())
}
