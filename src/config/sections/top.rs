//! The keys before the first table, and the small tables `[client]`, `[page]` and `[users]`.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{Origin, method, network, origin, served_host};
use crate::config::reader::{Item, Placed};
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{HOUR, choice, flag, line, list, path, region, some, span, whole, word};
use crate::domain::contact::Region;
use crate::domain::path::RequestPath;
use crate::proxy::settings::{Carrier, Forwarding};

/// What stands before the first table.
pub struct Top {
    pub public: Placed<Origin>,
    pub workers: usize,
    pub prefix: String,
    /// Canonical; the one of `public_url` first.
    pub hosts: Vec<String>,
    pub methods: Vec<String>,
    /// How long requests may take to end after SIGTERM, and how long new ones are still taken meanwhile.
    pub drain: (Duration, Duration),
    /// Whether hosts and methods are what the operator meant, so that routes can be held against them.
    pub sound: bool,
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

pub fn read(top: &Section<'_>) -> Option<Top> {
    // Read before the tree was made; asked for here so that it is known.
    top.or("include", |_| Some(()), ());
    let like = "\"https://records.example.jp\"";
    let public =
        top.required("public_url", like, |item| origin(like)(item).map(|value| Placed { value, place: item.place() }));
    let hosts = top.or("hosts", list("[\"www.example.jp\"]", served_host), Vec::new());
    let workers = top.or("workers", whole(0..=1024, "0 means one for each core"), 0);
    let prefix = top.or("prefix", prefix, "/.sekisho/".to_owned());
    let methods = top.or("methods", some("[\"GET\", \"POST\"]", method), METHODS.map(str::to_owned).to_vec());
    let why = "whoever stops the service waits that long";
    let seconds = |key, default| top.or(key, span(Duration::ZERO..=HOUR, why), Duration::from_secs(default));
    let drain = (seconds("drain", 25), seconds("drain_delay", 0));
    let public = public?;
    warn_of_plain(top, &public);
    let mut served = vec![public.value.host.clone()];
    for host in hosts {
        if !served.contains(&host) {
            served.push(host);
        }
    }
    let sound = top.is_sound("hosts") && top.is_sound("methods");
    Some(Top { public, workers, prefix, hosts: served, methods, drain, sound })
}

/// Read first of all, because other defaults are made of it.
pub fn data(top: &Section<'_>) -> PathBuf {
    top.or("data", path, PathBuf::from("/var/lib/sekisho"))
}

fn warn_of_plain(top: &Section<'_>, public: &Placed<Origin>) {
    if !public.value.https && !public.value.is_loopback() {
        let message = "codes and passes would travel unencrypted, because `public_url` is http";
        let told = Diagnostic::new(Code::Unencrypted, public.place, message);
        top.reader.tell(told.help("give [listen] a certificate and a key, and write https here"));
    }
}

fn prefix(item: Item<'_>) -> Option<String> {
    let shape = ("a path that begins and ends with a slash", "\"/.sekisho/\"");
    let text = item.text(shape)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    let whole = text.len() > 2 && text.ends_with('/') && text.bytes().all(plain);
    if whole && RequestPath::read(text.as_bytes()).is_ok_and(|path| path.is_plain()) {
        Some(text.to_owned())
    } else {
        item.bad(shape)
    }
}

/// `[client]`: peers whose forwarding headers are believed, and which of them.
pub struct Client {
    pub proxies: Vec<IpNet>,
    pub unix: bool,
    pub forwarding: Forwarding,
    /// Whether what was read of the proxies is what the operator meant.
    sound: bool,
}

impl Client {
    /// Whether some peer with an address is trusted, or was meant to be.
    pub fn trusts_an_address(&self) -> bool {
        !self.sound || !self.proxies.is_empty()
    }

    /// Whether who comes over a Unix socket is trusted, or was meant to be.
    pub fn trusts_unix(&self) -> bool {
        !self.sound || self.unix
    }
}

pub fn client(top: &Section<'_>) -> Client {
    const HEADERS: [(&str, Carrier); 3] = [
        ("x-forwarded-for", Carrier::XForwardedFor),
        ("forwarded", Carrier::Forwarded),
        ("x-real-ip", Carrier::XRealIp),
    ];
    let section = top.table("client");
    let trusted = section.or("trusted_proxies", list("[\"10.0.0.5\"]", trusted), Vec::new());
    let Forwarding { header, proto, host } = Forwarding::default();
    let forwarding = Forwarding {
        header: section.or("header", choice(&HEADERS), header),
        proto: section.or("proto", flag, proto),
        host: section.or("host", flag, host),
    };
    let sound = section.is_sound("trusted_proxies");
    section.done();
    Client { sound, unix: trusted.contains(&None), proxies: trusted.into_iter().flatten().collect(), forwarding }
}

/// A network; `None` for whoever can open a Unix socket of ours.
fn trusted(item: Item<'_>) -> Option<Option<IpNet>> {
    if item.text(("a network", "\"10.0.0.0/8\", \"192.0.2.1\" or \"unix\""))? == "unix" {
        return Some(None);
    }
    let net = network(item)?;
    if net.prefix_len() == 0 {
        let message = "every address is trusted to say which address it speaks for";
        let help = "name your own proxies: then nobody else can pretend to come from elsewhere";
        item.tell::<()>(Code::TrustsEverybody, message, |d| d.help(help));
    }
    Some(Some(net))
}

/// `[page]`: brand and help.
pub fn page(top: &Section<'_>) -> (String, String) {
    let section = top.table("page");
    let brand = section.or("brand", word(60), "Sekisho".to_owned());
    let help = section.or("help", line(200), String::new());
    section.done();
    (brand, help)
}

/// `[users]`.
pub struct Users {
    pub phone_region: Region,
    pub password: bool,
    /// Where it says that there is no password.
    pub without: Option<Place>,
}

pub fn users(top: &Section<'_>) -> Option<Users> {
    let section = top.table("users");
    let phone_region = section.required("phone_region", "\"JP\"", region);
    let place = section.entry("password").map(|entry| entry.node.place);
    let password = section.or("password", flag, true);
    section.done();
    Some(Users { phone_region: phone_region?, password, without: place.filter(|_| !password) })
}
