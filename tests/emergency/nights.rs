//! Everything that is not on this machine is gone.

use crate::rig::{self, Plea, ask, enter, events, print};
use crate::support::redis::Server;
use crate::support::{Ask, Gateway, Upstream, User, Wire, gateway, wait};

fn is_ready(gateway: &Gateway) -> bool {
    gateway.admin("/readyz").status == 200
}

fn closed(gateway: &Gateway) {
    let mut nobody = gateway.caller(Wire::Http1);
    wait::until("closed routes", || (nobody.send(Ask::get("/records")).status == 503).then_some(()));
}

#[test]
fn a_sheet_opens_over_every_wire_with_store_and_provider_down_and_nothing_else_does() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let gateway = rig::on_redis(&upstream, &server, rig::ONE).start();
    let mut alice = gateway.caller(Wire::Http2);
    alice.sign_in(&gateway, &User::ALICE);
    server.kill();
    closed(&gateway);
    // Printing needs nothing but this machine, either.
    for (wire, sheet) in Wire::ALL.into_iter().zip(print(&gateway, 3)) {
        let mut caller = gateway.caller(wire);
        let page = caller.send(Ask::get("/patients/4711").navigating()).expect(503).text();
        let way_in =
            page.split("class=\"way-in\"><a href=\"").nth(1).expect("a way in").split('"').next().expect("ends");
        assert_eq!(way_in.replace("&#38;", "&").replace("&amp;", "&"), rig::PAGE);
        assert!(caller.send(Ask::get("/patients/4711")).expect(503).json()["type"].as_str().is_some());
        caller.begin(&User::BOB, "/").expect(503);

        enter(&mut caller, &sheet);
        let seen = upstream.requests().len();
        caller
            .send(Ask::get("/patients/4711").header("Sekisho-Emergency", "no").header("Remote-User", "root"))
            .expect(200);
        assert_eq!(upstream.requests().len(), seen + 1);
        let told = upstream.last().to_ascii_lowercase();
        let login = format!("emergency-{}", sheet.serial);
        assert!(told.contains(&format!("\r\nremote-user: {}\r\n", login.to_ascii_lowercase())), "{told}");
        assert_eq!(told.matches("sekisho-emergency").count(), 1, "{told}");
        assert!(told.contains("\r\nsekisho-emergency: 1\r\n") && told.contains("dr sato (emergency-"), "{told}");
        assert!(!told.contains("remote-groups") && !told.contains("remote-email"), "{told}");

        alice.send(Ask::get("/patients/4711")).expect(503);
        let again = ask(&mut gateway.caller(wire), &Plea::with(&sheet.code)).expect(410);
        assert!(again.text().contains("opens nothing any more"), "{}", again.text());
        assert!(again.header("set-cookie").is_none_or(|cookie| !cookie.starts_with(gateway::COOKIE)));
    }
    gateway.caller(Wire::Http1).send(Ask::get("/open/x").header("Sekisho-Emergency", "1")).expect(200);
    assert!(!upstream.last().to_ascii_lowercase().contains("sekisho-emergency"), "nobody says so but us");
    assert_eq!(events(&gateway, "emergency_opened").len(), 3);
    assert_eq!(events(&gateway, "emergency_refused").len(), 3);
    assert!(gateway.audit().contains("\"emergency\":true"), "access lines say so");
    server.restart();
    wait::until("open routes", || is_ready(&gateway).then_some(()));
    wait::until("alice's pass", || (alice.send(Ask::get("/patients/4711")).status == 200).then_some(()));
    assert!(!upstream.last().to_ascii_lowercase().contains("sekisho-emergency"), "{}", upstream.last());
}

