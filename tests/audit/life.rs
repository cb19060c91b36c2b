//! A gate and commands on one audit, from the first line to the signed end, and what somebody does to it afterwards.

use std::fs;

use crate::rig::{audit, is_whole, lines, sekisho};
use crate::support::outbox::wrong;
use crate::support::{Ask, Gateway, Plan, Upstream, User, Wire, wait};

const ALICE: &User = &User::ALICE;

/// Somebody signed in over each wire and looked at a record, an operator issued a pass meanwhile, and it ended in order.
fn life() -> Gateway {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).start();
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let (id, message) = caller.challenged(&gateway, ALICE);
        caller.verify(&id, &wrong(&message.code)).expect(403);
        caller.verify(&id, &message.code).expect(200);
        caller.send(Ask::get("/patients/4711")).expect(200);
    }
    let config = gateway.config.display().to_string();
    let issue = ["pass", "issue", "--config", &config, "--user", "bob", "--scope", "records", "--for", "10m"];
    sekisho(&[&issue[..], &["--reason", "phone lost"]].concat()).expect(0);
    wait::until("the accesses", || Some(lines(&gateway, "access")).filter(|all| all.len() == 3));
    assert!(gateway.process.end().success(), "{}", gateway.log());
    gateway
}

#[test]
fn each_process_has_its_chain_and_all_of_them_are_whole() {
    let mut gateway = life();
    let report = is_whole(&gateway);
    // Alice and Bob were added, the gate served, a pass was issued.
    assert_eq!((&report["chains"], &report["open"]), (&4.into(), &serde_json::json!([])), "{}", gateway.audit());
    for access in lines(&gateway, "access") {
        for key in ["user", "route", "method", "path", "object", "status", "client", "node", "request"] {
            assert!(!access[key].is_null(), "{key} is missing in {access}");
        }
    }
    let starts = lines(&gateway, "start");
    assert!(starts.iter().all(|start| start["node"].is_string() && start["pid"].is_u64()), "{starts:?}");
    assert_eq!(starts[0]["previous"], serde_json::json!([]));
    assert!(starts[1..].iter().all(|start| start["previous"] != serde_json::json!([])));
    gateway.restart();
    let report = is_whole(&gateway);
    assert_eq!(report["open"].as_array().map(Vec::len), Some(1), "the running gate's chain is open: {report}");
}

#[test]
fn an_auditor_with_the_public_key_alone_finds_every_change() {
    let gateway = life();
    let file = gateway.file("audit.jsonl");
    let path = file.display().to_string();
    let key = audit(&gateway.config, "key", &[]).expect(0).out.trim().to_owned();
    let judged = |file: &str| sekisho(&["audit", "verify", "--key", &key, file]);
    judged(&path).expect(0).says("whole: ");
    let good = gateway.audit();
    let all: Vec<&str> = good.lines().collect();
    let access = all.iter().position(|line| line.contains("\"access\"")).expect("an access");
    let try_with = |what: &str, lines: Vec<&str>, place: usize| {
        let copy = gateway.file("copy.jsonl");
        fs::write(&copy, lines.join("\n") + "\n").expect("written");
        let copy = copy.display().to_string();
        let done = judged(&copy).expect(1).says("NOT whole");
        assert!(done.out.starts_with(&format!("{copy}:{place}: ")), "{what}: {}", done.out);
    };
    let changed = all[access].replace("4711", "4712");
    let mut with = all.clone();
    with[access] = &changed;
    try_with("changed", with, access + 1);
    let mut without = all.clone();
    without.remove(access);
    try_with("removed", without, access + 1);
    let mut twice = all.clone();
    twice.insert(access, all[access]);
    try_with("twice", twice, access + 2);
    let other = "A".repeat(43);
    sekisho(&["audit", "verify", "--key", &format!("other:{other}"), &path]).expect(1).says("which is not known here");
}

#[test]
fn the_end_that_somebody_noted_has_to_be_there() {
    let mut gateway = life();
    gateway.restart();
    let noted = is_whole(&gateway)["open"][0]["hash"].as_str().expect("a hash").to_owned();
    audit(&gateway.config, "verify", &["--expect", &noted]).expect(0);
    let other = "A".repeat(43);
    audit(&gateway.config, "verify", &["--expect", &other]).expect(1).says("no line has the expected hash");
}

#[test]
fn a_file_is_removed_when_it_is_older_than_it_is_kept_and_the_audit_says_so() {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).with_movable_clock().start();
    let config = fs::read_to_string(&gateway.config).expect("readable");
    fs::write(&gateway.config, config.replace("[audit]\n", "[audit]\nkeep = \"1d\"\n")).expect("written");
    gateway.caller(Wire::Http1).sign_in(&gateway, ALICE);
    // At its end it puts the file aside, and the next start finds that one too young; the start after it does not.
    for _ in 0..2 {
        gateway.advance(std::time::Duration::from_secs(3 * 24 * 3600));
        gateway.restart();
    }
    gateway.caller(Wire::Http1).sign_in(&gateway, ALICE);
    let removed = |line: &serde_json::Value| line["event"] == "sys_audit_removed";
    let told = wait::until("the removal", || lines(&gateway, "decision").into_iter().find(removed));
    assert!(told["detail"].as_str().is_some_and(|detail| detail.starts_with("audit-2")), "{told}");
    wait::until("the file to go", || (is_whole(&gateway)["files"] == 2).then_some(()));
    assert_eq!(gateway.audit().matches("authn_token_created").count(), 1, "the old file is gone");
}

#[test]
fn a_gate_goes_on_where_another_process_put_the_file_aside() {
    let upstream = Upstream::start();
    let plan = Plan::before(&upstream.url).with_movable_clock();
    let mut gateway = plan.start();
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, ALICE);
    gateway.advance(std::time::Duration::from_secs(3 * 24 * 3600));
    // Its pass is over; the next one is asked for in another file.
    gateway.caller(Wire::Http1).sign_in(&gateway, ALICE);
    let files = || {
        let folder = fs::read_dir(gateway.config.parent().expect("a folder")).expect("listed");
        let names = folder.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("audit")).collect();
        names.sort();
        names
    };
    assert_eq!(files().len(), 2, "{:?}", files());
    // What logrotate does.
    fs::rename(gateway.file("audit.jsonl"), gateway.file("audit.jsonl.1")).expect("moved");
    gateway.caller(Wire::Http1).sign_in(&gateway, ALICE);
    assert_eq!(files().len(), 3, "{:?}", files());
    let report = is_whole(&gateway);
    assert_eq!(report["files"], 3);
    let found = audit(&gateway.config, "search", &["--event", "authn_token_created"]).expect(0);
    assert_eq!(found.out.lines().count(), 3, "{}", found.out);
}
