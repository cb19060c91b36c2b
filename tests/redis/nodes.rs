//! Several gateways on one Redis, and a Redis that dies while codes are being entered.

use crate::plan;
use crate::support::redis::Server;
use crate::support::{Ask, Caller, Gateway, Upstream, User, Wire, gateway, outbox, wait};
use std::collections::BTreeSet;
use std::sync::mpsc::channel;

/// Somebody with these cookies, at another gateway.
fn sent_to(gateway: &Gateway, caller: &Caller) -> Caller {
    let mut caller = caller.clone();
    caller.address.clone_from(&gateway.plain);
    caller
}

#[test]
fn a_pass_of_one_gateway_is_good_at_the_other_until_somebody_logs_out() {
    let upstream = Upstream::start();
    let server = Server::start(&[]);
    let one = plan(&upstream, &server).start();
    let two = one.twin();
    let mut here = one.caller(Wire::Http1);
    here.sign_in(&one, &User::ALICE);
    let mut there = sent_to(&two, &here);
    there.send(Ask::get("/records")).expect(200);
    here.send(Ask::post("/.sekisho/logout").header("Origin", &one.origin)).expect(204);
    wait::until("the other gateway to hear of it", || (there.send(Ask::get("/records")).status == 401).then_some(()));
}

#[test]
fn a_challenge_of_one_gateway_is_answered_at_the_other_and_once() {
    let upstream = Upstream::start();
    let server = Server::start(&[]);
    let one = plan(&upstream, &server).start();
    let two = one.twin();
    let mut here = one.caller(Wire::Http1);
    let (id, message) = here.challenged(&one, &User::ALICE);
    let mut there = sent_to(&two, &here);
    here.verify(&id, &outbox::wrong(&message.code)).expect(403);
    let answers: Vec<_> = (0..16)
        .map(|n| {
            let (mut caller, id, code) =
                (if n % 2 == 0 { &here } else { &there }.clone(), id.clone(), message.code.clone());
            std::thread::spawn(move || {
                (caller.verify(&id, &code).status, caller.cookie(gateway::COOKIE).map(str::to_string))
            })
        })
        .collect();
    let answers: Vec<_> = answers.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    let passes: BTreeSet<_> = answers.iter().filter_map(|(_, pass)| pass.clone()).collect();
    assert_eq!(passes.len(), 1, "one code, one pass: {answers:?}");
    there.verify(&id, &outbox::wrong(&message.code)).expect(410);
}

/// Everybody in this browser sends the right code at once while Redis is killed and comes back.
#[test]
fn a_redis_that_dies_while_codes_are_entered_opens_nothing_twice() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let gateway = plan(&upstream, &server).start();
    let mut opened = 0;
    for round in 0..6 {
        let mut caller = gateway.caller(Wire::Http1);
        // A number gets only so many messages.
        let user = if round < 3 { User::ALICE } else { User::BOB };
        let (id, message) = wait::until("a challenge", || begun(&gateway, &mut caller, &user));
        let (sender, received) = channel();
        for _ in 0..12 {
            let (mut caller, id, code, sender) = (caller.clone(), id.clone(), message.clone(), sender.clone());
            std::thread::spawn(move || {
                let answer = caller.verify(&id, &code);
                sender.send((answer.status, caller.cookie(gateway::COOKIE).map(str::to_string)))
            });
        }
        drop(sender);
        // Before anybody has an answer, when the first one has, when most have.
        let mut answers: Vec<_> = received.iter().take([0, 1, 8][round % 3]).collect();
        server.kill();
        server.restart();
        answers.extend(received);
        assert_eq!(answers.len(), 12);
        let passes: BTreeSet<_> =
            answers.iter().filter(|(status, _)| *status == 200).filter_map(|a| a.1.clone()).collect();
        assert!(passes.len() <= 1, "round {round}: {} passes of one code: {answers:?}", passes.len());
        assert!(answers.iter().all(|(status, pass)| (*status == 200) == pass.is_some()), "{answers:?}");
        opened += passes.len();
        wait::until("the gateway to be back", || crate::is_ready(&gateway).then_some(()));
        // Spent or doubted: either way it is over, unless the very same pass is repeated.
        let mut late = caller.clone();
        let again = wait::until("an answer about it", || Some(late.verify(&id, &message)).filter(|a| a.status != 503));
        let same = late.cookie(gateway::COOKIE).is_some_and(|pass| passes.contains(pass));
        assert!(
            again.status == 410 || (again.status == 200 && same),
            "round {round}: {} {}",
            again.status,
            again.text()
        );
    }
    assert!(opened > 0, "nobody ever got in");
}

fn begun(gateway: &Gateway, caller: &mut Caller, user: &User) -> Option<(String, String)> {
    let begun = caller.begin(user, "/records");
    let id = (begun.status == 201).then(|| begun.json()["id"].as_str().map(str::to_string)).flatten()?;
    Some((id, gateway.outbox.next().code))
}

#[test]
fn users_are_backed_up_and_brought_back_and_every_pass_is_ended_in_redis_too() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let gateway = plan(&upstream, &server).start();
    let mut caller = gateway.caller(Wire::Http1);
    caller.sign_in(&gateway, &User::ALICE);
    let (config, copy) = (gateway.config.display().to_string(), gateway.file("copy").display().to_string());
    let run = |arguments: &[&str]| gateway::sekisho(&[arguments, &["--config", &config]].concat(), "");
    let made = run(&["backup", &copy]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8_lossy(&made.stdout).contains("which Redis keeps"));
    caller.send(Ask::get("/records")).expect(200);
    server.kill();
    assert!(!run(&["restore", &copy, "--yes"]).status.success(), "passes could not be ended");
    server.restart();
    wait::until("the gateway to be back", || (caller.send(Ask::get("/records")).status == 200).then_some(()));
    let back = run(&["restore", &copy, "--yes"]);
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    wait::until("the pass to end", || (caller.send(Ask::get("/records")).status == 401).then_some(()));
    gateway.caller(Wire::Http1).sign_in(&gateway, &User::ALICE);
}
