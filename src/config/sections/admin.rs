//! `[admin]`, `[log]`: what operators and their tools see.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::admin;
use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::address;
use crate::config::reader::Item;
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::values::{choice, socket_path};
use crate::telemetry::settings::{Level, LogFormat};

pub fn read(top: &Section<'_>) -> Option<admin::Settings> {
    let section = top.table("admin");
    let written = |name: &str| section.entry(name).map(|entry| entry.key);
    let refuse = |place, message: &str| section.reader.tell(Diagnostic::new(Code::Conflict, place, message));
    let (socket_key, address_key) = (written("socket"), written("address"));
    if let (Some(_), Some(place)) = (socket_key, address_key) {
        refuse(place, "`address` and `socket` exclude each other");
    }
    if let (Some(place), None) = (written("token"), address_key) {
        refuse(place, "`token` goes with `address`; the socket is guarded by its file's permissions");
    }
    let socket = section.or("socket", socket, PathBuf::from("/run/sekisho/admin.sock"));
    let address = section.optional("address", loopback);
    let token = section.optional("token", secret);
    section.done_with_secrets();
    match (address_key, address) {
        (None, _) => Some(admin::Settings::Socket(socket)),
        (Some(_), Some(address)) => Some(admin::Settings::Loopback { address, token }),
        (Some(_), None) => None,
    }
}

fn socket(item: Item<'_>) -> Option<PathBuf> {
    socket_path(item, item.text(("a path", "\"/run/sekisho/admin.sock\""))?)
}

fn loopback(item: Item<'_>) -> Option<SocketAddr> {
    let address = address(item)?;
    if address.ip().is_loopback() {
        return Some(address);
    }
    let help = "metrics and health tell too much to strangers; reach them through ssh or a proxy of yours";
    item.tell(Code::BadValue, "`address` is not on this machine alone", |d| {
        d.expected("expected a loopback address, as in \"127.0.0.1:9291\"").help(help)
    })
}

pub fn log(top: &Section<'_>) -> (Level, LogFormat) {
    const LEVELS: [(&str, Level); 4] =
        [("error", Level::Error), ("warn", Level::Warn), ("info", Level::Info), ("debug", Level::Debug)];
    const FORMATS: [(&str, LogFormat); 2] = [("json", LogFormat::Json), ("text", LogFormat::Text)];
    let section = top.table("log");
    let level = section.or("level", choice(&LEVELS), Level::Info);
    let format = section.or("format", choice(&FORMATS), LogFormat::Json);
    section.done();
    (level, format)
}
