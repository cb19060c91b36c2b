//! `[source.NAME]`: how a request itself shows who is calling.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{header_name, is_open, network, web};
use crate::config::reader::{Item, Placed, Reader};
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{SECOND, choice, list, path, some, span, word};
use crate::domain::scope::FORM;
use crate::identity::sources::settings::{
    Bearer, Certificate, Header, Kind, Oidc, Place as Keys, Rules, Said, Settings, Subject, Whoami,
};
use crate::pages::cookies::is_ours;

use super::headers::free_name;
use super::is_name;
use super::listen::Placement;
use super::scope::Scopes;
use super::top::{Client, Users};

/// Every source that is defined; `None` where its definition is wrong.
pub type Sources = BTreeMap<String, Placed<Option<Settings>>>;

#[derive(Clone, Copy)]
enum Named {
    Header,
    Certificate,
    Basic,
    Bearer,
    Whoami,
    Oidc,
}

const KINDS: [(&str, Named); 6] = [
    ("header", Named::Header),
    ("certificate", Named::Certificate),
    ("basic", Named::Basic),
    ("bearer", Named::Bearer),
    ("whoami", Named::Whoami),
    ("oidc", Named::Oidc),
];

pub fn read(top: &Section<'_>) -> Sources {
    let one = |(name, key, section): (&str, Place, Section<'_>)| {
        (name.to_owned(), Placed { value: source(name, key, section), place: key })
    };
    top.named("source").into_iter().map(one).collect()
}

/// What scopes can name.
pub fn names(top: &Section<'_>) -> Vec<String> {
    let named = top.entry("source").and_then(|entry| entry.node.table());
    let named = named.into_iter().flat_map(|table| table.0.keys().cloned());
    std::iter::once(FORM.to_owned()).chain(named).collect()
}

/// One name in a scope's `sources`.
pub fn known<'a>(names: &[String]) -> impl Fn(Item<'a>) -> Option<std::sync::Arc<str>> {
    move |item| {
        let text = item.text(("the name of a source", "\"form\""))?;
        if names.iter().any(|name| name == text) {
            return Some(text.into());
        }
        let message = format!("the source `{}` is not defined", text.escape_debug());
        item.tell(Code::Undefined, message, |told| {
            let told = told.nearest(text, names.iter().map(String::as_str));
            match told.nearest.clone() {
                Some(near) => told.expected(format!("did you mean `{near}`?")),
                None => told.help(format!("add [source.{text}], or name \"form\" for the page where a name is typed")),
            }
        })
    }
}

fn source(name: &str, key: Place, section: Section<'_>) -> Option<Settings> {
    let good = is_name(name) && name != FORM;
    if !good {
        let told = Diagnostic::new(Code::BadValue, key, format!("a source cannot be called `{}`", name.escape_debug()));
        let told = told.expected("expected at most 64 letters, digits, `_` and `-`");
        section.reader.tell(told.help("\"form\" is the page where a name is typed; it is always there"));
    }
    let named = section.required("kind", "\"header\"", choice(&KINDS));
    let domain = section.optional("domain", domain);
    let kind = named.and_then(|named| match named {
        Named::Header => header(&section),
        Named::Certificate => certificate(&section),
        Named::Basic => Some(Kind::Basic),
        Named::Bearer => bearer(&section),
        Named::Whoami => whoami(&section),
        Named::Oidc => oidc(&section, name),
    });
    let sound = section.is_sound("domain");
    // What else may be there is the kind's to say.
    if named.is_some() {
        section.done_with_secrets();
    }
    kind.filter(|_| good && sound).map(|kind| Settings { kind, domain })
}

fn domain(item: Item<'_>) -> Option<String> {
    let domain = word(253)(item)?;
    match domain.contains(['@', ' ']) {
        true => item.bad(("what names end in behind the `@`", "\"example.jp\"")),
        false => Some(domain),
    }
}

fn header(section: &Section<'_>) -> Option<Kind> {
    let field = section.required("header", "\"X-Auth-User\"", free_name);
    let from = section.optional("from", list("[\"10.0.0.5\"]", from)).unwrap_or_default();
    section.is_sound("from").then_some(())?;
    Some(Kind::Header(Header { field: field?.as_str().to_ascii_lowercase(), from }))
}

