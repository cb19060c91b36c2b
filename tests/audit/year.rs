//! Who opened patient 4711 last March? Asked of a generated year of accesses, in a file for each day.
//!
//! `SEKISHO_YEAR_LINES=8000000 cargo test --release --test audit year -- --nocapture` asks it of 8 million lines and says
//! how long the answers took.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sekisho::domain::time::Wall;
use sekisho::gate::keys::KeyRing;
use sekisho::gate::seams::World;
use sekisho::telemetry::audit::book::{Book, Seal};
use sekisho::telemetry::audit::keys::Signer;
use sekisho::telemetry::settings::Keeping;

use crate::rig::{Done, audit};
use crate::support::folder;

/// Lines where nobody says how many.
const LINES: u64 = 200_000;
const DAYS: u64 = 365;
/// 2025-11-01, a Saturday.
const BEGIN: i64 = 1_761_955_200_000;
const DAY: u64 = 86_400_000;

const CONFIG: &str = r#"
public_url = "http://localhost:8080"
[listen]
address = "127.0.0.1:8080"
[upstream.app]
url = "http://127.0.0.1:8000"
[users]
phone_region = "JP"
password = true
[sms]
countries = ["JP"]
[[sms.provider]]
kind = "console"
[scope.records]
max_age = "8h"
[[route]]
path = "/**"
require = "otp"
scope = "records"
"#;

/// A clock that goes with the lines, and numbers that are the same in every run.
#[derive(Default)]
struct Year {
    now: AtomicI64,
    state: AtomicU64,
}

impl Year {
    fn draw(&self) -> u64 {
        // xorshift64*, Vigna 2014: good enough to scatter records over a year.
        let mut x = self.state.load(Ordering::Relaxed) | 1;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.state.store(x, Ordering::Relaxed);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
}

#[async_trait::async_trait]
impl World for Year {
    fn wall(&self) -> Wall {
        Wall(self.now.load(Ordering::Relaxed))
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        bytes.chunks_mut(4).for_each(|chunk| chunk.copy_from_slice(&self.draw().to_be_bytes()[4..][..chunk.len()]));
    }
}

struct Archive {
    config: PathBuf,
    lines: u64,
    bytes: u64,
    /// The accesses to patient 4711 in March.
    wanted: u64,
    _folder: tempfile::TempDir,
}

/// Writes the year with the product's own pen: one chain, with files put aside at midnight.
fn archive(lines: u64) -> Archive {
    let folder = folder();
    let (config, state) = (folder.path().join("sekisho.toml"), folder.path().join("state"));
    fs::create_dir(&state).expect("made");
    fs::write(&config, format!("data = \"{}\"\n{CONFIG}", state.display())).expect("written");
    let world = Arc::new(Year { now: AtomicI64::new(BEGIN), state: AtomicU64::new(4711) });
    let keys = KeyRing::generate(world.as_ref());
    let key_file = state.join("keys.json");
    fs::write(&key_file, keys.write().expose()).expect("written");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).expect("set");
    let path = state.join("audit.jsonl");
    let keeping = Keeping { node: Some("gate-1".to_owned()), ..Keeping::default() };
    let mut book = Book::open(path, keeping, "gate-1".to_owned(), Signer::new(&keys), world.clone()).expect("opens");
    let march = Wall::from_rfc3339("2026-03-01T00:00:00Z").expect("a time")
        ..Wall::from_rfc3339("2026-04-01T00:00:00Z").expect("a time");
    let (mut wanted, a_day) = (0, lines / DAYS);
    for day in 0..DAYS {
        let mut made = 0;
        while made < a_day {
            let count = 4_000.min(a_day - made);
            let mut batch = Vec::with_capacity(usize::try_from(count).expect("few"));
            for n in made..made + count {
                let now = BEGIN + i64::try_from(day * DAY + n * DAY / a_day).expect("a time");
                world.now.store(now, Ordering::Relaxed);
                let patient = world.draw() % 20_000;
                wanted += u64::from(patient == 4711 && march.contains(&Wall(now)));
                batch.push(access(&world, patient));
            }
            let text: Vec<&[u8]> = batch.iter().map(String::as_bytes).collect();
            book.write(&text, Seal::Checkpoint).expect("written");
            made += count;
        }
    }
    book.write(&[], Seal::End).expect("ended");
    let sizes = fs::read_dir(&state).expect("listed").map(|e| e.and_then(|e| e.metadata()).expect("there").len());
    Archive { config, lines: a_day * DAYS, bytes: sizes.sum(), wanted, _folder: folder }
}

fn access(world: &Year, patient: u64) -> String {
    let (user, client, at) = (world.draw() % 300, world.draw() % 200, world.wall().rfc3339());
    let mut line = format!(r#"{{"at":"{at}","kind":"access","node":"gate-1","user":"user{user}","route":"records","#);
    let (one, two) = (world.draw(), world.draw());
    let _ = write!(
        line,
        r#""method":"GET","path":"/patients/{patient}/studies","object":"id={patient}","status":200,"client":"10.0.3.{client}","request":"{one:012x}{two:010x}"}}"#
    );
    line
}

#[expect(clippy::disallowed_methods, reason = "how long an answer takes goes by the real clock")]
fn timed(what: &str, ask: impl FnOnce() -> Done) -> Done {
    let begin = Instant::now();
    let done = ask();
    eprintln!("{what}: {:.2} s", begin.elapsed().as_secs_f64());
    done
}

#[test]
fn who_opened_patient_4711_last_march() {
    #[expect(clippy::disallowed_methods, reason = "how many lines is for whoever measures")]
    let lines = std::env::var("SEKISHO_YEAR_LINES").ok().and_then(|n| n.parse().ok()).unwrap_or(LINES);
    let archive = archive(lines);
    eprintln!("{} lines, {} MB", archive.lines, archive.bytes / 1_000_000);
    let ask = |rest: &[&str]| audit(&archive.config, "search", rest).expect(0);
    let march = timed("march", || ask(&["--object", "4711", "--month", "2026-03"]));
    assert_eq!(march.out.lines().count() as u64, archive.wanted);
    assert!(march.out.lines().all(|line| line.starts_with("2026-03-") && line.contains("/patients/4711/")));
    let stamps: Vec<_> = march.out.lines().map(|line| &line[..24]).collect();
    assert!(stamps.is_sorted(), "in the order of time");
    let year = timed("the whole year", || ask(&["--object", "4711", "--format", "csv"]));
    assert!(year.out.lines().count() as u64 > archive.wanted);
    let span =
        timed("the same span by days", || ask(&["--object", "4711", "--from", "2026-03-01", "--to", "2026-03-31"]));
    assert_eq!(span.out, march.out);
    timed("every line of a day", || ask(&["--from", "2026-03-04", "--to", "2026-03-04", "--format", "json"]));
    let judged = timed("verify", || audit(&archive.config, "verify", &[])).expect(0);
    assert!(judged.out.contains(" in 365 files"), "{}", judged.out);
}
