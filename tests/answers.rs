//! How the gate itself answers, byte for byte.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use support::{Gateway, Plan, Upstream, wire};

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
