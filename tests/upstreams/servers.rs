//! Several servers of one upstream: who gets a request, and who is left out.

use crate::rig::{App, open, plain, routed};
use crate::support::wait::until;
use crate::support::{Ask, Gateway, Wire};

const QUICK: &str = "health = { interval = \"100ms\", timeout = \"1s\" }\nconnect_timeout = \"1s\"";

fn pool(apps: &[&App], more: &str) -> Gateway {
    let urls: Vec<_> = apps.iter().map(|app| format!("{:?}", app.url())).collect();
    open(&format!("servers = [{}]\n{more}", urls.join(", ")))
}

/// Who answers.
fn ask(gateway: &Gateway, wire: Wire) -> String {
    gateway.caller(wire).send(Ask::get("/")).expect(200).text()
}

/// Waits until the metric of this server says so.
fn wait_for(gateway: &Gateway, server: impl std::fmt::Display, up: u8) {
    let line = format!("sekisho_upstream_up{{upstream=\"app\",server=\"{server}\"}} {up}");
    until(&line, || gateway.admin("/metrics").text().contains(&line).then_some(()));
}

#[test]
fn servers_take_turns_and_one_that_is_down_is_left_out_until_it_is_back() {
    let (one, two) = (App::saying("one"), App::saying("two"));
    let gateway = pool(&[&one, &two], QUICK);
    for wire in Wire::ALL {
        let answers: Vec<_> = (0..6).map(|_| ask(&gateway, wire)).collect();
        assert_eq!(answers.iter().filter(|answer| *answer == "one").count(), 3, "{answers:?}");
    }
    let address = two.stop();
    wait_for(&gateway, address, 0);
    assert!((0..6).all(|_| ask(&gateway, Wire::Http1) == "one"));
    let report = gateway.admin("/readyz").expect(200).json();
    assert_eq!(report["upstreams"]["app"][address.to_string()], false);
    assert_eq!(report["upstreams"]["app"][one.address.to_string()], true);
    let _two = App::at(address, None, |line| line.serve(|_| plain(200, "two again")));
    wait_for(&gateway, address, 1);
    assert!((0..6).any(|_| ask(&gateway, Wire::Http1) == "two again"));
}

#[test]
fn when_all_are_down_everybody_is_told_at_once() {
    let (one, two) = (App::saying("one"), App::saying("two"));
    let gateway = pool(&[&one, &two], QUICK);
    for address in [one.stop(), two.stop()] {
        wait_for(&gateway, address, 0);
    }
    for wire in Wire::ALL {
        let answer = gateway.caller(wire).send(Ask::get("/")).expect(502);
        assert_eq!(answer.json()["type"].as_str().map(|t| t.ends_with("upstream-down")), Some(true));
        gateway.caller(wire).send(Ask::post("/").form(&[("a", "b")])).expect(502);
    }
    gateway.admin("/readyz").expect(200);
}

#[test]
fn what_was_not_sent_yet_goes_to_another_server_whatever_it_is() {
    let (one, two) = (App::saying("one"), App::saying("two"));
    // Nobody looks for a long time, so requests find out themselves.
    let gateway = pool(&[&one, &two], "health = { interval = \"1h\", fails = 100 }");
    two.stop();
    for wire in Wire::ALL {
        for _ in 0..4 {
            let answer = gateway.caller(wire).send(Ask::post("/").form(&[("a", "b")])).expect(200);
            assert_eq!(answer.text(), "one");
        }
    }
    assert_eq!(one.seen().len(), 12, "each once");
    assert!(one.seen().iter().all(|seen| seen.body == b"a=b"));
}

#[test]
fn one_client_keeps_one_server() {
    let (one, two) = (App::saying("one"), App::saying("two"));
    let gateway = pool(&[&one, &two], &format!("{QUICK}\nbalance = \"client\""));
    let first = ask(&gateway, Wire::Http1);
    for wire in Wire::ALL {
        assert!((0..4).all(|_| ask(&gateway, wire) == first), "all of them come from one address");
    }
    let (stopped, other) = if first == "one" { (one.stop(), "two") } else { (two.stop(), "one") };
    wait_for(&gateway, stopped, 0);
    assert_eq!(ask(&gateway, Wire::Http2), other);
}

#[test]
fn a_server_that_answers_the_health_check_wrong_is_down() {
    let one = App::saying("one");
    let ill = App::start(|line| {
        line.serve(|seen| if seen.head.starts_with("GET /up?full ") { plain(503, "ill") } else { plain(200, "ill") });
    });
    let health = "health = { path = \"/up?full\", interval = \"100ms\" }";
    let gateway = pool(&[&one, &ill], health);
    wait_for(&gateway, ill.address, 0);
    assert!((0..6).all(|_| ask(&gateway, Wire::Http1) == "one"));
    let check =
        ill.seen().into_iter().find(|seen| seen.head.starts_with("GET /up?full HTTP/1.1\r\n")).expect("a check");
    assert_eq!(check.one("host"), ill.address.to_string());
    assert!(check.one("user-agent").starts_with("sekisho/"));
    // One alone is looked after too where a path is named.
    let alone = open(&format!("url = {:?}\n{health}", ill.url()));
    wait_for(&alone, ill.address, 0);
    alone.caller(Wire::Http1).send(Ask::get("/")).expect(502);
}

#[test]
fn a_name_stands_for_all_its_addresses() {
    // `localhost` has an IPv6 address on most machines, and nobody listens there.
    let app = App::saying("here");
    let port = app.address.port();
    let gateway = open(&format!("url = \"http://localhost:{port}\"\n{QUICK}"));
    assert!((0..6).all(|_| ask(&gateway, Wire::Http1) == "here"));
    assert_eq!(app.last().one("x-forwarded-host"), gateway.caller(Wire::Http1).authority);
    let lost = open("url = \"http://nowhere.invalid\"\nconnect_timeout = \"2s\"");
    lost.caller(Wire::Http1).send(Ask::get("/")).expect(502);
    assert!(lost.log().contains("nowhere.invalid"), "{}", lost.log());
}

#[test]
fn a_lone_server_is_known_by_how_requests_fare() {
    let app = App::saying("one");
    let gateway = open(&format!("url = {:?}", app.url()));
    ask(&gateway, Wire::Http1);
    wait_for(&gateway, app.address, 1);
    let address = app.stop();
    gateway.caller(Wire::Http1).send(Ask::get("/")).expect(502);
    wait_for(&gateway, address, 0);
}

#[test]
fn routes_choose_their_upstream() {
    let (one, two) = (App::saying("one"), App::saying("two"));
    let routes = "[[route]]\npath = \"/two/**\"\nrequire = \"open\"\nupstream = \"two\"\n\
                  [[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\n";
    let gateway = routed(&format!("url = {:?}\n[upstream.two]\nurl = {:?}", one.url(), two.url()), routes);
    let mut caller = gateway.caller(Wire::Http2);
    assert_eq!(caller.send(Ask::get("/two/1")).text(), "two");
    assert_eq!(caller.send(Ask::get("/1")).text(), "one");
}
