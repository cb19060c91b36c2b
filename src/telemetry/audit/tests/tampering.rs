//! What somebody does to the files who may write them, but has not the key.

use std::fs;
use std::time::Duration;

use super::house::{House, lines, ring};
use crate::telemetry::audit::book::Seal;
use crate::telemetry::audit::chain::{Chain, Link, hash, hash_of};
use crate::telemetry::audit::keys::Keys;
use crate::telemetry::audit::verify::Plan;

/// Two days of a gate and of commands, in several files, with every kind of record.
fn history() -> House {
    let house = House::new();
    let mut gate = house.process();
    house.say(&mut gate, "a1");
    house.say(&mut gate, "a2");
    let mut command = house.process();
    house.say(&mut command, "b1");
    house.say(&mut gate, "a3");
    house.say_with(&mut command, "b2", Seal::End);
    house.say_with(&mut gate, "a4", Seal::Checkpoint);
    house.world.advance(Duration::from_secs(24 * 3600));
    let mut second = house.process();
    house.say_with(&mut second, "c1", Seal::End);
    house.say(&mut gate, "a5");
    house.say_with(&mut gate, "a6", Seal::Checkpoint);
    house.say_with(&mut gate, "a7", Seal::End);
    let report = house.is_whole();
    assert_eq!((report.files, report.chains, report.open.len()), (2, 3, 0), "{}", house.text());
    house
}

/// Every line of every file: its file's number, and its own.
fn places(house: &House) -> Vec<(usize, usize)> {
    let count = |(file, path): (usize, &std::path::PathBuf)| (0..lines(path).len()).map(move |n| (file, n));
    house.parts().iter().enumerate().flat_map(count).collect()
}

/// Does something to the lines of one file, and says what `verify` finds then.
#[track_caller]
fn found(what: &str, file: usize, change: impl FnOnce(&mut Vec<String>)) {
    let house = history();
    let path = house.parts()[file].clone();
    let mut all = lines(&path);
    let before = all.clone();
    change(&mut all);
    assert_ne!(all, before, "{what}: nothing was changed");
    fs::write(&path, all.iter().map(|line| line.clone() + "\n").collect::<String>()).expect("written");
    assert!(!house.verify().is_good(), "{what} went unseen:\n{}", house.text());
}

#[test]
fn a_changed_line_is_found_wherever_it_stands() {
    for (file, n) in places(&history()) {
        found(&format!("a change in {file}:{n}"), file, |all| all[n] = all[n].replacen("2027", "2028", 1));
        found(&format!("garbage at {file}:{n}"), file, |all| all[n] = "garbage".to_owned());
        found(&format!("another number at {file}:{n}"), file, |all| {
            all[n] = all[n].replacen("\"seq\":", "\"seq\":9", 1)
        });
    }
}

#[test]
fn every_single_byte_counts() {
    let house = House::new();
    let mut gate = house.process();
    house.say_with(&mut gate, "a1", Seal::End);
    let path = house.path();
    let good = fs::read(&path).expect("readable");
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).expect("written");
        assert!(!house.verify().is_good(), "byte {at} ({:?}) may be changed", char::from(good[at]));
    }
}

#[test]
fn a_removed_line_is_found_wherever_it_stood() {
    let all = places(&history());
    let last = *all.last().expect("a line");
    for (file, n) in all.into_iter().filter(|place| *place != last) {
        found(&format!("without {file}:{n}"), file, |all| {
            all.remove(n);
        });
    }
}

