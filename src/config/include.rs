//! Reads a configuration file and those that it includes, and makes one tree of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::diagnostic::{Code, Diagnostic};
use super::source::{Place, Source, Sources};
use super::tree::{self, Node, Table, Value};

const MOST_FILES: usize = 64;
const DEEPEST: usize = 8;
const MOST_BYTES: usize = 4 << 20;

/// What the files say together. `broken`: a file could not be read or parsed, and reading on would only find follow-ups.
#[derive(Debug, Default)]
pub struct Gathered {
    pub root: Table,
    pub sources: Sources,
    pub diagnostics: Vec<Diagnostic>,
    pub broken: bool,
    /// Canonical paths from the first file down to the one being read.
    chain: Vec<PathBuf>,
}

/// Reads `path` and all it includes.
pub fn from_file(path: &Path) -> Gathered {
    let mut gathered = Gathered::default();
    if let Some(root) = gathered.file(path, None) {
        gathered.root = root;
    }
    gathered
}

/// As if `text` were a file called `name`.
pub fn from_text(name: &str, text: &str) -> Gathered {
    let mut gathered = Gathered::default();
    let folder = Path::new(name).parent().unwrap_or(Path::new("")).to_owned();
    gathered.root = gathered.text(Source::new(name, &folder, text.to_owned(), None));
    gathered
}

impl Gathered {
    fn refuse(&mut self, diagnostic: Diagnostic) {
        self.broken = true;
        self.diagnostics.push(diagnostic);
    }

    fn file(&mut self, path: &Path, asked: Option<Place>) -> Option<Table> {
        let shown = path.display();
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.refuse(Diagnostic::new(Code::Unreadable, asked, format!("cannot read `{shown}`: {error}")));
                return None;
            }
        };
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.chain.contains(&canonical) {
            self.refuse(Diagnostic::new(Code::Include, asked, format!("`{shown}` includes itself")));
            return None;
        }
        let so_far: usize = self.sources.0.iter().map(|source| source.text.len()).sum();
        if self.chain.len() >= DEEPEST || self.sources.0.len() >= MOST_FILES || so_far + bytes.len() > MOST_BYTES {
            let limits = format!("at most {MOST_FILES} files, {DEEPEST} deep, {MOST_BYTES} bytes in all");
            let told = Diagnostic::new(Code::Include, asked, format!("`{shown}` is too much for one configuration"));
            self.refuse(told.help(limits));
            return None;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let source = |text: String| Source::new(&shown.to_string(), folder, text, asked);
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.chain.push(canonical);
                let root = self.text(source(text));
                self.chain.pop();
                Some(root)
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let place = Place::new(self.sources.0.len(), at..at);
                self.sources.0.push(source(String::from_utf8_lossy(error.as_bytes()).into_owned()));
                let told = Diagnostic::new(Code::NotUtf8, place, format!("`{shown}` is not UTF-8"));
                self.refuse(told.expected("this byte is part of no character").help("save the file as UTF-8"));
                None
            }
        }
    }

    fn text(&mut self, mut source: Source) -> Table {
        // A byte order mark is no part of the text; columns count from behind it.
        if let Some(rest) = source.text.strip_prefix('\u{feff}') {
            source.text = rest.to_owned();
        }
        let parsed = tree::parse(self.sources.0.len(), &source.text);
        let folder = source.folder.clone();
        self.sources.0.push(source);
        self.diagnostics.extend(parsed.diagnostics);
        self.broken |= parsed.broken;
        let mut root = parsed.root;
        if parsed.broken {
            return root;
        }
        let Some(include) = root.0.get("include").map(|entry| entry.node.clone()) else { return root };
        for (name, place) in self.names(&include) {
            if let Some(other) = self.file(&folder.join(name), Some(place)) {
                merge(&mut root, other, "", &mut self.diagnostics);
            }
        }
        root
    }

    fn names(&mut self, include: &Node) -> Vec<(String, Place)> {
        let items = match &include.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(include),
        };
        let mut names = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(name) if matches!(include.value, Value::List(_)) => names.push((name.clone(), item.place)),
                _ => {
                    let told = Diagnostic::new(Code::WrongType, item.place, format!("`include` has {}", item.kind()));
                    self.refuse(told.expected("expected an array of file names, as in [\"routes.toml\"]"));
                }
            }
        }
        names
    }
}

/// At most one byte more than is allowed: a device has no end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Puts what `other` defines into `base`. Tables flow together; everything else is defined once.
fn merge(base: &mut Table, other: Table, path: &str, diagnostics: &mut Vec<Diagnostic>) {
    for (key, entry) in other.0 {
        if path.is_empty() && key == "include" {
            continue;
        }
        let Some(first) = base.0.get_mut(&key) else {
            base.0.insert(key, entry);
            continue;
        };
        let whole = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (&mut first.node.value, entry.node.value) {
            (Value::Table(mine), Value::Table(theirs)) => merge(mine, theirs, &whole, diagnostics),
            (mine, _) => {
                let told = Diagnostic::new(Code::Duplicate, entry.key, format!("`{whole}` is defined in two files"))
                    .expected("defined again")
                    .related(first.key, "first defined here");
                let list = matches!(mine, Value::List(_));
                let reason = format!("write all of `{whole}` in one file, because their order counts");
                diagnostics.push(if list { told.help(reason) } else { told });
            }
        }
    }
}
