//! What is written stays, whatever happens around it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use super::house::{House, lines, ring};
use crate::domain::event::{Access, Event, What};
use crate::domain::id::RequestId;
use crate::domain::time::Wall;
use crate::gate::seams::{AuditError, World};
use crate::telemetry::audit::book::Seal;
use crate::telemetry::audit::keys::Signer;
use crate::telemetry::audit::trays::MOST;
use crate::telemetry::audit::{Audit, keep};

fn audit(house: &House) -> Audit {
    let signer = Signer::new(&ring(&["k1"]));
    Audit::open(house.path(), house.keeping.clone(), signer, house.world.clone()).expect("opens")
}

fn access(audit: &Audit) -> bool {
    audit.access(&Access {
        user: "alice",
        emergency: false,
        route: "records",
        method: "GET",
        path: "/records/4711",
        object: Some("id=4711".to_owned()),
        status: 200,
        client: "192.0.2.1".parse().expect("address"),
        request: &RequestId::from_random([1; 16]),
    })
}

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).expect("JSON")
}

#[tokio::test]
async fn a_decision_is_on_the_disk_when_the_call_returns() {
    let house = House::new();
    let audit = audit(&house);
    audit.decide(&Event::new(What::AuthnLoginFail).user("alice").detail("a\nb")).await.expect("written");
    let written = lines(&house.path());
    assert_eq!(written.len(), 2, "a start and the line");
    let (start, line) = (json(&written[0]), json(&written[1]));
    assert_eq!(start["kind"], "start");
    assert_eq!(start["previous"], serde_json::json!([]));
    assert_eq!(line["event"], "authn_login_fail");
    assert_eq!(line["at"], "2027-01-15T08:00:00.123Z");
    assert_eq!(line["detail"], "a\nb", "a line break inside a value stays inside its line");
    assert_eq!((&line["kind"], &line["seq"]), (&"decision".into(), &1.into()));
    assert_eq!(line["chain"], start["chain"]);
    assert_eq!(fs::metadata(house.path()).expect("there").permissions().mode() & 0o777, 0o600);
    house.is_whole();
}

#[tokio::test]
async fn when_it_cannot_be_written_it_closes_and_opens_again_by_itself() {
    let mut house = House::new();
    let root = house.folder.path().to_owned();
    house.keeping.node = Some("n".to_owned());
    let folder = root.join("audit");
    fs::create_dir(&folder).expect("makes");
    let signer = Signer::new(&ring(&["k1"]));
    let audit = Audit::open(folder.join("audit.jsonl"), house.keeping.clone(), signer, house.world.clone());
    let audit = audit.expect("opens");
    fs::rename(&folder, root.join("away")).expect("moves");
    assert!(audit.decide(&Event::new(What::AuthnLoginSuccess)).await.is_err());
    assert!(!audit.is_open());
    assert!(access(&audit), "it waits");
    audit.probe().await;
    assert!(!audit.is_open() && audit.failures() >= 2);
    fs::create_dir(&folder).expect("makes");
    audit.probe().await;
    assert!(audit.is_open() && audit.waiting() == 0);
    audit.decide(&Event::new(What::AuthnLoginSuccess)).await.expect("written");
    let kinds: Vec<_> = lines(&folder.join("audit.jsonl")).iter().map(|line| json(line)["kind"].clone()).collect();
    assert_eq!(kinds, ["start", "access", "checkpoint", "decision"], "what waited is there");
}

#[tokio::test]
async fn accesses_that_wait_are_written_when_the_process_ends() {
    let house = House::new();
    let audit = audit(&house);
    assert!((0..1000).all(|_| access(&audit)));
    audit.decide(&Event::new(What::SysShutdown)).await.expect("written");
    audit.end().await.expect("ended");
    let written = lines(&house.path());
    assert_eq!(written.len(), 1003, "a start and an end besides");
    let line = written.iter().find(|line| line.contains("\"access\"")).map(|line| json(line)).expect("there");
    assert_eq!((&line["user"], &line["object"], &line["status"]), (&"alice".into(), &"id=4711".into(), &200.into()));
    assert!(line["node"].as_str().is_some_and(|node| !node.is_empty()));
    assert!(house.is_whole().open.is_empty(), "everything is covered");
    audit.decide(&Event::new(What::SysStartup)).await.expect("another chain");
    assert_eq!(house.is_whole().chains, 2);
}

#[tokio::test]
async fn when_the_disk_cannot_keep_up_guarded_routes_close_before_a_line_is_lost() {
    let house = House::new();
    let audit = audit(&house);
    audit.decide(&Event::new(What::SysStartup)).await.expect("written");
    // Nothing gets to the disk while somebody else has the file.
    let file = fs::File::open(house.path()).expect("there");
    file.lock().expect("it is free");
    // The clerk may have taken some out already and stand before the lock with them.
    let laid = (0..2 * MOST).take_while(|_| audit.is_open() && access(&audit)).count();
    assert!(laid > 0 && !audit.is_open() && !audit.is_open_for_all());
    assert!(access(&audit), "what was let in before finds a place");
    file.unlock().expect("it was locked");
    audit.end().await.expect("written");
    assert_eq!(house.text().matches("\"access\"").count(), laid + 1);
}

