//! Clients that take their time, take too much, or flood: they are let go, and everybody else is served.

#[path = "wire/frames.rs"]
#[allow(dead_code, reason = "shared with another test, which uses the rest")]
mod frames;
#[path = "wire/line.rs"]
#[allow(dead_code, reason = "shared with another test, which uses the rest")]
mod line;
mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use frames::{PREFACE, frame, literal};
use line::{Both, connect, secured};
use support::wait::until;
use support::{Ask, Gateway, Plan, Upstream, Wire};

const OPEN: &str = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"application\"\n";

/// Limits that are met within a test's patience.
const TIGHT: &str = "[wire]\nheader_timeout = \"1s\"\nidle_timeout = \"2s\"\npatience = \"1s\"\n";

fn gateway(upstream: &Upstream, wire: &str) -> Gateway {
    Plan::before(&upstream.url).with_routes(OPEN).with_more(wire.to_owned()).start()
}

fn host(gateway: &Gateway) -> String {
    gateway.origin.trim_start_matches("https://").to_owned()
}

/// One that reads in short looks, so that it can send and listen by turns.
fn restless(socket: &TcpStream) {
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a time limit can be set");
}

/// Each opened when its turn comes: a connection that says nothing is not kept for long.
fn wires(gateway: &Gateway, prepare: fn(&TcpStream)) -> impl Iterator<Item = Box<dyn Both>> {
    (0..2).map(move |n| -> Box<dyn Both> {
        if n == 0 {
            let line = connect(&gateway.plain);
            prepare(&line);
            Box::new(line)
        } else {
            let line = secured(gateway, "http/1.1");
            prepare(&line.sock);
            Box::new(line)
        }
    })
}

/// Sends this byte over and over until the other side has closed; returns what it said.
fn drip(line: &mut dyn Both, byte: u8) -> String {
    let mut said = Vec::new();
    until("a client that drips to be let go", || {
        let _ = line.write_all(&[byte]).and_then(|()| line.flush());
        let mut chunk = [0; 4096];
        match line.read(&mut chunk) {
            Ok(0) => return Some(()),
            Ok(count) => said.extend_from_slice(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return Some(()),
        }
        None
    });
    String::from_utf8_lossy(&said).into_owned()
}

fn connections(gateway: &Gateway) -> usize {
    let page = gateway.admin("/metrics").text();
    let line = page.lines().find_map(|line| line.strip_prefix("sekisho_connections "));
    line.expect("the gauge is there").parse().expect("it is a number")
}

#[test]
fn a_header_that_drips_in_has_one_deadline() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, TIGHT);
    for mut line in wires(&gateway, restless) {
        line.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX: ").expect("it listens");
        let said = drip(&mut *line, b'y');
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    let mut line = secured(&gateway, "h2");
    line.write_all(PREFACE).expect("it listens");
    line.write_all(&frame(4, 0, 0, &[])).expect("it listens");
    line.write_all(&frame(1, 0, 1, &literal(b":method", b"GET"))).expect("a header block that has no end");
    let mut said = Vec::new();
    // Ends by an end of file or a reset; what counts is that it ends.
    let _ = line.read_to_end(&mut said);
    until("every connection is gone", || (connections(&gateway) == 0).then_some(()));
    assert!(upstream.requests().is_empty());
}

#[test]
fn a_body_that_drips_in_is_not_waited_for() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, TIGHT);
    for mut line in wires(&gateway, restless) {
        let head = format!("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n", host(&gateway));
        line.write_all(head.as_bytes()).expect("it listens");
        let said = drip(&mut *line, b'y');
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    let mut line = secured(&gateway, "h2");
    let block = [
        literal(b":method", b"POST"),
        literal(b":scheme", b"https"),
        literal(b":path", b"/"),
        literal(b":authority", host(&gateway).as_bytes()),
    ]
    .concat();
    line.write_all(&[PREFACE, &frame(4, 0, 0, &[]), &frame(1, 4, 1, &block)].concat()).expect("it listens");
    restless(&line.sock);
    let mut answered = Vec::new();
    until("a body that drips to be refused", || {
        let _ = line.write_all(&frame(0, 0, 1, b"y")).and_then(|()| line.flush());
        let mut chunk = [0; 4096];
        match line.read(&mut chunk) {
            Ok(0) => panic!("ended without an answer: {}", answered.escape_ascii()),
            Ok(count) => answered.extend_from_slice(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}: {}", answered.escape_ascii()),
        }
        // HEADERS on stream 1.
        answered.windows(9).any(|w| w[3] == 1 && w[5..] == [0, 0, 0, 1]).then_some(())
    });
    drop(line);
    until("every connection is gone", || (connections(&gateway) == 0).then_some(()));
}

