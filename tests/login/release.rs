//! The answer that waits: released once, to the same browser, whatever happens meanwhile, in both stores.

use crate::clerk::{Clerk, RIGHT, SESSION};
use crate::support::redis::Server;
use crate::support::{Ask, Caller, Gateway, Wire};
use crate::{LIMITS, accepted, enter, fields, location, login, plan, session_of};
use std::time::Duration;

/// In each store once; the server goes when its gateway does.
fn houses(clerk: &Clerk) -> Vec<(Gateway, Option<Server>)> {
    let server = Server::start(&[]);
    let store = format!("{LIMITS}\n[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n", server.address());
    let shared = plan(clerk).with_more(store).start();
    vec![(plan(clerk).start(), None), (shared, Some(server))]
}

fn id(page: &str) -> String {
    page.split('?').next().and_then(|path| path.rsplit('/').next()).expect("a page has an id").to_string()
}

#[test]
fn of_twenty_who_send_the_right_code_one_gets_the_answer() {
    let clerk = Clerk::start();
    for (gateway, _server) in houses(&clerk) {
        let mut caller = gateway.caller(Wire::Http1);
        let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (mut caller, id, code) = (caller.clone(), id(&page), message.code.clone());
                std::thread::spawn(move || caller.verify(&id, &code))
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
        let released: Vec<_> = answers.iter().filter_map(session_of).collect();
        assert_eq!(released, [SESSION], "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        let with = answers.iter().find(|answer| session_of(answer).is_some()).expect("one");
        assert_eq!(with.json()["return_to"], format!("{}/app/home.php", gateway.origin));
    }
}

#[test]
fn of_twenty_who_fetch_a_page_one_gets_it() {
    let clerk = Clerk::start();
    for (gateway, _server) in houses(&clerk) {
        let mut caller = gateway.caller(Wire::Http1);
        let (page, message) = accepted(&mut caller, &gateway, login("/page/login", "alice", RIGHT));
        let ticket = location(&enter(&mut caller, &page, &message.code).expect(303));
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (mut caller, ticket) = (caller.clone(), ticket.clone());
                std::thread::spawn(move || caller.send(Ask::get(&ticket).navigating()))
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
        assert_eq!(answers.iter().filter(|answer| answer.text().contains("Welcome")).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 303)));
    }
}

#[test]
fn a_double_click_gets_the_same_answer_again_and_a_late_one_does_not() {
    let clerk = Clerk::start();
    let mut gateway = plan(&clerk).with_movable_clock().start();
    let mut caller = gateway.caller(Wire::Http1);
    let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
    let shown = caller.send(Ask::get(&page).navigating()).expect(200);
    let mut form = fields(&shown.text());
    form.insert("code".into(), message.code.clone());
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = page.split('?').next().expect("a path").to_string();
    let click = |caller: &Caller| {
        let ask = Ask::post(&path).navigating().header("Origin", &caller.origin).form(&form);
        caller.clone().send(ask)
    };
    let (first, second) = (click(&caller).expect(303), click(&caller).expect(303));
    for answer in [&first, &second] {
        assert_eq!(session_of(answer).as_deref(), Some(SESSION));
        assert_eq!(location(answer), format!("{}/app/home.php", gateway.origin));
    }
    gateway.advance(Duration::from_secs(11));
    let late = click(&caller);
    assert!(session_of(&late).is_none(), "{:?}", late.headers);
}

#[test]
fn another_browser_gets_nothing_with_the_right_code() {
    let clerk = Clerk::start();
    let gateway = plan(&clerk).start();
    let mut caller = gateway.caller(Wire::Http1);
    let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
    let mut thief = gateway.caller(Wire::Http1);
    thief.verify(&id(&page), &message.code).expect(404);
    // Not even with a challenge of their own for the same person.
    let (_, own) = accepted(&mut thief, &gateway, login("/app/login", "alice", RIGHT));
    let stolen = thief.verify(&id(&page), &own.code).expect(410);
    assert!(session_of(&stolen).is_none());
    assert_eq!(session_of(&enter(&mut caller, &page, &message.code).expect(303)).as_deref(), Some(SESSION));
}

#[test]
fn a_restart_or_a_crash_between_login_and_code_loses_nothing() {
    let clerk = Clerk::start();
    for (mut gateway, _server) in houses(&clerk) {
        for crash in [false, true] {
            let mut caller = gateway.caller(Wire::Http1);
            let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
            if crash {
                gateway.crash()
            } else {
                gateway.restart()
            }
            let through = enter(&mut caller, &page, &message.code).expect(303);
            assert_eq!(session_of(&through).as_deref(), Some(SESSION));
            assert_eq!(location(&through), format!("{}/app/home.php", gateway.origin));
        }
    }
}

#[test]
fn a_form_that_is_sent_twice_waits_once_and_the_later_answer_counts() {
    let clerk = Clerk::start();
    let gateway = plan(&clerk).start();
    let mut caller = gateway.caller(Wire::Http1);
    let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
    let again = location(&caller.send(login("/page/login", "alice", RIGHT)).expect(303));
    assert_eq!(id(&again), id(&page), "one challenge");
    let through = enter(&mut caller, &again, &message.code).expect(303);
    assert!(location(&through).starts_with("/page/login?__sekisho_ticket="));
    assert_eq!(gateway.outbox.count(), 1);
}

#[test]
fn what_waits_cannot_be_read_in_the_store_and_an_outage_releases_nothing() {
    let clerk = Clerk::start();
    let (gateway, server) = houses(&clerk).pop().expect("the shared one");
    let mut server = server.expect("it has a server");
    let mut caller = gateway.caller(Wire::Http1);
    let (page, message) = accepted(&mut caller, &gateway, login("/app/login", "alice", RIGHT));
    let kept = std::fs::read(server.file()).expect("it keeps everything in a file");
    let has = |text: &str| kept.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has(&id(&page)), "the challenge is there");
    assert!(!has("s3cret") && !has("home.php") && !has(RIGHT), "and nothing of the answer in clear");
    server.kill();
    let asked = gateway.caller(Wire::Http1).send(login("/app/login", "bob", RIGHT)).expect(503);
    assert!(session_of(&asked).is_none());
    let typed = caller.verify(&id(&page), &message.code);
    assert!(typed.status == 503 && session_of(&typed).is_none(), "{}", typed.status);
}
