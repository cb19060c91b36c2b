//! How the gate itself answers, byte for byte.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use support::{Gateway, Plan, Upstream, User, Wire, wire};

fn gateway(routes: &str) -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    (Plan::before(&upstream.url).with_routes(routes).start(), upstream)
}

const OPEN: &str = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"application\"\n";

#[test]
fn a_client_that_asks_before_it_sends_its_body_is_told_to_go_on() {
    let (gateway, _upstream) = gateway(OPEN);
    let mut stream = TcpStream::connect(&gateway.plain).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    let head = "POST /.sekisho/challenges HTTP/1.1\r\nHost: records.example.jp\r\nContent-Type: application/json\r\n\
                Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("it is sent");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an interim answer");
    assert_eq!(interim.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn a_header_that_is_refused_late_is_answered_all_the_same() {
    let (gateway, upstream) = gateway(OPEN);
    for named in ["host", "x-forwarded-for"] {
        let request = format!("GET /a HTTP/1.1\r\nHost: records.example.jp\r\nConnection: {named}\r\n\r\n");
        let answer = wire::exchange(&gateway.plain, request.as_bytes()).expect("an answer").expect(400);
        assert!(answer.header("x-request-id").is_some());
    }
    assert!(upstream.requests().is_empty());
}

#[test]
fn a_message_says_what_the_operator_wrote_for_its_route_its_scope_or_all() {
    let routes = "[[route]]\npath = \"/patients/**\"\nrequire = \"otp\"\nscope = \"records\"\nupstream = \"application\"\n\
                  text.sms.ja = \"病棟のコード {code}\"\n\
                  [[route]]\npath = \"/**\"\nrequire = \"otp\"\nscope = \"records\"\nupstream = \"application\"\n";
    let texts =
        "[scope.records.text.sms]\nja = \"記録のコード {code}\"\n[text.sms]\nen = \"{brand}: {code}, {life}\"\n";
    let upstream = Upstream::start();
    for wire in Wire::ALL {
        let gateway = Plan::before(&upstream.url).with_routes(routes).with_more(texts.to_owned()).start();
        for (user, page, said) in [
            (User::ALICE, "/patients/1", "病棟のコード {code}\n\n@records.example.jp #{code}"),
            (User::ALICE, "/bills?next=/patients/1", "記録のコード {code}\n\n@records.example.jp #{code}"),
            (User::BOB, "/patients/1", "Sekisho: {code}, 5 minutes\n\n@records.example.jp #{code}"),
        ] {
            let mut caller = gateway.caller(wire);
            caller.begin(&user, page).expect(201);
            let message = gateway.outbox.next();
            assert_eq!(message.text, said.replace("{code}", &message.code), "{wire:?} {page}");
        }
    }
}