#[test]
fn an_answer_that_nobody_takes_is_given_up() {
    let upstream = Upstream::saying("200 OK", Box::leak("x".repeat(64 << 20).into_boxed_str()));
    let gateway = gateway(&upstream, TIGHT);
    let lines: Vec<_> = wires(&gateway, |_| ())
        .map(|mut line| {
            let head = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host(&gateway));
            line.write_all(head.as_bytes()).and_then(|()| line.flush()).expect("it listens");
            line
        })
        .collect();
    until("both are served", || (upstream.requests().len() == 2).then_some(()));
    until("both are given up", || (connections(&gateway) == 0).then_some(()));
    drop(lines);
}

/// A request over HTTP/2 with these fields besides the usual ones; `ends` without a body.
fn asked(gateway: &Gateway, method: &str, path: &str, ends: bool) -> Vec<u8> {
    let host = host(gateway);
    let fields = [(":method", method), (":scheme", "https"), (":path", path), (":authority", &host)];
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name.as_bytes(), value.as_bytes())).collect();
    frame(1, if ends { 5 } else { 4 }, 1, &block)
}

fn in_flight(gateway: &Gateway) -> usize {
    let page = gateway.admin("/metrics").text();
    let line = page.lines().find_map(|line| line.strip_prefix("sekisho_requests_in_flight "));
    line.expect("the gauge is there").parse().expect("it is a number")
}

#[test]
fn a_stream_whose_window_never_opens_is_given_up() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "[wire]\npatience = \"1s\"\nleast_rate = 65536\n");
    for path in ["/", "/.sekisho/jwks.json"] {
        let mut line = secured(&gateway, "h2");
        // SETTINGS_INITIAL_WINDOW_SIZE is nothing.
        let settings = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
        line.write_all(&[PREFACE, &settings, &asked(&gateway, "GET", path, true)].concat()).expect("it listens");
        until("it is being served", || (in_flight(&gateway) == 1).then_some(()));
        until("it is given up", || (in_flight(&gateway) == 0).then_some(()));
        assert_eq!(connections(&gateway), 1, "the connection can go on");
    }
}

#[test]
fn a_form_for_the_gate_that_never_comes_is_not_waited_for() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "[wire]\npatience = \"1s\"\nleast_rate = 65536\n");
    let mut line = secured(&gateway, "h2");
    let ask = asked(&gateway, "POST", "/.sekisho/challenges", false);
    line.write_all(&[PREFACE, &frame(4, 0, 0, &[]), &ask].concat()).expect("it listens");
    assert_eq!(frames::answer(&mut line), frames::Got::Status(408));
    until("it is over", || (in_flight(&gateway) == 0).then_some(()));
}

#[test]
fn an_idle_connection_is_closed() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, TIGHT);
    for mut line in wires(&gateway, |_| ()) {
        line.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host(&gateway)).as_bytes()).expect("it listens");
        let mut said = String::new();
        let _ = line.read_to_string(&mut said);
        assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
        assert_eq!(said.matches("HTTP/1.1").count(), 1, "it is not told why: {said}");
    }
    let mut idle = secured(&gateway, "h2");
    idle.write_all(&[PREFACE, &frame(4, 0, 0, &[])].concat()).expect("it listens");
    let _ = idle.read_to_end(&mut Vec::new());
    until("every connection is gone", || (connections(&gateway) == 0).then_some(()));
}

