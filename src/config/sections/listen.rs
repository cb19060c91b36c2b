//! `[listen]`: where requests come in.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::address;
use crate::config::reader::{Item, Placed, Shape};
use crate::config::secret::warn_of_readers;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{DAY, choice, flag, path, socket_path, span};
use crate::proxy::certificate::{Certificate, Fault};
use crate::proxy::clients::verifier;
use crate::proxy::settings::{Address, Clients, Hsts, Listener, Tls, TlsFiles, TlsVersion};

use super::top::Client;

/// A listener and where its table stands.
pub type Placement = Placed<Listener>;

pub fn read(top: &Section<'_>) -> Option<Vec<Placement>> {
    let sections = top.tables("listen", true);
    if sections.is_empty() && top.entry("listen").is_none() {
        let help = "add [listen] with `address = \"0.0.0.0:443\"`, `certificate` and `key`";
        let told = Diagnostic::new(Code::MissingKey, top.place, "nothing is listened on");
        top.reader.lack(top.spot("listen"), told.help(help));
        return None;
    }
    let listeners: Vec<_> = sections.into_iter().map(listener).collect();
    let listeners: Vec<_> = listeners.into_iter().collect::<Option<_>>()?;
    refuse_doubles(top, &listeners);
    Some(listeners)
}

fn listener(section: Section<'_>) -> Option<Placement> {
    let place = section.place;
    let address = section.required("address", "\"0.0.0.0:443\"", listened);
    let mode = section.placed("mode", mode);
    if let (Some(Address::Tcp(_)), Some(mode)) = (&address, &mode) {
        let told = Diagnostic::new(Code::Conflict, mode.place, "`mode` does nothing without a Unix socket");
        section.reader.tell(told.help("it says who may open the socket's file; an address has none"));
    }
    let pairs = pairs(&section);
    let minimum =
        section.or("minimum_tls", choice(&[("1.2", TlsVersion::V12), ("1.3", TlsVersion::V13)]), TlsVersion::V12);
    let clients = clients(&section, pairs.as_deref());
    let proxy_protocol = section.or("proxy_protocol", flag, false);
    let hsts = hsts(&section);
    if pairs.as_ref().is_some_and(Vec::is_empty)
        && let Some(entry) = section.entry("minimum_tls")
    {
        let told = Diagnostic::new(Code::Conflict, entry.key, "`minimum_tls` does nothing without a certificate");
        section.reader.tell(told);
    }
    if let (Some(Address::Unix { .. }), Some([_, ..])) = (&address, pairs.as_deref()) {
        let told = Diagnostic::new(Code::Conflict, place, "TLS is not spoken over a Unix socket");
        section.reader.tell(told.help("leave out the certificate; nobody on the way can listen in"));
    }
    section.done();
    let address = match (address?, mode) {
        (Address::Unix { path, .. }, Some(mode)) => Address::Unix { path, mode: mode.value },
        (address, _) => address,
    };
    let (certificates, clients) = (pairs?, clients?);
    let tls = (!certificates.is_empty()).then_some(Tls { certificates, minimum, clients });
    Some(Placed { value: Listener { address, tls, proxy_protocol, hsts }, place })
}

/// What only its owner and group can open, where nothing else is said.
const MODE: u32 = 0o660;

fn listened(item: Item<'_>) -> Option<Address> {
    let text = item.text(("an address with a port", "\"0.0.0.0:443\" or \"unix:/run/sekisho/http.sock\""))?;
    match text.strip_prefix("unix:") {
        Some(written) => Some(Address::Unix { path: socket_path(item, written)?, mode: MODE }),
        None => address(item).map(Address::Tcp),
    }
}

/// Permissions as `chmod` takes them. A number would be read as a decimal one, which nobody means.
fn mode(item: Item<'_>) -> Option<u32> {
    const SHAPE: Shape<'static> = ("permissions", "\"660\"");
    let text = item.text(SHAPE)?;
    let octal = text.bytes().all(|b| (b'0'..=b'7').contains(&b)) && (3..=4).contains(&text.len());
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| octal && *mode <= 0o777 && mode & 0o600 == 0o600);
    mode.or_else(|| item.bad(SHAPE))
}