fn from(item: Item<'_>) -> Option<IpNet> {
    let net = network(item)?;
    if net.prefix_len() == 0 {
        let help = "name the proxy that sets the header: anybody else could write any name into it";
        return item.tell(Code::BadValue, "every address is believed to say who is calling", |d| d.help(help));
    }
    Some(net)
}

fn certificate(section: &Section<'_>) -> Option<Kind> {
    const LOGINS: [(&str, Subject); 5] = [
        ("email", Subject::Email),
        ("upn", Subject::Upn),
        ("dns", Subject::Dns),
        ("uri", Subject::Uri),
        ("cn", Subject::Cn),
    ];
    let login = section.required("login", "\"email\"", choice(&LOGINS));
    let issuer = section.optional("issuer", word(128));
    section.is_sound("issuer").then_some(())?;
    Some(Kind::Certificate(Certificate { login: login?, issuer }))
}

/// Whoever could change keys on their way here could pass for anybody.
fn safe_web(item: Item<'_>) -> Option<String> {
    let url = web("\"https://login.example.jp/keys\"")(item)?;
    if is_open(&url) {
        let help = "https, or http on this machine alone: whoever changes the answer on its way can pass for anybody";
        return item.tell(Code::BadValue, format!("`{}` travels unencrypted", item.key), |d| d.help(help));
    }
    Some(url.to_string())
}

fn jwks(item: Item<'_>) -> Option<Keys> {
    let text = item.text(("a URL or a file", "\"https://login.example.jp/keys\" or \"/etc/sekisho/keys.json\""))?;
    match text.contains("://") {
        true => safe_web(item).map(Keys::Url),
        false => path(item).map(Keys::File),
    }
}

fn bearer(section: &Section<'_>) -> Option<Kind> {
    let jwks = section.required("jwks", "\"https://login.example.jp/keys\"", jwks);
    let issuer = section.required("issuer", "\"https://login.example.jp\"", word(400));
    let audience = section.required("audience", "\"records\"", word(400));
    let claim = section.required("claim", "\"preferred_username\"", word(200));
    let rules = Rules { issuer: issuer?, audience: audience?, claim: claim? };
    Some(Kind::Bearer(Bearer { rules, jwks: jwks? }))
}

fn oidc(section: &Section<'_>, name: &str) -> Option<Kind> {
    // As it is written: it must be, to the letter, what the provider calls itself.
    let issuer = section.required("issuer", "\"https://login.example.jp\"", |item| {
        safe_web(item)?;
        word(400)(item)
    });
    let client_id = section.required("client_id", "\"sekisho\"", word(400));
    let client_secret = section.optional("client_secret", secret);
    let scopes = section.optional("scopes", list("[\"openid\", \"profile\"]", word(100)));
    let claim = section.required("claim", "\"preferred_username\"", word(200));
    let title = section.optional("title", word(60)).unwrap_or_else(|| name.to_owned());
    if let (Some(scopes), Some(entry)) = (&scopes, section.entry("scopes"))
        && !scopes.iter().any(|scope| scope == "openid")
    {
        let told = Diagnostic::new(Code::Conflict, entry.node.place, "without \"openid\" there is no ID token");
        section.reader.tell(told);
    }
    ["client_secret", "scopes", "title"].iter().all(|key| section.is_sound(key)).then_some(())?;
    Some(Kind::Oidc(Oidc {
        issuer: issuer?,
        client_id: client_id?,
        client_secret,
        scopes: scopes.unwrap_or_else(|| vec!["openid".to_owned(), "profile".to_owned()]),
        claim: claim?,
        title,
    }))
}

