//! What fuzzing found worth keeping, judged again on every run: `fuzz/corpus/TARGET/*`.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

fn kept(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!files.is_empty(), "{name} has no corpus");
    files.sort();
    files
}

#[test]
fn every_kept_input_still_holds() {
    for (name, judge) in fuzz::TARGETS {
        let files = kept(name);
        for file in &files {
            let bytes = fs::read(file).expect("readable");
            assert!(catch_unwind(|| judge(&bytes)).is_ok(), "{name} does not hold for {}", file.display());
        }
        println!("{name}: {} inputs", files.len());
    }
}

#[test]
fn every_target_can_be_fuzzed() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    for (name, _) in fuzz::TARGETS {
        let body = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(body.exists() && manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

/// Changes of kept inputs, the same ones on every run. `SEKISHO_MUTATIONS` says how many for each target; another number
/// also makes other changes.
#[test]
fn what_resembles_a_kept_input_holds_too() {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more than usual")]
    let asked = std::env::var("SEKISHO_MUTATIONS").ok();
    let wanted: usize = asked.map_or(3000, |many| many.parse().expect("a number"));
    for (name, judge) in fuzz::TARGETS {
        let inputs: Vec<Vec<u8>> = kept(name).iter().map(|file| fs::read(file).expect("readable")).collect();
        let mut random = SmallRng::seed_from_u64(wanted as u64);
        for _ in 0..wanted {
            let input = changed(&inputs, &mut random);
            assert!(catch_unwind(|| judge(&input)).is_ok(), "{name} does not hold for {}", input.escape_ascii());
        }
    }
}

/// One input with up to six changes: a byte, a piece left out, repeated, or taken from another input.
fn changed(inputs: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    const TELLING: &[u8] = b"\r\n :;,/.%0159afAF\t\0\x7f\xff@#\"=-+_\\";
    let mut input = inputs[random.random_range(0..inputs.len())].clone();
    for _ in 0..random.random_range(1..=6) {
        let at = random.random_range(0..=input.len());
        let end = (at + random.random_range(0..=12)).min(input.len());
        match random.random_range(0..6) {
            0 if at < input.len() => input[at] = random.random(),
            1 if at < input.len() => input[at] = TELLING[random.random_range(0..TELLING.len())],
            2 => input.insert(at, TELLING[random.random_range(0..TELLING.len())]),
            3 => drop(input.drain(at..end)),
            4 => {
                let piece = input[at..end].to_vec();
                input.splice(at..at, piece);
            }
            _ => {
                let other = &inputs[random.random_range(0..inputs.len())];
                let from = random.random_range(0..=other.len());
                let to = (from + random.random_range(0..=40)).min(other.len());
                input.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
    input
}
