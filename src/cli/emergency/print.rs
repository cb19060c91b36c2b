//! Sheets, as they are printed and sealed.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::emergency::{EmergencyRules, Serial, Sheet, SheetCode};
use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::seams::World;

use super::Desk;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// A code that lies in a safe for longer than this is forgotten there.
const LONGEST: Duration = Duration::from_secs(5 * 366 * 24 * 3600);
const RULE: &str = "------------------------------------------------------------------------";

pub fn main(desk: &Desk, scope: &str, count: u16, valid: Duration, out: &mut dyn Write) -> Result<()> {
    let rules = rules(&desk.config, scope)?;
    if !(DAY..=LONGEST).contains(&valid) {
        bail!("--valid is a day at least and five years at most");
    }
    let (world, tags) = (SystemWorld::default(), desk.tags()?);
    let (printed, ends, by) = (desk.now, desk.now.plus(valid), crate::cli::actor());
    let mut made: Vec<(Sheet, SheetCode)> = Vec::new();
    let book = desk.book()?;
    while made.len() < usize::from(count) {
        let (serial, code) = (Serial::draw(|bytes| world.fill(bytes)), SheetCode::draw(|bytes| world.fill(bytes)));
        // No two have one number.
        if book.sheet(&serial).is_some() || made.iter().any(|(sheet, _)| sheet.serial == serial) {
            continue;
        }
        let (scope, mac, by) = (scope.to_owned(), tags.of(scope, &code), by.clone());
        let (withdrawn, opened, reviewed) = (None, None, None);
        made.push((Sheet { serial, scope, mac, printed, ends, by, withdrawn, opened, reviewed }, code));
    }
    let serials = made.iter().map(|(sheet, _)| sheet.serial.as_str()).collect::<Vec<_>>().join(" ");
    let detail = format!("sheets {serials}, good until {}", ends.rfc3339());
    desk.tell(Event::new(What::EmergencyPrinted).scope(scope).detail(detail))?;
    desk.change(|book| {
        if !tags.knows(book) {
            bail!("its sheets were printed with another key file; move it away, and print all of them anew");
        }
        book.proof = tags.proof();
        book.sheets.extend(made.iter().map(|(sheet, _)| sheet.clone()));
        Ok(())
    })?;
    for (at, (sheet, code)) in made.iter().enumerate() {
        // Each on a page of its own.
        let feed = if at == 0 { "" } else { "\u{c}" };
        write!(out, "{feed}{}", text(&desk.config, rules, sheet, code)).context("printing a sheet")?;
    }
    out.flush().context("printing the sheets")?;
    eprintln!(
        "sekisho: {count} sheet(s) are printed; each code stands there only. Seal them one by one, and bring what this node \
         knows of them to the other nodes: `sekisho emergency export`"
    );
    Ok(())
}

fn rules(config: &Config, name: &str) -> Result<EmergencyRules> {
    let Some(scope) = config.gate.scopes.get(name) else {
        let known: Vec<&str> = config.gate.scopes.keys().map(String::as_str).collect();
        bail!("there is no scope \"{name}\"; there is {}", known.join(", "));
    };
    match scope.emergency {
        Some(rules) => Ok(rules),
        None => bail!(
            "emergency access to \"{name}\" is off; `emergency = {{ for = \"30m\" }}` in [scope.{name}] switches it on"
        ),
    }
}

fn text(config: &Config, rules: EmergencyRules, sheet: &Sheet, code: &SheetCode) -> String {
    let Sheet { serial, scope, printed, ends, .. } = sheet;
    let (site, prefix) = (&config.gate.public_url, &config.gate.prefix);
    let life = humantime::format_duration(rules.life);
    let day = |at: &Wall| at.rfc3339().chars().take(10).collect::<String>();
    let (printed, ends) = (day(printed), day(ends));
    let people = match rules.second_person {
        true => "Two people are needed, each with a sheet of their own: type both names and\n     both codes.",
        false => "It opens once, so take one sheet only.",
    };
    let help = match config.pages.help.as_str() {
        "" => String::new(),
        help => format!("  {help}\n"),
    };
    format!(
        "{RULE}\n\
         EMERGENCY ACCESS to {site}\n\
         {RULE}\n\
         \n\
         \x20 code     {code}\n\
         \n\
         \x20 serial   {serial}\n\
         \x20 scope    {scope}\n\
         \x20 printed  {printed}\n\
         \x20 until    {ends}\n\
         \n\
         For when the usual way in is broken and it cannot wait.\n\
         \n\
         \x20 1. Open  {site}{prefix}emergency?scope={scope}\n\
         \x20 2. Type your name, the reason, and the code above. Hyphens and capital\n\
         \x20    letters do not matter.\n\
         \x20 3. {people}\n\
         \x20 4. You have {life}. Everything that you open is recorded, and the alarm goes\n\
         \x20    off at once. Sign out when you are done, and hand this sheet back.\n\
         \n{help}{RULE}\n",
        code = code.grouped().expose(),
    )
}
