//! Keys rotate while people work: nobody notices, and what is retired is over.

use super::rig::{Pair, generous, keys, part, refused, sign_in};
use super::support::gateway::User;
use super::support::{Ask, Caller, Plan, Wire, wait};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Nobody may sign in more than ten times in ten minutes, so there is somebody for each rotation.
const PEOPLE: [User; 4] = [
    User { name: "carol", phone: "090-1111-0001", ..User::BOB },
    User { name: "dave", phone: "090-1111-0002", ..User::BOB },
    User { name: "erin", phone: "090-1111-0003", ..User::BOB },
    User { name: "frank", phone: "090-1111-0004", ..User::BOB },
];

/// Tells the workers to stop, also when the test has failed.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn with_people(mut plan: Plan) -> Plan {
    plan.users.extend(PEOPLE);
    generous(plan)
}

/// A new key; returns its id once it signs. Longer announced than a machine that builds and tests at once stalls.
fn rotate(pair: &Pair) -> String {
    let said = pair.must(&["keys", "rotate", "--after", "5s"]);
    let id = said.split(' ').nth(1).unwrap_or_else(|| panic!("no id in {said}")).to_owned();
    wait::until("the new key to sign", || {
        keys(&pair.first).iter().any(|(known, role)| *known == id && role == "signs").then_some(())
    });
    id
}

/// Asks both nodes in turn, until told to stop; counts what was answered and what was not 200.
fn honest(mut nodes: [Caller; 2], token: &str, stop: &AtomicBool) -> (usize, usize) {
    let (mut asked, mut refused) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let status = nodes[asked % 2].send(Ask::get("/patients").header("Sekisho-Pass", token)).status;
        asked += 1;
        refused += usize::from(status != 200);
    }
    (asked, refused)
}

#[test]
fn keys_rotate_under_load_without_one_honest_401_and_what_is_retired_is_over() {
    let pair = Pair::start(with_people);
    let first = keys(&pair.first).remove(0).0;
    let mut tokens = vec![(first.clone(), sign_in(&pair, 0, &User::ALICE))];
    let (stop, codes) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let token = tokens[0].1.clone();
        let workers = Wire::ALL.map(|wire| {
            let (nodes, token, stop) = ([0, 1].map(|node| pair.caller(node, wire)), token.clone(), &stop);
            (wire, scope.spawn(move || honest(nodes, &token, stop)))
        });
        let working = Stop(&stop);
        for (round, person) in PEOPLE.iter().enumerate() {
            // Begun under the old key at one node, ended under the new one at the other.
            let open: Vec<(Caller, String, String)> = Wire::ALL
                .into_iter()
                .map(|wire| {
                    let mut caller = pair.caller(round % 2, wire);
                    let (id, message) = caller.challenged(&pair.first, person);
                    (caller, id, message.code)
                })
                .collect();
            let new = rotate(&pair);
            for (mut caller, id, code) in open {
                caller.address = pair.address((round + 1) % 2, caller.wire).to_owned();
                caller.verify(&id, &code).expect(200);
                caller.send(Ask::get("/patients")).expect(200);
                codes.fetch_add(1, Ordering::Relaxed);
            }
            let token = wait::until("a pass of the new key", || {
                let token = sign_in(&pair, round % 2, person);
                (part(&token, 0)["kid"] == new.as_str()).then_some(token)
            });
            assert_eq!(pair.statuses(&token), [200; 6], "round {round}: known everywhere at once");
            tokens.push((new, token));
        }
        drop(working);
        for (wire, worker) in workers {
            let (asked, refused) = worker.join().expect("it went through");
            println!("{wire:?}: {asked} requests during {} rotations, {refused} not answered with 200", PEOPLE.len());
            assert!(asked > 20, "{wire:?}: only {asked}");
            assert_eq!(refused, 0, "{wire:?}");
        }
    });
    println!("{} challenges begun under one key and ended under the next", codes.load(Ordering::Relaxed));
    for (key, token) in &tokens {
        assert_eq!(pair.statuses(token), [200; 6], "signed with {key}");
    }
    retire(&pair, &tokens);
}

fn retire(pair: &Pair, tokens: &[(String, String)]) {
    let signs = &tokens.last().expect("a token").0;
    assert!(refused(&pair.first, &["keys", "retire", signs]).contains("signs passes now"));
    assert!(refused(&pair.first, &["keys", "retire", "nobody"]).contains("there is no key"));
    let (gone, token) = &tokens[0];
    pair.must(&["keys", "retire", gone]);
    #[expect(clippy::disallowed_methods, reason = "how long it took is told, not judged")]
    let since = std::time::Instant::now();
    for node in [0, 1] {
        wait::until("the retired key to be dropped", || (pair.status(node, Wire::Http1, token) == 401).then_some(()));
        println!("node {node}: 401 after {} ms", since.elapsed().as_millis());
    }
    assert_eq!(pair.statuses(token), [401; 6]);
    for (key, token) in &tokens[1..] {
        assert_eq!(pair.statuses(token), [200; 6], "signed with {key}");
    }
    let audit = pair.first.audit();
    let count = |what: &str| audit.lines().filter(|line| line.contains(&format!("\"event\":\"{what}\""))).count();
    assert_eq!((count("sys_keys_rotated"), count("sys_keys_retired")), (4, 1));
    let line = audit.lines().find(|line| line.contains("sys_keys_retired")).expect("a line");
    assert!(line.contains("\"actor\":\"uid ") && line.contains(gone.as_str()), "{line}");
    assert!(count("sys_keys_changed") >= 2, "each node says which keys it goes by");
}

#[test]
fn a_broken_key_file_is_an_alarm_and_the_keys_before_it_stay() {
    let pair = Pair::start(generous);
    let token = sign_in(&pair, 0, &User::ALICE);
    let file = pair.first.file("state/keys.json");
    let good = fs::read(&file).expect("the key file");
    fs::write(&file, &good[..good.len() / 2]).expect("half of it");
    for node in [0, 1] {
        wait::until("the alarm", || (pair.metric(node, "sekisho_keys_good") == "0").then_some(()));
    }
    assert!(pair.first.log().contains("a changed key file is not used"), "{}", pair.first.log());
    assert_eq!(pair.statuses(&token), [200; 6]);
    assert_eq!(pair.statuses(&sign_in(&pair, 1, &User::BOB)), [200; 6], "codes go on");
    refused(&pair.first, &["keys", "rotate"]);
    fs::remove_file(&file).expect("it can be removed");
    wait::until("the second alarm", || pair.first.log().contains("it is gone").then_some(()));
    fs::write(&file, &good).expect("the good one");
    for node in [0, 1] {
        wait::until("the end of the alarm", || (pair.metric(node, "sekisho_keys_good") == "1").then_some(()));
    }
    assert_eq!(pair.statuses(&token), [200; 6]);
}
