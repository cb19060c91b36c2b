//! What connections cost in memory, in the small: `cargo bench --bench memory` measures the same with thousands, for as long
//! as one likes. The bounds are for a debug build, with room for an unlucky allocator.

#[path = "../benches/memory/application.rs"]
mod application;
#[path = "../benches/memory/client.rs"]
#[allow(dead_code, reason = "shared with the bench, which keeps cookies")]
mod client;
#[path = "../benches/memory/house.rs"]
mod house;
#[path = "../benches/memory/idle.rs"]
#[allow(dead_code, reason = "shared with the bench, which prints a table")]
mod idle;
#[path = "../benches/memory/process.rs"]
#[allow(dead_code, reason = "shared with the bench, which needs more files")]
mod process;
#[path = "../benches/memory/slow.rs"]
#[allow(dead_code, reason = "shared with the bench, which prints a table")]
mod slow;
mod support;

use tokio::runtime::Runtime;

use client::Wire;
use house::House;
use idle::Before;
use slow::Stop;

fn start() -> (Runtime, House) {
    let runtime = Runtime::new().expect("a runtime starts");
    let house = House::patient(&runtime);
    (runtime, house)
}

/// KiB for each of so many connections that say nothing more.
fn idle(wire: Wire, before: Before, connections: usize) -> f64 {
    let (runtime, house) = start();
    idle::cost(&runtime, &house, wire, before, connections)[0]
}

#[test]
fn an_idle_connection_costs_little_over_http1() {
    let each = idle(Wire::Tls1, Before::OneRequest, 500);
    assert!(each < 20.0, "{each} KiB");
}

#[test]
fn an_idle_connection_costs_little_over_http2() {
    let each = idle(Wire::Tls2, Before::OneRequest, 500);
    assert!(each < 60.0, "{each} KiB");
}

#[test]
fn answers_leave_nothing_behind_in_a_connection_that_falls_idle() {
    let each = idle(Wire::Tls2, Before::ManyRequests, 100);
    assert!(each < 80.0, "{each} KiB");
}

#[test]
fn whoever_does_not_read_costs_no_more_than_a_bound() {
    for wire in Wire::ALL {
        let (runtime, house) = start();
        let [each, _] = slow::cost(&runtime, &house, Stop::Answer, wire, 20);
        assert!(each < 1200.0, "{} KiB over {}", each, wire.name());
    }
}

#[test]
fn each_of_many_answers_that_nobody_reads_costs_no_more_than_one() {
    let (runtime, house) = start();
    let [each, _] = slow::cost(&runtime, &house, Stop::Answers, Wire::Tls2, 2);
    let streams = f64::from(slow::STREAMS);
    assert!(each < 800.0 * streams, "{each} KiB for {streams} answers");
}
