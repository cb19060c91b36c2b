//! Figures: what is counted, and what becomes of it.

use crate::rig::{command, dead_provider, status, today};
use crate::support::redis::Server;
use crate::support::{Ask, Gateway, Plan, Upstream, User, Wire, wait};
use rusqlite::Connection;
use std::time::Duration;

const ALICE: &User = &User::ALICE;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What all nodes counted within 24 hours.
fn all(gateway: &Gateway) -> [u64; 3] {
    let told = status(gateway);
    ["sent", "failed", "entered"].map(|what| told["statistics"]["day"]["all"][what].as_u64().unwrap_or(0))
}

fn counted(gateway: &Gateway, wanted: [u64; 3]) {
    let what = format!("{wanted:?} to be counted, and not {:?}", all(gateway));
    wait::until(&what, || (all(gateway) == wanted).then_some(()));
}

const FILE: &str = "[[sms.provider]]\nkind = \"file\"\npath = \"{folder}/outbox.jsonl\"\nprice = \"0.07 USD\"\n";

#[test]
fn figures_outlive_restarts_and_crashes_and_go_after_ninety_days() {
    let providers = dead_provider("first") + FILE;
    let mut gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).with_movable_clock().start();
    gateway.caller(Wire::Http2).sign_in(&gateway, ALICE);
    // Nothing has to be waited for: what is not written yet is written at the end.
    gateway.restart();
    let told = status(&gateway);
    let day = &told["statistics"]["day"];
    assert_eq!(told["running"], true);
    assert_eq!(day["providers"]["file"]["sent"], 1, "{told:#}");
    assert_eq!(day["providers"]["file"]["entered"], 1);
    assert_eq!(day["providers"]["file"]["entered_in_time"], 1);
    assert_eq!(day["providers"]["file"]["conversion"], 100.0);
    assert_eq!(day["providers"]["file"]["cost"][0], "0.07 USD");
    assert!(day["providers"]["first"]["failed_by"]["transient"].as_u64().is_some_and(|n| n >= 1), "{told:#}");
    assert_eq!((&day["countries"]["JP"]["sent"], &day["channels"]["sms"]["sent"]), (&1.into(), &1.into()));
    assert_eq!((&told["spent_today"][0], &told["daily_budget"]), (&"0.07 USD".into(), &"30 USD".into()));
    for span in ["hour", "week", "quarter"] {
        assert_eq!(told["statistics"][span]["all"]["sent"], 1, "{span}");
    }
    gateway.caller(Wire::Http1).sign_in(&gateway, &User::BOB);
    wait::until("two to be counted", || (all(&gateway)[2] == 2).then_some(()));
    gateway.crash();
    assert_eq!((all(&gateway)[0], all(&gateway)[2]), (2, 2), "what was written stays");

    gateway.advance(89 * DAY);
    let quarter = |gateway: &Gateway| status(gateway)["statistics"]["quarter"]["all"]["sent"].clone();
    assert_eq!(quarter(&gateway), 2, "for 90 days");
    assert_eq!(all(&gateway), [0, 0, 0], "but not of the last day");
    gateway.advance(3 * DAY);
    let file = gateway.file("state/sekisho.db");
    let rows = || {
        let db = Connection::open(&file).expect("the store opens");
        db.query_row("SELECT count(*) FROM figure", [], |row| row.get::<_, i64>(0)).expect("reads")
    };
    wait::until("housekeeping", || (rows() == 0).then_some(()));
    assert_eq!(quarter(&gateway), 0);
}