#[test]
fn an_access_outlives_a_crash_and_the_return_of_the_store_and_ends_when_it_is_ended() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let mut gateway = rig::on_redis(&upstream, &server, rig::ONE).with_providers(rig::NO_PROVIDER.into()).start();
    let sheets = print(&gateway, 4);
    server.kill();
    closed(&gateway);
    let mut people: Vec<_> = Wire::ALL.into_iter().map(|wire| gateway.caller(wire)).collect();
    people.iter_mut().zip(&sheets).for_each(|(person, sheet)| enter(person, sheet));
    gateway.process.signal("KILL");
    gateway.process.ended().expect("nothing outlives this signal");
    gateway.start_again_not_ready();
    for (person, sheet) in people.iter_mut().zip(&sheets) {
        wait::until("the access after a crash", || (person.send(Ask::get("/patients/1")).status == 200).then_some(()));
        ask(&mut gateway.caller(Wire::Http1), &Plea::with(&sheet.code)).expect(410);
    }

    // One signs out, one is ended by a command, and the store hears of both when it is back.
    let origin = people[0].origin.clone();
    people[0].send(Ask::get("/.sekisho/signed-out").navigating()).expect(200);
    let pass = people[0].cookie(gateway::COOKIE).expect("a pass").to_string();
    people[0].send(Ask::post("/.sekisho/logout").navigating().header("Origin", &origin)).expect(303);
    people[0].put_cookie(gateway::COOKIE, &pass);
    people[0].send(Ask::get("/patients/1")).expect(503);
    rig::run(&gateway, &["end", &sheets[1].serial, "--reason", "they were the wrong person"]);
    wait::until("the end of it", || (people[1].send(Ask::get("/patients/1")).status == 503).then_some(()));
    people[2].send(Ask::get("/patients/1")).expect(200);
    server.restart();
    wait::until("the gateway to be ready", || is_ready(&gateway).then_some(()));
    for (person, status) in people.iter_mut().zip([401, 401, 200]) {
        person.send(Ask::get("/patients/1")).expect(status);
    }
    gateway.restart();
    for (person, status) in people.iter_mut().zip([401, 401, 200]) {
        person.send(Ask::get("/patients/1")).expect(status);
    }
    rig::run(&gateway, &["end", &sheets[2].serial, "--reason", "done"]);
    wait::until("the end of the last one", || (people[2].send(Ask::get("/patients/1")).status == 401).then_some(()));
    let (good, _, why) = rig::tried(&gateway, &["end", &sheets[3].serial, "--reason", "x"]);
    assert!(!good && why.contains("opened nothing on this node"), "{why}");
}

#[test]
fn its_time_is_short_and_nothing_prolongs_it() {
    let upstream = Upstream::start();
    let mut gateway = rig::plan(&upstream, rig::ONE).with_movable_clock().start();
    let sheets = print(&gateway, 2);
    let mut caller = gateway.caller(Wire::Http1);
    enter(&mut caller, &sheets[0]);
    gateway.advance(std::time::Duration::from_secs(29 * 60));
    wait::until("a gate that is ready", || is_ready(&gateway).then_some(()));
    caller.send(Ask::get("/patients/1")).expect(200);
    gateway.advance(std::time::Duration::from_secs(61));
    wait::until("a gate that is ready", || is_ready(&gateway).then_some(()));
    caller.send(Ask::get("/patients/1")).expect(401);
    let page = caller.send(Ask::get(rig::PAGE).navigating()).expect(200).text();
    assert!(!page.contains("class=\"night\"") && page.contains("name=\"code\""), "{page}");
}

#[test]
fn without_an_audit_nobody_gets_in() {
    let upstream = Upstream::start();
    let more = "[store]\noutage_grace = \"0s\"\n".to_string();
    let gateway = rig::plan(&upstream, rig::ONE).with_more(more).start();
    let sheet = &print(&gateway, 1)[0];
    let audit = gateway.file("audit.jsonl");
    let aside = gateway.file("aside.jsonl");
    std::fs::rename(&audit, &aside).expect("moved");
    std::fs::create_dir(&audit).expect("what stands there cannot be written");
    let mut caller = gateway.caller(Wire::Http1);
    let page = caller.send(Ask::get(rig::PAGE).navigating()).expect(200).text();
    let token = rig::token(&page);
    // Whether it is noticed before or while it is written.
    let refused = rig::send(&mut caller, &token, &Plea::with(&sheet.code));
    assert_eq!((refused.status, caller.cookie(gateway::COOKIE)), (503, None), "{}", refused.text());
}

#[test]
fn an_access_is_nobody_of_the_directory() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).start();
    let mut caller = gateway.caller(Wire::Http1Tls);
    enter(&mut caller, &print(&gateway, 1)[0]);
    // Their pass is no first factor, and the page asks who they are.
    let begun =
        caller.send(Ask::post("/.sekisho/challenges").json(&serde_json::json!({"scope": "records", "return_to": "/"})));
    begun.expect(403);
    let origin = caller.origin.clone();
    caller.send(Ask::post("/.sekisho/logout").navigating().header("Origin", &origin)).expect(303);
    let page = caller.send(Ask::get("/.sekisho/challenge?scope=records").navigating()).expect(200).text();
    assert!(page.contains("name=\"username\"") && page.contains("class=\"way-in\""), "{page}");
    let plain = rig::plan(&upstream, "").start();
    let page = plain.caller(Wire::Http1).send(Ask::get("/.sekisho/challenge?scope=records").navigating());
    assert!(!page.expect(200).text().contains("way-in"));
    plain.caller(Wire::Http1).send(Ask::get(rig::PAGE).navigating()).expect(404);
    let (good, _, why) = rig::tried(&plain, &["print", "--scope", "records"]);
    assert!(!good && why.contains("is off"), "{why}");
}
