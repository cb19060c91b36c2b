//! Measures challenges begun and verified, what a pending one takes, and how long a start takes.
//!
//! `cargo bench --bench stores -- speed` · `-- memory` · `-- start`, each with the options of [`Plan`].

mod house;
mod machine;
mod memory;
mod people;
mod redis;
mod speed;
mod start;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USAGE: &str = "cargo bench --bench stores -- speed|memory|start [options]
  --store embedded|redis  what keeps the state (embedded)
  --count N               challenges begun and verified, each for a user of its own (100000; start: 10000)
  --users N               users in the directory (start: 100000)
  --at-once N             people who wait for an answer at a time (1000)
  --core N                everything of the gateway on this core (0; `any` for all)
  --people memory|file    where users are looked up: a table, or the built-in directory's file (memory)
  --rounds N              starts (7)
  --folder PATH           where files are made (the system's temporary folder)";

/// What is measured, and how.
pub struct Plan {
    pub what: String,
    pub redis: bool,
    pub count: Option<usize>,
    pub users: usize,
    pub at_once: usize,
    pub core: Option<usize>,
    pub directory: bool,
    pub rounds: usize,
    pub folder: std::path::PathBuf,
}

impl Plan {
    /// `None` for what is no plan.
    fn read(words: impl Iterator<Item = String>) -> Option<Plan> {
        let mut plan = Plan {
            what: String::new(),
            redis: false,
            count: None,
            users: 100_000,
            at_once: 1000,
            core: Some(0),
            directory: false,
            rounds: 7,
            folder: std::env::temp_dir(),
        };
        // Cargo adds the first of these.
        let mut words = words.filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            if !word.starts_with("--") && plan.what.is_empty() {
                plan.what = word;
                continue;
            }
            let value = words.next()?;
            match word.as_str() {
                "--store" => plan.redis = choice(&value, "redis", "embedded")?,
                "--people" => plan.directory = choice(&value, "file", "memory")?,
                "--count" => plan.count = Some(value.parse().ok()?),
                "--users" => plan.users = value.parse().ok()?,
                "--at-once" => plan.at_once = value.parse().ok()?,
                "--core" if value == "any" => plan.core = None,
                "--core" => plan.core = Some(value.parse().ok()?),
                "--rounds" => plan.rounds = value.parse().ok()?,
                "--folder" => plan.folder = value.into(),
                _ => return None,
            }
        }
        Some(plan)
    }
}

fn choice(value: &str, yes: &str, no: &str) -> Option<bool> {
    (value == yes || value == no).then_some(value == yes)
}

fn main() {
    // `cargo test` runs benches too, and means them to be quick.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let plan = Plan::read(words.into_iter());
    match plan.as_ref().map(|plan| (plan.what.as_str(), plan)) {
        Some(("speed", plan)) => speed::measure(plan),
        Some(("memory", plan)) => memory::measure(plan),
        Some(("start", plan)) => start::measure(plan),
        _ => println!("{USAGE}"),
    }
}
