//! `[upstream.NAME]`: an application behind the gate.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{Origin, origin};
use crate::config::reader::{Item, Placed};
use crate::config::secret::warn_of_readers;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{DAY, HOUR, choice, flag, path, some, span, whole};
use crate::domain::host;
use crate::domain::path::RequestPath;
use crate::proxy::certificate::{Certificate, Fault, check_roots};
use crate::proxy::settings::{Balance, Health, HostHeader, Http, Server, TlsFiles, TlsUpstream, Upstream};

use super::{is_name, path};

/// Every upstream that is defined; `None` where its definition is wrong.
pub type Upstreams = BTreeMap<String, Placed<Option<Upstream>>>;

const LIKE: &str = "\"http://127.0.0.1:8042\"";
const LIKES: &str = "[\"http://10.0.0.1:8042\", \"http://10.0.0.2:8042\"]";

pub fn read(top: &Section<'_>) -> Upstreams {
    let named = top.named("upstream").into_iter();
    named
        .map(|(name, key, section)| (name.to_owned(), Placed { value: upstream(name, key, section), place: key }))
        .collect()
}

fn upstream(name: &str, key: Place, section: Section<'_>) -> Option<Upstream> {
    const HOSTS: [(&str, HostHeader); 2] = [("preserve", HostHeader::Preserve), ("upstream", HostHeader::Upstream)];
    const VERSIONS: [(&str, Http); 2] = [("1.1", Http::One), ("2", Http::Two)];
    const WAYS: [(&str, Balance); 2] = [("round_robin", Balance::RoundRobin), ("client", Balance::Client)];
    let good = is_name(name);
    if !good {
        let message = format!("an upstream cannot be called `{}`", name.escape_debug());
        let told = Diagnostic::new(Code::BadValue, key, message);
        section.reader.tell(told.expected("expected at most 64 letters, digits, `_` and `-`"));
    }
    let urls = urls(&section);
    let asked = section.placed("server_name", server_name);
    let tls = tls(&section, urls.as_deref());
    let http = section.or("http", choice(&VERSIONS), Http::One);
    let balance = section.or("balance", choice(&WAYS), Balance::RoundRobin);
    let health = health(&section);
    let host_header = section.or("host", choice(&HOSTS), HostHeader::Preserve);
    let rewrite_location = section.or("rewrite_location", flag, true);
    let forwarded = section.or("forwarded", flag, false);
    let own_login = section.or("own_login", flag, false);
    let paths = path::read(&section);
    let timeout = |key, default: u64| {
        let bounds = Duration::from_millis(1)..=DAY;
        section.or(key, span(bounds, "without a limit, dead connections would pile up"), Duration::from_secs(default))
    };
    let connect_timeout = timeout("connect_timeout", 5);
    let read_timeout = timeout("read_timeout", 60);
    let write_timeout = timeout("write_timeout", 60);
    let idle_timeout = timeout("idle_timeout", 60);
    let written = section.entry("server_name").is_some();
    let servers = urls.and_then(|urls| servers(&section, &urls, asked, written));
    section.done();
    let (servers, tls) = (servers?, tls?);
    let upstream = Upstream {
        servers,
        tls,
        http,
        balance,
        health: health?,
        host_header,
        rewrite_location,
        forwarded,
        own_login,
        paths,
        connect_timeout,
        read_timeout,
        write_timeout,
        idle_timeout,
    };
    good.then_some(upstream)
}

/// Where it is: one `url`, or several `servers`.
fn urls(section: &Section<'_>) -> Option<Vec<Placed<Origin>>> {
    let placed = |item: Item<'_>| origin(LIKE)(item).map(|value| Placed { value, place: item.place() });
    let several = section.placed("servers", some(LIKES, placed));
    let Some(list) = section.entry("servers") else {
        return section.required("url", LIKE, placed).map(|url| vec![url]);
    };
    let one = section.optional("url", placed);
    if let Some(url) = section.entry("url") {
        let told = Diagnostic::new(Code::Conflict, list.key, "`servers` and `url` exclude each other");
        section.reader.tell(told.related(url.key, "one server here").help("put them all into `servers`"));
        return None;
    }
    debug_assert!(one.is_none(), "there is no `url` here");
    several.map(|several| several.value)
}

fn servers(
    section: &Section<'_>,
    urls: &[Placed<Origin>],
    asked: Option<Placed<String>>,
    written: bool,
) -> Option<Vec<Server>> {
    let first = urls.first()?;
    let mut sound = true;
    for (index, url) in urls.iter().enumerate() {
        if url.value.https != first.value.https {
            let message = "the servers of one upstream have one scheme";
            section
                .reader
                .tell(Diagnostic::new(Code::Conflict, url.place, message).related(first.place, "another here"));
            sound = false;
        }
        let same = |other: &&Placed<Origin>| (&other.value.host, other.value.port) == (&url.value.host, url.value.port);
        if let Some(double) = urls[..index].iter().find(same) {
            let told = Diagnostic::new(Code::SameName, url.place, "this server is there twice");
            section.reader.tell(told.related(double.place, "first here"));
            sound = false;
        }
    }
    if let (false, Some(name)) = (first.value.https, &asked) {
        let message = "`server_name` does nothing for an http upstream";
        section.reader.tell(Diagnostic::new(Code::Conflict, name.place, message));
        return None;
    }
    let server = |url: &Placed<Origin>| {
        let name = verified_name(section, url, asked.as_ref().map(|name| name.value.as_str()), written)?;
        Some(Server { host: url.value.host.clone(), port: url.value.port, name })
    };
    let servers: Vec<_> = urls.iter().map(server).collect();
    servers.into_iter().collect::<Option<_>>().filter(|_| sound)
}

