//! Header and rows, judged cell by cell.

use std::collections::HashMap;

use csv::StringRecord;
use unicode_normalization::UnicodeNormalization;

use super::{Column, Encoding, MOST_ROWS, Mistake, Roster, Row};
use crate::domain::contact::Region;
use crate::domain::user::fold_login;
use crate::identity::field;

pub(super) struct Sheet {
    region: Region,
    /// `None` where the header names no column of ours.
    columns: Vec<Option<Column>>,
    rows: Vec<Row>,
    mistakes: Vec<Mistake>,
    /// Where each folded login name stands, and how it is written there.
    seen: HashMap<String, (u64, String)>,
}

impl Sheet {
    /// Fails where the header leaves nothing to judge the rows by; other mistakes in it are kept for the end.
    pub(super) fn headed(line: u64, header: &StringRecord, region: Region) -> Result<Sheet, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut columns: Vec<Option<Column>> = Vec::new();
        for cell in header {
            let named = column(cell);
            match &named {
                Ok(twice) if columns.contains(&Some(*twice)) => {
                    mistakes.push(Mistake::of_file(line, format!("the column {} is there twice", twice.name())));
                }
                Ok(_) => {}
                Err(what) => mistakes.push(Mistake::of_file(line, what.clone())),
            }
            columns.push(named.ok());
        }
        if columns.contains(&Some(Column::User)) {
            return Ok(Sheet { region, columns, rows: Vec::new(), mistakes, seen: HashMap::new() });
        }
        let separated_by = |c: char| header.iter().any(|cell| cell.contains(c));
        for (separator, called) in [(';', "semicolons"), ('\t', "tabs")] {
            if separated_by(separator) {
                return Err(vec![Mistake::of_file(
                    line,
                    format!("columns are separated by {called}; expected commas"),
                )]);
            }
        }
        let what = format!("there is no column user; expected a header such as {}", names().join(","));
        mistakes.push(Mistake::of_file(line, what));
        Err(mistakes)
    }

    /// Judges one row; `false` when there are too many.
    pub(super) fn take(&mut self, line: u64, record: &StringRecord) -> bool {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return true;
        }
        if self.rows.len() >= MOST_ROWS {
            self.mistakes
                .push(Mistake::of_file(line, format!("there are more than {MOST_ROWS} users; split the file")));
            return false;
        }
        if record.len() != self.columns.len() {
            self.mistakes.push(Mistake::of_file(line, self.miscounted(record)));
            return true;
        }
        let mut row = Row { line, ..Row::default() };
        for (column, cell) in self.columns.iter().zip(record) {
            let Some(column) = *column else { continue };
            if let Err(what) = fill(&mut row, column, cell.trim(), self.region) {
                self.mistakes.push(Mistake { line, column: Some(column), what });
            }
        }
        self.notice_twin(&row);
        self.rows.push(row);
        true
    }

    fn miscounted(&self, record: &StringRecord) -> String {
        let cause = if record.iter().any(|cell| cell.contains(['\n', '\r'])) {
            "a closing quote seems to be missing"
        } else {
            "a comma within a cell needs double quotes around the cell"
        };
        format!("there are {} cells here and {} in the header; {cause}", record.len(), self.columns.len())
    }

    fn notice_twin(&mut self, row: &Row) {
        if row.login.is_empty() {
            return;
        }
        let here = (row.line, row.login.clone());
        let Some((line, login)) = self.seen.get(&fold_login(&row.login)) else {
            self.seen.insert(fold_login(&row.login), here);
            return;
        };
        let what = format!("{} is on line {line} already (as {login}); expected each user once", row.login);
        self.mistakes.push(Mistake { line: row.line, column: Some(Column::User), what });
    }

    pub(super) fn finish(self, encoding: Encoding) -> Result<Roster, Vec<Mistake>> {
        if !self.mistakes.is_empty() {
            return Err(self.mistakes);
        }
        Ok(Roster { columns: self.columns.into_iter().flatten().collect(), rows: self.rows, encoding })
    }
}

fn fill(row: &mut Row, column: Column, cell: &str, region: Region) -> Result<(), String> {
    match column {
        Column::User => row.login = field::login(cell)?,
        Column::Name => row.name = field::name(cell)?,
        Column::Phone => row.phone = field::phone(cell, region)?,
        Column::Email => row.email = field::email(cell)?,
        Column::Groups => row.groups = field::groups(cell)?,
        Column::Locale => row.locale = field::locale(cell)?,
    }
    Ok(())
}

fn column(cell: &str) -> Result<Column, String> {
    let name = cell.trim().nfkc().collect::<String>().to_lowercase();
    if let Some(column) = Column::ALL.into_iter().find(|column| column.name() == name) {
        return Ok(column);
    }
    let shown: String = cell.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
    let meant = field::nearest(&name, names()).map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(format!("there is no column `{shown}`; expected one of {}{meant}", names().join(", ")))
}

fn names() -> [&'static str; 6] {
    Column::ALL.map(Column::name)
}
