//! Keys that others sign with, published as a JWK set (RFC 7517): fetched, kept for a while, fetched again when a token
//! names one that is not there.
//!
//! Each key has one algorithm, and a token is verified with a key of the very algorithm that it names. What else a token's
//! header says (`jku`, `jwk`, `x5u`) is not looked at; what it says must be understood (`crit`) is not understood.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jsonwebtoken::{Algorithm, DecodingKey, decode};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::gate::ring_jwt::{self, signature_only};
use crate::gate::seal::bytes;
use crate::gate::seams::{IdentityError, World};
use crate::net::Door;

/// How long a set is gone by before it is fetched again.
const FRESH: Duration = Duration::from_secs(3600);
/// How long it is gone by at most, while it cannot be fetched.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// Between two fetches, whatever tokens name.
const PAUSE: Duration = Duration::from_secs(60);
/// Between two fetches while there is none.
const RETRY: Duration = Duration::from_secs(2);
const DEADLINE: Duration = Duration::from_secs(4);
/// Longer tokens are none.
const LONGEST: usize = 16 * 1024;
const MOST_KEYS: usize = 64;
const MOST_BYTES: u64 = 64 * 1024;

/// Where a set is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Url(String),
    File(PathBuf),
}

/// Whose signatures count.
pub struct KeySet {
    place: Place,
    door: Door,
    world: Arc<dyn World>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Arc<Vec<PublicKey>>,
    /// On the monotonic clock: when they were fetched, and when that was tried the last time.
    fetched: Option<Duration>,
    tried: Option<Duration>,
    /// When it was tried the last time because a key was not among them.
    again: Option<Duration>,
}

struct PublicKey {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The parts of a token's header that count.
struct Named {
    algorithm: Algorithm,
    key: Option<String>,
}

impl KeySet {
    pub fn new(place: Place, door: Door, world: Arc<dyn World>) -> KeySet {
        ring_jwt::install();
        KeySet { place, door, world, state: Mutex::default() }
    }

    /// The claims of a token that one of the keys has signed; inside, why it is none. What they say is not judged.
    pub async fn claims(&self, token: &str) -> Result<Result<Value, &'static str>, IdentityError> {
        let named = match read_header(token) {
            Ok(named) => named,
            Err(why) => return Ok(Err(why)),
        };
        let mut keys = self.keys(false).await?;
        if pick(&keys, &named).is_none() {
            keys = self.keys(true).await?;
        }
        let Some(key) = pick(&keys, &named) else { return Ok(Err("it is signed with a key that is not published")) };
        let decoded = decode::<Value>(token, &key.key, &signature_only(key.algorithm));
        Ok(decoded.map(|decoded| decoded.claims).map_err(|_| "its signature does not hold"))
    }

    /// The keys as far as they are known; `newer`: one was named that is not among them.
    async fn keys(&self, newer: bool) -> Result<Arc<Vec<PublicKey>>, IdentityError> {
        // One fetch at a time; who waits for it goes by what it brought.
        let mut state = self.state.lock().await;
        let now = self.world.mono();
        let since = |moment: Option<Duration>| moment.map(|moment| now.saturating_sub(moment));
        let old = since(state.fetched).is_none_or(|age| age >= FRESH);
        let pause = if state.fetched.is_some() { PAUSE } else { RETRY };
        let due = match newer {
            true => since(state.again).is_none_or(|age| age >= PAUSE),
            false => old && since(state.tried).is_none_or(|age| age >= pause),
        };
        if due {
            state.tried = Some(now);
            if newer {
                state.again = Some(now);
            }
            match self.fetch().await {
                Ok(keys) => {
                    state.fetched = Some(now);
                    state.keys = Arc::new(keys);
                }
                Err(why) => tracing::warn!(why, "the keys that tokens are signed with could not be fetched"),
            }
        }
        match since(state.fetched) {
            Some(age) if age < STALE => Ok(state.keys.clone()),
            _ => Err(IdentityError("the keys that tokens are signed with cannot be had".to_owned())),
        }
    }