/// The name that TLS is verified under; inside, `None` for plain http. Without a name nothing would be verified at all,
/// so that is refused.
fn verified_name(
    section: &Section<'_>,
    url: &Placed<Origin>,
    asked: Option<&str>,
    written: bool,
) -> Option<Option<String>> {
    match asked {
        _ if !url.value.https => Some(None),
        Some(name) => Some(Some(name.to_owned())),
        None if written => None,
        None if url.value.is_address() => {
            let message = "nothing would be verified, because the upstream's `url` has an address and no name";
            let told = Diagnostic::new(Code::Conflict, url.place, message);
            section.reader.tell(told.help("add `server_name` with a name that the upstream's certificate carries"));
            None
        }
        None => Some(Some(url.value.host.clone())),
    }
}

fn server_name(item: Item<'_>) -> Option<String> {
    let shape = ("the name in the upstream's certificate", "\"app.example.jp\"");
    let text = item.text(shape)?;
    let is_address = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    let name = host::canonical(text).filter(|name| !text.contains(':') && !is_address && !name.is_empty());
    match name {
        Some(name) => Some(name.into_owned()),
        None => item.tell(Code::BadValue, "`server_name` is no name, so nothing would be verified", |d| {
            d.expected(format!("expected {}, as in {}", shape.0, shape.1))
        }),
    }
}

/// The files are read here, because whoever connects with them later can only fail.
fn tls(section: &Section<'_>, urls: Option<&[Placed<Origin>]>) -> Option<TlsUpstream> {
    let ca = section.placed("ca", path);
    let certificate = section.placed("client_certificate", path);
    let key = section.placed("client_key", path);
    let written = |name: &str| section.entry(name).map(|entry| entry.key);
    let plain = urls.and_then(|urls| urls.first()).is_some_and(|url| !url.value.https);
    let mut sound = true;
    for name in ["ca", "client_certificate", "client_key"] {
        if let Some(place) = written(name).filter(|_| plain) {
            let message = format!("`{name}` does nothing for an http upstream");
            section.reader.tell(Diagnostic::new(Code::Conflict, place, message));
            sound = false;
        }
        sound &= section.is_sound(name);
    }
    let lonely = match (written("client_certificate"), written("client_key")) {
        (Some(there), None) => Some((there, "client_certificate", "client_key")),
        (None, Some(there)) => Some((there, "client_key", "client_certificate")),
        _ => None,
    };
    if let Some((there, this, other)) = lonely {
        let told = Diagnostic::new(Code::Conflict, there, format!("`{this}` is useless without `{other}`"));
        section.reader.lack(section.spot(other), told);
        sound = false;
    }
    let mut tell = |place: Place, message: String| {
        section.reader.tell(Diagnostic::new(Code::Certificate, place, message));
        sound = false;
    };
    if let Some(ca) = &ca
        && let Err(message) = check_roots(&ca.value)
    {
        tell(ca.place, message);
    }
    let client = certificate.zip(key).map(|(certificate, key)| {
        let files = TlsFiles { certificate: certificate.value, key: key.value };
        for fault in Certificate::load(&files).err().unwrap_or_default() {
            let place = if matches!(fault, Fault::Key(_)) { key.place } else { certificate.place };
            tell(place, fault.words().to_owned());
        }
        warn_of_readers(section.reader, key.place, &files.key);
        files
    });
    sound.then(|| TlsUpstream { ca: ca.map(|ca| ca.value), client })
}

fn health(upstream: &Section<'_>) -> Option<Health> {
    const OFTEN: RangeInclusive<Duration> = Duration::from_millis(100)..=HOUR;
    let section = upstream.table("health");
    let health = Health {
        path: section.optional("path", health_path),
        status: section.or("status", whole(200..=599, "it is the status of a final answer"), 200),
        interval: section.or("interval", span(OFTEN, "a server is asked again after that"), Duration::from_secs(5)),
        timeout: section.or("timeout", span(OFTEN, "an answer that is later is none"), Duration::from_secs(2)),
        fails: section.or("fails", whole(1..=100, "checks in a row"), 2),
        passes: section.or("passes", whole(1..=100, "checks in a row"), 1),
    };
    let sound = section.is_sound("path");
    section.done();
    sound.then_some(health)
}

fn health_path(item: Item<'_>) -> Option<String> {
    let shape = ("a path", "\"/health\"");
    let text = item.text(shape)?;
    let plain = text.starts_with('/') && RequestPath::read(text.as_bytes()).is_ok_and(|path| path.is_plain());
    if plain { Some(text.to_owned()) } else { item.bad(shape) }
}