#[test]
fn half_a_line_of_a_process_that_died_stays_alone_and_is_no_fault() {
    let house = House::new();
    let mut dead = house.process();
    house.say_with(&mut dead, "before", Seal::Checkpoint);
    let torn = b"{\"at\":\"2027-01-15T08:00:00.123Z\",\"kind\":\"acc";
    fs::OpenOptions::new().append(true).open(house.path()).expect("there").write_all(torn).expect("written");
    assert_eq!(house.is_whole().notes.len(), 1, "as long as nobody wrote since, it may be on its way");
    let mut next = house.process();
    house.say(&mut next, "after");
    assert_eq!(lines(&house.path()).len(), 6, "{}", house.text());
    assert!(house.is_whole().notes.is_empty(), "the start behind it says what it found");
    fs::OpenOptions::new().append(true).open(house.path()).expect("there").write_all(torn).expect("written");
    house.say(&mut next, "a process that was there before says it as well");
    house.is_whole();
    let mended = house.text().replacen("\"kind\":\"acc\n", "\"kind\":\"axx\n", 1);
    fs::write(house.path(), mended).expect("written");
    assert_eq!(house.verify().faults.len(), 1, "but no other half line is");
}

#[test]
fn many_processes_write_into_one_file_and_each_line_stays_whole() {
    let house = Arc::new(House::new());
    let write = |n: usize| {
        let house = house.clone();
        std::thread::spawn(move || {
            let mut book = house.process();
            for i in 0..50 {
                let seal = if i % 7 == n { Seal::Checkpoint } else { Seal::No };
                let line = house.line(&format!("{n}-{i}"));
                book.write(&[&line, &line], seal).expect("written");
            }
            book.write(&[], Seal::End).expect("ended");
        })
    };
    let all: Vec<_> = (0..6).map(write).collect();
    all.into_iter().for_each(|thread| thread.join().expect("good"));
    let report = house.is_whole();
    assert_eq!((report.chains, report.open.len()), (6, 0));
    assert_eq!(house.text().matches("\"event\"").count(), 600);
}

#[test]
fn a_file_is_put_aside_at_midnight_and_when_it_is_large() {
    let mut house = House::new();
    house.keeping.rotate_size = 20_000;
    let (mut gate, mut command) = (house.process(), house.process());
    house.say(&mut gate, "first");
    house.say(&mut command, "first");
    house.world.advance(Duration::from_secs(16 * 3600));
    house.say(&mut command, "the next day");
    house.say(&mut gate, "the next day");
    assert_eq!(house.parts().len(), 2);
    assert!(house.parts()[0].ends_with("audit-2027-01-15T08-00-00Z.jsonl"), "{:?}", house.parts());
    for _ in 0..200 {
        house.say(&mut gate, "more and more");
        house.say(&mut command, "more and more");
    }
    assert!(house.parts().len() > 3, "{:?}", house.parts());
    for part in house.parts() {
        let there = fs::metadata(&part).expect("there");
        assert!(there.len() < 25_000 && there.permissions().mode() & 0o777 == 0o600);
    }
    house.is_whole();
}

#[test]
fn what_logrotate_moves_away_goes_on_in_a_new_file() {
    let house = House::new();
    let (mut gate, mut other) = (house.process(), house.process());
    for number in (1..4).rev() {
        house.say(&mut gate, "a");
        house.say(&mut other, "b");
        fs::rename(house.path(), house.folder.path().join(format!("audit.jsonl.{number}"))).expect("moved");
    }
    // A process that begins while there is no file at all.
    let mut late = house.process();
    house.say(&mut late, "c");
    house.say(&mut gate, "a");
    let report = house.is_whole();
    assert_eq!((report.files, report.chains), (4, 3));
}

#[test]
fn what_is_too_old_is_removed_after_that_was_written_down() {
    let house = House::new();
    let mut gate = house.process();
    let mut short = house.process();
    for day in 0..5 {
        house.say(&mut gate, "a day");
        if day == 0 {
            house.say_with(&mut short, "a command", Seal::End);
        }
        house.world.advance(Duration::from_secs(24 * 3600));
    }
    house.say(&mut gate, "the last day");
    assert_eq!(house.parts().len(), 6);
    let oldest = house.world.wall().minus(Duration::from_secs(3 * 24 * 3600));
    for (removes, left) in [(true, 5), (true, 4), (false, 4)] {
        let removed = keep::remove_oldest(&house.path(), oldest, |removal| {
            let event = Event::new(What::SysAuditRemoved).detail(removal.to_string());
            let told = serde_json::to_string(&keep::Told { event: &event, chains: &removal.chains });
            let (at, told) = (house.world.wall().rfc3339(), told.expect("JSON"));
            let line = format!(r#"{{"at":"{at}","kind":"decision",{}"#, &told[1..]);
            gate.write(&[line.as_bytes()], Seal::Checkpoint).map_err(|e| AuditError(e.to_string()))
        });
        assert_eq!((removed.expect("good").is_some(), house.parts().len()), (removes, left));
    }
    house.is_whole();
    let gone = house.parts()[0].clone();
    fs::remove_file(gone).expect("removed by somebody else");
    assert!(!house.verify().is_good(), "what nobody wrote down is missing");
}

#[test]
fn the_file_that_is_written_is_never_removed_and_nothing_is_where_that_cannot_be_told() {
    let house = House::new();
    let mut gate = house.process();
    house.say(&mut gate, "old");
    let late = Wall(house.world.wall().0 * 2);
    let refuse = |_: &keep::Removal| Err(AuditError("the disk is full".to_owned()));
    assert_eq!(keep::remove_oldest(&house.path(), late, refuse), Ok(None));
    house.world.advance(Duration::from_secs(24 * 3600));
    house.say(&mut gate, "new");
    assert!(keep::remove_oldest(&house.path(), late, refuse).is_err());
    assert_eq!(house.parts().len(), 2);
}