fn whoami(section: &Section<'_>) -> Option<Kind> {
    let like = "\"http://127.0.0.1:8042/api/me\"";
    let url = section.required("url", like, |item| {
        let url = web(like)(item)?;
        if is_open(&url) {
            let message = format!("`{}` travels unencrypted", item.key);
            let help =
                "whoever listens on the way reads the cookies, and whoever changes the answer can pass for anybody";
            item.tell::<()>(Code::Unencrypted, message, |d| d.help(help));
        }
        Some(url.to_string())
    });
    let cookies = section.required("cookies", "[\"sessionid\"]", some("[\"sessionid\"]", cookie));
    let json = section.placed("json", word(200));
    let field = section.placed("header", header_name);
    let why = "the person waits for it";
    let timeout = section.optional("timeout", span(SECOND..=30 * SECOND, why)).unwrap_or(3 * SECOND);
    let sound = ["json", "header", "timeout"].iter().all(|key| section.is_sound(key));
    let said = match (json, field) {
        (Some(json), None) => Some(Said::Json(json.value)),
        (None, Some(field)) => Some(Said::Header(field.value.to_ascii_lowercase())),
        (Some(json), Some(_)) => {
            let told = Diagnostic::new(Code::Conflict, json.place, "`json` and `header` exclude each other");
            section.reader.tell(told);
            None
        }
        (None, None) if sound => {
            let told =
                Diagnostic::new(Code::MissingKey, section.place, "where the name stands in the answer is missing");
            let told = told.help("add `json = \"/user/name\"`, a JSON pointer, or `header = \"X-User\"`");
            section.reader.lack(section.spot("json"), told);
            None
        }
        (None, None) => None,
    };
    sound.then_some(())?;
    Some(Kind::Whoami(Whoami { url: url?, cookies: cookies?, said: said?, timeout }))
}

/// The name of a cookie that is the application's.
fn cookie(item: Item<'_>) -> Option<String> {
    let name = word(128)(item)?;
    let token = name.bytes().all(|b| b.is_ascii_graphic() && !b"=;,\"\\()<>@:/[]?{}".contains(&b));
    match token && !is_ours(name.as_bytes()) {
        true => Some(name),
        false => item.bad(("the name of a cookie of the application", "\"sessionid\"")),
    }
}

/// What sources need elsewhere, and those that nobody asks.
pub fn cross(
    reader: &Reader<'_>,
    sources: &Sources,
    scopes: &Scopes,
    (client, listeners, users): (&Client, Option<&[Placement]>, Option<&Users>),
) {
    let tell = |place: Place, code: Code, message: String, help: &str| {
        reader.tell(Diagnostic::new(code, place, message).help(help));
    };
    for (name, placed) in sources {
        let Some(settings) = &placed.value else { continue };
        let proxies = client.trusts_an_address() || client.trusts_unix();
        let asked = |one: &Placement| one.value.tls.as_ref().is_some_and(|tls| tls.clients.is_some());
        match &settings.kind {
            Kind::Header(header) if header.from.is_empty() && !proxies => tell(
                placed.place,
                Code::Conflict,
                format!("nobody is believed to say who is calling by the header of `{name}`"),
                "name the proxy that sets it: `from` here, or `trusted_proxies` in [client]",
            ),
            Kind::Certificate(_) if listeners.is_some_and(|all| !all.iter().any(asked)) => tell(
                placed.place,
                Code::Conflict,
                format!("no listener asks for the certificates of `{name}`"),
                "add `client_certificates = \"optional\"` and `client_ca` to a [listen] with TLS",
            ),
            Kind::Basic if users.is_some_and(|users| !users.password) => tell(
                placed.place,
                Code::Conflict,
                format!("`{name}` brings passwords, and users have none"),
                "`password = true` in [users] gives them one",
            ),
            _ => {}
        }
        let used = |scope: &Placed<Option<std::sync::Arc<crate::domain::scope::Scope>>>| {
            scope.value.as_ref().is_none_or(|scope| scope.sources.iter().any(|source| source.as_ref() == name))
        };
        if !scopes.values().any(used) {
            tell(
                placed.place,
                Code::Unused,
                format!("no scope uses the source `{name}`"),
                "name it in `sources` of a scope",
            );
        }
    }
}

/// Header names that upstreams are never told anything under.
pub fn fields(sources: &Sources) -> Vec<String> {
    let settings = sources.values().filter_map(|placed| placed.value.as_ref());
    let fields = settings.filter_map(|settings| match &settings.kind {
        Kind::Header(header) => Some(header.field.clone()),
        _ => None,
    });
    fields.collect()
}
