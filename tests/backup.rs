//! `backup` and `restore` beside a gateway that runs.

mod support;

use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::time::Duration;
use support::gateway::sekisho;
use support::{Ask, Caller, Gateway, Plan, Upstream, User, Wire, wait};

fn command(gateway: &Gateway, words: &[&str]) -> Output {
    let config = gateway.config.display().to_string();
    sekisho(&[&words[..1], &["--config", &config], &words[1..]].concat(), "")
}

fn done(gateway: &Gateway, words: &[&str]) -> String {
    let output = command(gateway, words);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words:?}: {said}");
    said
}

fn refused(gateway: &Gateway, words: &[&str]) -> String {
    let output = command(gateway, words);
    assert_eq!(output.status.code(), Some(1), "{words:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn opened(caller: &mut Caller) -> u16 {
    caller.send(Ask::get("/patients/4711")).status
}

fn closes(caller: &mut Caller) {
    wait::until("every pass to end", || (opened(caller) == 401).then_some(()));
}

#[test]
fn a_backup_comes_back_while_the_gateway_runs_and_ends_every_pass_and_open_code() {
    let application = Upstream::start();
    let gateway = Plan::before(&application.url).start();
    let mut callers = Wire::ALL.map(|wire| gateway.caller(wire));
    callers.iter_mut().for_each(|caller| caller.sign_in(&gateway, &User::ALICE));
    let mut waiting = gateway.caller(Wire::Http1);
    let (id, message) = waiting.challenged(&gateway, &User::BOB);

    let folder = gateway.file("backup");
    let at = folder.display().to_string();
    let said = done(&gateway, &["backup", &at]);
    assert!(said.contains("audit.jsonl"), "it says what is not in it: {said}");
    let mode = |file: &str| fs::metadata(folder.join(file)).expect("is there").permissions().mode() & 0o777;
    assert_eq!([mode(""), mode("sekisho.db"), mode("keys.json"), mode("manifest.json")], [0o700, 0o600, 0o600, 0o600]);
    assert!(refused(&gateway, &["backup", &at]).contains("is there already"));

    done(&gateway, &["user", "remove", "bob"]);
    assert!(refused(&gateway, &["restore", &at]).contains("--yes"), "it does not happen by a slip");
    assert_eq!(opened(&mut callers[0]), 200, "and did not");
    let said = done(&gateway, &["restore", &at, "--yes"]);
    assert!(said.contains("Every pass is ended") && said.contains("The keys are the same"), "{said}");

    callers.iter_mut().for_each(closes);
    waiting.verify(&id, &message.code).expect(410);
    gateway.caller(Wire::Http2).sign_in(&gateway, &User::BOB);
    let happened = |event: &str| gateway.audit().lines().filter(|line| line.contains(event)).count();
    assert_eq!((happened("sys_backup"), happened("sys_restore")), (1, 1));
}

#[test]
fn a_backup_makes_a_new_machine_of_the_same_kind() {
    let application = Upstream::start();
    let old = Plan::before(&application.url).start();
    let folder = old.file("backup").display().to_string();
    done(&old, &["backup", &folder]);
    let new = Plan { users: Vec::new(), ..Plan::before(&application.url) }.with_movable_clock().start();
    let said = done(&new, &["restore", &folder, "--yes"]);
    assert!(said.contains("were kept; --keys"), "a key that is there is not replaced unasked: {said}");
    let said = done(&new, &["restore", &folder, "--yes", "--keys"]);
    assert!(said.contains("has to be restarted"), "{said}");
    let keys = |gateway: &Gateway| fs::read_to_string(gateway.file("state/keys.json")).expect("is there");
    assert_eq!(keys(&new), keys(&old));
    let mut new = new;
    new.restart();
    // Passes say in whole seconds when they were made: one of the very second of a restore is ended too.
    new.advance(Duration::from_secs(1));
    let mut caller = new.caller(Wire::Http1Tls);
    caller.sign_in(&new, &User::ALICE);
    assert_eq!(opened(&mut caller), 200);
}

#[test]
fn what_is_damaged_is_refused_and_changes_nothing() {
    let application = Upstream::start();
    let gateway = Plan::before(&application.url).start();
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, &User::ALICE);
    let folder = gateway.file("backup");
    let at = folder.display().to_string();
    assert!(refused(&gateway, &["restore", &at, "--yes"]).contains("is no backup"));
    done(&gateway, &["backup", &at]);
    for name in ["sekisho.db", "keys.json"] {
        let file = folder.join(name);
        let whole = fs::read(&file).expect("is there");
        fs::write(&file, &whole[..whole.len() / 2]).expect("the folder can be written");
        let error = refused(&gateway, &["restore", &at, "--yes"]);
        assert!(error.contains(name) && error.contains("nothing was restored"), "{error}");
        fs::write(&file, whole).expect("the folder can be written");
    }
    let manifest = fs::read_to_string(folder.join("manifest.json")).expect("is there");
    let said: Value = serde_json::from_str(&manifest).expect("is JSON");
    assert_eq!(said["files"].as_object().expect("files").len(), 2);
    assert_eq!(opened(&mut caller), 200);
}