#[test]
fn status_says_when_no_gate_runs_and_what_the_store_knows() {
    let mut gateway = Plan::before("http://127.0.0.1:9").start();
    gateway.caller(Wire::Http1).sign_in(&gateway, ALICE);
    let told = command(&gateway, &["status"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    for line in ["gate       ready", "store      embedded", "provider   file (sms): up", "the last 90 days"] {
        assert!(told.out.contains(line), "{line}\n{}", told.out);
    }
    assert!(gateway.process.end().success());
    let told = command(&gateway, &["status"]);
    assert_eq!(told.code, Some(1), "nothing is ready: {}{}", told.out, told.err);
    assert!(told.out.contains("no gate runs here") && told.out.contains("provider file"), "{}", told.out);
    assert_eq!((status(&gateway)["running"].clone(), all(&gateway)), (false.into(), [1, 0, 1]));
}

#[test]
fn the_api_asks_for_the_token_where_there_is_one() {
    let gateway = Plan::before("http://127.0.0.1:9").start();
    let told = gateway.admin("/api/v1/status").expect(200).json();
    assert_eq!((&told["readiness"]["ready"], &told["store"]), (&true.into(), &"embedded".into()));
    let text = std::fs::read_to_string(&gateway.config).expect("reads");
    let text = text.replace("[audit]\n", "token = \"t0ken-t0ken\"\n[audit]\n");
    assert!(text.contains("t0ken"));
    std::fs::write(&gateway.config, text).expect("writes");
    let mut gateway = gateway;
    gateway.process.end();
    gateway.start_again();
    gateway.admin("/api/v1/status").expect(401);
    let told = command(&gateway, &["status", "--format", "json"]);
    assert_eq!(told.code, Some(0), "the command has it from the configuration: {}{}", told.out, told.err);
}

#[test]
fn nodes_on_one_redis_count_together_and_it_forgets_by_itself() {
    let (upstream, server) = (Upstream::start(), Server::start(&[]));
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}/0\"\n", server.address());
    let mut one = Plan::before(&upstream.url).with_more(store).start();
    let two = one.twin();
    one.caller(Wire::Http1).sign_in(&one, ALICE);
    // What one node sent is entered at the other: it is counted where it was sent through, all the same.
    let (mut bob, bobs) = (one.caller(Wire::Http1), &User::BOB);
    let (id, message) = bob.challenged(&one, bobs);
    wait::until("the message to be taken", || (bob.state(&id)["state"] == "sent").then_some(()));
    bob.address.clone_from(&two.plain);
    bob.verify(&id, &message.code).expect(200);
    counted(&one, [2, 0, 2]);
    assert_eq!(today(&two, "providers", "file", "entered"), 2);
    assert_eq!(today(&two, "countries", "JP", "entered"), 2);
    let keys: Vec<String> = server.ask(&["KEYS", "{sekisho:r}:figures:*"]);
    assert!((1..=2).contains(&keys.len()), "{keys:?}");
    let life: i64 = server.ask(&["PTTL", &keys[0]]);
    let days = Duration::from_millis(life.unsigned_abs()).as_secs() / (24 * 3600);
    assert!((90..=91).contains(&days), "{days} days");
    one.restart();
    assert_eq!(all(&one), [2, 0, 2]);
}

#[test]
fn metrics_tell_provider_channel_country_and_outcome() {
    let providers = dead_provider("first") + FILE;
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
    let mut alice = gateway.caller(Wire::Http1);
    alice.sign_in(&gateway, ALICE);
    let page = gateway.admin("/metrics").text();
    for line in [
        r#"sekisho_messages_total{provider="file",channel="sms",country="JP",outcome="sent"} 1"#,
        r#"sekisho_messages_total{provider="file",channel="sms",country="JP",outcome="entered"} 1"#,
        r#"sekisho_messages_total{provider="first",channel="sms",country="JP",outcome="transient"}"#,
        r#"sekisho_message_cost_total{provider="file",channel="sms",currency="USD"} 0.07"#,
        r#"sekisho_entered_seconds_count{provider="file",channel="sms"} 1"#,
        r#"sekisho_provider_up{provider="file",channel="sms"} 1"#,
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(!page.contains("9012345678"), "no number");
    alice.send(Ask::post("/.sekisho/logout").header("Origin", &gateway.origin)).expect(204);
}
