//! One code, one pass: whoever races, and whatever is killed when.

use crate::rig::{self, Plea, ask, print, send, token};
use crate::support::{Ask, Upstream, Wire, gateway, wait};
use std::collections::BTreeSet;
use std::sync::mpsc::channel;

/// Each with a page of their own before anybody sends.
fn race(
    gateway: &crate::support::Gateway,
    code: &str,
    people: usize,
) -> std::sync::mpsc::Receiver<(u16, Option<String>)> {
    let ready: Vec<_> = (0..people)
        .map(|_| {
            let mut caller = gateway.caller(Wire::Http1);
            let page = caller.send(Ask::get(rig::PAGE).navigating()).expect(200).text();
            (caller, token(&page))
        })
        .collect();
    let (sender, received) = channel();
    for (mut caller, token) in ready {
        let (code, sender) = (code.to_string(), sender.clone());
        std::thread::spawn(move || {
            let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let answer = send(&mut caller, &token, &Plea::with(&code));
                (answer.status, caller.cookie(gateway::COOKIE).map(str::to_string))
            }));
            // Whoever had no answer when the gateway was killed has no pass.
            sender.send(sent.unwrap_or((0, None)))
        });
    }
    received
}

#[test]
fn of_two_hundred_who_have_the_same_code_one_gets_in() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).with_more(rig::LIMITS.to_string()).start();
    let sheets = print(&gateway, 2);
    let answers: Vec<_> = race(&gateway, &sheets[0].code, 200).iter().collect();
    let passes: BTreeSet<_> = answers.iter().filter_map(|(_, pass)| pass.clone()).collect();
    assert_eq!((answers.len(), passes.len()), (200, 1));
    assert_eq!(answers.iter().filter(|(status, _)| *status == 303).count(), 1);
    assert!(answers.iter().all(|(status, _)| matches!(status, 303 | 410 | 429 | 503)), "{answers:?}");
    assert_eq!(rig::events(&gateway, "emergency_opened").len(), 1);
    // The others' noise keeps no right code waiting.
    ask(&mut gateway.caller(Wire::Http2), &Plea::with(&sheets[1].code)).expect(303);
}

#[test]
fn killed_at_any_moment_no_code_opens_twice() {
    let upstream = Upstream::start();
    let mut gateway = rig::plan(&upstream, rig::ONE).with_more(rig::LIMITS.to_string()).start();
    let sheets = print(&gateway, 6);
    let mut opened = 0;
    for (round, sheet) in sheets.iter().enumerate() {
        let received = race(&gateway, &sheet.code, 12);
        // Before anybody has an answer, when the first one has, when somebody has a pass.
        let mut answers: Vec<(u16, Option<String>)> = Vec::new();
        let is_enough = |answers: &[(u16, Option<String>)]| match round % 3 {
            0 => true,
            1 => !answers.is_empty(),
            _ => answers.iter().any(|(_, pass)| pass.is_some()),
        };
        while !is_enough(&answers) {
            let Ok(answer) = received.recv() else { break };
            answers.push(answer);
        }
        gateway.crash();
        answers.extend(received);
        let passes: BTreeSet<_> = answers.iter().filter_map(|(_, pass)| pass.clone()).collect();
        assert!(passes.len() <= 1, "round {round}: {answers:?}");
        opened += passes.len();
        let mut late = gateway.caller(Wire::Http1);
        let again = wait::until("an answer about it", || {
            Some(ask(&mut late, &Plea::with(&sheet.code))).filter(|a| a.status != 503)
        });
        match passes.first() {
            None => assert!(matches!(again.status, 303 | 410), "round {round}: {}", again.status),
            Some(pass) => {
                assert_eq!(again.status, 410, "round {round}");
                late.put_cookie(gateway::COOKIE, pass);
                late.send(Ask::get("/patients/1")).expect(200);
            }
        }
    }
    assert!(opened > 0, "nobody ever got in");
}
