//! The parsed text as a tree in which every key and value knows its place.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::diagnostic::{Code, Diagnostic};
use super::source::Place;

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Whole(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// What no key takes: floats, dates, integers beyond 64 bits.
    Other(&'static str),
}

/// Keys with their places.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table(pub BTreeMap<String, Entry>);

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Place,
    pub node: Node,
}

impl Node {
    /// With its article, as a sentence about a wrong type needs it.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "a string",
            Value::Whole(_) => "an integer",
            Value::Flag(_) => "a boolean",
            Value::List(_) => "an array",
            Value::Table(_) => "a table",
            Value::Other(kind) => kind,
        }
    }

    pub fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// A text taken apart. `broken` means that the syntax failed: then the tree says nothing worth reading. A key that is
/// defined twice leaves a tree that can be read on.
pub struct Parsed {
    pub root: Table,
    pub diagnostics: Vec<Diagnostic>,
    pub broken: bool,
}

/// More mistakes of syntax than this in one file are follow-ups.
const MOST_FAULTS: usize = 20;

/// No key needs as many parts, and each is a level that parser and tree go down.
const MOST_PARTS: usize = 64;

pub fn parse(file: usize, text: &str) -> Parsed {
    if let Some(place) = too_deep(file, text) {
        let told = Diagnostic::new(Code::Syntax, place, format!("a key has more than {MOST_PARTS} parts"));
        return Parsed { root: Table::default(), diagnostics: vec![told], broken: true };
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut broken = false;
    for error in errors.iter().take(MOST_FAULTS) {
        let span = error.span().unwrap_or(0..0);
        let line = |at: usize| text.get(..at).map_or(0, |head| head.matches('\n').count());
        if error.message().starts_with("duplicate key") {
            if !broken {
                diagnostics.push(duplicate(file, text, Place::new(file, span)));
            }
            continue;
        }
        if !broken {
            diagnostics.clear();
        }
        broken = true;
        if !diagnostics.iter().any(|d| d.place.is_some_and(|p| line(p.start) == line(span.start))) {
            diagnostics.push(syntax(Place::new(file, span), error.message()));
        }
    }
    Parsed { root: table(file, root.get_ref()), diagnostics, broken }
}

/// The line of a dotted key that is too long, comments aside.
fn too_deep(file: usize, text: &str) -> Option<Place> {
    let part_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '"' | '\'' | ' ' | '\t');
    let dots = |run: &str| run.matches('.').count();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or_default();
        if code.split(|c| !part_of_key(c)).any(|run| dots(run) > MOST_PARTS) {
            return Some(Place::new(file, start..start + 1));
        }
        start += line.len();
    }
    None
}

fn syntax(place: Place, message: &str) -> Diagnostic {
    match message.split_once(", expected ") {
        Some((what, expected)) => Diagnostic::new(Code::Syntax, place, what).expected(format!("expected {expected}")),
        None => Diagnostic::new(Code::Syntax, place, message),
    }
}

fn duplicate(file: usize, text: &str, again: Place) -> Diagnostic {
    let key = text.get(again.span()).unwrap_or_default();
    let told = Diagnostic::new(Code::Duplicate, again, format!("`{key}` is defined twice")).expected("defined again");
    match first_definition(file, text, again) {
        Some(first) => told.related(first, "first defined here"),
        None => told,
    }
}

/// The parser does not tell where the first one stands. So the second gets a name that nobody has, and the first is
/// what then stands beside it under the old one.
fn first_definition(file: usize, text: &str, again: Place) -> Option<Place> {
    const STAND_IN: &str = "sekisho-stand-in";
    let (head, key, tail) = (text.get(..again.start)?, text.get(again.span())?, text.get(again.end..)?);
    let key = key.trim_matches(['"', '\'']);
    let renamed = format!("{head}{STAND_IN}{tail}");
    let (root, _) = DeTable::parse_recoverable(&renamed);
    beside(&table(file, root.get_ref()), STAND_IN, key)
}