    async fn fetch(&self) -> Result<Vec<PublicKey>, String> {
        let bytes = match &self.place {
            Place::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_file(&path)).await;
                Bytes::from(read.map_err(|error| error.to_string())??)
            }
            Place::Url(url) => get(&self.door, url).await?,
        };
        read_set(&bytes)
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MOST_BYTES {
        return Err("the file is too large".to_owned());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// A document that is small, and there.
pub(super) async fn get(door: &Door, url: &str) -> Result<Bytes, String> {
    let request = http::Request::get(url).header(http::header::ACCEPT, "application/json").body(Bytes::new());
    let answer = door.send(request.map_err(|e| e.to_string())?, DEADLINE).await.map_err(|e| e.to_string())?;
    match answer.status().as_u16() {
        200 => Ok(answer.into_body()),
        status => Err(format!("the answer was {status}")),
    }
}

fn pick<'k>(keys: &'k [PublicKey], named: &Named) -> Option<&'k PublicKey> {
    let mut fitting = keys.iter().filter(|key| key.algorithm == named.algorithm);
    match &named.key {
        Some(id) => fitting.find(|key| key.id.as_ref() == Some(id)),
        // Without a name it can only be the one that there is.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

fn read_header(token: &str) -> Result<Named, &'static str> {
    let parts = token.split('.').count();
    if token.len() > LONGEST || parts != 3 {
        return Err("it is no signed token");
    }
    let header = token.split('.').next().and_then(bytes).and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    let header = header.filter(Value::is_object).ok_or("its header cannot be read")?;
    if header.get("crit").is_some() {
        return Err("its header says that something must be understood which is not");
    }
    let kind =
        |kind: &str| ["jwt", "at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known));
    if header.get("typ").is_some_and(|typ| !typ.as_str().is_some_and(kind)) {
        return Err("it is a token of another kind");
    }
    let algorithm = header.get("alg").and_then(Value::as_str).and_then(algorithm);
    let key = match header.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= 256 => Some(id.clone()),
        Some(_) => return Err("the name of its key cannot be read"),
    };
    Ok(Named { algorithm: algorithm.ok_or("its algorithm is none that is taken")?, key })
}

fn algorithm(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "PS256" => Some(Algorithm::PS256),
        "ES256" => Some(Algorithm::ES256),
        "ES384" => Some(Algorithm::ES384),
        "EdDSA" => Some(Algorithm::EdDSA),
        _ => None,
    }
}

/// Every key that can be used. Those of other kinds are left out; a set without any is a mistake.
fn read_set(json: &[u8]) -> Result<Vec<PublicKey>, String> {
    let set: Value = serde_json::from_slice(json).map_err(|_| "it is no JSON".to_owned())?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or("it is no JWK set")?;
    let keys: Vec<_> = keys.iter().take(MOST_KEYS).filter_map(read_key).collect();
    if keys.is_empty() { Err("there is no key in it that can be used".to_owned()) } else { Ok(keys) }
}

fn read_key(key: &Value) -> Option<PublicKey> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let number = |name: &str| text(name).and_then(bytes);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let verifies = |ops: &Value| ops.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify"));
    if key.get("key_ops").is_some_and(|ops| !verifies(ops)) {
        return None;
    }
    let said = text("alg");
    let point = |length: usize| {
        let (x, y) = (number("x")?, number("y")?);
        (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
    };
    // A secret one (`oct`) has no place in what is published.
    let (algorithm, key) = match (text("kty")?, text("crv")) {
        ("RSA", None) => {
            let algorithm = match said {
                None | Some("RS256") => Algorithm::RS256,
                Some("PS256") => Algorithm::PS256,
                Some(_) => return None,
            };
            (algorithm, DecodingKey::from_rsa_der(&rsa_der(&number("n")?, &number("e")?)))
        }
        ("EC", Some("P-256")) => (Algorithm::ES256, DecodingKey::from_ec_der(&point(32)?)),
        ("EC", Some("P-384")) => (Algorithm::ES384, DecodingKey::from_ec_der(&point(48)?)),
        ("OKP", Some("Ed25519")) => {
            (Algorithm::EdDSA, DecodingKey::from_ed_der(&number("x").filter(|x| x.len() == 32)?))
        }
        _ => return None,
    };
    let same = said.is_none_or(|said| self::algorithm(said) == Some(algorithm) || said == "Ed25519");
    same.then(|| PublicKey { id: text("kid").map(str::to_owned), algorithm, key })
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 §A.1.1).
fn rsa_der(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let body = [integer(modulus), integer(exponent)].concat();
    tagged(0x30, &body)
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    // With the highest bit set it would be a negative one.
    let lead: &[u8] = if number.get(start).is_none_or(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    tagged(0x02, &[lead, &number[start..]].concat())
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut out = vec![tag];
    match length {
        [short] if *short < 0x80 => out.push(*short),
        // At most eight bytes long.
        long => {
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(body);
    out
}

#[cfg(test)]
mod tests;
