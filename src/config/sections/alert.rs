//! `[[alert]]` and `[watch]`: what operators are told of, and what is watched for it.

use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::{is_open, query_place, web};
use crate::config::reader::Item;
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::values::{HOUR, MINUTE, SECOND, choice, list, path, quota, some, span, whole, word};
use crate::delivery::patrol::{Rule, Watch};
use crate::domain::mail;
use crate::domain::quota::Quota;
use crate::telemetry::alerts::mail::{Mail, Tls};
use crate::telemetry::alerts::{Alert, To, Topic};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Webhook,
    Command,
    Mail,
}

/// Every way to reach the operators; `None` where one is wrong.
pub fn alerts(top: &Section<'_>) -> Option<Vec<Alert>> {
    let mut names: Vec<String> = Vec::new();
    let mut read = |section: Section<'_>| {
        let place = section.place;
        let alert = one(section)?;
        if names.contains(&alert.name) {
            let message = format!("two alerts are called `{}`", alert.name.escape_debug());
            top.reader.tell(Diagnostic::new(Code::Conflict, place, message).help("give one of them another `name`"));
            return None;
        }
        names.push(alert.name.clone());
        Some(alert)
    };
    let all: Vec<_> = top.tables("alert", false).into_iter().map(&mut read).collect();
    all.into_iter().collect()
}

fn one(section: Section<'_>) -> Option<Alert> {
    const KINDS: [(&str, Kind); 3] = [("webhook", Kind::Webhook), ("command", Kind::Command), ("mail", Kind::Mail)];
    let kind = section.required("kind", "\"webhook\"", choice(&KINDS));
    let usual = KINDS.iter().find(|(_, known)| Some(*known) == kind).map_or("webhook", |(name, _)| name);
    let name = section.or("name", word(64), usual.to_owned());
    let on = section.or("on", list("[\"budget\", \"provider_down\"]", choice(Topic::NAMES)), Vec::new());
    let at_most = section.or("at_most", quota, Quota { limit: 1, per: HOUR });
    let to = match kind {
        Some(Kind::Webhook) => webhook(&section),
        Some(Kind::Command) => command(&section),
        Some(Kind::Mail) => letter(&section).map(To::Mail),
        None => None,
    };
    let sound = ["name", "on", "at_most"].into_iter().all(|key| section.is_sound(key));
    section.done_with_secrets();
    sound.then_some(())?;
    Some(Alert { name, on, at_most, to: to? })
}

fn webhook(section: &Section<'_>) -> Option<To> {
    let like = "\"https://ops.example.jp/alerts\"";
    let url = section.required("url", like, |item| {
        // What stands in a query is often a key.
        if let Some(place) = query_place(item) {
            item.reader.hide(place);
        }
        let url = web(like)(item)?;
        if is_open(&url) {
            let message = "alerts would travel unencrypted";
            item.tell::<()>(Code::Unencrypted, message, |d| d.help("write https, if the receiver has it"));
        }
        Some(url.to_string())
    });
    let secret = section.optional("secret", secret);
    section.is_sound("secret").then_some(To::Webhook { url: url?, secret })
}

fn command(section: &Section<'_>) -> Option<To> {
    let like = "[\"/usr/bin/logger\", \"-t\", \"sekisho\"]";
    let command = section.required("command", like, some(like, argument));
    let why = "so long a program may run before it is ended";
    let deadline = section.or("deadline", span(SECOND..=MINUTE, why), 10 * SECOND);
    let command = command?;
    let (program, arguments) = command.split_first()?;
    if !program.starts_with('/') {
        let place = section.entry("command").map_or(section.place, |entry| entry.node.place);
        let told = Diagnostic::new(Code::BadValue, place, "the program has no full path");
        section.reader.tell(told.help("no shell looks for it: write where it is, as in \"/usr/bin/logger\""));
        return None;
    }
    Some(To::Command { program: program.clone(), arguments: arguments.to_vec(), deadline })
}

fn letter(section: &Section<'_>) -> Option<Mail> {
    const WAYS: [(&str, Tls); 3] = [("starttls", Tls::Starttls), ("implicit", Tls::Implicit), ("off", Tls::Off)];
    let host = section.required("host", "\"smtp.example.jp:587\"", host_and_port);
    let tls = section.or("tls", choice(&WAYS), Tls::Starttls);
    let ca = section.optional("ca", path);
    let user = section.optional("user", word(256));
    let password = section.optional("password", secret);
    let like = "\"sekisho@example.jp\"";
    let from = section.required("from", like, |item| address(item, like));
    let like = "[\"it@example.jp\"]";
    let to = section.required("to", like, some(like, move |item| address(item, like)));
    let tell = |key: &str, message: &str| {
        let place = section.entry(key).map_or(section.place, |entry| entry.key);
        section.reader.tell(Diagnostic::new(Code::Conflict, place, message));
    };
    let written = ["user", "password"].map(|key| section.entry(key).is_some());
    match written {
        [true, false] => tell("user", "`user` needs a `password`"),
        [false, true] => tell("password", "`password` needs a `user`"),
        _ => {}
    }
    let (host, port) = host?;
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if tls == Tls::Off && !here {
        tell("tls", "alerts would travel unencrypted; only a server on this machine may be written to so");
        return None;
    }
    let sound = ["tls", "ca", "user", "password"].into_iter().all(|key| section.is_sound(key));
    (sound && written[0] == written[1]).then_some(())?;
    Some(Mail { host, port, tls, ca, login: user.zip(password), from: from?, to: to? })
}

fn host_and_port(item: Item<'_>) -> Option<(String, u16)> {
    const SHAPE: (&str, &str) = ("a host with its port", "\"smtp.example.jp:587\"");
    let text = item.text(SHAPE)?;
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match parts.filter(|(host, port)| !host.is_empty() && *port > 0) {
        Some((host, port)) => Some((host.trim_matches(['[', ']']).to_owned(), port)),
        None => item.bad(SHAPE),
    }
}

fn address(item: Item<'_>, like: &'static str) -> Option<String> {
    let shape = ("an e-mail address", like);
    let mail = mail::Mail::parse(item.text(shape)?);
    mail.map(|mail| mail.exposed().to_owned()).or_else(|| item.bad(shape))
}

fn argument(item: Item<'_>) -> Option<String> {
    let text = item.text(("a string", "\"-t\""))?;
    match text.contains('\0') {
        true => item.bad(("a string", "\"-t\"")),
        false => Some(text.to_owned()),
    }
}

/// When a provider is down, how often balances are looked at, and how many unsent codes are too many.
pub fn watch(top: &Section<'_>) -> (Watch, Quota) {
    let section = top.table("watch");
    let failures = section.or("provider_failures", whole(1..=1000, "one is the fewest that can fail"), 5);
    let why = "a shorter one takes a hiccup for an outage, a longer one notices too late";
    let over = section.or("provider_span", span(Duration::ZERO..=HOUR, why), MINUTE);
    let why = "providers do not like to be asked all the time";
    let balance_every = section.or("balance_every", span(MINUTE..=24 * HOUR, why), 15 * MINUTE);
    let send_failures = section.or("send_failures", quota, Quota { limit: 10, per: 10 * MINUTE });
    section.done();
    (Watch { rule: Rule { failures, over }, balance_every }, send_failures)
}
