//! `[store]` with `kind = "redis"`: where the servers are, who we are to them, and what they must promise.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Item, Placed, Shape};
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::values::{choice, path, some, whole, word};
use crate::store::redis::check_authorities;
use crate::store::redis::settings::{Address, Mode, Settings};

use super::is_name;

/// The authorities that Debian trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
const URL: Shape<'static> = ("a URL of Redis", "\"redis://10.0.0.5:6379/0\" or \"rediss://redis.internal:6379\"");
const NODES: &str = "[\"redis://10.0.0.5:6379\", \"redis://10.0.0.6:6379\"]";
/// Keys that mean nothing to the embedded store.
const KEYS: [&str; 11] = [
    "url",
    "nodes",
    "mode",
    "master_name",
    "sentinel_user",
    "sentinel_password",
    "user",
    "password",
    "ca",
    "prefix",
    "wait_replicas",
];

/// One place as it is written.
#[derive(Clone)]
struct Node {
    tls: bool,
    address: Address,
    database: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Single,
    Sentinel,
    Cluster,
}

/// The settings; `None` where something is wrong, or where the store is another (then every key of this one is a mistake).
pub fn read(section: &Section<'_>, is_redis: bool) -> Option<Settings> {
    const MODES: [(&str, Kind); 3] =
        [("single", Kind::Single), ("sentinel", Kind::Sentinel), ("cluster", Kind::Cluster)];
    let kind = section.optional("mode", choice(&MODES));
    let port = if kind == Some(Kind::Sentinel) { 26379 } else { 6379 };
    let url = section.placed("url", node(port));
    let nodes = section.placed("nodes", some(NODES, node(port)));
    let master_name = section.optional("master_name", word(200));
    let user = section.optional("user", word(200));
    let password = section.optional("password", secret);
    let sentinel_user = section.optional("sentinel_user", word(200));
    let sentinel_password = section.optional("sentinel_password", secret);
    let ca = section.placed("ca", path);
    let prefix = section.optional("prefix", prefix);
    let why = "each write waits for that many servers";
    let wait_replicas = section.optional("wait_replicas", whole(0..=9, why));
    let sound = KEYS.iter().all(|key| section.is_sound(key));
    if !is_redis {
        foreign(section, &KEYS, "goes with `kind = \"redis\"`");
        return None;
    }
    let kind = kind.unwrap_or(Kind::Single);
    let found = match kind {
        Kind::Single => {
            foreign(section, &["nodes"], "goes with `mode = \"sentinel\"` or \"cluster\"; one server has a `url`");
            let missing = section.entry("nodes").is_none() && section.entry("url").is_none();
            if missing {
                section.required("url", "\"redis://127.0.0.1:6379\"", |_| Some(()));
            }
            url.map(|url| Placed { value: vec![url.value], place: url.place })
        }
        _ => {
            foreign(section, &["url"], "goes with `mode = \"single\"`; here are `nodes`");
            if section.entry("nodes").is_none() {
                section.required("nodes", NODES, |_| Some(()));
            }
            nodes
        }
    };
    let mode = match kind {
        Kind::Sentinel => {
            if section.entry("master_name").is_none() {
                section.required("master_name", "\"mymaster\"", |_| Some(()));
            }
            let (user, password) = (sentinel_user, sentinel_password);
            Mode::Sentinel { master_name: master_name?, user, password }
        }
        other => {
            let keys = ["master_name", "sentinel_user", "sentinel_password"];
            foreign(section, &keys, "goes with `mode = \"sentinel\"`");
            if other == Kind::Cluster { Mode::Cluster } else { Mode::Single }
        }
    };
    lonely(section, "user", "password");
    lonely(section, "sentinel_user", "sentinel_password");
    let (nodes, database, with_tls) = places(section, found?, kind)?;
    let tls = authorities(section, ca, with_tls)?;
    let (prefix, wait_replicas) = (prefix.unwrap_or_else(|| "sekisho".to_owned()), wait_replicas.unwrap_or(0));
    let settings = Settings { mode, nodes, tls, database, user, password, prefix, wait_replicas };
    sound.then_some(settings)
}

