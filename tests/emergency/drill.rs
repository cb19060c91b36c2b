//! The drill of docs/OPERATIONS.md as it stands there, the alarm, and what is read afterwards.

use crate::rig::{self, Plea, ask, enter, print};
use crate::support::gateway::sekisho;
use crate::support::{Ask, Gateway, Upstream, Wire, wait};
use serde_json::Value;
use std::process::Command;

const MANUAL: &str = include_str!("../../docs/OPERATIONS.md");

/// The commands of the chapter's drill: before and after somebody goes to the page.
fn commands() -> Vec<String> {
    let chapter = MANUAL.split("\n### The drill\n").nth(1).expect("the chapter has a drill");
    let chapter = chapter.split("\n## ").next().expect("it ends");
    chapter.split("```sh\n").skip(1).map(|block| block.split("```").next().expect("it ends").to_string()).collect()
}

fn shell(gateway: &Gateway, script: &str, serial: &str) -> String {
    let folder = gateway.config.parent().expect("a folder");
    let done = Command::new("bash")
        .args(["-euo", "pipefail", "-c"])
        .arg(format!("sekisho() {{ \"$BIN\" \"$@\" --config \"$CONFIG\"; }}\n{}", script.replace("K7Q2MX", serial)))
        .env("BIN", env!("CARGO_BIN_EXE_sekisho"))
        .env("CONFIG", &gateway.config)
        .current_dir(folder)
        .output()
        .expect("bash starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{script}\n{}{}", text(&done.stdout), text(&done.stderr));
    text(&done.stdout)
}

#[test]
fn the_drill_is_as_the_manual_says() {
    let upstream = Upstream::start();
    let receiver = Upstream::saying("200 OK", "{}");
    let alert = format!("[[alert]]\nkind = \"webhook\"\nurl = \"{}\"\non = [\"emergency\"]\n", receiver.url);
    let gateway = rig::plan(&upstream, rig::ONE).with_more(alert).start();
    let commands = commands();
    let [before, after] = commands.as_slice() else { panic!("{} blocks of commands", commands.len()) };
    let printed = shell(&gateway, before, "");
    let sheet = rig::sheets(&printed[printed.find("-----").expect("a sheet")..]).remove(0);
    let mut caller = gateway.caller(Wire::Http2);
    enter(&mut caller, &sheet);
    caller.send(Ask::get("/patients/4711")).expect(200);
    wait::until("the access in the audit", || gateway.audit().contains("\"object\":\"id=4711\"").then_some(()));
    wait::until("the alarm", || (!receiver.requests().is_empty()).then_some(()));
    let alarm = receiver.last();
    assert!(alarm.contains("emergency_opened") && alarm.contains(&sheet.serial), "{alarm}");
    assert!(!alarm.contains("Sato") && !alarm.contains(rig::REASON), "it names nobody: {alarm}");
    let told = shell(&gateway, after, &sheet.serial);
    assert!(told.contains("Dr Sato") && told.contains("id=4711 (1 times)"), "{told}");
    assert!(told.contains("there is nothing to review"), "{told}");
    assert_eq!(rig::events(&gateway, "emergency_printed").len(), 1);
    assert_eq!(rig::events(&gateway, "emergency_reviewed").len(), 1);
}

#[test]
fn each_access_is_told_of_at_once_and_wrong_codes_once_an_hour() {
    let upstream = Upstream::start();
    let receiver = Upstream::saying("200 OK", "{}");
    let alert = format!("[[alert]]\nkind = \"webhook\"\nurl = \"{}\"\n{}", receiver.url, rig::LIMITS);
    let gateway = rig::plan(&upstream, rig::ONE).with_more(alert).start();
    let sheets = print(&gateway, 2);
    for sheet in &sheets {
        enter(&mut gateway.caller(Wire::Http1), sheet);
    }
    for sheet in &sheets {
        ask(&mut gateway.caller(Wire::Http1), &Plea::with(&sheet.code)).expect(410);
    }
    let count = |event: &str| {
        let is = |request: &&Vec<u8>| String::from_utf8_lossy(request).contains(event);
        receiver.requests().iter().filter(is).count()
    };
    wait::until("all alarms", || (count("emergency_opened") == 2 && count("emergency_refused") == 1).then_some(()));
}

#[test]
fn what_was_done_is_reviewed_once_and_stays_in_the_list() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).start();
    let sheets = print(&gateway, 3);
    let mut caller = gateway.caller(Wire::Http1Tls);
    enter(&mut caller, &sheets[0]);
    for path in ["/patients/4711", "/patients/4711", "/patients/12", "/list"] {
        caller.send(Ask::get(path)).expect(200);
    }
    wait::until("the accesses in the audit", || gateway.audit().contains("\"path\":\"/list\"").then_some(()));
    let told = rig::run(&gateway, &["review"]);
    for words in [
        "Dr Sato",
        rig::REASON,
        "4 requests",
        "id=12 (1 times)",
        "id=4711 (2 times)",
        "GET /list (1 times)",
        "127.0.0.1",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let json: Value = serde_json::from_str(&rig::run(&gateway, &["review", "--format", "json"])).expect("JSON");
    assert_eq!((&json[0]["requests"], &json[0]["objects"]["id=4711"]), (&4.into(), &2.into()));
    assert_eq!(json[0]["opened"]["name"], "Dr Sato");
    let list = rig::run(&gateway, &["list"]);
    assert!(list.contains("opened") && list.contains("not reviewed") && list.contains("good until"), "{list}");
    let serial = &sheets[0].serial;
    let (good, _, why) = rig::tried(&gateway, &["reviewed", serial, "--note", " "]);
    assert!(!good && why.contains("reason"), "{why}");
    rig::run(&gateway, &["reviewed", serial, "--note", "was on duty; both patients were theirs"]);
    assert!(rig::run(&gateway, &["review"]).contains("nothing to review"));
    assert!(rig::run(&gateway, &["review", "--all"]).contains("both patients were theirs"));
    for (arguments, why) in [
        (["reviewed", serial, "--note", "again"], "was reviewed"),
        (["reviewed", &sheets[1].serial, "--note", "x"], "opened nothing"),
        (["reviewed", "XXXXXX", "--note", "x"], "there is no sheet"),
        (["withdraw", serial, "--reason", "x"], "is opened already"),
    ] {
        let (good, _, told) = rig::tried(&gateway, &arguments);
        assert!(!good && told.contains(why), "{arguments:?}: {told}");
    }
    let config = gateway.config.display().to_string();
    let user = format!("emergency-{serial}");
    let found = sekisho(&["audit", "search", "--config", &config, "--user", &user, "--kind", "access"], "");
    assert_eq!(String::from_utf8_lossy(&found.stdout).matches("EMERGENCY").count(), 4);
    assert!(sekisho(&["audit", "verify", "--config", &config], "").status.success());
    // The pass can be ended like any other.
    let pass = json[0]["opened"]["pass"].as_str().expect("an id");
    let ended = sekisho(&["pass", "revoke", "--config", &config, "--pass", pass, "--reason", "enough"], "");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    wait::until("the end", || (caller.send(Ask::get("/patients/1")).status == 401).then_some(()));
}
