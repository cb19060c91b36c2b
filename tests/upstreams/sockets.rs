//! WebSockets, and what only pretends to be one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::rig::{App, Entry, Pipe, guarded, open, read_all, read_until, routed, with};
use crate::support::browser::{Browser, Habits};
use crate::support::wait::until;
use crate::support::{Ask, Gateway, User, Wire};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
/// A text frame as browsers send it, with an empty mask.
const HELLO: &[u8] = b"\x81\x85\0\0\0\0hello";

/// Switches and echoes what comes, in frames of its own.
fn echo() -> App {
    App::start(|line| {
        let Some(seen) = line.request() else { return };
        if seen.all("upgrade").is_empty() {
            return line.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain");
        }
        line.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        while let Some(frame) = line.take(HELLO.len()) {
            line.say([b"\x81\x05", &frame[6..]].concat());
        }
    })
}

fn handshake(stream: &mut dyn Pipe, host: &str, more: &str) -> String {
    let head =
        format!("GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{KEY}{more}\r\n");
    stream.write_all(head.as_bytes()).expect("it is sent");
    read_until(stream, b"\r\n\r\n")
}

fn say_hello(stream: &mut dyn Pipe) {
    for _ in 0..3 {
        stream.write_all(HELLO).expect("it is sent");
        let mut frame = [0; 7];
        stream.read_exact(&mut frame).expect("an echo");
        assert_eq!(&frame, b"\x81\x05hello");
    }
}

fn pass(gateway: &Gateway) -> String {
    let mut caller = gateway.caller(Wire::Http2);
    caller.sign_in(gateway, &User::ALICE);
    format!("Cookie: {}\r\n", caller.cookies())
}

#[test]
fn a_socket_opens_with_a_pass_and_carries_both_ways() {
    let app = echo();
    // A socket has no body, so no limit of bodies ends it.
    let route = "path = \"/**\"\nrequire = \"otp\"\nscope = \"records\"\nupstream = \"app\"\nbody_limit = 8";
    let gateway = routed(&format!("url = {:?}", app.url()), &format!("[[route]]\n{route}\n"));
    let (entry, pass) = (Entry::of(&gateway), pass(&gateway));
    for wire in [Wire::Http1, Wire::Http1Tls] {
        let host = &entry.authority;
        let same = format!("{pass}Origin: https://{host}\r\n");
        for more in [&pass, &same] {
            let mut stream = entry.dial(wire);
            let answer = handshake(&mut *stream, host, more);
            assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
            assert!(answer.to_ascii_lowercase().contains("upgrade: websocket"), "{answer}");
            say_hello(&mut *stream);
            let seen = app.last();
            assert_eq!((seen.one("upgrade"), seen.one("connection")), ("websocket", "Upgrade"));
            assert_eq!(seen.one("remote-user"), "alice");
        }
    }
}

#[test]
fn without_a_pass_or_from_another_site_nothing_opens() {
    let app = echo();
    let gateway = guarded(&format!("url = {:?}", app.url()));
    let (entry, pass) = (Entry::of(&gateway), pass(&gateway));
    let host = entry.authority.clone();
    let origin = |origin: &str| format!("{pass}Origin: {origin}\r\n");
    for wire in [Wire::Http1, Wire::Http1Tls] {
        for (more, status) in [
            ("", 401),
            (&*format!("Origin: https://{host}\r\n"), 401),
            (&*origin("https://evil.example"), 403),
            (&*origin(&format!("https://{host}.evil.example")), 403),
            (&*origin(&format!("http://{host}")), 403),
            (&*origin("https://records.example.jp"), 403),
            (&*origin("null"), 403),
            (&*origin(""), 403),
            (&*format!("{}Origin: https://evil.example\r\n", origin(&format!("https://{host}"))), 403),
        ] {
            let answer = handshake(&mut *entry.dial(wire), &host, more);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{more}: {answer}");
        }
    }
    assert!(app.seen().is_empty());
}

#[test]
fn on_an_open_route_the_application_judges_the_origin() {
    let app = echo();
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    let answer = handshake(&mut *entry.dial(Wire::Http1), &entry.authority, "Origin: https://other.example\r\n");
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
}

#[test]
fn a_socket_goes_over_http1_where_the_application_speaks_http2() {
    let authority = crate::tls::Authority::new();
    let mut config = authority.serves("app.example.jp");
    // It prefers HTTP/2, where this would not be understood.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let app = App::with_tls(config, |line| {
        let Some(_) = line.request() else { return };
        line.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        while let Some(frame) = line.take(HELLO.len()) {
            line.say([b"\x81\x05", &frame[6..]].concat());
        }
    });
    let files = format!("server_name = \"app.example.jp\"\nca = {:?}\nhttp = \"2\"", authority.file());
    let gateway = open(&format!("url = \"https://{}\"\n{files}", app.address));
    let mut stream = Entry::of(&gateway).dial(Wire::Http1Tls);
    let answer = handshake(&mut *stream, &Entry::of(&gateway).authority, "");
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    say_hello(&mut *stream);
}

