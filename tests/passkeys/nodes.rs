//! Two gateways: asked at one, answered at the other, on one file and on Redis; and many answers at once.

use crate::authenticator::Key;
use crate::rig::{add, alice, answer, ask_new, asked, challenged, plan, sent_to};
use crate::support::gateway::COOKIE;
use crate::support::redis::Server;
use crate::support::{Ask, Gateway, Upstream, Wire, wait};
use std::collections::BTreeSet;

fn asked_here_answered_there(one: &Gateway, two: &Gateway) {
    let (owner, _) = alice(one);
    let mut here = owner.clone();
    let options = ask_new(&mut here).expect(200).json();
    let mut key = Key::new(&one.origin);
    let made = key.enrol(&options);
    add(&mut sent_to(two, &here), "made there", &made).expect(201);
    let mut caller = one.caller(Wire::Http1);
    let id = challenged(&mut caller, "records");
    let right = key.answer(&asked(&mut caller, &id));
    // Everybody sends the same right answer, to both.
    let answers: Vec<_> = (0..16)
        .map(|n| {
            let mut caller = if n % 2 == 0 { caller.clone() } else { sent_to(two, &caller) };
            let (id, right) = (id.clone(), right.clone());
            std::thread::spawn(move || {
                (answer(&mut caller, &id, &right).status, caller.cookie(COOKIE).map(str::to_string))
            })
        })
        .collect();
    let answers: Vec<_> = answers.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    let passes: BTreeSet<_> = answers.iter().filter_map(|(_, pass)| pass.clone()).collect();
    assert_eq!(passes.len(), 1, "one answer, one pass: {answers:?}");
    assert!(answers.iter().all(|(status, _)| matches!(status, 200 | 409 | 410)), "{answers:?}");
    caller.put_cookie(COOKIE, passes.first().expect("a pass"));
    let mut there = sent_to(two, &caller);
    there.send(Ask::get("/records")).expect(200);
}

#[test]
fn a_question_of_one_gateway_is_answered_at_another_on_the_same_file() {
    let upstream = Upstream::start();
    let one = plan(&upstream).start();
    let two = one.twin();
    asked_here_answered_there(&one, &two);
}

#[test]
fn a_question_of_one_gateway_is_answered_at_another_on_redis() {
    let upstream = Upstream::start();
    let server = Server::start(&[]);
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n", server.address());
    let plan = plan(&upstream);
    let more = format!("{}{store}", plan.more);
    let one = plan.with_more(more).start();
    let two = one.twin();
    asked_here_answered_there(&one, &two);
    // What lies there tells nobody which keys there are.
    let keys: Vec<String> = server.ask(&["KEYS", "*"]);
    assert!(!keys.is_empty());
}

#[test]
fn a_change_ends_what_is_open_elsewhere_within_a_second_or_so() {
    let upstream = Upstream::start();
    let one = plan(&upstream).start();
    let two = one.twin();
    let (mut owner, mut key) = alice(&one);
    let mut elsewhere = two.caller(Wire::Http1);
    let id = challenged(&mut elsewhere, "records");
    let right = key.answer(&asked(&mut elsewhere, &id));
    answer(&mut elsewhere, &id, &right).expect(200);
    elsewhere.send(Ask::get("/records")).expect(200);
    crate::rig::enrol(&mut owner, &one);
    wait::until("the other session to end", || (elsewhere.send(Ask::get("/records")).status == 401).then_some(()));
    owner.send(Ask::get("/records")).expect(200);
}
