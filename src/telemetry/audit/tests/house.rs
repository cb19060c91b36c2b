//! An audit under the test's hand: its clock, its processes, its folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::domain::time::Wall;
use crate::gate::keys::KeyRing;
use crate::gate::seal;
use crate::gate::seams::World;
use crate::telemetry::audit::book::{Book, Seal};
use crate::telemetry::audit::files;
use crate::telemetry::audit::keys::{Keys, Signer};
use crate::telemetry::audit::verify::{Plan, Report, verify};
use crate::telemetry::settings::Keeping;

/// Time stands until a test moves it; no two draws are alike.
pub struct StillWorld {
    now: AtomicI64,
    draws: AtomicU64,
}

impl Default for StillWorld {
    fn default() -> StillWorld {
        StillWorld { now: AtomicI64::new(1_800_000_000_123), draws: AtomicU64::new(0) }
    }
}

impl StillWorld {
    pub fn advance(&self, time: Duration) {
        self.now.fetch_add(i64::try_from(time.as_millis()).expect("a short time"), Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl World for StillWorld {
    fn wall(&self) -> Wall {
        Wall(self.now.load(Ordering::SeqCst))
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        let draw = self.draws.fetch_add(1, Ordering::SeqCst);
        bytes.fill(1);
        bytes[..8].copy_from_slice(&draw.to_be_bytes());
    }
}

/// A key file with keys of these names, the first of which signs.
pub fn ring(names: &[&str]) -> KeyRing {
    let secret = |name: &str| seal::text(ring::digest::digest(&ring::digest::SHA256, name.as_bytes()).as_ref());
    let keys: Vec<_> = names.iter().map(|name| format!(r#"{{"id":"{name}","secret":"{}"}}"#, secret(name))).collect();
    KeyRing::read(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).expect("a key file")
}

pub struct House {
    pub folder: tempfile::TempDir,
    pub world: Arc<StillWorld>,
    pub keeping: Keeping,
}

impl House {
    pub fn new() -> House {
        let folder = tempfile::tempdir().expect("a folder");
        House { folder, world: Arc::default(), keeping: Keeping { node: None, ..Keeping::default() } }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// Another process.
    pub fn process(&self) -> Book {
        self.process_with(&["k1"])
    }

    pub fn process_with(&self, keys: &[&str]) -> Book {
        let signer = Signer::new(&ring(keys));
        Book::open(self.path(), self.keeping.clone(), "gate-1".to_owned(), signer, self.world.clone()).expect("opens")
    }

    /// What a process would write, made at this moment.
    pub fn line(&self, what: &str) -> Vec<u8> {
        format!(r#"{{"at":"{}","kind":"decision","event":"{what}"}}"#, self.world.wall().rfc3339()).into_bytes()
    }

    /// One line, some time later.
    pub fn say(&self, book: &mut Book, what: &str) {
        self.say_with(book, what, Seal::No);
    }

    pub fn say_with(&self, book: &mut Book, what: &str, seal: Seal) {
        self.world.advance(Duration::from_millis(250));
        book.write(&[&self.line(what)], seal).expect("written");
    }

    pub fn parts(&self) -> Vec<PathBuf> {
        files::all(&self.path()).expect("listed").0.into_iter().map(|part| part.path).collect()
    }

    pub fn verify(&self) -> Report {
        self.verify_with(Plan { keys: Keys::of(&ring(&["k1"])), ..Plan::default() })
    }

    pub fn verify_with(&self, plan: Plan) -> Report {
        verify(&self.parts(), plan).expect("readable")
    }

    pub fn expecting(&self, hash: &str) -> Report {
        let expect = BTreeSet::from([hash.to_owned()]);
        self.verify_with(Plan { keys: Keys::of(&ring(&["k1"])), expect, ..Plan::default() })
    }

    #[track_caller]
    pub fn is_whole(&self) -> Report {
        let report = self.verify();
        assert!(report.is_good(), "{:#?}\n{}", report.faults, self.text());
        report
    }

    /// All that stands in all files.
    pub fn text(&self) -> String {
        self.parts().iter().map(|path| lines(path).join("\n") + "\n").collect()
    }
}

pub fn lines(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).expect("readable");
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
}
