//! What people do, each time as somebody else from somewhere else: most use a pass, some get one and give it back, some
//! fail, leave half way, or never spoke HTTP.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Answer, Ask, Client, Line, Wire};
use crate::support::User;

/// Names that exist; each with its own phone.
const NAMES: [&str; 8] = ["alice", "bob", "chiyo", "daichi", "emi", "fumio", "goro", "hana"];
const PHONES: [&str; 8] = [
    "090-1234-5001",
    "090-1234-5002",
    "090-1234-5003",
    "090-1234-5004",
    "090-1234-5005",
    "090-1234-5006",
    "090-1234-5007",
    "090-1234-5008",
];

/// Everybody who plays, and what they need.
pub struct Cast {
    client: Client,
    pass: String,
    outbox: Mutex<Outbox>,
    tally: Counts,
}

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    forwarded: AtomicU64,
    begun: AtomicU64,
    unknown: AtomicU64,
    verified: AtomicU64,
    revoked: AtomicU64,
    rude: AtomicU64,
    other: AtomicU64,
}

/// What was done.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    connections: u64,
    forwarded: u64,
    begun: u64,
    unknown: u64,
    verified: u64,
    revoked: u64,
    rude: u64,
    other: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { connections, forwarded, begun, unknown, verified, revoked, rude, other } = self;
        write!(
            f,
            "{connections} connections, {forwarded} forwarded, {begun} challenges, {unknown} unknown names, \
             {verified} verified, {revoked} signed out, {rude} rude, {other} other ends"
        )
    }
}

impl Tally {
    /// Whether everything happened that is to be judged.
    pub fn is_whole(&self) -> bool {
        [self.forwarded, self.begun, self.unknown, self.verified, self.revoked, self.rude]
            .iter()
            .all(|count| *count > 0)
    }
}

/// Small, and the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// Codes by challenge, out of the file that the provider writes.
struct Outbox {
    path: PathBuf,
    read: u64,
    codes: HashMap<String, String>,
}

impl Outbox {
    fn code(&mut self, challenge: &str) -> Option<String> {
        if !self.codes.contains_key(challenge) {
            self.look();
        }
        self.codes.remove(challenge)
    }

    fn look(&mut self) {
        let Ok(mut file) = File::open(&self.path) else { return };
        let mut text = String::new();
        if file.seek(SeekFrom::Start(self.read)).is_err() || file.read_to_string(&mut text).is_err() {
            return;
        }
        // A line without its end is still being written.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole as u64;
        // What nobody asked for in so long was left by somebody who went.
        if self.codes.len() > 10_000 {
            self.codes.clear();
        }
        for line in text[..whole].lines() {
            let message: Value = serde_json::from_str(line).unwrap_or_default();
            if let (Some(challenge), Some(code)) = (message["challenge"].as_str(), message["code"].as_str()) {
                self.codes.insert(challenge.to_owned(), code.to_owned());
            }
        }
    }
}

impl Cast {
    pub fn users() -> Vec<User> {
        let user = |(name, phone)| User { name, phone, ..User::ALICE };
        NAMES.into_iter().zip(PHONES).map(user).collect()
    }

    pub fn new(client: Client, pass: String, outbox: PathBuf) -> Cast {
        let outbox = Outbox { path: outbox, read: 0, codes: HashMap::new() };
        Cast { client, pass, outbox: Mutex::new(outbox), tally: Counts::default() }
    }

    pub fn tally(&self) -> Tally {
        let told = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { connections, forwarded, begun, unknown, verified, revoked, rude, other } = &self.tally;
        Tally {
            connections: told(connections),
            forwarded: told(forwarded),
            begun: told(begun),
            unknown: told(unknown),
            verified: told(verified),
            revoked: told(revoked),
            rude: told(rude),
            other: told(other),
        }
    }

    /// One life after the other until it is over.
    pub async fn play(&self, seed: u64, over: &AtomicBool) {
        let mut dice = Dice(seed | 1);
        // The first numbers of near seeds are near each other.
        for _ in 0..16 {
            dice.below(2);
        }
        while !over.load(Ordering::Relaxed) {
            let wire = Wire::ALL[dice.below(3) as usize];
            let lived = match dice.below(100) {
                0..70 => self.use_pass(wire, &mut dice).await,
                70..78 => self.be_rude(wire, &mut dice).await,
                78..84 => self.be_unknown(wire, &mut dice).await,
                84..92 => self.leave_half_way(wire, &mut dice).await,
                _ => self.sign_in_and_out(wire, &mut dice).await,
            };
            if lived.is_err() {
                count(&self.tally.other);
            }
        }
    }

    async fn open(&self, wire: Wire) -> io::Result<Line> {
        count(&self.tally.connections);
        self.client.open(wire).await
    }

    async fn use_pass(&self, wire: Wire, dice: &mut Dice) -> io::Result<()> {
        let mut line = self.open(wire).await?;
        for _ in 0..=dice.below(20) {
            let path = format!("/patients/{}", dice.below(1_000_000));
            let answer = self.client.ask(&mut line, &Ask::get(&path, &[("sekisho-pass", &self.pass)])).await?;
            self.tell(answer.status == 200, &self.tally.forwarded);
        }
        Ok(())
    }

