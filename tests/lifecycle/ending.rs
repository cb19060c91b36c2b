//! What a signal does to what is being served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::held::Held;
use crate::support::{Ask, Gateway, Plan, Wire, wait, wire};

const OPEN: &str = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"application\"\n";

fn before(application: &Held, top: &str) -> Gateway {
    Plan::before(&application.url).with_routes(OPEN).with_top(top).start()
}

/// A connection on which this was asked for.
fn asked(gateway: &Gateway, path: &str, more: &str) -> TcpStream {
    let authority = gateway.origin.trim_start_matches("https://");
    let mut stream = TcpStream::connect(&gateway.plain).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

/// Reads until this has come.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.contains(end) {
        assert_eq!(stream.read(&mut byte).expect("more comes"), 1, "closed after {text}");
        text.push(char::from(byte[0]));
    }
    text
}

/// Whatever still comes; the other side closes, be it in order or in haste.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it was never closed");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn stopping(gateway: &Gateway) {
    wait::until("readiness to end", || {
        let answer = gateway.admin("/readyz");
        (answer.status == 503 && answer.json()["stopping"] == true).then_some(())
    });
    wait::until("the metric to say so", || gateway.admin("/metrics").text().contains("sekisho_ready 0").then_some(()));
}

fn refused(gateway: &Gateway) {
    wait::until("new connections to be refused", || TcpStream::connect(&gateway.plain).is_err().then_some(()));
}

/// It ended, and no failure; returns the audit's last line before its signed end.
fn ended(gateway: &mut Gateway) -> String {
    let status = gateway.process.ended().unwrap_or_else(|| panic!("it goes on\n{}", gateway.log()));
    assert!(status.success(), "{status}\n{}", gateway.log());
    let audit = gateway.audit();
    let mut lines = audit.lines().rev();
    assert!(lines.next().is_some_and(|end| end.contains("\"kind\":\"end\"")), "{audit}");
    lines.next().expect("a line").to_owned()
}

#[test]
fn idle_it_ends_long_before_its_time() {
    let application = Held::start();
    let mut gateway = before(&application, "drain = \"1h\"");
    gateway.process.signal("TERM");
    let last = ended(&mut gateway);
    assert!(last.contains("sys_shutdown") && last.contains("when idle"), "{last}");
}

#[test]
fn what_has_begun_ends_as_it_should_and_nothing_new_begins() {
    let application = Held::start();
    let mut gateway = before(&application, "drain = \"1h\"");
    let mut idle = asked(&gateway, "/quick", "");
    assert!(read_until(&mut idle, "quick").starts_with("HTTP/1.1 200 "));
    let mut begun = asked(&gateway, "/slow", "");
    application.begun(1);
    gateway.process.signal("TERM");
    stopping(&gateway);
    refused(&gateway);
    assert_eq!(rest(&mut idle), "", "an idle connection is closed");
    assert!(gateway.process.ended_by_now().is_none(), "somebody is still being served");
    application.release();
    let answer = rest(&mut begun);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("late"), "{answer}");
    let last = ended(&mut gateway);
    assert!(last.contains("sys_shutdown") && last.contains("when idle"), "{last}");
}

#[test]
fn what_has_begun_ends_as_it_should_over_every_wire() {
    let application = Held::start();
    let mut gateway = before(&application, "drain = \"1h\"");
    let begun = Wire::ALL.map(|wire| {
        let mut caller = gateway.caller(wire);
        std::thread::spawn(move || caller.send(Ask::get("/slow")))
    });
    application.begun(begun.len());
    gateway.process.signal("TERM");
    refused(&gateway);
    application.release();
    for caller in begun {
        let answer = caller.join().expect("it was answered").expect(200);
        assert_eq!(answer.text(), "late");
    }
    let last = ended(&mut gateway);
    assert!(last.contains("when idle"), "{last}");
}

#[test]
fn what_never_ends_is_cut_off_when_the_time_is_over() {
    let application = Held::start();
    let mut gateway = before(&application, "drain = \"1s\"");
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let mut live = asked(&gateway, "/live", upgrade);
    assert!(read_until(&mut live, "hello").starts_with("HTTP/1.1 101 "));
    let mut events = asked(&gateway, "/events", "");
    assert!(read_until(&mut events, "data: 1").starts_with("HTTP/1.1 200 "));
    application.begun(2);
    gateway.process.signal("TERM");
    rest(&mut live);
    assert!(!rest(&mut events).ends_with("0\r\n\r\n"), "a stream that is cut off does not look complete");
    let last = ended(&mut gateway);
    assert!(last.contains("sys_shutdown") && last.contains("cut off"), "{last}");
}

#[test]
fn in_haste_it_ends_at_once_and_says_so() {
    // The second signal finds it waiting for the request, the third before it has closed anything.
    for (top, signals) in [
        ("", &["INT"][..]),
        ("drain = \"1h\"", &["TERM", "INT"]),
        ("drain = \"1h\"", &["TERM", "TERM"]),
        ("drain_delay = \"1h\"", &["TERM", "INT"]),
    ] {
        let application = Held::start();
        let mut gateway = before(&application, top);
        let mut begun = asked(&gateway, "/slow", "");
        application.begun(1);
        for (index, signal) in signals.iter().enumerate() {
            if index > 0 {
                stopping(&gateway);
            }
            if index > 0 && !top.starts_with("drain_delay") {
                refused(&gateway);
            }
            gateway.process.signal(signal);
        }
        let last = ended(&mut gateway);
        assert!(last.contains("sys_shutdown") && last.contains("at once"), "{signals:?}: {last}");
        rest(&mut begun);
    }
}

#[test]
fn whoever_balances_load_gets_time_to_notice() {
    let application = Held::start();
    let mut gateway = before(&application, "drain_delay = \"1h\"");
    gateway.process.signal("TERM");
    stopping(&gateway);
    let authority = gateway.origin.trim_start_matches("https://").to_owned();
    let request = format!("GET /quick HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    wire::exchange(&gateway.plain, request.as_bytes()).expect("an answer").expect(200);
    gateway.process.signal("TERM");
    ended(&mut gateway);
}