#[test]
fn a_browser_that_speaks_http2_opens_a_socket_all_the_same() {
    let app = App::start(|line| {
        while let Some(seen) = line.request() {
            let Some(key) = seen.all("sec-websocket-key").first().map(|key| key.to_string()) else {
                line.say(with(200, "Content-Type: text/html\r\n", "<!doctype html><title>page</title>"));
                continue;
            };
            let digest =
                digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes());
            let accept = STANDARD.encode(digest);
            line.say(format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            ));
            // Two bytes of header, four of mask, five of text.
            let frame = line.take(11).expect("a message");
            let text: Vec<u8> = (6..11).map(|at| frame[at] ^ frame[2 + (at - 6) % 4]).collect();
            line.say([b"\x81\x05", &*text].concat());
        }
    });
    let gateway = open(&format!("url = {:?}", app.url()));
    let browser = Browser::start(Habits::ENGLISH);
    browser.visit(&gateway, "/");
    let version = browser.run("return performance.getEntriesByType('navigation')[0].nextHopProtocol");
    assert_eq!(version, "h2");
    browser.run(
        "const socket = new WebSocket('wss://' + location.host + '/live');
         socket.onopen = () => socket.send('hello');
         socket.onmessage = message => { document.title = 'heard ' + message.data };
         socket.onerror = () => { document.title = 'error' };",
    );
    until("the echo", || (browser.run("return document.title") == "heard hello").then_some(()));
    let seen = app.seen().into_iter().find(|seen| seen.head.starts_with("GET /live HTTP/1.1\r\n")).expect("a socket");
    assert_eq!(seen.one("origin"), gateway.origin);
}

#[test]
fn what_comes_before_the_switch_is_no_request() {
    // The application does not switch; what was sent in the hope of it must not be taken for a request (CVE-2026-2833).
    let app = App::start(|line| line.serve(|_| "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno".to_owned()));
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    for wire in [Wire::Http1, Wire::Http1Tls] {
        let before = app.seen().len();
        let mut stream = entry.dial(wire);
        let host = &entry.authority;
        let smuggled = format!("GET /admin HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let head =
            format!("GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{KEY}\r\n");
        stream.write_all((head + &smuggled).as_bytes()).expect("it is sent");
        let all = read_all(&mut *stream);
        assert_eq!(all.matches("HTTP/1.1 200 ").count(), 1, "{all}");
        let seen = app.seen().split_off(before);
        assert_eq!(seen.len(), 1, "{seen:?}");
    }
}

#[test]
fn no_other_protocol_is_asked_for() {
    let app = App::saying("plain");
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    for wire in [Wire::Http1, Wire::Http1Tls] {
        for upgrade in ["h2c", "foo", "TLS/1.0", "foo, websocket", "websocket, foo"] {
            let mut stream = entry.dial(wire);
            let settings = "HTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings\r\n";
            let head = format!("GET /a HTTP/1.1\r\nHost: {}\r\nUpgrade: {upgrade}\r\n{settings}\r\n", entry.authority);
            stream.write_all(head.as_bytes()).expect("it is sent");
            let answer = read_until(&mut *stream, b"\r\n\r\n");
            assert!(!answer.starts_with("HTTP/1.1 101 "), "{upgrade}: {answer}");
            let seen = app.last();
            for gone in ["upgrade", "connection", "http2-settings"] {
                assert!(seen.all(gone).is_empty(), "{upgrade}\n{}", seen.head);
            }
        }
    }
    let mut caller = gateway.caller(Wire::Http2);
    caller.send(Ask::get("/a").header("X-Plain", "1")).expect(200);
    assert!(app.last().all("upgrade").is_empty());
}

#[test]
fn tunnels_are_not_dug() {
    let app = App::saying("plain");
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    for wire in [Wire::Http1, Wire::Http1Tls] {
        for target in [&*entry.authority, "127.0.0.1:22", "/"] {
            let mut stream = entry.dial(wire);
            let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {}\r\n\r\n", entry.authority);
            stream.write_all(head.as_bytes()).expect("it is sent");
            let answer = read_all(&mut *stream);
            assert!(answer.starts_with("HTTP/1.1 405 ") || answer.starts_with("HTTP/1.1 400 "), "{target}: {answer}");
        }
    }
    assert!(app.seen().is_empty());
}