#[test]
fn one_client_cannot_take_every_connection() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "[wire]\nconnections_per_client = 5\n");
    let ask = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host(&gateway));
    let served = |line: &mut TcpStream| {
        let mut first = [0; 12];
        line.write_all(ask.as_bytes()).and_then(|()| line.read_exact(&mut first)).is_ok() && first == *b"HTTP/1.1 200"
    };
    let mut held: Vec<_> = (0..5).map(|_| connect(&gateway.plain)).collect();
    assert!(held.iter_mut().all(served));
    assert!(!served(&mut connect(&gateway.plain)), "the sixth is closed at once");
    assert!(!served(&mut connect(&gateway.plain)));
    held.pop();
    until("there is room again", || (served(&mut connect(&gateway.plain))).then_some(()));
    let page = gateway.admin("/metrics").text();
    assert!(page.contains("sekisho_connections_turned_away_total"), "{page}");
}

/// Resident memory of the gateway, in bytes.
fn memory(gateway: &Gateway) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") * 1024
}

#[test]
fn floods_end_their_connection_and_nothing_else() {
    let upstream = Upstream::start();
    let gateway = gateway(&upstream, "");
    let host = host(&gateway);
    let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", &host)];
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name.as_bytes(), value.as_bytes())).collect();
    let reset = |stream: u32| [frame(1, 5, stream, &block), frame(3, 0, stream, &[0, 0, 0, 8])].concat();
    let zero_window = |stream: u32| [frame(1, 5, stream, &block), frame(8, 0, stream, &[0; 4])].concat();
    let floods: [(&str, Vec<u8>); 8] = [
        ("rapid reset", (0..50_000).flat_map(|n| reset(2 * n + 1)).collect()),
        ("made you reset", (0..50_000).flat_map(|n| zero_window(2 * n + 1)).collect()),
        ("CONTINUATION", [frame(1, 0, 1, &block), frame(9, 0, 1, &literal(b"x", &[b'y'; 9000])).repeat(1000)].concat()),
        ("empty CONTINUATION", [frame(1, 0, 1, &block), frame(9, 0, 1, &[]).repeat(100_000)].concat()),
        ("empty DATA", [frame(1, 4, 1, &block), frame(0, 0, 1, &[]).repeat(1_000_000)].concat()),
        ("PING", frame(6, 0, 0, &[0; 8]).repeat(1_000_000)),
        ("SETTINGS", frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]).repeat(1_000_000)),
        ("PRIORITY", frame(2, 0, 1, &[0, 0, 0, 3, 16]).repeat(1_000_000)),
    ];
    let before = memory(&gateway);
    for (name, flood) in floods {
        let mut line = secured(&gateway, "h2");
        let begun = [PREFACE, &frame(4, 0, 0, &[])].concat();
        line.write_all(&begun).and_then(|()| line.flush()).expect("it listens");
        // Fails once the connection is cut, which is what is wanted; read along so that neither side stands still.
        let mut chunk = vec![0; 64 << 10];
        line.sock.set_read_timeout(Some(Duration::from_millis(1))).expect("a time limit can be set");
        let sent = flood.chunks(256 << 10).try_for_each(|part| {
            line.write_all(part).and_then(|()| line.flush())?;
            match line.read(&mut chunk) {
                Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(error),
                _ => Ok(()),
            }
        });
        if sent.is_ok() {
            line.sock.set_read_timeout(Some(Duration::from_secs(15))).expect("a time limit can be set");
            let mut rest = Vec::new();
            let ended = line.read_to_end(&mut rest).map_or_else(|error| error.kind(), |_| ErrorKind::UnexpectedEof);
            assert!(!matches!(ended, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{name}: the connection stays");
        }
        gateway.caller(Wire::Http2).send(Ask::get("/")).expect(200);
        let grown = memory(&gateway).saturating_sub(before);
        assert!(grown < 50 << 20, "{name}: {} MiB more", grown >> 20);
    }
}
