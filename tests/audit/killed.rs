//! `kill -9` at any moment: what was acknowledged stays, and what was cut off is no fault.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::rig::{is_whole, lines, sekisho};
use crate::support::{Ask, Plan, Upstream, User, Wire, wait};

#[test]
fn no_acknowledged_decision_is_lost_when_the_gate_is_killed() {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).start();
    let mut passes = 0;
    for round in 0..6_usize {
        let mut caller = gateway.caller(Wire::ALL[round % 3]);
        // Other than the code of the last round, whose challenge nobody asked about any more.
        let user = if round % 2 == 0 { &User::ALICE } else { &User::BOB };
        caller.sign_in(&gateway, user);
        passes += 1;
        let over = AtomicBool::new(false);
        let (host, cookies) = (&caller.authority, caller.cookies());
        let request = format!("GET /patients/{round} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\r\n");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    // The connection breaks when the gate is killed.
                    let _ = crate::support::wire::exchange(&gateway.plain, request.as_bytes());
                }
            });
            // A command writes into the same file meanwhile.
            let config = gateway.config.display().to_string();
            let set = |locale| sekisho(&["user", "set", "--config", &config, "bob", "--locale", locale]).expect(0);
            set(if round % 2 == 0 { "ja" } else { "en" });
            wait::until("an access", || (!lines(&gateway, "access").is_empty()).then_some(()));
            gateway.process.signal("KILL");
            over.store(true, Ordering::SeqCst);
        });
        assert!(gateway.process.ended().is_some());
        is_whole(&gateway);
        let created = |line: &&serde_json::Value| line["event"] == "authn_token_created";
        assert_eq!(lines(&gateway, "decision").iter().filter(created).count(), passes);
        gateway.start_again();
    }
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, &User::ALICE);
    caller.send(Ask::get("/patients/1")).expect(200);
    assert!(gateway.process.end().success());
    let report = is_whole(&gateway);
    assert_eq!(report["open"].as_array().map(Vec::len), Some(6), "one chain without an end for each kill: {report}");
    for open in report["open"].as_array().expect("a list") {
        assert_eq!(open["uncovered"], 0, "whoever came after it signed for what it left: {report}");
    }
}
