//! `[store]`, `[keys]`, `[audit]`, `[limits]`: what is kept where, and the limits kept in memory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::network::network;
use crate::config::secret::warn_of_readers;
use crate::config::section::Section;
use crate::config::values::{HOUR, choice, list, quota, span, state_path};
use crate::domain::quota::Quota;
use crate::store;
use crate::store::settings::Limits;

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

pub fn audit<'a>(top: &Section<'a>, data: &'a Path) -> PathBuf {
    let section = top.table("audit");
    let file = section.or("file", state_path(data), data.join("audit.jsonl"));
    section.done();
    file
}

pub fn limits(top: &Section<'_>) -> Limits {
    let section = top.table("limits");
    let a_minute = |limit: u64| Quota { limit, per: Duration::from_secs(60) };
    let limits = Limits {
        begin: section.or("begin", quota, a_minute(30)),
        verify: section.or("verify", quota, a_minute(60)),
        page: section.or("page", quota, a_minute(600)),
        shared_networks: section.or("shared_networks", list("[\"203.0.113.7\"]", network), Vec::new()),
    };
    section.done();
    limits
}