/// Refuses keys that do nothing here.
fn foreign(section: &Section<'_>, keys: &[&str], why: &str) {
    for key in keys {
        if let Some(entry) = section.entry(key) {
            section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, format!("`{key}` {why}")));
        }
    }
}

fn lonely(section: &Section<'_>, user: &str, password: &str) {
    if let (Some(entry), None) = (section.entry(user), section.entry(password)) {
        section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, format!("`{user}` goes with `{password}`")));
    }
}

fn places(section: &Section<'_>, found: Placed<Vec<Node>>, kind: Kind) -> Option<(Vec<Address>, u8, bool)> {
    let Placed { value: nodes, place } = found;
    let first = nodes.first()?.clone();
    let tell = |code, message: &str| section.reader.tell(Diagnostic::new(code, place, message));
    if nodes.iter().any(|node| node.tls != first.tls) {
        tell(Code::Conflict, "some of the `nodes` are redis:// and some rediss://");
        return None;
    }
    if kind != Kind::Single && nodes.iter().any(|node| node.database != 0) {
        tell(Code::Conflict, "`nodes` have no database; `prefix` keeps several gates apart");
        return None;
    }
    let is_near = |node: &Node| {
        let host = node.address.host.as_str();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    if !first.tls && !nodes.iter().all(is_near) {
        let told = Diagnostic::new(Code::Unencrypted, place, "passwords, sessions and counters travel unencrypted");
        section.reader.tell(told.help("write rediss://, and give the servers certificates"));
    }
    Some((nodes.into_iter().map(|node| node.address).collect(), first.database, first.tls))
}

/// Where TLS is asked for, who vouches for the servers.
fn authorities(section: &Section<'_>, ca: Option<Placed<PathBuf>>, with_tls: bool) -> Option<Option<PathBuf>> {
    let tell = |place, message: String| section.reader.tell(Diagnostic::new(Code::Certificate, place, message));
    match (ca, with_tls) {
        (None, false) => Some(None),
        (Some(ca), false) => {
            let told = Diagnostic::new(Code::Conflict, ca.place, "`ca` does nothing for redis://");
            section.reader.tell(told.help("write rediss://"));
            None
        }
        (Some(ca), true) => match check_authorities(&ca.value) {
            Ok(()) => Some(Some(ca.value)),
            Err(error) => {
                tell(ca.place, error.0);
                None
            }
        },
        (None, true) => match check_authorities(Path::new(AUTHORITIES)) {
            Ok(()) => Some(Some(PathBuf::from(AUTHORITIES))),
            Err(error) => {
                tell(section.place, format!("{}; name the authority in `ca`", error.0));
                None
            }
        },
    }
}

fn prefix(item: Item<'_>) -> Option<String> {
    let text = item.text(("a string", "\"sekisho\""))?;
    if is_name(text) {
        return Some(text.to_owned());
    }
    let expected = "expected at most 64 letters, digits, `_` and `-`";
    item.tell(Code::BadValue, format!("no key can begin with `{}`", text.escape_debug()), |d| d.expected(expected))
}

fn node<'a>(port: u16) -> impl Fn(Item<'a>) -> Option<Node> {
    move |item| {
        let text = item.text(URL)?;
        let Ok(url) = Url::parse(text) else {
            if text.contains('@') {
                item.reader.hide(item.place());
            }
            return item.bad(URL);
        };
        if !url.username().is_empty() || url.password().is_some() {
            item.reader.hide(item.place());
            let help = "write `user` and `password = { file = \"…\" }` beside it";
            return item.tell(Code::BadValue, "the URL of Redis has a user name or password in it", |d| d.help(help));
        }
        let tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return item.bad(URL),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let database = match url.path().trim_start_matches('/') {
            "" => Some(0),
            number => number.parse().ok(),
        };
        let bare = url.query().is_none() && url.fragment().is_none() && !host.is_empty() && url.port() != Some(0);
        match database {
            Some(database) if bare => {
                let address = Address { host, port: url.port().unwrap_or(port) };
                Some(Node { tls, address, database })
            }
            _ => item.bad(URL),
        }
    }
}
