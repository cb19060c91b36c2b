//! Somebody who calls the gateway over one wire, and keeps cookies as a browser or an API client does.

use super::gateway::{Gateway, User};
use super::outbox::Message;
use super::wire::{self, Answer, Curl, Wire};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use url::form_urlencoded;

/// A request to send.
#[derive(Debug, Clone)]
pub struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// As a browser asks for a page.
    pub fn navigating(self) -> Self {
        self.header("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document")
    }

    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string().into_bytes())
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", text.into_bytes())
    }

    pub fn body(mut self, kind: &str, bytes: Vec<u8>) -> Self {
        self.body = bytes;
        self.header("Content-Type", kind)
    }
}

/// A client with a cookie jar.
#[derive(Debug, Clone)]
pub struct Caller {
    pub wire: Wire,
    /// The gateway's public origin, which a browser would put into `Origin`.
    pub origin: String,
    /// What stands in `Host`.
    pub authority: String,
    /// Where the connection really goes.
    pub address: String,
    pub trust: PathBuf,
    /// A certificate of its own and the key, for the wires with TLS.
    pub shows: Option<(PathBuf, PathBuf)>,
    jar: BTreeMap<String, String>,
}

impl Caller {
    pub fn new(wire: Wire, origin: &str, address: &str, trust: PathBuf) -> Self {
        let authority = origin.split_once("://").expect("an origin has a scheme").1.to_string();
        Self {
            wire,
            origin: origin.into(),
            authority,
            address: address.into(),
            trust,
            shows: None,
            jar: BTreeMap::new(),
        }
    }

    /// Sends it with the cookies held, and keeps those that come back.
    pub fn send(&mut self, ask: Ask) -> Answer {
        let Ask { method, path, mut headers, body } = ask;
        if !self.jar.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            headers.push(("Cookie".into(), self.cookies()));
        }
        let answer = match self.wire {
            Wire::Http1 => self.spell_out(&method, &path, &headers, &body),
            wire => {
                let (authority, address, trust) = (&*self.authority, &*self.address, &*self.trust);
                let (headers, body) = (&*headers, &*body);
                let shows = self.shows.as_ref().map(|(certificate, key)| (&**certificate, &**key));
                Curl { wire, authority, address, trust, shows, method: &method, path: &path, headers, body }.run()
            }
        };
        assert_eq!(answer.version, self.wire.version(), "the answer came over another wire than meant");
        for line in answer.all("set-cookie") {
            self.keep(line);
        }
        answer
    }

    fn spell_out(&self, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.authority);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let bytes = [request.as_bytes(), body].concat();
        wire::exchange(&self.address, &bytes).unwrap_or_else(|error| panic!("no answer to {method} {path}: {error}"))
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let over = |part: &str| {
            let part = part.to_ascii_lowercase();
            part == "max-age=0" || part.starts_with("expires=") && part.contains(" 1970 ")
        };
        if value.is_empty() || parts.any(over) {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.into(), value.into());
        }
    }

    pub fn cookies(&self) -> String {
        self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(String::as_str)
    }

    pub fn put_cookie(&mut self, name: &str, value: &str) {
        self.jar.insert(name.into(), value.into());
    }

    pub fn forget_cookies(&mut self) {
        self.jar.clear();
    }

    /// Asks for a challenge in scope `records`, by the API.
    pub fn begin(&mut self, user: &User, return_to: &str) -> Answer {
        self.send(Ask::post("/.sekisho/challenges").json(&json!({
            "return_to": return_to,
            "scope": "records",
            "username": user.name,
            "password": user.password,
        })))
    }

    /// Begins a challenge, and reads the message that it caused.
    pub fn challenged(&mut self, gateway: &Gateway, user: &User) -> (String, Message) {
        let begun = self.begin(user, "/patients").expect(201).json();
        let id = begun["id"].as_str().expect("a challenge has an id").to_string();
        (id, gateway.outbox.next())
    }

    pub fn verify(&mut self, id: &str, code: &str) -> Answer {
        self.send(Ask::post(&format!("/.sekisho/challenges/{id}/verify")).json(&json!({ "code": code })))
    }

    pub fn state(&mut self, id: &str) -> Value {
        self.send(Ask::get(&format!("/.sekisho/challenges/{id}"))).expect(200).json()
    }

    /// Gets a pass the whole way: user and password, message, code.
    pub fn sign_in(&mut self, gateway: &Gateway, user: &User) {
        let (id, message) = self.challenged(gateway, user);
        self.verify(&id, &message.code).expect(200);
    }
}
