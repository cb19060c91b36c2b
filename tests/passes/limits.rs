//! How long a pass lasts: never longer than it was given for, and no longer than it is used, on all nodes alike.

use super::rig::{Pair, generous, sign_in};
use super::support::gateway::User;
use super::support::{Plan, Wire, wait};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Stands behind the scope's table, so that its first line belongs to that.
const IDLE: &str = r#"
idle = "10m"

[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

fn idle(plan: Plan) -> Plan {
    generous(plan).with_routes(IDLE).with_movable_clock()
}

/// Both nodes have heard of the store since the clock moved.
fn settled(pair: &Pair) {
    for node in [&pair.first, &pair.second] {
        wait::until("a node that is ready", || (node.admin("/readyz").status == 200).then_some(()));
    }
}

#[test]
fn a_use_on_one_node_keeps_the_pass_alive_on_the_other_and_over_a_restart() {
    let mut pair = Pair::start(idle);
    let token = sign_in(&pair, 0, &User::ALICE);
    assert_eq!(pair.status(0, Wire::Http1, &token), 200);
    pair.first.advance(9 * MINUTE);
    settled(&pair);
    assert_eq!(pair.status(0, Wire::Http2, &token), 200, "used at the first node only");
    pair.first.advance(3 * MINUTE);
    settled(&pair);
    // Twelve minutes after the last use that the second node saw, three after the last one.
    let known = wait::within(3 * wait::PATIENCE, || (pair.status(1, Wire::Http1, &token) == 200).then_some(()));
    assert!(known.is_some(), "the second node never heard of the use at the first");
    assert_eq!(pair.statuses(&token), [200; 6]);
    pair.first.advance(8 * MINUTE);
    pair.first.restart();
    settled(&pair);
    assert_eq!(pair.status(0, Wire::Http1Tls, &token), 200, "after a restart");
    pair.first.advance(11 * MINUTE);
    settled(&pair);
    assert_eq!(pair.statuses(&token), [401; 6], "nobody used it anywhere");
    pair.second.restart();
    assert_eq!(pair.statuses(&token), [401; 6], "and a restart brings nothing back");
}

#[test]
fn no_use_lengthens_a_pass() {
    let mut pair = Pair::start(|plan| generous(plan).with_movable_clock());
    let token = sign_in(&pair, 0, &User::ALICE);
    for _ in 0..7 {
        pair.first.advance(60 * MINUTE);
        settled(&pair);
        assert_eq!(pair.statuses(&token), [200; 6]);
    }
    pair.first.advance(61 * MINUTE);
    settled(&pair);
    assert_eq!(pair.statuses(&token), [401; 6], "eight hours are over");
}
