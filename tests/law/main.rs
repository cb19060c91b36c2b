//! The law (A22): what was judged is what went up, and no server reads it otherwise. Over a million targets that look for
//! trouble, against models of servers; and some thousand of them through the real binary, against the bytes it sent.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the law needs the paths only")]
mod fuzz;
mod grammar;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};

use grammar::Grammar;

/// All of them together.
const TARGETS: u64 = 1_000_000;
/// Printed on failure; change it to look elsewhere.
const SEED: u64 = 0x5e15_4000_2026;

#[test]
fn no_server_reads_what_was_not_judged() {
    let passed = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) as u64;
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let passed = &passed;
            scope.spawn(move || {
                let mut grammar = Grammar::new(SEED.wrapping_mul(2 * worker + 3));
                for _ in 0..TARGETS.div_ceil(workers) {
                    let (allow, target) = grammar.target(fuzz::path::KINDS);
                    if fuzz::path::law(allow, &target) {
                        passed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let passed = passed.into_inner();
    println!("seed {SEED:#x}: {passed} of {TARGETS} targets pass the rules, and every model reads them as judged");
    // A law that refuses everything holds too, and is worth nothing.
    assert!(passed as u64 > TARGETS / 10, "only {passed} pass");
}
