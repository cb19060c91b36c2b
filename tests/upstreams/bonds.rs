//! NTLM and Negotiate: an upstream connection that carries somebody's identity is never given to anybody else.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::rig::{App, Entry, Pipe, open, read_until, routed, with};
use crate::support::{Ask, Wire};

/// An application that takes whoever authenticated a connection for the sender of all that follows on it, as those with
/// Windows authentication do. The handshake has its two rounds.
fn windows(scheme: &'static str) -> App {
    App::start(move |line| {
        let who = Mutex::new(None::<String>);
        let challenged = AtomicUsize::new(0);
        line.serve(|seen| {
            let token = seen.all("authorization").first().map(|value| value.to_string());
            let token = token.as_deref().and_then(|value| value.strip_prefix(scheme)).map(str::trim);
            let mut who = who.lock().expect("one thread");
            match token {
                Some("TYPE1") => {
                    challenged.store(1, Ordering::SeqCst);
                    return with(401, &format!("WWW-Authenticate: {scheme} TYPE2\r\n"), "");
                }
                Some(name) if challenged.swap(0, Ordering::SeqCst) == 1 => *who = Some(name.to_owned()),
                Some(_) => return with(401, &format!("WWW-Authenticate: {scheme}\r\n"), "out of turn"),
                None => {}
            }
            match &*who {
                Some(name) => with(200, "", &format!("you are {name}")),
                None => with(401, &format!("WWW-Authenticate: {scheme}\r\nWWW-Authenticate: Basic\r\n"), "nobody"),
            }
        });
    })
}

/// One client connection.
struct Client {
    entry: Entry,
    stream: Box<dyn Pipe>,
}

impl Client {
    fn new(entry: &Entry, wire: Wire) -> Self {
        Client { entry: entry.clone(), stream: entry.dial(wire) }
    }

    /// Status and body.
    fn ask(&mut self, more: &str) -> (u16, String) {
        let host = &self.entry.authority;
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
        self.stream.write_all(request.as_bytes()).expect("it is sent");
        let head = read_until(&mut *self.stream, b"\r\n\r\n");
        let status = head[9..12].parse().expect("a status");
        let length = head.to_ascii_lowercase();
        let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        let mut body = vec![0; length.parse().expect("a number")];
        self.stream.read_exact(&mut body).expect("a body");
        (status, String::from_utf8(body).expect("text"))
    }

    fn sign_in(&mut self, scheme: &str, name: &str) {
        assert_eq!(self.ask("").0, 401);
        assert_eq!(self.ask(&format!("Authorization: {scheme} TYPE1\r\n")).0, 401);
        let (status, text) = self.ask(&format!("Authorization: {scheme} {name}\r\n"));
        assert_eq!((status, text), (200, format!("you are {name}")));
    }
}

#[test]
fn a_connection_that_was_authenticated_is_never_shared() {
    for scheme in ["NTLM", "Negotiate"] {
        let app = windows(scheme);
        let gateway = open(&format!("url = {:?}", app.url()));
        let entry = Entry::of(&gateway);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (entry, wire) = (&entry, if number % 2 == 0 { Wire::Http1 } else { Wire::Http1Tls });
                scope.spawn(move || {
                    let name = format!("user{number}");
                    let mut client = Client::new(entry, wire);
                    client.sign_in(scheme, &name);
                    for _ in 0..20 {
                        let mine = client.ask("");
                        assert_eq!(mine, (200, format!("you are {name}")), "the connection stays whose it is");
                        let stranger = Client::new(entry, wire).ask("");
                        assert_eq!(stranger, (401, "nobody".to_owned()), "nobody else is taken for {name}");
                    }
                });
            }
        });
        // Each identity came over one connection, and over that one nobody else's.
        let mut owners: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for seen in app.seen() {
            if let Some(token) = seen.all("authorization").first().filter(|token| !token.ends_with("TYPE1")) {
                owners.entry(seen.connection).or_default().push(token.to_string());
            }
        }
        assert_eq!(owners.len(), 8, "{owners:?}");
        assert!(owners.values().all(|names| names.len() == 1), "{owners:?}");
    }
}

#[test]
fn over_http2_an_identity_ends_with_its_request() {
    let app = windows("NTLM");
    let gateway = open(&format!("url = {:?}", app.url()));
    let mut caller = gateway.caller(Wire::Http2);
    for _ in 0..3 {
        caller.send(Ask::get("/").header("Authorization", "NTLM TYPE1")).expect(401);
        // Had it gone on over the connection of the first round, this would be somebody now.
        let answer = caller.send(Ask::get("/").header("Authorization", "NTLM mallory")).expect(401);
        assert_eq!(answer.text(), "out of turn");
    }
}

#[test]
fn what_comes_through_a_proxy_is_tied_to_nobody() {
    let app = windows("NTLM");
    let routes = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\n";
    let upstream = format!("url = {:?}\n[client]\ntrusted_proxies = [\"127.0.0.1\"]", app.url());
    let gateway = routed(&upstream, routes);
    let mut shared = Client::new(&Entry::of(&gateway), Wire::Http1);
    assert_eq!(shared.ask("X-Forwarded-For: 192.0.2.1\r\nAuthorization: NTLM TYPE1\r\n").0, 401);
    let answer = shared.ask("X-Forwarded-For: 192.0.2.2\r\nAuthorization: NTLM mallory\r\n");
    assert_eq!(answer, (401, "out of turn".to_owned()));
}

#[test]
fn with_several_servers_an_identity_stays_at_its_own() {
    let apps = [windows("NTLM"), windows("NTLM"), windows("NTLM")];
    let urls: Vec<_> = apps.iter().map(|app| format!("{:?}", app.url())).collect();
    let gateway = open(&format!("servers = [{}]", urls.join(", ")));
    let mut client = Client::new(&Entry::of(&gateway), Wire::Http1);
    client.sign_in("NTLM", "alice");
    assert!((0..9).all(|_| client.ask("").1 == "you are alice"));
}
