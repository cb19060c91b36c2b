//! `[store]`, `[keys]`, `[pass]`, `[audit]`: what is kept where.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::diagnostic::Code;
use crate::config::reader::Item;
use crate::config::secret::warn_of_readers;
use crate::config::section::Section;
use crate::config::values::{DAY, HOUR, choice, size, span, state_path, word};
use crate::gate::keys::Algorithm;
use crate::store;
use crate::telemetry::settings::Keeping;

use super::redis;

/// Where state lies.
pub struct StoreKeys {
    /// The database file: the store's, and in any case the directory's.
    pub file: PathBuf,
    /// `None` where something is wrong; inside, nothing where the file is the store.
    pub redis: Option<Option<store::redis::Settings>>,
    /// How long passes outlive the store.
    pub outage_grace: Duration,
}

pub fn store<'a>(top: &Section<'a>, data: &'a Path) -> StoreKeys {
    const KINDS: [(&str, bool); 2] = [("embedded", false), ("redis", true)];
    let section = top.table("store");
    let is_redis = section.or("kind", choice(&KINDS), false);
    let file = section.or("file", state_path(data), data.join("sekisho.db"));
    let why = "while the store is away, nobody hears of a logout";
    let grace = section.or("outage_grace", span(Duration::ZERO..=HOUR, why), Duration::ZERO);
    let servers = redis::read(&section, is_redis);
    section.done_with_secrets();
    let redis = if is_redis { servers.map(Some) } else { Some(None) };
    StoreKeys { file, redis, outage_grace: grace }
}

pub fn keys<'a>(top: &Section<'a>, data: &'a Path) -> PathBuf {
    let section = top.table("keys");
    let file = section.or("file", state_path(data), data.join("keys.json"));
    let place = section.entry("file").map_or(top.place, |entry| entry.node.place);
    warn_of_readers(top.reader, place, &file);
    section.done();
    file
}

/// `[pass]`: what new keys sign with.
pub fn pass(top: &Section<'_>) -> Algorithm {
    const KNOWN: [(&str, Algorithm); 3] =
        [("HS256", Algorithm::Hs256), ("EdDSA", Algorithm::EdDsa), ("ES256", Algorithm::Es256)];
    let section = top.table("pass");
    let algorithm = section.or("algorithm", choice(&KNOWN), Algorithm::default());
    section.done();
    algorithm
}

/// The file that is written, and how it is kept.
pub fn audit<'a>(top: &Section<'a>, data: &'a Path) -> (PathBuf, Keeping) {
    let usual = Keeping::default();
    let section = top.table("audit");
    let file = section.or("file", state_path(data), data.join("audit.jsonl"));
    let node = section.optional("node", word(255));
    let why = "files of minutes are too many, and one of more than a year cannot be removed in time";
    let rotate = section.or("rotate", span(HOUR..=400 * DAY, why), usual.rotate);
    let rotate_size = section.or("rotate_size", large, usual.rotate_size);
    let why = "an auditor asks for what was longer ago than a day";
    let keep = section.or("keep", span(DAY..=36_525 * DAY, why), usual.keep);
    section.done();
    (file, Keeping { node, rotate, rotate_size, keep })
}

fn large(item: Item<'_>) -> Option<u64> {
    let bytes = size(item)?;
    if bytes >= 1 << 20 {
        return Some(bytes);
    }
    let help = "smaller files would be put aside all the time";
    item.tell(Code::OutOfRange, format!("`{}` is too small", item.key), |d| {
        d.expected("expected 1 MiB or more").help(help)
    })
}
