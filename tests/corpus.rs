//! What fuzzing found worth keeping, judged again on every run: `fuzz/corpus/TARGET/*`.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn every_kept_input_still_holds() {
    for (name, judge) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        assert!(!files.is_empty(), "{name} has no corpus");
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