/// The certificates with their keys: `certificate` and `key` for one, `certificates` for several; none for plain http.
fn pairs(section: &Section<'_>) -> Option<Vec<TlsFiles>> {
    let one = pair(section);
    let tables = section.tables("certificates", false);
    let Some(entry) = section.entry("certificates") else { return one.map(|one| one.into_iter().collect()) };
    if section.entry("certificate").is_some() || section.entry("key").is_some() {
        let told = Diagnostic::new(Code::Conflict, entry.key, "`certificates` and `certificate` exclude each other");
        section.reader.tell(told.help("write every pair into `certificates`; the first answers where no name fits"));
    } else if tables.is_empty() && section.is_sound("certificates") {
        section.reader.tell(Diagnostic::new(Code::BadValue, entry.node.place, "`certificates` is empty"));
    }
    let several = tables.into_iter().map(|table| {
        let files = pair(&table);
        if let Some(None) = files {
            let told = Diagnostic::new(
                Code::MissingKey,
                table.place,
                "a pair in `certificates` lacks `certificate` and `key`",
            );
            table.reader.tell(told);
        }
        table.done();
        files.flatten()
    });
    several.collect::<Vec<_>>().into_iter().collect()
}

/// `Some(None)` where there is neither of the two.
fn pair(section: &Section<'_>) -> Option<Option<TlsFiles>> {
    let certificate = section.placed("certificate", path);
    let key = section.placed("key", path);
    let written = |name: &str| section.entry(name).map(|entry| entry.key);
    let lonely = match (written("certificate"), written("key")) {
        (None, None) => return Some(None),
        (Some(there), None) => Some((there, "certificate", "key")),
        (None, Some(there)) => Some((there, "key", "certificate")),
        (Some(_), Some(_)) => None,
    };
    if let Some((there, this, other)) = lonely {
        let told = Diagnostic::new(Code::Conflict, there, format!("`{this}` is useless without `{other}`"));
        section.reader.lack(section.spot(other), told.help("give both for TLS, or neither for plain http"));
    }
    let (certificate, key) = certificate.zip(key)?;
    Some(Some(files(section, certificate, key)))
}

fn files(section: &Section<'_>, certificate: Placed<PathBuf>, key: Placed<PathBuf>) -> TlsFiles {
    let files = TlsFiles { certificate: certificate.value, key: key.value };
    for fault in Certificate::load(&files).err().unwrap_or_default() {
        let place = match fault {
            Fault::Certificate(_) => certificate.place,
            Fault::Key(_) => key.place,
        };
        section.reader.tell(Diagnostic::new(Code::Certificate, place, fault.words()));
    }
    warn_of_readers(section.reader, key.place, &files.key);
    files
}

/// Whose client certificates are asked for; inside, `None` for nobody's. The files are read here, because whoever serves
/// with them later can only fail.
fn clients(section: &Section<'_>, pairs: Option<&[TlsFiles]>) -> Option<Option<Clients>> {
    const ASKED: [(&str, Option<bool>); 3] = [("off", None), ("optional", Some(false)), ("required", Some(true))];
    let asked = section.or("client_certificates", choice(&ASKED), None);
    let ca = section.placed("client_ca", path);
    let crl = section.placed("client_crl", path);
    for key in ["client_certificates", "client_ca", "client_crl"] {
        if let Some(entry) = section.entry(key).filter(|_| pairs.is_some_and(<[_]>::is_empty)) {
            let message = format!("`{key}` does nothing without a certificate");
            section.reader.tell(Diagnostic::new(Code::Conflict, entry.key, message));
            return None;
        }
    }
    let sound = ["client_certificates", "client_ca", "client_crl"].iter().all(|key| section.is_sound(key));
    let written = section.entry("client_ca").or_else(|| section.entry("client_crl"));
    let (required, ca) = match (asked, ca) {
        (None, _) => {
            let pointless = written.filter(|_| sound);
            if let Some(entry) = pointless {
                let told = Diagnostic::new(Code::Conflict, entry.key, "no client certificate is asked for");
                let help = "add `client_certificates = \"optional\"`, or \"required\" to let nobody in without one";
                section.reader.lack(section.spot("client_certificates"), told.help(help));
            }
            return sound.then_some(None).filter(|_| pointless.is_none());
        }
        (Some(_), None) => {
            let told = Diagnostic::new(Code::MissingKey, section.place, "nobody vouches for client certificates");
            let help = "add `client_ca = \"/etc/sekisho/tls/clients-ca.pem\"`, the authority that issues them";
            section.reader.lack(section.spot("client_ca"), told.help(help));
            return None;
        }
        (Some(required), Some(ca)) => (required, ca),
    };
    let place = crl.as_ref().map_or(ca.place, |crl| crl.place);
    let clients = Clients { required, ca: ca.value, crl: crl.map(|crl| crl.value) };
    if let Err(message) = verifier(&clients) {
        section.reader.tell(Diagnostic::new(Code::Certificate, place, message));
        return None;
    }
    sound.then_some(Some(clients))
}

