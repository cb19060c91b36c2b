//! Lines of the audit for people, programs and spreadsheets.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::domain::route::called;
use crate::telemetry::audit::query::Line;

use super::Format;

const COLUMNS: [&str; 15] = [
    "at", "kind", "event", "user", "route", "method", "path", "object", "status", "client", "node", "scope", "detail",
    "actor", "request",
];

/// Writes lines in one format.
pub enum Printer<'w> {
    Human(&'w mut dyn Write),
    Json(&'w mut dyn Write),
    Csv(Box<csv::Writer<&'w mut dyn Write>>),
}

impl<'w> Printer<'w> {
    pub fn new(format: Format, out: &'w mut dyn Write) -> io::Result<Printer<'w>> {
        Ok(match format {
            Format::Human => Printer::Human(out),
            Format::Json => Printer::Json(out),
            Format::Csv => {
                let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                table.write_record(COLUMNS).map_err(broken)?;
                Printer::Csv(Box::new(table))
            }
        })
    }

    pub fn line(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Printer::Json(out) => {
                out.write_all(text)?;
                out.write_all(b"\n")
            }
            Printer::Human(out) => match serde_json::from_slice(text) {
                Ok(line) => writeln!(out, "{}", human(&line)),
                Err(_) => writeln!(out, "{}", shown(&String::from_utf8_lossy(text))),
            },
            Printer::Csv(table) => match serde_json::from_slice(text) {
                Ok(line) => {
                    let cells = cells(&line);
                    table.write_record(cells.iter().map(|cell| harmless(cell).into_owned())).map_err(broken)
                }
                Err(error) => Err(io::Error::other(format!("a line is no JSON: {error}"))),
            },
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Printer::Human(out) | Printer::Json(out) => out.flush(),
            Printer::Csv(table) => table.flush(),
        }
    }
}

/// The error of the writer below: whether it is a pipe that nobody reads any more has to show.
fn broken(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn human(line: &Line<'_>) -> String {
    let mut words = vec![line.at.to_string()];
    words.push(line.event.clone().unwrap_or_else(|| line.kind.to_string()));
    words.extend(line.user.iter().cloned());
    words.extend(line.emergency.then(|| "EMERGENCY".to_owned()));
    let request: Vec<&str> = [&line.method, &line.path].into_iter().flatten().map(String::as_str).collect();
    words.extend(Some(request.join(" ")).filter(|request| !request.is_empty()));
    words.extend(line.status.map(|status| status.to_string()));
    words.extend(line.object.iter().map(|object| format!("object {object}")));
    words.extend(line.route.iter().map(|route| called(route).into_owned()));
    words.extend(line.scope.iter().map(|scope| format!("scope {scope}")));
    words.extend(line.client.map(|client| format!("from {client}")));
    words.extend(line.node.iter().map(|node| format!("at {node}")));
    words.extend(line.provider.iter().map(|provider| format!("through {provider}")));
    words.extend(line.channel.iter().map(|channel| format!("by {channel}")));
    words.extend(line.tried.iter().map(|tried| format!("(before: {tried})")));
    words.extend(line.detail.iter().map(|detail| format!("({detail})")));
    words.extend(line.actor.iter().map(|actor| format!("by {actor}")));
    shown(&words.join("  ")).into_owned()
}

/// What a terminal would obey, or would show in another order, is spelled out.
pub(in crate::cli) fn shown(text: &str) -> Cow<'_, str> {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if odd(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect())
}

fn cells(line: &Line<'_>) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        line.at.to_string(),
        line.kind.to_string(),
        text(&line.event),
        text(&line.user),
        text(&line.route),
        text(&line.method),
        text(&line.path),
        text(&line.object),
        line.status.map(|status| status.to_string()).unwrap_or_default(),
        line.client.map(|client| client.to_string()).unwrap_or_default(),
        text(&line.node),
        text(&line.scope),
        text(&line.detail),
        text(&line.actor),
        text(&line.request),
    ]
}

/// A spreadsheet takes a cell that begins like this for a formula; with an apostrophe before it, it is text. The same
/// behind characters that it drops.
fn harmless(cell: &str) -> Cow<'_, str> {
    let dropped = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let begins = cell.trim_start_matches(dropped).starts_with(formula);
    if begins || cell.starts_with(['\t', '\r', '\n']) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(format: Format, lines: &[&str]) -> String {
        let mut out: Vec<u8> = Vec::new();
        let mut printer = Printer::new(format, &mut out).expect("begins");
        lines.iter().for_each(|line| printer.line(line.as_bytes()).expect("prints"));
        printer.flush().expect("ends");
        drop(printer);
        String::from_utf8(out).expect("UTF-8")
    }

    const EVIL: &str = "{\"at\":\"2026-03-04T05:06:07.008Z\",\"kind\":\"access\",\"user\":\"=1+cmd|' /C calc'!A0\",\"path\":\"/a\\u001b[2J\\n\u{202e}b\",\"object\":\"a,\\\"b\\\"\",\"status\":200}";

    #[test]
    fn a_spreadsheet_computes_nothing_that_stands_in_a_cell() {
        let table = printed(Format::Csv, &[EVIL]);
        let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes()).into_records();
        let head = lines.next().expect("a head").expect("good");
        let line = lines.next().expect("a line").expect("good");
        let cell = |name: &str| line[head.iter().position(|h| h == name).expect("a column")].to_owned();
        assert_eq!(cell("user"), "'=1+cmd|' /C calc'!A0");
        assert_eq!(cell("object"), "a,\"b\"");
        for bad in ["=1", "+1", "-1", "@x", " =1", "\t=1", "\u{feff}=1", "＝1", "\r", "\u{200b}@x"] {
            assert!(harmless(bad).starts_with('\''), "{bad:?}");
        }
        for good in ["alice", "/a=b", "1-2", "", "10.0.0.1"] {
            assert_eq!(harmless(good), good);
        }
    }

    #[test]
    fn a_terminal_obeys_nothing_that_stands_in_a_line() {
        let text = printed(Format::Human, &[EVIL]);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn json_is_what_stands_in_the_file() {
        assert_eq!(printed(Format::Json, &[EVIL]), format!("{EVIL}\n"));
    }
}
