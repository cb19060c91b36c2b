//! From node to node: which sheets there are, and which were used. The codes themselves are in no file.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::domain::emergency::Book;
use crate::domain::event::{Event, What};

use super::Desk;

pub fn export(desk: &Desk, out: &mut dyn Write) -> Result<()> {
    let book = desk.book()?.for_others();
    if book.sheets.is_empty() {
        bail!("there are no sheets to export");
    }
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(&book)?)?)
}

pub fn import(desk: &Desk, file: &Path, out: &mut dyn Write) -> Result<()> {
    let read = || format!("reading {}", file.display());
    let text = std::fs::read_to_string(file).with_context(read)?;
    let other: Book = serde_json::from_str(&text).with_context(read)?;
    let tags = desk.tags()?;
    if !tags.knows(&other) {
        bail!("{} was written with another key file; nodes of one site share theirs", file.display());
    }
    if !tags.knows(&desk.book()?) {
        bail!("the sheets of this node were printed with another key file; move {} away", desk.file.path().display());
    }
    // Tried first, so that the audit says what will be.
    let planned = desk.book()?.merge(other.clone());
    let detail = format!("imported: {} sheets are new, {} changed", planned.added, planned.changed);
    desk.tell(Event::new(What::EmergencyPrinted).detail(detail))?;
    let merged = desk.change(|book| {
        book.proof = tags.proof();
        Ok(book.merge(other))
    })?;
    Ok(writeln!(out, "{} sheets are new, {} changed", merged.added, merged.changed)?)
}
