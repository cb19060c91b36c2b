//! `[[route]]`: which requests are guarded, by what, and where they go.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{method, network, route_host};
use crate::config::reader::{Item, Placed};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::tree::Value;
use crate::config::values::{DAY, choice, list, pattern, size, some, span, word};
use crate::domain::pattern::PathPattern;
use crate::domain::route::{Bounds, Ending};

use super::text::Gathering;
use super::{app_form, path};

/// What `require` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    Open,
    Deny,
    Otp,
}

/// A route as written, its names not yet looked up.
pub struct Draft {
    pub place: Place,
    pub name: Option<Placed<String>>,
    pub hosts: Vec<Placed<String>>,
    pub path: Option<Placed<PathPattern>>,
    pub methods: Vec<Placed<String>>,
    pub from: Vec<IpNet>,
    pub require: Option<Placed<Require>>,
    pub scope: Option<Placed<String>>,
    pub upstream: Option<Placed<String>>,
    pub object: Option<PathPattern>,
    pub end_on: Vec<Placed<Ending>>,
    pub form: Option<app_form::Draft>,
    pub bounds: Bounds,
    pub paths: path::Changes,
    /// Whether every condition could be read.
    pub sound: bool,
}

const REQUIRE: [(&str, Require); 3] = [("open", Require::Open), ("deny", Require::Deny), ("otp", Require::Otp)];

pub fn read(top: &Section<'_>, texts: &mut Gathering) -> Vec<Draft> {
    let routes = top.tables("route", false);
    if routes.is_empty() && top.entry("route").is_none() {
        let told = Diagnostic::new(Code::NoRoute, top.place, "there is no route, so every request is refused");
        top.reader.lack(top.spot("route"), told.help("add [[route]] with `path`, `require` and `upstream`"));
    }
    routes.into_iter().enumerate().map(|(index, section)| draft(section, index, texts)).collect()
}

fn draft(section: Section<'_>, index: usize, texts: &mut Gathering) -> Draft {
    let name = section.placed("name", word(64));
    let hosts = section.or("host", hosts, Vec::new());
    let pattern = section.required("path", "\"/**\"", placed(pattern));
    let methods = section.or("methods", list("[\"GET\"]", placed(method)), Vec::new());
    let from = section.or("from", list("[\"10.0.0.0/8\"]", network), Vec::new());
    let require = section.required("require", "\"otp\"", placed(choice(&REQUIRE)));
    let scope = section.placed("scope", word(64));
    let upstream = section.placed("upstream", word(64));
    let object = section.optional("object", object);
    let end_on = section.optional("end_on", endings).unwrap_or_default();
    refuse_strange_endings(&section, pattern.as_ref(), &methods, &end_on);
    let paths = path::changes(&section);
    let bounds = bounds(&section);
    let form = app_form::read(&section, pattern.as_ref().map(|pattern| &pattern.value), bounds);
    refuse_idle_keys(&section, require.as_ref().map(|r| r.value));
    // A condition that could not be read must not become one that everything meets.
    let conditions =
        ["host", "methods", "from", "object", "end_on", "scope", "upstream", "body_limit", "timeout", "login", "reset"];
    let sound = conditions.iter().chain(&path::KEYS).all(|key| section.is_sound(key));
    texts.route(&title(name.as_ref(), index), &section);
    let place = section.place;
    section.done();
    Draft {
        place,
        name,
        hosts,
        path: pattern,
        methods,
        from,
        require,
        scope,
        upstream,
        object,
        end_on,
        form,
        bounds,
        paths,
        sound,
    }
}

fn bounds(section: &Section<'_>) -> Bounds {
    let sane = Duration::from_millis(1)..=DAY;
    Bounds {
        body: section.optional("body_limit", size),
        silence: section.optional("timeout", span(sane, "without a limit, dead connections would pile up")),
    }
}

fn placed<'a, T>(read: impl Fn(Item<'a>) -> Option<T>) -> impl Fn(Item<'a>) -> Option<Placed<T>> {
    move |item| read(item).map(|value| Placed { value, place: item.place() })
}

fn hosts(item: Item<'_>) -> Option<Vec<Placed<String>>> {
    match &item.node.value {
        Value::Text(_) => placed(route_host)(item).map(|host| vec![host]),
        _ => list("[\"records.example.jp\"]", placed(route_host))(item),
    }
}

/// `"/logout"`, `"POST /logout"`, or several.
fn endings(item: Item<'_>) -> Option<Vec<Placed<Ending>>> {
    match &item.node.value {
        Value::Text(_) => placed(ending)(item).map(|ending| vec![ending]),
        _ => some("[\"/logout\", \"POST /session/end\"]", placed(ending))(item),
    }
}

