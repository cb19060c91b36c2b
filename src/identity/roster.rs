//! The users' CSV file: read whole and judged whole, so that every mistake is told at once.
//!
//! First line a header with `user` and any of `name,phone,email,groups,locale` in any order; commas between cells;
//! UTF-8 with or without its mark, else CP932. A column that is not there says nothing about anybody, an empty cell
//! that there is nothing. At most [`MOST_BYTES`] and [`MOST_ROWS`].

mod sheet;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

use csv::{Position, StringRecord};

use crate::domain::contact::{Phone, Region};
use crate::domain::locale::Locale;
use sheet::Sheet;

pub use text::Encoding;

/// Largest file that is looked at.
pub const MOST_BYTES: usize = 32 << 20;

/// Most users in one file. So many are written in a few seconds, during which no other process can write.
pub const MOST_ROWS: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    User,
    Name,
    Phone,
    Email,
    Groups,
    Locale,
}

/// What a file without a mistake says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// In the file's order.
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    pub encoding: Encoding,
}

/// One user. What would stand in a column that the file does not have is empty here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    pub line: u64,
    pub login: String,
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub email: Option<String>,
    pub groups: Vec<String>,
    pub locale: Option<Locale>,
}

/// Something to mend in the file. Never shows a number or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub line: u64,
    pub column: Option<Column>,
    pub what: String,
}

impl Column {
    pub const ALL: [Column; 6] =
        [Column::User, Column::Name, Column::Phone, Column::Email, Column::Groups, Column::Locale];

    pub fn name(self) -> &'static str {
        match self {
            Column::User => "user",
            Column::Name => "name",
            Column::Phone => "phone",
            Column::Email => "email",
            Column::Groups => "groups",
            Column::Locale => "locale",
        }
    }
}

impl Mistake {
    fn of_file(line: u64, what: impl Into<String>) -> Mistake {
        Mistake { line, column: None, what: what.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "line {}, {}: {}", self.line, column.name(), self.what),
            None => write!(f, "line {}: {}", self.line, self.what),
        }
    }
}

/// Reads a whole file. `region` decides for numbers without a country code.
pub fn read(bytes: &[u8], region: Region) -> Result<Roster, Vec<Mistake>> {
    if bytes.len() > MOST_BYTES {
        return Err(vec![Mistake::of_file(1, format!("the file is larger than {} MiB; split it", MOST_BYTES >> 20))]);
    }
    let (text, encoding) = text::decode(bytes).map_err(|mistake| vec![mistake])?;
    let mut lines = text::Lines::of(&text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut sheet: Option<Sheet> = None;
    loop {
        let more = reader.read_record(&mut record);
        let line = lines.at(record.position().map_or(0, Position::byte));
        match (more, &mut sheet) {
            (Err(fault), _) => return Err(vec![Mistake::of_file(line, format!("it is not CSV: {fault}"))]),
            (Ok(false), _) => break,
            (Ok(true), None) => sheet = Some(Sheet::headed(line, &record, region)?),
            (Ok(true), Some(sheet)) => {
                if !sheet.take(line, &record) {
                    break;
                }
            }
        }
    }
    match sheet {
        Some(sheet) => sheet.finish(encoding),
        None => Err(vec![Mistake::of_file(1, "the file is empty; expected a header with user and further columns")]),
    }
}
