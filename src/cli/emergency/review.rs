//! Who came in, when and why, and what they opened, out of the audit.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cli::audit::{parts_of, shown};
use crate::cli::pass::{Format, reason};
use crate::domain::emergency::{Opening, Sheet, login};
use crate::domain::event::{Event, What};
use crate::telemetry::audit::query::{Line, Query};
use crate::telemetry::audit::search::{Stopped, search};

use super::{Desk, object, sheet};

/// A request that began in time can end later than the pass.
const AFTERWARDS: Duration = Duration::from_secs(3600);
/// Of what was opened, so much is shown; the audit has the rest.
const SHOWN: usize = 50;

/// What was opened, and how often.
#[derive(Default)]
struct Opened {
    requests: usize,
    objects: BTreeMap<String, usize>,
    /// Method and path, where the route names no object.
    others: BTreeMap<String, usize>,
}

pub fn main(desk: &Desk, all: bool, format: Format, out: &mut dyn Write) -> Result<()> {
    let book = desk.book()?;
    let wanted = |sheet: &&Sheet| sheet.access().is_some() && (all || sheet.is_to_review());
    let mut sheets: Vec<&Sheet> = book.sheets.iter().filter(wanted).collect();
    sheets.sort_by_key(|sheet| sheet.opened.as_ref().map(|opening| opening.at));
    let mut objects = Vec::new();
    for sheet in &sheets {
        let Some(opening) = sheet.access() else { continue };
        let found = opened(desk, sheet, opening)?;
        match format {
            Format::Human => human(desk, sheet, opening, &found, out)?,
            Format::Json => {
                let mut object = object(sheet, desk.now);
                object["requests"] = found.requests.into();
                (object["objects"], object["others"]) = (json!(found.objects), json!(found.others));
                objects.push(object);
            }
        }
    }
    match format {
        Format::Json => writeln!(out, "{:#}", Value::from(objects))?,
        Format::Human if sheets.is_empty() => writeln!(out, "there is nothing to review")?,
        Format::Human => {}
    }
    Ok(())
}

fn human(desk: &Desk, sheet: &Sheet, opening: &Opening, found: &Opened, out: &mut dyn Write) -> Result<()> {
    let Opening { at, name, reason, client, ends, over, .. } = opening;
    writeln!(out, "sheet {}  scope {}  opened {} from {client}", sheet.serial, sheet.scope, at.rfc3339())?;
    writeln!(out, "  who      {}", shown(name))?;
    let second = opening.with.as_ref().and_then(|serial| desk.book().ok()?.sheet(serial)?.opened.clone());
    if let (Some(serial), Some(second)) = (&opening.with, second) {
        writeln!(out, "  with     {} (sheet {serial})", shown(&second.name))?;
    }
    writeln!(out, "  why      {}", shown(reason))?;
    match over {
        Some(over) => writeln!(out, "  until    {}, when it was ended", over.rfc3339())?,
        None if *ends > desk.now => writeln!(out, "  until    {}; it is open now", ends.rfc3339())?,
        None => writeln!(out, "  until    {}", ends.rfc3339())?,
    }
    writeln!(out, "  did      {} requests", found.requests)?;
    for (name, list) in [("records", &found.objects), ("others", &found.others)] {
        for (at, (what, times)) in list.iter().take(SHOWN).enumerate() {
            writeln!(out, "  {:<8} {} ({times} times)", if at == 0 { name } else { "" }, shown(what))?;
        }
        if list.len() > SHOWN {
            let user = login(&sheet.serial);
            writeln!(out, "           and {} more: `sekisho audit search --user {user}`", list.len() - SHOWN)?;
        }
    }
    match &sheet.reviewed {
        Some(word) => writeln!(out, "  review   {} by {}: {}", word.at.rfc3339(), word.by, shown(&word.note))?,
        None => writeln!(out, "  review   none yet: `sekisho emergency reviewed {} --note TEXT`", sheet.serial)?,
    }
    Ok(writeln!(out)?)
}

fn opened(desk: &Desk, sheet: &Sheet, opening: &Opening) -> Result<Opened> {
    let query = Query {
        from: Some(opening.at.rfc3339()),
        until: Some(opening.ends.plus(AFTERWARDS).rfc3339()),
        kind: Some("access".to_owned()),
        user: Some(login(&sheet.serial)),
        ..Query::default()
    };
    let parts = parts_of(&desk.config.telemetry.audit_file)?;
    let mut found = Opened::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let done = search(&parts, &query, threads, |line| {
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else { return Ok(()) };
        found.requests += 1;
        let other = || format!("{} {}", line.method.as_deref().unwrap_or("?"), line.path.as_deref().unwrap_or("?"));
        let (list, name) = match &line.object {
            Some(object) => (&mut found.objects, object.clone()),
            None => (&mut found.others, other()),
        };
        *list.entry(name).or_default() += 1;
        Ok(())
    });
    match done {
        Ok(_) => Ok(found),
        Err(Stopped::Unreadable(path, error)) => Err(error).with_context(|| format!("reading {}", path.display())),
        Err(Stopped::Output(error)) => Err(error.into()),
    }
}

/// An operator has looked at it.
pub fn reviewed(desk: &Desk, text: &str, note: &str, out: &mut dyn Write) -> Result<()> {
    let note = reason(note)?;
    let book = desk.book()?;
    let known = sheet(&book, text)?;
    let serial = known.serial.clone();
    match (known.access(), &known.opened) {
        (Some(_), _) => {}
        (None, Some(opening)) if opening.second => {
            let first = opening.with.as_ref().map_or(String::new(), ToString::to_string);
            bail!("sheet {serial} was the second one; the access stands with sheet {first}");
        }
        _ => bail!("sheet {serial} opened nothing, so there is nothing to review"),
    }
    if let Some(word) = &known.reviewed {
        bail!("sheet {serial} was reviewed {} by {}", word.at.rfc3339(), word.by);
    }
    desk.tell(Event::new(What::EmergencyReviewed).user(login(&serial)).scope(&known.scope).detail(note))?;
    desk.change(|book| {
        let sheet = book.sheet_mut(&serial).with_context(|| format!("sheet {serial} is gone"))?;
        sheet.reviewed = Some(desk.word(note));
        Ok(())
    })?;
    Ok(writeln!(out, "the review of sheet {serial} is written down")?)
}
