//! The same through the real binary, many requests to a connection: what reached the upstream is what was sent, and was
//! judged as it reads there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use http::uri::PathAndQuery;
use serde_json::Value;

use super::fuzz::path::{KINDS, judged};
use super::grammar::Grammar;
use super::support::gateway::COOKIE;
use super::support::{Plan, Upstream, User, Wire, wait};

const TARGETS: usize = 4000;
/// Every leave, letter case counts, Shift_JIS: the upstream of these routes.
const KIND: u8 = 7 + 16;
const LEAVE: &str = "encoded_slash = true\npath_params = true\nempty_segments = true\ncharset = \"shift_jis\"";

#[test]
fn what_reaches_the_upstream_is_what_was_sent_and_judged() {
    const { assert!(KIND < KINDS) };
    let upstream = Upstream::start();
    let route = |path: &str, need: &str| {
        let need = if need == "deny" {
            "require = \"deny\"".to_owned()
        } else {
            format!("require = \"otp\"\nscope = \"records\"\n{LEAVE}")
        };
        format!("[[route]]\nname = \"{path}\"\npath = \"{path}\"\n{need}\n")
    };
    let routes = [("/public/**", ""), ("/protected/**", ""), ("/never/**", "deny"), ("/**", "")];
    let routes: String = routes.iter().map(|(path, need)| route(path, need)).collect();
    let gateway = Plan::before(&upstream.url).with_routes(&routes).start();
    let mut alice = gateway.caller(Wire::Http1);
    alice.sign_in(&gateway, &User::ALICE);
    let pass = alice.cookie(COOKIE).expect("a pass").to_owned();
    let mut line = Line::new(&gateway.plain, &alice.authority, &pass);
    let mut grammar = Grammar::new(20_261_122);
    let mut sent = Vec::new();
    while sent.len() < TARGETS {
        let target = grammar.bytes();
        // White space would be another request line; other controls Pingora encodes, and what follows `#` it drops, before
        // any filter sees them.
        if target.iter().any(|b| matches!(b, 0..=0x20 | 0x7f | b'#')) {
            continue;
        }
        // A gate that closes for a moment, because the disk holds up the audit, says nothing about a target.
        let status = wait::until("an answer about the target", || {
            let status = line.ask(&target);
            if status == 503 {
                line.renew();
            }
            (status != 503).then_some(status)
        });
        // Its parser refuses more than we do: what is above ASCII has to be UTF-8 or encoded.
        let parsed = PathAndQuery::try_from(target.as_slice()).is_ok();
        let expected = parsed && judged(KIND, &target).is_some();
        assert_eq!(status == 200, expected, "{status} for {}", target.escape_ascii());
        sent.extend(expected.then_some(target));
        if sent.len() % 64 == 0 {
            line.renew();
        }
    }
    let reached: Vec<Vec<u8>> = upstream.requests().iter().map(|request| target_of(request)).collect();
    for (reached, sent) in reached.iter().zip(&sent) {
        assert_eq!(reached.escape_ascii().to_string(), sent.escape_ascii().to_string());
    }
    assert_eq!(reached.len(), sent.len());
    let written =
        wait::until("every access line", || Some(accesses(&gateway.audit())).filter(|all| all.len() == sent.len()));
    for (reached, written) in reached.iter().zip(written) {
        assert_eq!(judged(KIND, reached), Some(written), "{}", reached.escape_ascii());
    }
}

/// Route and path of each access, in order.
fn accesses(audit: &str) -> Vec<(String, String)> {
    let lines = audit.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines.filter(|line| line["kind"] == "access").map(|line| (text(&line["route"]), text(&line["path"]))).collect()
}

/// The second word of the request line, byte by byte.
fn target_of(request: &[u8]) -> Vec<u8> {
    request.split(|b| *b == b' ').nth(1).unwrap_or_default().to_vec()
}

/// A connection that is kept alive, and made anew when the other side ends it.
struct Line<'a> {
    address: &'a str,
    rest: String,
    stream: Option<BufReader<TcpStream>>,
}

impl<'a> Line<'a> {
    fn new(address: &'a str, host: &str, pass: &str) -> Line<'a> {
        Line { address, rest: format!(" HTTP/1.1\r\nHost: {host}\r\nSekisho-Pass: {pass}\r\n\r\n"), stream: None }
    }

    fn renew(&mut self) {
        self.stream = None;
    }

    fn ask(&mut self, target: &[u8]) -> u16 {
        let kept = self.stream.is_some();
        match self.try_ask(target) {
            Some(status) => status,
            // Closed after the answer before.
            None if kept => {
                self.stream = None;
                self.try_ask(target).unwrap_or(0)
            }
            None => 0,
        }
    }

    fn try_ask(&mut self, target: &[u8]) -> Option<u16> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).expect("the gateway listens");
                stream.set_nodelay(true).expect("set");
                stream.set_read_timeout(Some(wait::PATIENCE)).expect("set");
                self.stream.insert(BufReader::new(stream))
            }
        };
        let request = [b"GET ", target, self.rest.as_bytes()].concat();
        stream.get_mut().write_all(&request).ok()?;
        let mut first = String::new();
        stream.read_line(&mut first).ok().filter(|count| *count > 0)?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        first.split(' ').nth(1)?.parse().ok()
    }
}