fn hsts(section: &Section<'_>) -> Option<Hsts> {
    let why = "browsers remember it that long, whatever happens to the certificate meanwhile";
    let max_age = section.optional("hsts", span(Duration::ZERO..=DAY * 730, why));
    let subdomains = section.or("hsts_subdomains", flag, false);
    if let (true, None, Some(entry)) = (subdomains, section.entry("hsts"), section.entry("hsts_subdomains")) {
        let told = Diagnostic::new(Code::Conflict, entry.key, "`hsts_subdomains` does nothing without `hsts`");
        section.reader.lack(section.spot("hsts"), told.help("add `hsts = \"365d\"`"));
    }
    max_age.map(|max_age| Hsts { max_age, subdomains })
}

fn refuse_doubles(top: &Section<'_>, listeners: &[Placement]) {
    for (index, later) in listeners.iter().enumerate() {
        let clash = listeners[..index].iter().find_map(|first| Some((first, clash(first, later)?)));
        if let Some((first, message)) = clash {
            let told = Diagnostic::new(Code::SameName, later.place, message);
            top.reader.tell(told.related(first.place, "first here"));
        }
    }
}

/// Why two listeners cannot be there together. `[::]` takes IPv4 too, and an unspecified address takes all others.
fn clash(first: &Placement, later: &Placement) -> Option<String> {
    let (first, later) = (&first.value.address, &later.value.address);
    let twice = || format!("{later} is listened on twice");
    let (a, b) = match (first, later) {
        (Address::Unix { path: a, .. }, Address::Unix { path: b, .. }) => return (a == b).then(twice),
        (Address::Tcp(a), Address::Tcp(b)) if a.port() == b.port() && a.port() != 0 => (a, b),
        _ => return None,
    };
    if a.ip().to_canonical() == b.ip().to_canonical() {
        return Some(twice());
    }
    let covers = |all: &std::net::SocketAddr, one: &std::net::SocketAddr| {
        all.ip().is_unspecified() && (all.is_ipv6() || one.ip().to_canonical().is_ipv4())
    };
    match (covers(a, b), covers(b, a)) {
        (true, _) => Some(format!("{later} is listened on twice: {first} takes it too")),
        (_, true) => Some(format!("{first} is listened on twice: {later} takes it too")),
        _ => None,
    }
}

/// What listeners do nothing with, or must not do, seen together with who is trusted and what people see. `https`: where
/// that is written, if it is.
pub fn cross(top: &Section<'_>, listeners: &[Placement], client: &Client, https: Option<Place>) {
    for one in listeners {
        let Listener { address, proxy_protocol, hsts, .. } = &one.value;
        let (known, whom) = match address {
            Address::Tcp(_) => (client.trusts_an_address(), "name the proxies that send the PROXY protocol"),
            Address::Unix { .. } => (client.trusts_unix(), "add \"unix\", for whoever can open the socket,"),
        };
        if *proxy_protocol && !known {
            let message = format!("whoever connects to {address} could say that they are somebody else");
            let told = Diagnostic::new(Code::Conflict, one.place, message);
            let help = format!("{whom} in [client] trusted_proxies");
            top.reader.lack(("client.trusted_proxies".to_owned(), top.place), told.help(help));
        }
        if hsts.is_some() && https.is_none() {
            let told = Diagnostic::new(Code::Conflict, one.place, "`hsts` does nothing, because `public_url` is http");
            top.reader.tell(told);
        }
    }
    if let Some(https) = https.filter(|_| !client.trusts_an_address() && !client.trusts_unix()) {
        warn_of_plain(top, listeners, https);
    }
}

/// Where plain http comes in although people see https, and nobody is trusted to have spoken TLS before. One that only
/// leads people to the listener with TLS is what it should be.
fn warn_of_plain(top: &Section<'_>, listeners: &[Placement], public_url: Place) {
    let tls = listeners.iter().any(|listener| listener.value.tls.is_some());
    for plain in listeners.iter().filter(|listener| listener.value.tls.is_none()) {
        let address = &plain.value.address;
        if tls && !address.is_local() {
            continue;
        }
        let message = format!("{address} speaks plain http, but people see https");
        let help = match address.is_local() {
            true => "name the proxy that speaks TLS in [client] trusted_proxies, or give a certificate and a key",
            false => {
                "everybody is led to https there, which nobody speaks: give a certificate and a key, or name the proxy \
                 that speaks TLS in [client] trusted_proxies"
            }
        };
        let told = Diagnostic::new(Code::NoTrustedProxy, plain.place, message).help(help);
        top.reader.tell(told.related(public_url, "https here"));
    }
}
