//! `[ldap.NAME]`: a directory elsewhere.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::{Item, Placed, Shape};
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{SECOND, choice, flag, list, path, some, span, whole, word};
use crate::identity::ldap::id::IdAttribute;
use crate::identity::ldap::settings::{Groups, OnOutage, Reach, Settings};
use crate::identity::ldap::{authorities_fault, filter_fault};

use super::is_name;
use super::top::Users;

/// The authorities that Debian trusts.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
const URL: Shape<'static> = ("a URL of a directory", "\"ldaps://dc1.example.jp\" or \"ldap://dc1.example.jp:389\"");
const SERVERS: &str = "[\"ldaps://dc1.example.jp\", \"ldaps://dc2.example.jp\"]";
const LOGINS: [&str; 4] = ["sAMAccountName", "userPrincipalName", "uid", "mail"];
const PHONES: [&str; 3] = ["mobile", "otherMobile", "telephoneNumber"];

/// What the servers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ad,
    OpenLdap,
    Generic,
}

/// One place as it is written.
struct Server {
    url: String,
    tls: bool,
    near: bool,
    place: Place,
}

/// In the order of the text; `None` where one is wrong.
pub fn read(top: &Section<'_>, users: Option<&Users>) -> Option<Vec<Settings>> {
    let mut named = top.named("ldap");
    named.sort_by_key(|(_, key, _)| *key);
    let all: Vec<_> = named.into_iter().map(|(name, key, section)| one(name, key, section, users)).collect();
    all.into_iter().collect()
}

fn one(name: &str, key: Place, section: Section<'_>, users: Option<&Users>) -> Option<Settings> {
    const OUTAGES: [(&str, OnOutage); 2] = [("close", OnOutage::Close), ("keep", OnOutage::Keep)];
    const KINDS: [(&str, Kind); 3] = [("ad", Kind::Ad), ("openldap", Kind::OpenLdap), ("generic", Kind::Generic)];
    let good = is_name(name);
    if !good {
        let told =
            Diagnostic::new(Code::BadValue, key, format!("a directory cannot be called `{}`", name.escape_debug()));
        section.reader.tell(told.expected("expected at most 64 letters, digits, `_` and `-`"));
    }
    let kind = section.required("kind", "\"ad\"", choice(&KINDS));
    let servers = section.required("servers", SERVERS, some(SERVERS, server));
    let starttls = section.or("starttls", flag, false);
    let ca = section.placed("ca", path);
    let bind = bind(&section);
    let base = section.required("base", "\"dc=example,dc=jp\"", dn);
    let logins =
        section.or("login_attributes", some("[\"uid\", \"mail\"]", attribute), LOGINS.map(String::from).into());
    let filter = section.optional("filter", filter);
    let id = section.optional("id_attribute", choice(&IdAttribute::ALL));
    let phones = section.or("phones", list("[\"mobile\"]", attribute), PHONES.map(String::from).into());
    let named = |key, usual: &str| section.or(key, attribute, usual.to_owned());
    let (email, full_name, locale) =
        (named("email", "mail"), named("name", "displayName"), named("locale", "preferredLanguage"));
    let groups = groups(&section, kind, base.as_deref());
    let password = password(&section, users);
    let why = "each question takes up to two connections";
    let connections = section.or("connections", whole(1..=64, why), 4);
    let why = "the person waits for it";
    let timeout = section.or("timeout", span(SECOND / 2..=30 * SECOND, why), Duration::from_secs(5));
    let on_outage = section.or("on_outage", choice(&OUTAGES), OnOutage::Close);
    let tls = servers.as_deref().and_then(|servers| encryption(&section, servers, starttls, ca));
    section.done_with_secrets();
    let id =
        id.or_else(|| kind.map(|kind| if kind == Kind::Ad { IdAttribute::ObjectGuid } else { IdAttribute::EntryUuid }));
    let settings = Settings {
        name: Arc::from(name),
        servers: servers?.into_iter().map(|server| server.url).collect(),
        starttls,
        ca: tls?,
        bind: bind?,
        base: base?,
        logins,
        filter,
        id: id?,
        phones,
        email,
        full_name,
        locale,
        groups: groups?,
        password,
        connections,
        timeout,
        on_outage,
    };
    good.then_some(settings)
}

/// Who searches; `Some(None)` is nobody.
fn bind(section: &Section<'_>) -> Option<Option<(String, crate::domain::secret::Secret<String>)>> {
    let name = section.optional("bind_dn", word(512));
    let password = section.optional("bind_password", secret);
    for (one, other) in [("bind_dn", "bind_password"), ("bind_password", "bind_dn")] {
        if let (Some(entry), None) = (section.entry(one), section.entry(other)) {
            section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, format!("`{one}` goes with `{other}`")));
            return None;
        }
    }
    match (section.entry("bind_dn"), name, password) {
        (None, _, _) => Some(None),
        (Some(_), name, password) => Some(Some((name?, password?))),
    }
}

fn groups(section: &Section<'_>, kind: Option<Kind>, base: Option<&str>) -> Option<Groups> {
    const REACHES: [(&str, Reach); 3] = [("nested", Reach::Nested), ("direct", Reach::Direct), ("none", Reach::None)];
    let reach = section.or("groups", choice(&REACHES), Reach::Nested);
    let own_base = section.optional("group_base", dn);
    let name = section.or("group_name", attribute, "cn".to_owned());
    let members = section.optional("group_members", some("[\"member\"]", attribute));
    let (kind, base) = (kind?, base?);
    let usual = if kind == Kind::Ad { vec!["member"] } else { vec!["member", "uniqueMember"] };
    Some(Groups {
        reach: if kind == Kind::Ad && reach == Reach::Nested { Reach::Rule } else { reach },
        base: own_base.unwrap_or_else(|| base.to_owned()),
        name,
        members: members.unwrap_or_else(|| usual.into_iter().map(str::to_owned).collect()),
        posix: kind != Kind::Ad,
    })
}

