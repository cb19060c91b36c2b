//! The doors between the rooms open one way, and the innermost room knows no I/O.
//!
//! Reads the source as text, so it needs no dependency and sees code that is compiled only somewhere else.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom: a room imports only from rows above its own.
const FLOORS: &[&[&str]] = &[
    &["domain"],
    &["gate"],
    &["net", "words"],
    &["store", "delivery", "identity", "telemetry"],
    &["pages"],
    &["proxy", "admin"],
    &["config"],
    &["app"],
    &["cli"],
];

/// What `domain` must not reach, because then it could no longer be tested with nothing but values.
/// Addresses (`std::net::IpAddr` and its kin) are values; sockets are not.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "axum",
    "pingora",
    "rand",
    "reqwest",
    "rusqlite",
    "tokio",
    "tracing",
];

const LONGEST_FILE: usize = 500;

#[test]
fn every_import_points_to_the_left() {
    assert_none(&findings(imports_that_point_the_other_way));
}

#[test]
fn the_domain_knows_no_input_and_no_output() {
    assert_none(&findings(impure_names));
}

#[test]
fn every_file_says_first_what_it_is_and_stays_readable() {
    let files = rust_files(&["src", "tests", "benches", "fuzz/fuzz_targets"]);
    assert_none(&files.iter().flat_map(shape_mistakes).collect::<Vec<_>>());
}

#[test]
fn an_import_to_the_right_is_noticed_however_it_is_written() {
    for (path, text) in [
        ("src/domain/route.rs", "use crate::proxy::Door;"),
        ("src/domain/route.rs", "use crate::{domain::Ask, store};"),
        ("src/domain/route.rs", "use super::super::gate::Gate;"),
        ("src/domain/route.rs", "use super::super::{domain::Ask, gate};"),
        ("src/domain/route.rs", "use {std::fmt, crate::cli};"),
        ("src/domain.rs", "use super::config::Settings;"),
        ("src/domain/mod.rs", "use self::super::config::Settings;"),
        ("src/domain/route/tests.rs", "fn f() { super::super::super::store::open() }"),
        ("src/domain/route.rs", "mod tests { use super::super::super::app::App; }"),
        ("src/gate/mint.rs", "let x = crate :: telemetry :: audit::line();"),
        ("src/store/redis.rs", "use crate::delivery::Courier;"),
        ("src/net/door.rs", "use crate::words::Text;"),
        ("src/proxy/door.rs", "use crate::admin;"),
        ("src/proxy/door.rs", "fn f(x: &'static str) { crate::app::run(x) }"),
        ("src/cli/run.rs", "use crate::*;"),
        ("src/pages/desk.rs", "macro_rules! m { () => { $crate::config::Settings } }"),
        ("src/attic/box.rs", "use crate::domain::Ask;"),
    ] {
        let found = imports_that_point_the_other_way(&planted(path, text));
        assert_eq!(found.len(), 1, "{path}: {text}\n{found:#?}");
    }
}

#[test]
fn an_import_to_the_left_is_left_alone() {
    for (path, text) in [
        ("src/gate/mint.rs", "use crate::domain::{Pass, Proof};"),
        ("src/gate/mint.rs", "use super::seams::{World, self};"),
        ("src/gate/mint.rs", "pub(crate) fn f() { self::g(); super::begin::h() }"),
        ("src/gate/mint.rs", "mod tests { use super::*; use super::super::seams; }"),
        ("src/domain/route.rs", "/// see [`crate::proxy`]\n/* use crate::cli; */ const A: &str = \"crate::store\";"),
        ("src/domain/route.rs", "const Q: char = '\"'; const R: &str = r#\"use \"crate::app\" \"#;"),
        ("src/app/mod.rs", "use crate::{config, proxy::{door, desk}, store::embedded as truth};"),
        ("src/main.rs", "use sekisho::cli; fn main() { sekisho::app::run() }"),
        ("src/lib.rs", "pub mod cli; pub use crate::domain::Ask;"),
    ] {
        let found = imports_that_point_the_other_way(&planted(path, text));
        assert!(found.is_empty(), "{path}: {text}\n{found:#?}");
    }
}

