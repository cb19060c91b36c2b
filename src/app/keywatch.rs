//! Keys that are rotated while we serve: the file is looked at twice a second, and taken on whole.
//!
//! ```text
//!            file changed            good
//! in force ──────────────▶ read ──────────────▶ in force, written into the audit
//!    ▲                      │ unreadable, no key file, another index
//!    └──── the old stay ────┘ told once for each change, and `sekisho_keys_good` is 0
//! ```

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::BackgroundService;
use tokio::signal::unix::{SignalKind, signal};

use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::Gate;
use crate::gate::keys::{KeyRing, Role};
use crate::gate::seams::{Witness, World};
use crate::telemetry::Telemetry;

use super::keys;
use super::lifecycle::heard;

/// Between two looks at the file: what is taken out of it is worth nothing a second later.
const LOOK: Duration = Duration::from_millis(500);

/// Keeps the gate's keys those of the file. A SIGHUP is a look at once.
pub struct KeyWatch {
    pub file: PathBuf,
    /// What the gate began with.
    pub ring: KeyRing,
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub telemetry: Arc<Telemetry>,
    /// How long requests may take to end.
    pub drain: Duration,
}

#[async_trait]
impl BackgroundService for KeyWatch {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let mut watch = Watch { ring: self.ring.clone(), stamp: None };
        let mut asked = signal(SignalKind::hangup()).ok();
        self.telemetry.metrics.keys_good.set(1);
        loop {
            self.look(&mut watch).await;
            tokio::select! {
                () = self.world.sleep_until(self.world.mono() + LOOK) => {}
                () = heard(&mut asked) => watch.stamp = None,
                _ = shutdown.changed() => break,
            }
        }
        // Requests that are still being served go on being judged by the keys that are in force.
        let end = self.world.mono() + self.drain;
        while self.world.mono() < end {
            self.world.sleep_until(self.world.mono() + LOOK).await;
            self.look(&mut watch).await;
        }
    }
}

impl KeyWatch {
    async fn look(&self, watch: &mut Watch) {
        match watch.changed(&self.file) {
            Ok(None) => {}
            Ok(Some(ring)) => {
                self.gate.rekey(&ring);
                self.telemetry.metrics.keys_good.set(1);
                let detail = words(&ring, self.world.wall());
                watch.ring = ring;
                // They are in force already: a key that was taken out may be known to a thief. That guarded routes close
                // where this cannot be written is said elsewhere.
                if let Err(error) = self.telemetry.decide(Event::new(What::SysKeysChanged).detail(detail)).await {
                    tracing::error!(%error, "changed keys are missing in the audit");
                }
            }
            Err(why) => {
                self.telemetry.metrics.keys_good.set(0);
                tracing::error!(file = %self.file.display(), why, "a changed key file is not used; the keys before it stay");
            }
        }
    }
}

/// What was seen so far.
struct Watch {
    ring: KeyRing,
    /// The file as it was when it was last read; `None` before the first time.
    stamp: Option<Stamp>,
}

/// A file is another one when any of these differs.
type Stamp = Option<(i64, i64, u64, u64)>;

impl Watch {
    /// The ring in the file, if it is another one than before. Tells of each change once.
    fn changed(&mut self, file: &Path) -> Result<Option<KeyRing>, String> {
        // Before the file is read: one that changes in between is looked at again.
        let stamp = stamp(file);
        let before = self.stamp.replace(stamp);
        if before == Some(stamp) {
            return Ok(None);
        }
        let ring = keys::load(file).map_err(|why| format!("{why:#}"))?.ok_or("it is gone")?;
        if ring.index() != self.ring.index() {
            return Err(
                "its index is another one, and every count would begin anew; restart if that is meant".to_owned()
            );
        }
        // Good again after it was broken is worth being told of, too.
        let same = ring.write() == self.ring.write() && before.is_none();
        Ok((!same).then_some(ring))
    }
}

fn stamp(file: &Path) -> Stamp {
    let found = fs::metadata(file).ok()?;
    Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
}

/// For the audit: which key signs, which are announced and which only read.
fn words(ring: &KeyRing, now: Wall) -> String {
    let word = |(key, role): (&crate::gate::keys::Key, Role)| match role {
        Role::Announced(from) => format!("{} signs from {}", key.id, from.rfc3339()),
        Role::Signs => format!("{} signs", key.id),
        Role::Reads(_) => format!("{} reads", key.id),
    };
    ring.roles(now).map(word).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::world::SystemWorld;
    use crate::gate::keys::Algorithm;

    #[test]
    fn what_is_broken_is_told_once_and_what_is_good_again_is_taken_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, world) = (dir.path().join("keys.json"), SystemWorld::default());
        let ring = keys::load_or_create(&file, Algorithm::Hs256, &world).expect("makes");
        let mut watch = Watch { ring: ring.clone(), stamp: None };
        let mut look = || watch.changed(&file).map(|found| found.map(|ring| ring.all().len()));
        assert_eq!((look(), look()), (Ok(None), Ok(None)), "nothing new");
        let rotated = |ring: &KeyRing| Ok(ring.rotated(&world, Algorithm::Hs256, LOOK, LOOK)?);
        keys::change(&file, &world, rotated).expect("rotates");
        assert_eq!((look(), look()), (Ok(Some(2)), Ok(None)));
        let good = fs::read(&file).expect("reads");
        fs::write(&file, &good[..good.len() / 2]).expect("half of it");
        assert!(look().is_err_and(|why| why.contains("not the JSON")));
        assert_eq!(look(), Ok(None), "told once");
        fs::remove_file(&file).expect("removes");
        assert_eq!(look(), Err("it is gone".to_owned()));
        fs::write(&file, KeyRing::generate(&world).write().expose()).expect("another");
        assert!(look().is_err_and(|why| why.contains("index")));
        fs::write(&file, &good).expect("the old one");
        assert_eq!(look(), Ok(Some(2)));
    }
}
