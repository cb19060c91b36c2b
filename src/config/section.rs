//! One table of the tree, while it is being read.

use std::cell::RefCell;

use super::diagnostic::{Code, Diagnostic, Severity};
use super::reader::{Asked, Item, Placed, Reader, Spot};
use super::source::Place;
use super::tree::{Entry, Node, Table, Value};

/// A table that is being read. One that is absent reads like an empty one.
pub struct Section<'a> {
    pub reader: &'a Reader<'a>,
    table: Option<&'a Table>,
    /// Whether something else stands where the table should: told already, and so it lacks nothing.
    mistyped: bool,
    /// Its header, or that of the table around it.
    pub place: Place,
    /// With `*` for names of the operator's choice; empty at the top.
    path: String,
    /// As the operator wrote it: `[scope.records]`; empty at the top.
    title: String,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub fn top(reader: &'a Reader<'a>, table: &'a Table) -> Section<'a> {
        let place = Place::new(0, 0..0);
        let title = String::new();
        let known = RefCell::default();
        Section { reader, table: Some(table), mistyped: false, place, path: String::new(), title, known }
    }

    /// As the operator wrote it: `[sms]`.
    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.table?.0.get(key)
    }

    /// Whether nothing was told against the value of `key`: then what was read is what the operator meant.
    pub fn is_sound(&self, key: &str) -> bool {
        let Some(entry) = self.entry(key) else { return true };
        let inside = |place: Place| {
            place.file == entry.node.place.file
                && place.start >= entry.node.place.start
                && place.end <= entry.node.place.end
        };
        let against = |d: &Diagnostic| d.severity() == Severity::Error && d.place.is_some_and(inside);
        !self.reader.told.borrow().iter().any(against)
    }

    fn ask(&self, key: &'static str, has_default: bool) -> Option<Item<'a>> {
        let entry = self.entry(key);
        let place = entry.map(|e| Place { end: e.node.place.end, ..e.key });
        self.known.borrow_mut().push(key);
        self.reader.asked.borrow_mut().push(Asked { path: self.path_of(key), has_default, place });
        entry.map(|entry| Item { reader: self.reader, key, node: &entry.node })
    }

    pub fn spot(&self, key: &str) -> Spot {
        (self.path_of(key), self.place)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A key that may be missing and then means nothing.
    pub fn optional<T>(&self, key: &'static str, read: impl FnOnce(Item<'a>) -> Option<T>) -> Option<T> {
        read(self.ask(key, false)?)
    }

    /// A key with a default. One that is wrong reads as its default too; by then the mistake is told.
    pub fn or<T>(&self, key: &'static str, read: impl FnOnce(Item<'a>) -> Option<T>, default: T) -> T {
        self.ask(key, true).and_then(read).unwrap_or(default)
    }

    /// A key that must be there.
    pub fn required<T>(&self, key: &'static str, like: &str, read: impl FnOnce(Item<'a>) -> Option<T>) -> Option<T> {
        match self.ask(key, false) {
            Some(item) => read(item),
            None if self.mistyped => None,
            None => {
                let message = match self.path.as_str() {
                    "" => format!("`{key}` is missing"),
                    _ => format!("{} lacks `{key}`", self.title),
                };
                let told = Diagnostic::new(Code::MissingKey, self.place, message);
                self.reader.lack(self.spot(key), told.help(format!("add `{key} = {like}`")));
                None
            }
        }
    }

    /// A key that may be missing, with its place.
    pub fn placed<T>(&self, key: &'static str, read: impl FnOnce(Item<'a>) -> Option<T>) -> Option<Placed<T>> {
        let item = self.ask(key, false)?;
        read(item).map(|value| Placed { value, place: item.place() })
    }

    /// A key of before. Whoever still writes it is told what to write instead.
    pub fn renamed(&self, key: &'static str, instead: &'static str) {
        let Some(entry) = self.entry(key) else { return };
        self.known.borrow_mut().push(key);
        let message = format!("`{key}` in {} is no longer there", self.title);
        self.reader.tell(Diagnostic::new(Code::UnknownKey, entry.key, message).help(instead));
    }

    /// The table under `key`.
    pub fn table(&self, key: &'static str) -> Section<'a> {
        self.known.borrow_mut().push(key);
        let path = self.path_of(key);
        let title = match self.title.trim_matches(['[', ']']) {
            "" => format!("[{key}]"),
            around => format!("[{around}.{key}]"),
        };
        match self.entry(key) {
            Some(entry) => self.below(&entry.node, key, path, title),
            None => {
                let (reader, place, known) = (self.reader, self.place, RefCell::default());
                Section { reader, table: None, mistyped: false, place, path, title, known }
            }
        }
    }

    /// The tables under `key`, whose names the operator chose.
    pub fn named(&self, key: &'static str) -> Vec<(&'a str, Place, Section<'a>)> {
        let around = self.table(key);
        let entries = around.table.iter().flat_map(|table| table.0.iter());
        let path = format!("{}.*", around.path);
        let section =
            |name: &str, node: &'a Node| self.below(node, name, path.clone(), format!("[{}.{name}]", around.path));
        entries.map(|(name, entry)| (name.as_str(), entry.key, section(name, &entry.node))).collect()
    }

    /// The keys of this table, whose names the operator chose; the caller holds them against what it knows.
    pub fn chosen(&self) -> Vec<(&'a str, Place, Item<'a>)> {
        let path = self.path_of("*");
        let entries: Vec<_> = self.table.iter().flat_map(|table| table.0.iter()).collect();
        let place = entries.first().map(|(_, entry)| Place { end: entry.node.place.end, ..entry.key });
        self.reader.asked.borrow_mut().push(Asked { path, has_default: false, place });
        let item = |key: &'a str, node: &'a Node| Item { reader: self.reader, key, node };
        entries.into_iter().map(|(name, entry)| (name.as_str(), entry.key, item(name, &entry.node))).collect()
    }

    /// The tables of the array under `key`; with `or_one`, a single table does as well.
    pub fn tables(&self, key: &'static str, or_one: bool) -> Vec<Section<'a>> {
        self.known.borrow_mut().push(key);
        let path = self.path_of(key);
        let Some(entry) = self.entry(key) else { return Vec::new() };
        match &entry.node.value {
            Value::List(nodes) => {
                nodes.iter().map(|node| self.below(node, key, path.clone(), format!("[[{path}]]"))).collect()
            }
            Value::Table(_) if or_one => vec![self.below(&entry.node, key, path.clone(), format!("[{path}]"))],
            _ => {
                let item = Item { reader: self.reader, key, node: &entry.node };
                item.wrong::<()>(("an array of tables", &format!("[[{path}]]")));
                Vec::new()
            }
        }
    }

    fn below(&self, node: &'a Node, key: &str, path: String, title: String) -> Section<'a> {
        let table = node.table();
        let mistyped = table.is_none();
        if mistyped {
            Item { reader: self.reader, key, node }.wrong::<()>(("a table", &title));
        }
        let known = RefCell::default();
        Section { reader: self.reader, table, mistyped, place: node.place, path, title, known }
    }

    /// Refuses every key that nobody asked for.
    pub fn done(self) {
        self.finish(false);
    }

    /// The same for a table that holds secrets: what stands behind a misspelt key may be one.
    pub fn done_with_secrets(self) {
        self.finish(true);
    }

    fn finish(self, secretive: bool) {
        let known = self.known.borrow();
        let unknown = self.table.iter().flat_map(|t| t.0.iter()).filter(|(key, _)| !known.contains(&key.as_str()));
        for (key, entry) in unknown {
            if secretive {
                self.reader.hide(entry.node.place);
            }
            let message = match self.path.as_str() {
                "" => format!("unknown key `{key}`"),
                _ => format!("unknown key `{key}` in {}", self.title),
            };
            let told = Diagnostic::new(Code::UnknownKey, entry.key, message).nearest(key, known.iter().copied());
            let told = match &told.nearest {
                Some(name) => {
                    let expected = format!("did you mean `{name}`?");
                    self.reader.misspelt.borrow_mut().push(self.spot(name));
                    told.expected(expected)
                }
                None if self.reader.is_top_key(key) => told.help(format!("`{key}` stands before the first [table]")),
                None => told.help(format!("known here: {}", known.join(", "))),
            };
            self.reader.tell(told);
        }
    }
}
