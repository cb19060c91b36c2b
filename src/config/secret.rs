//! Secrets: written out, or in a file, a variable of the environment, or a systemd credential.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroize;

use crate::domain::secret::Secret;

use super::diagnostic::{Code, Diagnostic};
use super::reader::{Item, Reader, Shape};
use super::source::Place;
use super::tree::{Entry, Value};

const SECRET: Shape<'static> = ("a secret", "\"…\", { file = \"…\" }, { env = \"…\" } or { credential = \"…\" }");
const SOURCES: [&str; 3] = ["file", "env", "credential"];

/// Longer than any token, short enough not to read a device to its end.
const MOST_BYTES: u64 = 64 * 1024;

/// Reads a secret. Its value is in no diagnostic, and what holds it is starred out where lines are shown.
pub fn secret(item: Item<'_>) -> Option<Secret<String>> {
    let Value::Table(table) = &item.node.value else {
        item.reader.hide(item.place());
        let text = item.text(SECRET)?;
        warn_of_open_configuration(item);
        return settle(item, text.to_owned());
    };
    let mut found = None;
    for (name, Entry { key, node }) in &table.0 {
        if !SOURCES.contains(&name.as_str()) {
            item.reader.hide(node.place);
            let told = Diagnostic::new(Code::UnknownKey, *key, format!("`{}` has no `{name}`", item.key));
            item.reader.tell(told.nearest(name, SOURCES).expected("expected `file`, `env` or `credential`"));
            return None;
        }
        found = Some((name.as_str(), Item { node, key: name, ..item }));
    }
    let (name, inner) = match found {
        Some(found) if table.0.len() == 1 => found,
        _ => return item.bad(SECRET),
    };
    let text = inner.text(("a string", "\"…\""))?;
    let value = match name {
        "file" => from_file(inner, &item.reader.path(inner.place(), text)),
        "env" => from_environment(inner, text),
        _ => from_credential(inner, text),
    };
    settle(item, value?)
}

fn settle(item: Item<'_>, mut value: String) -> Option<Secret<String>> {
    value.truncate(value.trim_end_matches(['\r', '\n']).len());
    if value.trim().is_empty() {
        return item.tell(Code::Secret, format!("the secret `{}` is empty", item.key), |d| d);
    }
    if value.chars().any(char::is_control) {
        value.zeroize();
        return item.tell(Code::Secret, format!("the secret `{}` has more than one line", item.key), |d| d);
    }
    Some(Secret::new(value))
}

fn from_environment(item: Item<'_>, name: &str) -> Option<String> {
    let value = (item.reader.environment)(name);
    value.or_else(|| item.tell(Code::Secret, format!("the environment has no variable `{name}`"), |d| d))
}

fn from_credential(item: Item<'_>, name: &str) -> Option<String> {
    if name.is_empty() || name.contains('/') || name == ".." {
        return item.bad(("the name of a credential", "\"twilio\""));
    }
    match (item.reader.environment)("CREDENTIALS_DIRECTORY") {
        Some(folder) => from_file(item, &PathBuf::from(folder).join(name)),
        None => {
            let help = "systemd sets it where the unit has LoadCredential=";
            item.tell(Code::Secret, format!("no CREDENTIALS_DIRECTORY to read `{name}` from"), |d| d.help(help))
        }
    }
}

fn from_file(item: Item<'_>, path: &Path) -> Option<String> {
    let shown = path.display();
    let told = |reason: String| item.tell(Code::Secret, format!("cannot read the secret `{shown}`: {reason}"), |d| d);
    let small = std::fs::metadata(path).map(|m| m.is_file() && m.len() <= MOST_BYTES);
    match small.and_then(|small| if small { std::fs::read(path).map(Some) } else { Ok(None) }) {
        Ok(Some(bytes)) => {
            warn_of_readers(item.reader, item.place(), path);
            String::from_utf8(bytes).ok().or_else(|| told("it is not UTF-8".to_owned()))
        }
        Ok(None) => told(format!("it is no file of at most {MOST_BYTES} bytes")),
        Err(error) => told(error.to_string()),
    }
}

/// Warns when others than the owner may read `path`.
pub fn warn_of_readers(reader: &Reader<'_>, place: Place, path: &Path) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let mode = metadata.permissions().mode() & 0o777;
    let whom = if mode & 0o004 != 0 { "everybody" } else { "its group" };
    if mode & 0o044 != 0 {
        let message = format!("{whom} can read `{}` (mode {mode:04o})", path.display());
        let told = Diagnostic::new(Code::Readable, place, message);
        reader.tell(told.help(format!("chmod 600 {}", path.display())));
    }
}

/// A configuration that only names its secrets may be read by everybody; one that holds them may not.
fn warn_of_open_configuration(item: Item<'_>) {
    let Some(source) = item.reader.sources.get(item.place()) else { return };
    let mode = std::fs::metadata(&source.name).map(|m| m.permissions().mode());
    let told = item.reader.has_told(Code::Exposed, item.place().file);
    if !told && mode.is_ok_and(|mode| mode & 0o004 != 0) {
        let message = format!("`{}` holds a secret and everybody can read it", source.name);
        let help = format!("put the secret into a file of its own, or chmod 640 {}", source.name);
        item.tell::<()>(Code::Exposed, message, |d| d.help(help));
    }
}
