//! Reads a tree key by key, remembers which keys were asked for, and collects every mistake instead of stopping at the
//! first.
//!
//! A [`Section`](super::section::Section) hands each key's [`Item`] to a function that makes a value of it or tells what is wrong. A key nobody
//! asked for is a mistake too: nothing is accepted that does nothing.

use std::cell::RefCell;
use std::path::PathBuf;

use super::diagnostic::{Code, Diagnostic};
use super::source::{Place, Sources};
use super::tree::{Node, Value};

/// What all sections share.
pub struct Reader<'a> {
    pub sources: &'a Sources,
    /// Looks up a variable of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) told: RefCell<Vec<Diagnostic>>,
    lacking: RefCell<Vec<(Spot, Diagnostic)>>,
    pub(super) misspelt: RefCell<Vec<Spot>>,
    pub(super) asked: RefCell<Vec<Asked>>,
    hidden: RefCell<Vec<Place>>,
}

/// A key's path and the table around it.
pub type Spot = (String, Place);

/// A key that the reader knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// Its tables and its name, with `*` for a name of the operator's choice: `scope.*.max_age`.
    pub path: String,
    pub has_default: bool,
    /// From the key to the end of its value, where it was there.
    pub place: Option<Place>,
}

/// Everything that reading brought to light.
#[derive(Debug, Default)]
pub struct Findings {
    pub diagnostics: Vec<Diagnostic>,
    pub asked: Vec<Asked>,
    pub hidden: Vec<Place>,
}

impl<'a> Reader<'a> {
    pub fn new(sources: &'a Sources, environment: &'a dyn Fn(&str) -> Option<String>) -> Reader<'a> {
        Reader {
            sources,
            environment,
            told: RefCell::default(),
            lacking: RefCell::default(),
            misspelt: RefCell::default(),
            asked: RefCell::default(),
            hidden: RefCell::default(),
        }
    }

    pub fn tell(&self, diagnostic: Diagnostic) {
        self.told.borrow_mut().push(diagnostic);
    }

    /// Tells of something that would not be so if the key at `spot` were there; kept back if it is there, misspelt.
    pub fn lack(&self, spot: Spot, diagnostic: Diagnostic) {
        self.lacking.borrow_mut().push((spot, diagnostic));
    }

    /// What stands at `place` is never shown.
    pub fn hide(&self, place: Place) {
        self.hidden.borrow_mut().push(place);
    }

    /// A path as written at `place`, taken from the folder of its own file.
    pub fn path(&self, place: Place, written: &str) -> PathBuf {
        self.sources.get(place).map_or_else(|| PathBuf::from(written), |source| source.folder.join(written))
    }

    /// Whether a mistake of this kind was told of this file.
    pub fn has_told(&self, code: Code, file: usize) -> bool {
        self.told.borrow().iter().any(|d| d.code == code && d.place.is_some_and(|place| place.file == file))
    }

    /// What is missing where something very like it was written is only misspelt, and told as that.
    pub fn finish(self) -> Findings {
        let misspelt = self.misspelt.into_inner();
        let meant = |(path, around): &Spot, (written, table): &Spot| {
            around == table
                && path.strip_prefix(written.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let lacking = self.lacking.into_inner().into_iter();
        let missing = lacking.filter(|(spot, _)| !misspelt.iter().any(|written| meant(spot, written)));
        let mut diagnostics = self.told.into_inner();
        diagnostics.extend(missing.map(|(_, diagnostic)| diagnostic));
        Findings { diagnostics, asked: self.asked.into_inner(), hidden: self.hidden.into_inner() }
    }

    pub(super) fn is_top_key(&self, key: &str) -> bool {
        self.asked.borrow().iter().any(|asked| asked.path == key)
    }
}

/// A key with its value.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    pub reader: &'a Reader<'a>,
    pub key: &'a str,
    pub node: &'a Node,
}

/// What a key takes, in words: `("a duration", "\"5m\"")`.
pub type Shape<'s> = (&'s str, &'s str);

impl<'a> Item<'a> {
    pub fn place(self) -> Place {
        self.node.place
    }

    /// The string, or a word about the type.
    pub fn text(self, shape: Shape<'_>) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => self.wrong(shape),
        }
    }

    /// The items of an array, or a word about the type.
    pub fn items(self, shape: Shape<'_>) -> Option<impl Iterator<Item = Item<'a>>> {
        match &self.node.value {
            Value::List(nodes) => Some(nodes.iter().map(move |node| Item { node, ..self })),
            _ => self.wrong(shape),
        }
    }

    /// Tells that the type is wrong.
    pub fn wrong<T>(self, (what, like): Shape<'_>) -> Option<T> {
        let message = format!("`{}` is {}, not {what}", self.key, self.node.kind());
        self.tell(Code::WrongType, message, |d| d.expected(format!("expected {what}, as in {like}")))
    }

    /// Tells that the value is wrong.
    pub fn bad<T>(self, (what, like): Shape<'_>) -> Option<T> {
        let message = format!("`{}` is not {what}", self.key);
        self.tell(Code::BadValue, message, |d| d.expected(format!("expected {what}, as in {like}")))
    }

    /// Tells what is wrong, in words of its own.
    pub fn tell<T>(
        self,
        code: Code,
        message: impl Into<String>,
        more: impl FnOnce(Diagnostic) -> Diagnostic,
    ) -> Option<T> {
        self.reader.tell(more(Diagnostic::new(code, self.place(), message)));
        None
    }
}

/// A value with its place, for what is cross-checked later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub place: Place,
}