#[test]
fn the_outside_world_in_the_domain_is_noticed() {
    for text in [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "use std::time::{Duration, SystemTime};",
        "use std::time;",
        "use std::net::*;",
        "fn f() { ::std::thread::yield_now() }",
        "let now = std::time::Instant::now();",
        "use tokio::sync::Mutex;",
        "use pingora::prelude::*;",
    ] {
        let found = impure_names(&planted("src/domain/code.rs", text));
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert!(impure_names(&planted("src/store/embedded.rs", text)).is_empty(), "only the domain is held to it");
    }
    for text in ["use std::time::Duration;", "use std::net::{IpAddr, Ipv4Addr};", "use std::{fmt, str::FromStr};"] {
        assert!(impure_names(&planted("src/domain/code.rs", text)).is_empty(), "{text}");
    }
}

#[test]
fn a_file_without_a_heading_or_beyond_measure_is_noticed() {
    let long = format!("//! Long.\n{}", "\n".repeat(LONGEST_FILE));
    assert_eq!(shape_mistakes(&planted("src/a.rs", "use std::fmt;\n//! Late.")).len(), 1);
    assert_eq!(shape_mistakes(&planted("src/a.rs", &long)).len(), 1);
    assert!(shape_mistakes(&planted("src/a.rs", "//! Short.\n")).is_empty());
}

/// A source file and where it stands.
struct File {
    path: PathBuf,
    text: String,
}

fn planted(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

fn findings(judge: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    let files = rust_files(&["src"]);
    assert!(!files.is_empty(), "no source was read, so nothing was judged");
    files.iter().flat_map(judge).collect()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

fn rust_files(folders: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).filter(|path| path.exists()).collect();
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project can be listed") {
            let path = entry.expect("a folder of the project can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is UTF-8");
                let path = path.strip_prefix(root).expect("it was found below the root").to_path_buf();
                files.push(File { path, text });
            }
        }
    }
    files
}

fn shape_mistakes(file: &File) -> Vec<String> {
    let shown = file.path.display();
    let mut found = Vec::new();
    if !file.text.starts_with("//!") {
        found.push(format!("{shown}: does not begin with a `//!` line that says what it is"));
    }
    let lines = file.text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("{shown}: {lines} lines, {LONGEST_FILE} is the most"));
    }
    found
}

fn imports_that_point_the_other_way(file: &File) -> Vec<String> {
    let here = module_of(&file.path);
    // The two roots only declare and start the rooms.
    let Some(room) = here.first() else { return Vec::new() };
    let shown = file.path.display();
    let Some(floor) = floor_of(room) else {
        return vec![format!("{shown}: `{room}` is no room of the house; give it a place in the import order")];
    };
    let judge = |path: Vec<String>| -> Option<String> {
        let target = path.strip_prefix(&["crate".to_string()])?.first()?;
        if target == room {
            return None;
        }
        let allowed = floor_of(target).is_some_and(|other| other < floor);
        (!allowed).then(|| format!("{shown}: `{room}` imports `{}`, which is not to its left", path.join("::")))
    };
    paths(&file.text, &here).into_iter().filter_map(judge).collect()
}

fn impure_names(file: &File) -> Vec<String> {
    let here = module_of(&file.path);
    if here.first().is_none_or(|room| room != "domain") {
        return Vec::new();
    }
    let reaches = |path: &str| {
        IMPURE.iter().find(|name| {
            let below = path == **name || path.starts_with(&format!("{name}::"));
            let above = name.starts_with(&format!("{}::", path.trim_end_matches("::*")));
            below || above
        })
    };
    paths(&file.text, &here)
        .into_iter()
        .map(|path| path.join("::"))
        .filter_map(|path| {
            reaches(&path).map(|name| format!("{}: `domain` uses `{path}` (`{name}`)", file.path.display()))
        })
        .collect()
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

/// `src/domain/route/tests.rs` is the module `domain::route::tests`.
fn module_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    let name = parts.pop().unwrap_or_default();
    match name.trim_end_matches(".rs") {
        "mod" => {}
        "lib" | "main" if parts.is_empty() => {}
        stem => parts.push(stem.to_string()),
    }
    parts
}

