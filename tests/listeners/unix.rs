//! A Unix socket as a listener.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::OPEN;
use crate::support::{Gateway, Plan, Upstream};

const LISTEN: &str = "[[listen]]\naddress = \"unix:{folder}/http.sock\"\nmode = \"600\"\n";

fn start(upstream: &Upstream, more: &str) -> Gateway {
    Plan::before(&upstream.url).with_routes(OPEN).with_more(format!("{LISTEN}{more}")).start()
}

/// The whole answer to a request with these header lines.
fn ask(socket: &Path, authority: &str, lines: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    let request = format!("GET /x HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn requests_come_in_and_the_file_is_for_whom_it_is_meant() {
    let upstream = Upstream::start();
    let mut gateway = start(&upstream, "");
    let authority = gateway.origin.trim_start_matches("https://").to_owned();
    let socket = gateway.file("http.sock");
    let lies = "X-Forwarded-For: 198.51.100.7\r\n";
    assert!(ask(&socket, &authority, lies).starts_with("HTTP/1.1 200 "));
    let seen = upstream.last();
    assert!(!seen.to_lowercase().contains("x-forwarded-for"), "nobody knows an address\n{seen}");
    assert!(seen.to_lowercase().contains("x-forwarded-proto: https"), "{seen}");
    let mode = std::fs::metadata(&socket).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    gateway.restart();
    assert!(ask(&socket, &authority, "").starts_with("HTTP/1.1 200 "), "what was left behind is in nobody's way");
    assert!(ask(&socket, "evil.example", "").starts_with("HTTP/1.1 421 "));
}

#[test]
fn who_may_open_it_is_believed_where_the_operator_says_so() {
    let upstream = Upstream::start();
    let more = "[client]\ntrusted_proxies = [\"unix\"]\n";
    let gateway = start(&upstream, more);
    let authority = gateway.origin.trim_start_matches("https://").to_owned();
    let socket = gateway.file("http.sock");
    ask(&socket, &authority, "X-Forwarded-For: 198.51.100.7\r\n");
    assert!(upstream.last().contains("198.51.100.7"), "{}", upstream.last());
    let plain = ask(&socket, &authority, "X-Forwarded-Proto: http\r\nAccept: text/html\r\n");
    assert!(plain.starts_with("HTTP/1.1 308 "), "{plain}");
}
