//! How long each piece of the way of a request takes, and what stands beside that way: `cargo bench --bench micro`.
//!
//! Words after `--` are criterion's: a part of a row's name measures those rows only, `--save-baseline before` and
//! `--baseline before` compare two builds.

#[path = "../rows/mod.rs"]
mod rows;

use std::time::Duration;

use criterion::{BatchSize, Criterion};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Prepared together, where a piece of work can be done only once; the audit's queue takes ten times as many.
const BATCH: u64 = 500;

fn main() {
    let quick = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    let mut criterion = quick.without_plots().configure_from_args();
    for row in rows::all() {
        criterion.bench_function(&row.name, |bencher| match row.again {
            true => bencher.iter(&mut (row.prepare)()),
            // What is left of the work comes back, so that its end is not measured.
            false => bencher.iter_batched(&row.prepare, |mut work| (work(), work).1, BatchSize::NumIterations(BATCH)),
        });
    }
    criterion.final_summary();
}
