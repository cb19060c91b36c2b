//! `[upstream.NAME]`: an application behind the gate.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{Origin, origin};
use crate::config::reader::{Item, Placed};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{DAY, choice, span};
use crate::domain::host;
use crate::proxy::settings::{HostHeader, Upstream};

use super::is_name;

/// Every upstream that is defined; `None` where its definition is wrong.
pub type Upstreams = BTreeMap<String, Placed<Option<Upstream>>>;

pub fn read(top: &Section<'_>) -> Upstreams {
    let named = top.named("upstream").into_iter();
    named
        .map(|(name, key, section)| (name.to_owned(), Placed { value: upstream(name, key, section), place: key }))
        .collect()
}

fn upstream(name: &str, key: Place, section: Section<'_>) -> Option<Upstream> {
    const HOSTS: [(&str, HostHeader); 2] = [("preserve", HostHeader::Preserve), ("upstream", HostHeader::Upstream)];
    let good = is_name(name);
    if !good {
        let message = format!("an upstream cannot be called `{}`", name.escape_debug());
        let told = Diagnostic::new(Code::BadValue, key, message);
        section.reader.tell(told.expected("expected at most 64 letters, digits, `_` and `-`"));
    }
    let like = "\"http://127.0.0.1:8042\"";
    let place = section.entry("url").map_or(section.place, |entry| entry.node.place);
    let url = section.required("url", like, origin(like));
    let asked = section.placed("server_name", server_name);
    let host_header = section.or("host", choice(&HOSTS), HostHeader::Preserve);
    let timeout = |key, default: u64| {
        let bounds = Duration::from_millis(1)..=DAY;
        section.or(key, span(bounds, "without a limit, dead connections would pile up"), Duration::from_secs(default))
    };
    let connect_timeout = timeout("connect_timeout", 5);
    let read_timeout = timeout("read_timeout", 60);
    let write_timeout = timeout("write_timeout", 60);
    let idle_timeout = timeout("idle_timeout", 60);
    let written = section.entry("server_name").is_some();
    let server_name = url.as_ref().and_then(|url| verified_name(&section, url, place, asked, written));
    section.done();
    let (url, server_name) = (url?, server_name?);
    let (host, port) = (url.host, url.port);
    let upstream =
        Upstream { host, port, server_name, host_header, connect_timeout, read_timeout, write_timeout, idle_timeout };
    good.then_some(upstream)
}

/// The name that TLS is verified under; inside, `None` for plain http. Without a name nothing would be verified at all,
/// so that is refused.
fn verified_name(
    section: &Section<'_>,
    url: &Origin,
    place: Place,
    asked: Option<Placed<String>>,
    written: bool,
) -> Option<Option<String>> {
    match (url.https, asked) {
        (false, None) => Some(None),
        (false, Some(name)) => {
            let message = "`server_name` does nothing for an http upstream";
            section.reader.tell(Diagnostic::new(Code::Conflict, name.place, message));
            None
        }
        (true, Some(name)) => Some(Some(name.value)),
        (true, None) if written => None,
        (true, None) if url.is_address() => {
            let message = "nothing would be verified, because the upstream's `url` has an address and no name";
            let told = Diagnostic::new(Code::Conflict, place, message);
            section.reader.tell(told.help("add `server_name` with a name that the upstream's certificate carries"));
            None
        }
        (true, None) => Some(Some(url.host.clone())),
    }
}

fn server_name(item: Item<'_>) -> Option<String> {
    let shape = ("the name in the upstream's certificate", "\"app.example.jp\"");
    let text = item.text(shape)?;
    let is_address = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let name = host::canonical(text).filter(|name| !text.contains(':') && !is_address && !name.is_empty());
    match name {
        Some(name) => Some(name),
        None => item.tell(Code::BadValue, "`server_name` is no name, so nothing would be verified", |d| {
            d.expected(format!("expected {}, as in {}", shape.0, shape.1))
        }),
    }
}
