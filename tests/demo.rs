//! The demo keeps its word: no file, no network, and everything PRODUCT promises of it.

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use support::process::Running;
use support::{Ask, Caller, Outbox, Wire, folder, free_port};

/// The pass's cookie where the operator chose plain http.
const COOKIE: &str = "sekisho";

struct Demo {
    port: u16,
    outbox: Outbox,
    process: Running,
    folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = folder();
        let port = free_port();
        let outbox = folder.path().join("outbox.jsonl");
        std::fs::create_dir(folder.path().join("tmp")).expect("the folder can be written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command.args(["demo", "--listen", &format!("127.0.0.1:{port}"), "--outbox"]).arg(&outbox);
        command.env("TMPDIR", folder.path().join("tmp"));
        let mut process = Running::start("demo", &mut command, folder.path());
        let address = format!("127.0.0.1:{port}");
        let home = format!("GET / HTTP/1.1\r\nHost: {address}\r\n\r\n");
        process.wait_ready(|| {
            let answer = support::wire::exchange(&address, home.as_bytes()).ok()?;
            (answer.status == 200).then_some(())
        });
        Self { port, outbox: Outbox::at(outbox), process, folder }
    }

    fn caller(&self, host: &str) -> Caller {
        let origin = format!("http://{host}:{}", self.port);
        Caller::new(Wire::Http1, &origin, &format!("127.0.0.1:{}", self.port), PathBuf::new())
    }

    /// Alice with the password that PRODUCT names, and the code from the outbox.
    fn sign_in(&self, caller: &mut Caller) {
        let wish = json!({ "return_to": "/records/", "scope": "records", "username": "alice", "password": "demo" });
        let begun = caller.send(Ask::post("/.sekisho/challenges").json(&wish)).expect(201).json();
        let message = self.outbox.next();
        assert!(message.to.starts_with("+81"), "a Japanese mobile number: {}", message.to);
        let opened = caller.verify(begun["id"].as_str().expect("a challenge has an id"), &message.code).expect(200);
        let pass = opened.all("set-cookie").into_iter().find(|line| line.starts_with("sekisho=")).expect("a pass");
        assert!(pass.contains("HttpOnly") && !pass.contains("Secure"), "{pass}");
        assert!(self.process.log().contains(&message.code), "the code is on the terminal too:\n{}", self.process.log());
    }
}

#[test]
fn a_visitor_sees_the_home_page_and_meets_the_gate_behind_it() {
    let demo = Demo::start();
    for host in ["127.0.0.1", "localhost"] {
        let mut caller = demo.caller(host);
        caller.send(Ask::get("/").navigating()).expect(200);
        let sent = caller.send(Ask::get("/records/").navigating()).expect(303);
        let location = sent.header("location").expect("a redirect says where to");
        assert!(location.starts_with("/.sekisho/challenge?"), "it stays on {host}: {location}");
        caller.send(Ask::get(location).navigating()).expect(200);
        caller.send(Ask::get("/records/")).expect(401);
        demo.sign_in(&mut caller);
        assert!(caller.cookie(COOKIE).is_some());
        caller.send(Ask::get("/records/")).expect(200);
        assert_ne!(caller.send(Ask::get("/records/4711")).status, 401, "below it, the same pass is good");
    }
}

#[test]
fn money_needs_a_code_and_anything_else_is_refused() {
    let demo = Demo::start();
    let mut caller = demo.caller("127.0.0.1");
    let transfer = || Ask::post("/transfer").form(&[("amount", "500"), ("payee", "Tanaka")]);
    caller.send(transfer()).expect(401);
    for path in ["/other", "/records", "/recordsx/", "/admin", "/.git/config", "/%2e%2e/records/"] {
        let answer = caller.send(Ask::get(path));
        // `/records` without its slash may be guarded or refused; it is never open.
        assert!((400..=405).contains(&answer.status), "{path} was answered {}", answer.status);
    }
    caller.send(Ask::get("/login").navigating()).expect(200);
    demo.sign_in(&mut caller);
    caller.send(transfer().header("Origin", &caller.origin.clone())).expect(200);
    let refused = caller.send(Ask::get("/other"));
    assert!(matches!(refused.status, 403 | 404), "{}", refused.status);
}

#[test]
fn a_foreign_host_is_not_served() {
    let demo = Demo::start();
    let answer = demo.caller("evil.example").send(Ask::get("/"));
    assert!((400..=421).contains(&answer.status), "{}", answer.status);
}

#[test]
fn the_demo_leaves_nothing_behind() {
    let mut demo = Demo::start();
    demo.sign_in(&mut demo.caller("localhost"));
    let temporary = demo.folder.path().join("tmp");
    let status = demo.process.end();
    assert!(status.success(), "{status}\n{}", demo.process.log());
    let left: Vec<_> = std::fs::read_dir(temporary).expect("the folder can be read").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_live_view_needs_a_pass_and_then_ticks() {
    let demo = Demo::start();
    let mut caller = demo.caller("127.0.0.1");
    demo.sign_in(&mut caller);
    let upgrade = |cookie: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", demo.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
        let asked = format!(
            "GET /live HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{cookie}\r\n",
            demo.port
        );
        stream.write_all(asked.as_bytes()).expect("it is sent");
        let mut got = Vec::new();
        let mut byte = [0];
        while !got.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).expect("a whole header");
            got.push(byte[0]);
        }
        (String::from_utf8(got).expect("ASCII"), stream)
    };
    assert!(upgrade("").0.starts_with("HTTP/1.1 401 "));
    let pass = format!("Cookie: {COOKIE}={}\r\n", caller.cookie(COOKIE).expect("a pass"));
    let (header, mut stream) = upgrade(&pass);
    assert!(header.starts_with("HTTP/1.1 101 "), "{header}");
    let mut ticks = [0; 6];
    stream.read_exact(&mut ticks).expect("two frames");
    assert_eq!(ticks, [0x81, 1, b'0', 0x81, 1, b'1'], "text frames with one digit each");
}

#[test]
fn a_port_that_is_taken_is_named_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("has an address").to_string();
    let output = support::gateway::sekisho(&["demo", "--listen", &address], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&address) && said.contains("another program has it"), "{said}");
}
