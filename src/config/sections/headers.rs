//! `[headers]`: under which names an upstream is told who is asking.

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::header_name;
use crate::config::reader::Item;
use crate::config::section::Section;
use crate::proxy::settings::{FieldName, HeaderNames};

/// Names that a request cannot do without, or that say something else: whatever the caller sends under one of ours is
/// removed.
const TAKEN: [&str; 33] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "if-match",
    "if-none-match",
    "keep-alive",
    "origin",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "sekisho-decision-secret",
    "sekisho-emergency",
    "sekisho-pass",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-proto",
];

pub fn read(top: &Section<'_>) -> HeaderNames {
    let section = top.table("headers");
    let default = HeaderNames::default();
    let names = HeaderNames {
        user: section.or("user", free_name, default.user),
        groups: section.or("groups", free_name, default.groups),
        email: section.or("email", free_name, default.email),
        name: section.or("name", free_name, default.name),
        sources: Vec::new(),
    };
    refuse_doubles(&section, &names);
    section.done();
    names
}

pub fn free_name(item: Item<'_>) -> Option<FieldName> {
    let name = header_name(item)?;
    if TAKEN.contains(&fold(&name).as_str()) {
        let message = format!("`{}` cannot be `{name}`", item.key);
        let help = "whatever callers send under this name would be removed, and requests need it";
        return item.tell(Code::BadValue, message, |d| d.help(help));
    }
    Some(name.into())
}

/// As CGI, WSGI and PHP see it: there `_` and `.` are the same as `-`.
fn fold(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

fn refuse_doubles(section: &Section<'_>, names: &HeaderNames) {
    let all = [("user", &names.user), ("groups", &names.groups), ("email", &names.email), ("name", &names.name)];
    for (index, (key, name)) in all.iter().enumerate() {
        let Some((other, _)) = all[..index].iter().find(|(_, first)| fold(first.as_str()) == fold(name.as_str()))
        else {
            continue;
        };
        let place = section.entry(key).or_else(|| section.entry(other)).map(|entry| entry.node.place);
        let message = format!("`{key}` and `{other}` are one header, `{name}`");
        section.reader.tell(Diagnostic::new(Code::SameName, place.unwrap_or(section.place), message));
    }
}