/// Every path the text names, groups unfolded, and those of this crate told from its root (`crate::room::…`).
fn paths(text: &str, here: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut scan = Scan { tokens: &tokens, at: 0, module: here.to_vec(), found: Vec::new() };
    // For each open brace, whether it opened an inline module.
    let mut braces = Vec::new();
    while let Some(token) = scan.peek(0) {
        match token {
            "mod" if scan.peek(2) == Some("{") => {
                scan.module.push(scan.peek(1).unwrap_or_default().to_string());
                braces.push(true);
                scan.at += 3;
            }
            "{" => {
                braces.push(false);
                scan.at += 1;
            }
            "}" => {
                if braces.pop() == Some(true) {
                    scan.module.pop();
                }
                scan.at += 1;
            }
            "use" => {
                scan.at += 1;
                scan.tree(&[]);
            }
            "::" => scan.at += 1,
            name if is_name(name) && scan.peek(1) == Some("::") => scan.tree(&[]),
            _ => scan.at += 1,
        }
    }
    scan.found
}

struct Scan<'a> {
    tokens: &'a [String],
    at: usize,
    module: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<&str> {
        self.tokens.get(self.at + ahead).map(String::as_str)
    }

    /// Reads one path or one tree of a `use`, from its first name or brace.
    fn tree(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        if self.peek(0) == Some("::") {
            self.at += 1;
        }
        loop {
            match self.peek(0) {
                Some("{") => return self.group(&path),
                Some("*") => {
                    path.push("*".into());
                    self.at += 1;
                    break;
                }
                Some(name) if is_name(name) => {
                    let name = name.to_string();
                    self.step(&mut path, name);
                    self.at += 1;
                }
                _ => break,
            }
            if self.peek(0) != Some("::") {
                break;
            }
            self.at += 1;
        }
        self.found.push(path);
    }

    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while let Some(token) = self.peek(0) {
            match token {
                "}" => {
                    self.at += 1;
                    return;
                }
                name if name == "{" || name == "*" || name == "::" || is_name(name) => {
                    self.tree(prefix);
                    if self.peek(0) == Some("as") {
                        self.at += 2;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn step(&self, path: &mut Vec<String>, name: String) {
        match (name.as_str(), path.is_empty()) {
            ("self", true) => path.extend(self.ancestor(0)),
            ("super", true) => path.extend(self.ancestor(1)),
            ("self", false) => {}
            ("super", false) => {
                path.pop();
            }
            _ => path.push(name),
        }
    }

    fn ancestor(&self, up: usize) -> Vec<String> {
        let kept = self.module.len().saturating_sub(up);
        std::iter::once("crate".to_string()).chain(self.module[..kept].iter().cloned()).collect()
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names and punctuation; comments, strings, characters and lifetimes are dropped.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['b' | 'c', '"', ..] => 1 + string(&rest[1..]),
            ['r', '"' | '#', ..] if raw_string(rest) > 0 => raw_string(rest),
            ['b' | 'c', 'r', '"' | '#', ..] if raw_string(&rest[1..]) > 0 => 1 + raw_string(&rest[1..]),
            ['\'', '\\', ..] => 3 + rest.iter().skip(3).take_while(|c| **c != '\'').count() + 1,
            ['\'', _, '\'', ..] => 3,
            ['\'', ..] => 1 + rest.iter().skip(1).take_while(|c| c.is_alphanumeric() || **c == '_').count(),
            [':', ':', ..] => {
                found.push("::".to_string());
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let name: String = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                let length = name.chars().count();
                found.push(name);
                length
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    found
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// How long the raw string is that begins here, 0 if none does (`r#type` is a name).
fn raw_string(rest: &[char]) -> usize {
    let marks = rest.iter().skip(1).take_while(|c| **c == '#').count();
    if rest.get(1 + marks) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', marks)).collect();
    let body = &rest[2 + marks..];
    let length = body.windows(end.len()).position(|window| window == end).unwrap_or(body.len());
    2 + marks + length + end.len()
}