/// One page asks everybody, so a password is asked of everybody or of nobody.
fn password(section: &Section<'_>, users: Option<&Users>) -> bool {
    const WAYS: [(&str, bool); 2] = [("bind", true), ("none", false)];
    let password = section.or("password", choice(&WAYS), true);
    if let Some(users) = users.filter(|users| users.password != password && section.is_sound("password")) {
        let place = section.entry("password").map_or(section.place, |entry| entry.node.place);
        let message = match users.password {
            true => "[users] asks for a password, and this directory would take anybody's word for who they are",
            false => "this directory asks for a password, and [users] says `password = false`",
        };
        let told = Diagnostic::new(Code::Conflict, place, message);
        section
            .reader
            .tell(told.help("`password = \"bind\"` here goes with `password = true` there, \"none\" with false"));
    }
    password
}

/// Who vouches for the servers; `Some(None)` where all of them are on this machine, and nothing is encrypted.
fn encryption(
    section: &Section<'_>,
    servers: &[Server],
    starttls: bool,
    ca: Option<Placed<PathBuf>>,
) -> Option<Option<PathBuf>> {
    let tell = |diagnostic: Diagnostic| section.reader.tell(diagnostic);
    let mut sound = true;
    for server in servers.iter().filter(|server| !server.tls && !server.near && !starttls) {
        let message = "passwords, numbers and who is who would travel unencrypted";
        tell(Diagnostic::new(Code::BadValue, server.place, message).help("write ldaps://, or `starttls = true`"));
        sound = false;
    }
    if let (true, true, Some(entry)) = (starttls, servers.iter().all(|server| server.tls), section.entry("starttls")) {
        tell(Diagnostic::new(Code::Conflict, entry.key, "`starttls` does nothing for ldaps://, which is TLS already"));
        sound = false;
    }
    let with_tls = starttls || servers.iter().any(|server| server.tls);
    if with_tls && section.entry("ca").is_some() {
        sound &= ca.is_some();
    }
    for server in servers.iter().filter(|server| with_tls && server.url.contains('[')) {
        let message = "a certificate can be held against a name or an IPv4 address here, not against an IPv6 address";
        tell(Diagnostic::new(Code::BadValue, server.place, message).help("write the server's name"));
        sound = false;
    }
    let authorities = match (ca, with_tls) {
        (None, false) => None,
        (Some(ca), false) => {
            tell(Diagnostic::new(Code::Conflict, ca.place, "`ca` does nothing without TLS").help("write ldaps://"));
            return None;
        }
        (Some(ca), true) => Some(ca),
        (None, true) => Some(Placed { value: PathBuf::from(AUTHORITIES), place: section.place }),
    };
    if let Some(fault) = authorities.as_ref().and_then(|ca| authorities_fault(Path::new(&ca.value))) {
        let place = authorities.as_ref().map_or(section.place, |ca| ca.place);
        tell(Diagnostic::new(Code::Certificate, place, fault).help("name the authority of your servers in `ca`"));
        sound = false;
    }
    sound.then(|| authorities.map(|ca| ca.value))
}

fn server(item: Item<'_>) -> Option<Server> {
    let text = item.text(URL)?;
    if text.contains('@') {
        item.reader.hide(item.place());
    }
    let Ok(url) = Url::parse(text) else { return item.bad(URL) };
    let tls = match url.scheme() {
        "ldaps" => true,
        "ldap" => false,
        _ => return item.bad(URL),
    };
    let bare = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    // Of a scheme that is not the web's, addresses are read as names.
    let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
    let host = Host::parse(&host).ok();
    match host.filter(|_| bare && url.port() != Some(0)) {
        Some(host) => {
            let near = match &host {
                Host::Domain(name) => name == "localhost",
                Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
                Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
            };
            let port = url.port().unwrap_or(if tls { 636 } else { 389 });
            Some(Server { url: format!("{}://{host}:{port}", url.scheme()), tls, near, place: item.place() })
        }
        None => item.bad(URL),
    }
}

fn attribute(item: Item<'_>) -> Option<String> {
    const SHAPE: Shape<'static> = ("the name of an attribute", "\"telephoneNumber\"");
    let text = item.text(SHAPE)?;
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    if plain && (1..=64).contains(&text.len()) { Some(text.to_owned()) } else { item.bad(SHAPE) }
}

fn dn(item: Item<'_>) -> Option<String> {
    const SHAPE: Shape<'static> = ("a distinguished name", "\"dc=example,dc=jp\"");
    let text = item.text(SHAPE)?;
    let sound = text.contains('=') && text.len() <= 512 && !text.chars().any(char::is_control);
    if sound { Some(text.trim().to_owned()) } else { item.bad(SHAPE) }
}

fn filter(item: Item<'_>) -> Option<String> {
    let text = item.text(("a filter", "\"(objectClass=person)\""))?;
    match filter_fault(text) {
        None => Some(text.to_owned()),
        Some(expected) => item.tell(Code::BadValue, "`filter` is no filter of LDAP", |d| d.expected(expected)),
    }
}
