//! What a second worker brings: the whole way of a request with a valid pass, on one thread and on as many as there are
//! cores, all of them on the same gate.
//!
//! ```sh
//! cargo bench --bench workers            # 20 rounds of 2,000 requests for each thread
//! ```
//!
//! Requests are made before the clock runs. Rounds with one thread and with several take turns, so that a machine that
//! others use as well is unfair to both; the best round of each is told.

#[path = "../rows/mod.rs"]
mod rows;

use std::sync::Barrier;
use std::time::{Duration, Instant};

use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
#[command(name = "workers", about = "Tells how much more several workers do than one")]
struct Arguments {
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// For each thread and round
    #[arg(long, default_value_t = 2000)]
    requests: usize,
    /// A row of the micro benches
    #[arg(long, default_value = "request/valid pass/1 route")]
    row: String,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    assert!(cores > 1, "one core tells nothing about two workers");
    assert!(rows::all().iter().any(|row| row.name == arguments.row), "there is no row of this name");
    let mut best = [Duration::MAX; 2];
    for _ in 0..arguments.rounds {
        for (best, threads) in best.iter_mut().zip([1, cores]) {
            *best = (*best).min(round(&arguments, threads));
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / arguments.requests as f64;
    println!("{}: {:.2} us on one thread, {:.2} us on each of {cores}", arguments.row, each(best[0]), each(best[1]));
    println!("{cores} workers do {:.2} times the work of one", cores as f64 * each(best[0]) / each(best[1]));
}

/// How long the slowest thread takes for its requests.
fn round(arguments: &Arguments, threads: usize) -> Duration {
    let ready = Barrier::new(threads);
    let work = || {
        let row = rows::all().into_iter().find(|row| row.name == arguments.row).expect("it was there before");
        let (made, times) = if row.again { (1, arguments.requests) } else { (arguments.requests, 1) };
        let mut requests: Vec<_> = (0..made).map(|_| (row.prepare)()).collect();
        ready.wait();
        #[expect(clippy::disallowed_methods, reason = "a bench goes by the real clock")]
        let begun = Instant::now();
        requests.iter_mut().for_each(|request| (0..times).for_each(|_| request()));
        begun.elapsed()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().map(|thread| thread.join().expect("a thread")).max().unwrap_or_default()
    })
}