#[test]
fn lines_that_were_put_in_or_moved_are_found() {
    for (file, n) in places(&history()) {
        found(&format!("{file}:{n} twice"), file, |all| all.insert(n, all[n].clone()));
        found(&format!("{file}:{n} at the end again"), file, |all| all.push(all[n].clone()));
        found(&format!("something before {file}:{n}"), file, |all| {
            all.insert(n, r#"{"at":"2027-01-15T08:00:00.123Z","kind":"note"}"#.to_owned());
        });
        if n > 0 {
            let house = history();
            let two = lines(&house.parts()[file]);
            let of = |n: usize| Link::read(two[n].as_bytes()).expect("a line").chain.to_owned();
            // Where two lines of different chains change places, only a record can tell.
            if of(n) == of(n - 1) {
                found(&format!("{file}:{n} before its neighbour"), file, |all| all.swap(n, n - 1));
            }
        }
    }
}

/// Goes on with a chain that somebody else began, as anybody can: the hash takes no key.
fn continued(last: &str, what: &str) -> String {
    let link = Link::read(last.as_bytes()).expect("a line");
    let head = format!(
        r#"{{"at":"2027-01-15T08:00:00.999Z","kind":"decision","event":"{what}","chain":"{}","seq":{}"#,
        link.chain,
        link.seq + 1
    );
    let value = hash(&hash_of(link.hash).expect("a hash"), head.as_bytes());
    format!("{head},\"hash\":\"{}\"}}", crate::gate::seal::text(&value))
}

#[test]
fn a_chain_of_somebody_who_died_cannot_be_gone_on_with_once_others_wrote() {
    let house = House::new();
    let mut dead = house.process();
    house.say(&mut dead, "a1");
    house.say(&mut dead, "a2");
    let mut next = house.process();
    house.say(&mut next, "b1");
    house.say_with(&mut next, "b2", Seal::Checkpoint);
    house.is_whole();
    let all = lines(&house.path());
    for place in 3..6 {
        let mut changed = all.clone();
        changed.insert(place, continued(&all[2], "put in"));
        fs::write(house.path(), changed.join("\n") + "\n").expect("written");
        assert!(!house.verify().is_good(), "a line put in at {place} went unseen:\n{}", house.text());
    }
    // The last line that the next process found is named by its start.
    let mut cut = all.clone();
    cut.remove(2);
    fs::write(house.path(), cut.join("\n") + "\n").expect("written");
    assert!(!house.verify().is_good());
}

#[test]
fn what_no_signature_covers_yet_is_counted_and_a_noted_hash_covers_it() {
    let house = House::new();
    let mut gate = house.process();
    house.say_with(&mut gate, "a1", Seal::Checkpoint);
    house.say(&mut gate, "a2");
    house.say(&mut gate, "a3");
    let report = house.is_whole();
    assert_eq!((report.open.len(), report.open[0].uncovered), (1, 2));
    let noted = report.open[0].tail.hash.clone();
    assert!(house.expecting(&noted).is_good());
    let mut cut = lines(&house.path());
    cut.pop();
    fs::write(house.path(), cut.join("\n") + "\n").expect("written");
    house.is_whole();
    assert!(!house.expecting(&noted).is_good(), "whoever noted the hash sees the cut");
}

#[test]
fn while_the_process_lives_even_its_last_line_cannot_be_changed() {
    let house = House::new();
    let mut gate = house.process();
    house.say(&mut gate, "a1");
    house.say(&mut gate, "a2");
    let mut all = lines(&house.path());
    all[2] = continued(&all[1], "something else");
    fs::write(house.path(), all.join("\n") + "\n").expect("written");
    house.say(&mut gate, "a3");
    assert!(!house.verify().is_good());
}

#[test]
fn a_chain_or_a_file_that_is_missing_as_a_whole_is_found() {
    let house = history();
    let chains: Vec<String> = places(&house)
        .into_iter()
        .map(|(file, n)| Link::read(lines(&house.parts()[file])[n].as_bytes()).expect("a line").chain.to_owned())
        .collect();
    for chain in chains {
        let house = history();
        for path in house.parts() {
            let kept: String = lines(&path).iter().filter(|l| !l.contains(&chain)).map(|l| l.clone() + "\n").collect();
            fs::write(path, kept).expect("written");
        }
        assert!(!house.verify().is_good(), "chain {chain} is missing:\n{}", house.text());
    }
    let house = history();
    fs::remove_file(&house.parts()[0]).expect("removed");
    assert!(!house.verify().is_good(), "the older file is missing");
    let house = history();
    fs::remove_file(house.path()).expect("removed");
    assert_eq!(house.is_whole().open.len(), 1, "of the newest one only the end of the gate's chain is missed");
}

#[test]
fn the_newest_file_is_missed_by_whoever_goes_on() {
    let house = House::new();
    let mut gate = house.process();
    house.say(&mut gate, "a1");
    house.world.advance(Duration::from_secs(24 * 3600));
    house.say(&mut gate, "a2");
    fs::remove_file(house.path()).expect("removed");
    house.say(&mut gate, "a3");
    assert!(!house.verify().is_good());
}

#[test]
fn nobody_begins_a_chain_without_the_key() {
    let house = history();
    let mut all = lines(&house.path());
    let mut forged = Chain::new([9; 12]);
    let mut text = Vec::new();
    let signer = crate::telemetry::audit::keys::Signer::new(&ring(&["k2"]));
    for key in ["k1", "k2"] {
        let start = format!(
            r#"{{"at":"2027-01-16T09:00:00.000Z","kind":"start","node":"gate-1","previous":[],"key":"{key}"}}"#
        );
        forged.append(&mut text, start.as_bytes(), Some(&signer));
        let mut with = all.clone();
        with.push(String::from_utf8_lossy(&text).trim_end().to_owned());
        fs::write(house.path(), with.join("\n") + "\n").expect("written");
        assert!(!house.verify().is_good(), "{key}");
        (forged, text) = (Chain::new([9; 12]), Vec::new());
    }
    all.push(r#"{"at":"2027-01-16T09:00:00.000Z","kind":"start","node":"gate-1"}"#.to_owned());
    fs::write(house.path(), all.join("\n") + "\n").expect("written");
    assert!(!house.verify().is_good());
}

#[test]
fn keys_of_before_are_vouched_for_by_those_that_came_after() {
    let house = House::new();
    for (keys, what) in [(&["k1"][..], "a"), (&["k2", "k1"], "b"), (&["k3", "k2"], "c")] {
        let mut book = house.process_with(keys);
        house.say_with(&mut book, what, Seal::End);
        house.world.advance(Duration::from_secs(24 * 3600));
    }
    let with = |names: &[&str]| house.verify_with(Plan { keys: Keys::of(&ring(names)), ..Plan::default() });
    assert!(with(&["k3"]).is_good(), "{:?}", with(&["k3"]).faults);
    assert!(!with(&["k1"]).is_good(), "an old key says nothing about a new one");
    let report = with(&["k2"]);
    assert!(report.faults.iter().all(|fault| fault.what.contains("key k3")) && !report.faults.is_empty());
}

#[test]
fn a_part_of_the_files_is_judged_by_itself_where_that_is_asked_for() {
    let house = history();
    fs::remove_file(&house.parts()[0]).expect("removed");
    let plan = |partial| Plan { keys: Keys::of(&ring(&["k1"])), partial, ..Plan::default() };
    assert!(!house.verify_with(plan(false)).is_good());
    let report = house.verify_with(plan(true));
    assert!(report.is_good() && !report.notes.is_empty(), "{report:?}");
}
