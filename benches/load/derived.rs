//! The configuration that is really run: `conf/loadtest.toml` with other ports and folders, and a note of each difference.

use serde::Serialize;

pub const TEXT: &str = include_str!("../../conf/loadtest.toml");

/// One line that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub key: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

pub struct Derived {
    lines: Vec<String>,
    pub changes: Vec<Change>,
}

impl Default for Derived {
    fn default() -> Self {
        Self { lines: TEXT.lines().map(str::to_owned).collect(), changes: Vec::new() }
    }
}

impl Derived {
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    /// What stands there, without quotation marks. `table` is its header with brackets, empty for the top.
    pub fn get(&self, table: &str, key: &str) -> Option<String> {
        let line = self.lines[self.span(table)?].iter().find_map(|line| value(line, key))?;
        Some(line.trim_matches('"').to_owned())
    }

    /// Puts text there, in place of what stands there or as the first line of its table.
    ///
    /// # Panics
    /// When the file has no such table: then it is no longer what this was written for.
    pub fn set(&mut self, table: &str, key: &str, to: &str) {
        let to = format!("{to:?}");
        let line = format!("{key} = {to}");
        let span = self.span(table).unwrap_or_else(|| panic!("conf/loadtest.toml has no {table}"));
        let found = self.lines[span.clone()].iter().position(|line| value(line, key).is_some());
        let from = match found {
            Some(at) => {
                let before = std::mem::replace(&mut self.lines[span.start + at], line);
                value(&before, key).map(str::to_owned)
            }
            None => {
                self.lines.insert(span.start, line);
                None
            }
        };
        self.note(table, key, from, Some(to));
    }

    pub fn remove(&mut self, table: &str, key: &str) {
        let Some(span) = self.span(table) else { return };
        let Some(at) = self.lines[span.clone()].iter().position(|line| value(line, key).is_some()) else { return };
        let line = self.lines.remove(span.start + at);
        self.note(table, key, value(&line, key).map(str::to_owned), None);
    }

    fn note(&mut self, table: &str, key: &str, from: Option<String>, to: Option<String>) {
        self.changes.push(Change { key: format!("{table} {key}").trim().to_owned(), from, to });
    }

    /// The lines of a table, without its header.
    fn span(&self, table: &str) -> Option<std::ops::Range<usize>> {
        let start = match table {
            "" => 0,
            table => self.lines.iter().position(|line| line.trim() == table)? + 1,
        };
        let length = self.lines[start..].iter().position(|line| line.starts_with('['));
        Some(start..length.map_or(self.lines.len(), |length| start + length))
    }
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    Some(line.strip_prefix(key)?.strip_prefix(" = ")?.trim())
}
