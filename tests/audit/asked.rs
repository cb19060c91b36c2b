//! `sekisho audit search`, `tail`, and what they say to wrong questions.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::rig::{audit, lines, sekisho};
use crate::support::{Ask, Gateway, Plan, Upstream, User, Wire, wait};

const ALICE: &User = &User::ALICE;
const BOB: &User = &User::BOB;

fn gateway() -> Gateway {
    let upstream = Upstream::start();
    let gateway = Plan::before(&upstream.url).start();
    for (user, record) in [(ALICE, "4711"), (BOB, "4712"), (BOB, "4711")] {
        let mut caller = gateway.caller(Wire::Http1);
        caller.sign_in(&gateway, user);
        caller.send(Ask::get(&format!("/patients/{record}"))).expect(200);
    }
    wait::until("the accesses", || Some(lines(&gateway, "access")).filter(|all| all.len() == 3));
    gateway
}

#[test]
fn who_opened_a_record_is_answered_in_each_format() {
    let gateway = gateway();
    let search = |rest: &[&str]| audit(&gateway.config, "search", rest).expect(0).out;
    let found = search(&["--object", "4711"]);
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.lines().next().is_some_and(|line| line.contains("alice") && line.contains("GET /patients/4711")));
    let found = search(&["--object", "4711", "--user", "bob", "--format", "json"]);
    let line: serde_json::Value = serde_json::from_str(&found).expect("one line of JSON");
    assert_eq!((&line["user"], &line["object"]), (&"bob".into(), &"id=4711".into()));
    let table = search(&["--kind", "access", "--format", "csv"]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.starts_with("at,kind,event,user,route,method,path,object,status,client,node"), "{table}");
    let request = line["request"].as_str().expect("an id");
    assert_eq!(search(&["--request", request]).lines().count(), 1);
    let challenge = lines(&gateway, "decision").iter().find_map(|line| line["challenge"].as_str().map(str::to_owned));
    assert!(search(&["--challenge", &challenge.expect("one")]).lines().count() >= 4, "begun, sent, right, pass");
    for (rest, count) in [
        (&["--event", "authn_login_success"][..], 3),
        (&["--client", "127.0.0.0/8", "--kind", "access"], 3),
        (&["--client", "10.0.0.0/8"], 0),
        (&["--status", "2xx"], 3),
        (&["--status", "404"], 0),
        (&["--to", "2020-01-01"], 0),
        (&["--from", "2020-01-01", "--kind", "access"], 3),
        (&["--month", "2020-02"], 0),
        (&["--kind", "start"], 3),
    ] {
        assert_eq!(search(rest).lines().count(), count, "{rest:?}");
    }
}

#[test]
fn a_wrong_question_is_answered_with_a_right_one() {
    let gateway = gateway();
    let search = |rest: &[&str]| audit(&gateway.config, "search", rest);
    search(&["--from", "yesterday"]).expect(1).says("\"yesterday\" is no date such as 2026-03-31");
    search(&["--month", "March"]).expect(1).says("2026-03");
    search(&["--from", "2026-02-30"]).expect(1).says("that month has no day 30");
    search(&["--from", "2026-03-31", "--to", "2026-03-01"]).expect(1).says("--to is before --from");
    search(&["--status", "abc"]).expect(2).says("4xx");
    search(&["--client", "somewhere"]).expect(2).says("10.0.0.0/8");
    search(&["--zone", "JST"]).expect(2).says("+09:00");
    search(&["--month", "2026-03", "--from", "2026-03-01"]).expect(2);
    search(&["--patient", "4711"]).expect(2);
    search(&["/nowhere/audit.jsonl"]).expect(1).says("reading /nowhere/audit.jsonl");
    search(&["/"]).expect(1).says("is a folder");
    audit(&gateway.config, "verify", &["--key", "nonsense"])
        .expect(1)
        .says("is no line that `sekisho audit key` prints");
    audit(&gateway.config, "verify", &["--expect", "nonsense"]).expect(1).says("is no hash of a line");
    // Ids may begin with a dash.
    search(&["--request", "-id"]).expect(0);
    audit(&gateway.config, "verify", &["--expect", &format!("-{}", "A".repeat(42))]).expect(1).says("no line has");
    sekisho(&["audit", "search", "--config", "/nowhere.toml"]).expect(1).says("/nowhere.toml");
}

#[test]
fn whoever_follows_sees_what_comes_also_in_another_file() {
    let gateway = gateway();
    let tail = audit(&gateway.config, "tail", &["-n", "2", "--kind", "access"]).expect(0);
    assert_eq!(tail.out.lines().count(), 2, "{}", tail.out);
    let mut follower = Command::new(env!("CARGO_BIN_EXE_sekisho"))
        .args(["audit", "tail", "-f", "-n", "0", "--kind", "access", "--config"])
        .arg(&gateway.config)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut told = BufReader::new(follower.stdout.take().expect("a pipe")).lines();
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, ALICE);
    // It begins at the end of the file; what is there by then is not news.
    let seen = wait::until("the follower to see an access", || {
        caller.send(Ask::get("/patients/5001")).expect(200);
        follower.try_wait().expect("asked").is_none().then_some(())?;
        told.next()
    });
    assert!(seen.expect("a line").contains("/patients/5001"));
    std::fs::rename(gateway.file("audit.jsonl"), gateway.file("audit.jsonl.1")).expect("moved");
    caller.send(Ask::get("/patients/5002")).expect(200);
    let next = told.by_ref().map(|line| line.expect("a line")).find(|line| line.contains("/patients/5002"));
    assert!(next.is_some());
    follower.kill().expect("ended");
    follower.wait().expect("ended");
}