    /// Bytes that are no HTTP, or less of it than was promised.
    async fn be_rude(&self, wire: Wire, dice: &mut Dice) -> io::Result<()> {
        let Line::Http1(mut stream) = self.open(if wire == Wire::Tls2 { Wire::Plain } else { wire }).await? else {
            unreachable!("HTTP/1.1 was asked for")
        };
        count(&self.tally.rude);
        let bytes = match dice.below(3) {
            0 => "\x16\x03\x01 GARBAGE\r\n\r\n".to_owned(),
            1 => format!("GET /open/{} HTTP/1.1\r\nhost: a\r\nx: {}", dice.below(1000), "y".repeat(3000)),
            _ => format!("POST /open/ HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n{}", "y".repeat(5000)),
        };
        // It may be gone already; that is an answer too.
        let _ = stream.write_all(bytes.as_bytes()).await;
        let _ = stream.flush().await;
        if dice.below(2) == 0 {
            let mut part = [0; 512];
            let _ = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut part)).await;
        }
        Ok(())
    }

    async fn be_unknown(&self, wire: Wire, dice: &mut Dice) -> io::Result<()> {
        let mut line = self.open(wire).await?;
        let name = format!("nobody-{:x}", dice.below(u64::MAX));
        let answer = self.begin(&mut line, &name, "anything else").await?;
        self.tell(answer.status == 403, &self.tally.unknown);
        Ok(())
    }

    /// Asks for a code, at times tries a wrong one, and never comes back.
    async fn leave_half_way(&self, wire: Wire, dice: &mut Dice) -> io::Result<()> {
        let mut line = self.open(wire).await?;
        let name = NAMES[dice.below(NAMES.len() as u64) as usize];
        let answer = self.begin(&mut line, name, User::ALICE.password).await?;
        self.tell(answer.status == 201, &self.tally.begun);
        if dice.below(8) == 0 && answer.status == 201 {
            let (id, cookies) = (field(&answer, "id"), jar(&answer));
            self.post(&mut line, &format!("/.sekisho/challenges/{id}/verify"), &cookies, &json!({ "code": "000000" }))
                .await?;
        }
        Ok(())
    }

    async fn sign_in_and_out(&self, wire: Wire, dice: &mut Dice) -> io::Result<()> {
        let mut line = self.open(wire).await?;
        let name = NAMES[dice.below(NAMES.len() as u64) as usize];
        let begun = self.begin(&mut line, name, User::ALICE.password).await?;
        self.tell(begun.status == 201, &self.tally.begun);
        let (id, browser) = (field(&begun, "id"), jar(&begun));
        let Some(code) = self.code(&id).await else { return Err(io::ErrorKind::TimedOut.into()) };
        let path = format!("/.sekisho/challenges/{id}/verify");
        let verified = self.post(&mut line, &path, &browser, &json!({ "code": code })).await?;
        self.tell(verified.status == 200, &self.tally.verified);
        let cookies = jar(&verified);
        for _ in 0..=dice.below(5) {
            let answer = self.client.ask(&mut line, &Ask::get("/short/1", &[("cookie", &cookies)])).await?;
            self.tell(answer.status == 200, &self.tally.forwarded);
        }
        if dice.below(2) == 0 {
            let left = self.post(&mut line, "/.sekisho/logout", &cookies, &json!({})).await?;
            self.tell(left.status == 204, &self.tally.revoked);
        }
        Ok(())
    }

    async fn begin(&self, line: &mut Line, name: &str, password: &str) -> io::Result<Answer> {
        let asked = json!({ "return_to": "/short/1", "scope": "short", "username": name, "password": password });
        self.post(line, "/.sekisho/challenges", "", &asked).await
    }

    async fn post(&self, line: &mut Line, path: &str, cookies: &str, body: &Value) -> io::Result<Answer> {
        let headers = [("content-type", "application/json"), ("accept", "application/json"), ("cookie", cookies)];
        let headers = if cookies.is_empty() { &headers[..2] } else { &headers[..] };
        self.client.ask(line, &Ask { method: "POST", path, headers, body: &body.to_string() }).await
    }

    /// As it reaches the phone, if it does within some seconds.
    async fn code(&self, challenge: &str) -> Option<String> {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..500 {
            clock.tick().await;
            let code = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).code(challenge);
            if code.is_some() {
                return code;
            }
        }
        None
    }

    fn tell(&self, expected: bool, kind: &AtomicU64) {
        count(if expected { kind } else { &self.tally.other });
    }
}

fn count(kind: &AtomicU64) {
    kind.fetch_add(1, Ordering::Relaxed);
}

fn field(answer: &Answer, name: &str) -> String {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    value[name].as_str().unwrap_or_default().to_owned()
}

/// The cookies that were set, as they are sent back.
fn jar(answer: &Answer) -> String {
    let pairs = answer.cookies.iter().filter_map(|line| line.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