fn beside(table: &Table, stand_in: &str, key: &str) -> Option<Place> {
    if table.0.contains_key(stand_in) {
        return table.0.get(key).map(|entry| entry.key);
    }
    let below = |node: &Node| match &node.value {
        Value::Table(table) => beside(table, stand_in, key),
        Value::List(items) => items.iter().filter_map(Node::table).find_map(|t| beside(t, stand_in, key)),
        _ => None,
    };
    table.0.values().find_map(|entry| below(&entry.node))
}

fn table(file: usize, table: &DeTable<'_>) -> Table {
    let entries = table.iter().map(|(key, value)| {
        let entry = Entry { key: Place::new(file, key.span()), node: node(file, value) };
        (key.get_ref().to_string(), entry)
    });
    Table(entries.collect())
}

fn node(file: usize, value: &Spanned<DeValue<'_>>) -> Node {
    let kind = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => whole(number).map_or(Value::Other("an integer beyond 64 bits"), Value::Whole),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(file, item)).collect()),
        DeValue::Table(inner) => Value::Table(table(file, inner)),
        DeValue::Float(_) => Value::Other("a float"),
        DeValue::Datetime(_) => Value::Other("a date"),
    };
    Node { place: Place::new(file, value.span()), value: kind }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code, the text that is pointed at, and the one that is related to it.
    fn faults(text: &str) -> Vec<(&'static str, &str, Option<usize>)> {
        let told = parse(0, text).diagnostics;
        let slice = |d: &Diagnostic| d.place.and_then(|p| text.get(p.span())).unwrap_or_default();
        told.iter().map(|d| (d.code.text(), slice(d), d.related.first().map(|(p, _)| p.start))).collect()
    }

    #[test]
    fn a_key_defined_twice_names_both_places() {
        assert_eq!(faults("a = 1\nb = 2\na = 3\n"), [("E102", "a", Some(0))]);
        assert_eq!(faults("[t]\na = 1\n[u]\na = 2\n\"a\" = 3\n"), [("E102", "\"a\"", Some(14))]);
        assert_eq!(faults("[t]\na = 1\n[u]\n[t]\nb = 1\n"), [("E102", "t", Some(1))]);
        assert_eq!(faults("x = { y = { a = 1, a = 2 } }"), [("E102", "a", Some(12))]);
        assert_eq!(faults("[[r]]\nn = 1\n[[r]]\nn = 2\nn = 3"), [("E102", "n", Some(18))]);
    }

    #[test]
    fn what_can_still_be_read_after_a_duplicate_is_read() {
        let parsed = parse(0, "a = 1\na = 2\nb = true");
        assert!(!parsed.broken);
        assert_eq!(parsed.root.0.get("a").map(|e| &e.node.value), Some(&Value::Whole(1)));
        assert_eq!(parsed.root.0.get("b").map(|e| &e.node.value), Some(&Value::Flag(true)));
    }

    #[test]
    fn a_key_of_very_many_parts_is_refused_before_the_stack_is_full() {
        for text in [format!("[{}a]", "a.".repeat(200_000)), format!("x = {{ {}a = 1 }}", "a . ".repeat(200_000))] {
            assert_eq!(parse(0, &text).diagnostics.len(), 1);
        }
        let fine = format!("a.b.c = \"x{}\" # {}", ".".repeat(60), ".".repeat(500));
        assert!(parse(0, &fine).diagnostics.is_empty());
    }

    #[test]
    fn broken_syntax_is_one_mistake_a_line() {
        for text in
            ["a = \n", "a = \"x\nb = 1\n", "[t\na = 1\n", "= 1\n", "a b = 1\n", "a = 1 b = 2\n", "a = tru\n", "}"]
        {
            let parsed = parse(0, text);
            assert!(parsed.broken, "{text:?}");
            assert_eq!(parsed.diagnostics.len(), 1, "{text:?} {:?}", parsed.diagnostics);
        }
    }
}
