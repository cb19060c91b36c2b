//! `[listen]`: where requests come in.

use std::path::PathBuf;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::address;
use crate::config::reader::Placed;
use crate::config::secret::warn_of_readers;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::tls::{self, Fault};
use crate::config::values::path;
use crate::proxy::settings::{Listener, TlsFiles};

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
    let address = section.required("address", "\"0.0.0.0:443\"", address);
    let certificate = section.placed("certificate", path);
    let key = section.placed("key", path);
    let written = |name: &str| section.entry(name).map(|entry| entry.key);
    let lonely = match (written("certificate"), written("key")) {
        (Some(there), None) => Some((there, "certificate", "key")),
        (None, Some(there)) => Some((there, "key", "certificate")),
        _ => None,
    };
    if let Some((there, this, other)) = lonely {
        let told = Diagnostic::new(Code::Conflict, there, format!("`{this}` is useless without `{other}`"));
        section.reader.lack(section.spot(other), told.help("give both for TLS, or neither for plain http"));
    }
    let tls = certificate.zip(key).map(|(certificate, key)| files(&section, certificate, key));
    section.done();
    Some(Placed { value: Listener { address: address?, tls }, place })
}

fn files(section: &Section<'_>, certificate: Placed<PathBuf>, key: Placed<PathBuf>) -> TlsFiles {
    for fault in tls::check(&certificate.value, &key.value) {
        let (place, message) = match fault {
            Fault::Certificate(message) => (certificate.place, message),
            Fault::Key(message) => (key.place, message),
        };
        section.reader.tell(Diagnostic::new(Code::Certificate, place, message));
    }
    warn_of_readers(section.reader, key.place, &key.value);
    TlsFiles { certificate: certificate.value, key: key.value }
}

fn refuse_doubles(top: &Section<'_>, listeners: &[Placement]) {
    for (index, later) in listeners.iter().enumerate() {
        let same = |first: &&Placement| first.value.address == later.value.address && later.value.address.port() != 0;
        if let Some(first) = listeners[..index].iter().find(same) {
            let message = format!("{} is listened on twice", later.value.address);
            let told = Diagnostic::new(Code::SameName, later.place, message);
            top.reader.tell(told.related(first.place, "first here"));
        }
    }
}

/// Where plain http comes in although people see https, and nobody is trusted to have spoken TLS before.
pub fn warn_of_plain(top: &Section<'_>, listeners: &[Placement], public_url: Place) {
    for plain in listeners.iter().filter(|listener| listener.value.tls.is_none()) {
        let message = format!("{} speaks plain http, but people see https", plain.value.address);
        let told = Diagnostic::new(Code::NoTrustedProxy, plain.place, message)
            .help("name the proxy that speaks TLS in [client] trusted_proxies, or give a certificate and a key")
            .related(public_url, "https here");
        top.reader.tell(told);
    }
}
