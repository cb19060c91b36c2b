//! Certificates that are renewed while we serve: looked at every minute, swapped whole, and told before they run out.
//!
//! ```text
//!            files changed            good
//! serving ──────────────────▶ read ─────────▶ swapped, written into the audit
//!    ▲                         │ unreadable, no pair, expired, not valid yet
//!    └─────── the old stays ───┘ told once for each change; tried again at every look
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;
use tokio::signal::unix::{SignalKind, signal};

use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::seams::{Witness, World};
use crate::proxy::certificate::Certificate;
use crate::proxy::settings::TlsFiles;
use crate::telemetry::Telemetry;

use super::lifecycle::heard;
use super::renewal_clients::ClientWatch;
use super::tls::{Certificates, Served, words};

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(60);
/// This long before a certificate runs out it is told, once a day.
const SOON: Duration = Duration::from_secs(14 * DAY.as_secs());
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Keeps the certificates of every listener fresh. A SIGHUP is a look at once.
pub struct Renewal {
    pub certificates: Vec<Arc<Certificates>>,
    /// The same with what client certificates are judged by.
    pub served: Vec<Served>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
}

#[async_trait]
impl BackgroundService for Renewal {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        if self.certificates.is_empty() {
            return;
        }
        let mut watch = Watch::over(&self.certificates);
        let mut clients = ClientWatch::over(&self.served);
        let mut asked = signal(SignalKind::hangup()).ok();
        loop {
            self.look(&mut watch).await;
            self.tell(clients.renew(&self.served)).await;
            tokio::select! {
                () = self.world.sleep_until(self.world.mono() + LOOK) => {}
                () = heard(&mut asked) => tracing::info!("asked to look at the certificates"),
                _ = shutdown.changed() => return,
            }
        }
    }
}

impl Renewal {
    async fn look(&self, watch: &mut Watch) {
        self.tell(watch.renew(&self.certificates, self.world.wall())).await;
        let expiry = watch.expiry(&self.certificates);
        self.telemetry.metrics.certificates_expire(&expiry);
        watch.warn_of_end(&expiry, self.world.wall());
    }

    async fn tell(&self, all: Vec<String>) {
        for renewed in all {
            let event = Event::new(What::SysCertificateRenewed).detail(renewed);
            // What is served already is not taken back where this cannot be written; that guarded routes close then is said
            // elsewhere.
            if let Err(error) = self.telemetry.decide(event).await {
                tracing::error!(%error, "a renewed certificate is missing in the audit");
            }
        }
    }
}

/// What was seen so far.
struct Watch {
    /// For each listener and each of its pairs.
    seen: Vec<Vec<Seen>>,
    /// When each name was last told of.
    told: BTreeMap<String, Wall>,
}

#[derive(Clone, Default)]
struct Seen {
    /// The files as they were when they were last read.
    stamps: Option<Stamps>,
    /// Something is wrong with them, so they are not served with.
    refused: bool,
}

/// A file is another one when any of these differs: certbot puts links elsewhere, others write in place.
pub(super) type Stamp = (i64, i64, u64, u64);
type Stamps = (Option<Stamp>, Option<Stamp>);

impl Watch {
    /// Nothing is taken for seen: a file may have changed since it was loaded.
    fn over(all: &[Arc<Certificates>]) -> Watch {
        let seen = all.iter().map(|certificates| vec![Seen::default(); certificates.files().len()]);
        Watch { seen: seen.collect(), told: BTreeMap::new() }
    }

    /// Reads what has changed and serves with what is good of it; says what that is.
    fn renew(&mut self, all: &[Arc<Certificates>], now: Wall) -> Vec<String> {
        let mut renewed = BTreeSet::new();
        for (certificates, seen) in all.iter().zip(&mut self.seen) {
            let served = certificates.now();
            for (place, ((files, seen), old)) in certificates.files().iter().zip(seen).zip(served.iter()).enumerate() {
                // Before the files are read: one that changes in between is looked at again.
                let stamps = Some((stamp(&files.certificate), stamp(&files.key)));
                let changed = seen.stamps != stamps;
                if !changed && !seen.refused {
                    continue;
                }
                seen.stamps = stamps;
                let read = read(files, old, now);
                seen.refused = read.is_err();
                match read {
                    Ok(None) => {}
                    Ok(Some(fresh)) => {
                        renewed.insert(format!("{} until {}", fresh.title(), fresh.not_after.rfc3339()));
                        certificates.swap(place, fresh);
                    }
                    Err(why) if changed => {
                        let file = files.certificate.display();
                        tracing::warn!(%file, why, "a changed certificate is not served; the one before it stays");
                    }
                    Err(_) => {}
                }
            }
        }
        renewed.into_iter().collect()
    }

    /// When each name's certificate runs out; the earliest, where several have it.
    fn expiry(&self, all: &[Arc<Certificates>]) -> BTreeMap<String, i64> {
        let mut expiry = BTreeMap::new();
        for one in all.iter().flat_map(|certificates| certificates.now().to_vec()) {
            let end = one.not_after.secs();
            expiry.entry(one.title().to_owned()).and_modify(|first: &mut i64| *first = end.min(*first)).or_insert(end);
        }
        expiry
    }

    fn warn_of_end(&mut self, expiry: &BTreeMap<String, i64>, now: Wall) {
        self.told.retain(|name, _| expiry.contains_key(name));
        for (name, end) in expiry {
            let end = Wall::from_secs(*end);
            let lately = self.told.get(name).is_some_and(|told| now.until(told.plus(DAY)) > Duration::ZERO);
            if now.plus(SOON) <= end || lately {
                continue;
            }
            self.told.insert(name.clone(), now);
            let until = end.rfc3339();
            if end <= now {
                tracing::error!(name, until, "a certificate has run out; browsers refuse it");
            } else {
                tracing::warn!(name, until, "a certificate runs out soon and was not renewed");
            }
        }
    }
}

/// What to serve with instead of `old`, if there is anything new.
fn read(files: &TlsFiles, old: &Certificate, now: Wall) -> Result<Option<Certificate>, String> {
    let fresh = Certificate::load(files).map_err(|faults| words(&faults))?;
    if fresh.key.cert == old.key.cert {
        return Ok(None);
    }
    if fresh.not_after <= now {
        return Err(format!("it ran out on {}", fresh.not_after.rfc3339()));
    }
    if fresh.not_before > now {
        return Err(format!("it is valid from {} only", fresh.not_before.rfc3339()));
    }
    Ok(Some(fresh))
}

pub(super) fn stamp(file: &std::path::Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
}

#[cfg(test)]
mod tests;