fn ending(item: Item<'_>) -> Option<Ending> {
    let shape = ("the application's own logout", "\"/logout\" or \"POST /logout\"");
    let text = item.text(shape)?;
    let (named, path) = match text.split_once(' ') {
        Some((named, path)) => (Some(named), path),
        None => (None, text),
    };
    let path = match PathPattern::parse(path) {
        Ok(path) => path,
        Err(reason) => {
            let message = format!("`{}` has no path pattern in \"{}\"", item.key, text.escape_debug());
            return item.tell(Code::BadValue, message, |d| d.expected(reason));
        }
    };
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    if let Some(named) = named.filter(|named| !known.contains(named)) {
        let message = format!("nobody leaves an application by \"{}\"", named.escape_debug());
        let expected = format!("expected one of {}, or no method for any of them", known.join(", "));
        return item.tell(Code::BadValue, message, |d| d.expected(expected).nearest(named, known));
    }
    Some(Ending { method: named.map(str::to_owned), path })
}

/// An ending that no request of this route can be never ends anything.
fn refuse_strange_endings(
    section: &Section<'_>,
    path: Option<&Placed<PathPattern>>,
    methods: &[Placed<String>],
    end_on: &[Placed<Ending>],
) {
    for Placed { value: ending, place } in end_on {
        let text = ending.path.as_str();
        if path.is_some_and(|path| !path.value.covers(&ending.path)) {
            let message = format!("`end_on` never ends anything: the route's own `path` does not cover `{text}`");
            let told = Diagnostic::new(Code::Conflict, *place, message);
            section.reader.tell(told.help("put `end_on` into the route that forwards the logout"));
        }
        let goes = |method: &String| methods.is_empty() || methods.iter().any(|known| known.value == *method);
        if let Some(method) = ending.method.as_ref().filter(|method| !goes(method)) {
            let message = format!("`end_on` never ends anything: the route does not take {method}");
            section.reader.tell(Diagnostic::new(Code::Conflict, *place, message));
        }
    }
}

/// `{ path = "/patients/{id}" }`: which record a request is about.
fn object(item: Item<'_>) -> Option<PathPattern> {
    let shape = ("a table", "{ path = \"/patients/{id}\" }");
    let Value::Table(table) = &item.node.value else { return item.wrong(shape) };
    for (key, entry) in &table.0 {
        let told = match key.as_str() {
            "path" => continue,
            "query" | "form" => {
                let message = format!("an `object` from `{key}` is planned and not there yet");
                Diagnostic::new(Code::NotYet, entry.key, message).expected("expected `path`")
            }
            _ => {
                let message = format!("`object` has no `{key}`");
                Diagnostic::new(Code::UnknownKey, entry.key, message).nearest(key, ["path"]).expected("expected `path`")
            }
        };
        item.reader.tell(told);
        return None;
    }
    let Some(entry) = table.0.get("path") else { return item.bad(shape) };
    let inner = Item { node: &entry.node, key: "path", ..item };
    let pattern = pattern(inner)?;
    if !pattern.as_str().contains('{') {
        let message = "`object` would never say anything, because its `path` has no `{name}`";
        return inner.tell(Code::BadValue, message, |d| d.help("write `{id}` for the segment that names the record"));
    }
    Some(pattern)
}

/// Nothing is accepted that does nothing.
fn refuse_idle_keys(section: &Section<'_>, require: Option<Require>) {
    let idle: &[&str] = match require {
        Some(Require::Open) => &["scope", "text", "login", "reset"],
        // But for letter case: that is how a spelling of what is denied gets past.
        Some(Require::Deny) => &[
            "scope",
            "upstream",
            "object",
            "end_on",
            "login",
            "reset",
            "body_limit",
            "timeout",
            "kind",
            "encoded_slash",
            "path_params",
            "empty_segments",
            "charset",
            "text",
        ],
        Some(Require::Otp) | None => &[],
    };
    let word = if require == Some(Require::Deny) { "deny" } else { "open" };
    for key in idle {
        if let Some(entry) = section.entry(key) {
            let message = format!("`{key}` does nothing where `require` is \"{word}\"");
            section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, message));
        }
    }
}

/// How a route is called: by its name, or by its place in the table.
pub fn title(name: Option<&Placed<String>>, index: usize) -> Arc<str> {
    match name {
        Some(name) => name.value.as_str().into(),
        None => format!("route {}", index + 1).into(),
    }
}
