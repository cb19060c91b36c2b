//! The application itself is asked whose cookies these are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, COOKIE, HeaderValue};
use http::{Request, StatusCode};
use ring::digest::{Context, SHA256};
use serde_json::Value;

use crate::domain::challenge::FirstFactor;
use crate::gate::introduce::Evidence;
use crate::gate::seams::{IdentityError, World};
use crate::net::Door;

use super::Read;
use super::settings::{Said, Whoami};
use super::token;

/// How long an answer is gone by: a sign-in asks for the page, and then presses its button.
const KEPT: Duration = Duration::from_secs(30);
/// Answers that are kept; one more and all are forgotten.
const MOST_KEPT: usize = 1024;

/// By the cookies' hash: until when, on the monotonic clock, and whom the application named.
type Kept = HashMap<[u8; 32], (Duration, Option<String>)>;

pub struct Asker {
    settings: Whoami,
    door: Door,
    world: Arc<dyn World>,
    /// By a digest of the cookies: until when, and whose they are.
    kept: Mutex<Kept>,
}

impl Asker {
    pub fn new(settings: Whoami, door: Door, world: Arc<dyn World>) -> Asker {
        Asker { settings, door, world, kept: Mutex::default() }
    }

    /// Only the named cookies are shown, and only to this URL.
    pub(super) async fn read(&self, evidence: &Evidence) -> Result<Read, IdentityError> {
        let named = evidence.cookies.iter().filter(|(name, _)| self.settings.cookies.contains(name));
        let pairs: Vec<_> = named.map(|(name, value)| [name.as_bytes(), b"=", value].concat()).collect();
        if pairs.is_empty() {
            return Ok(Read::Nothing);
        }
        let line = pairs.join(b"; ".as_slice());
        let key = digest(&line);
        let known = self.known(&key);
        let login = match known {
            Some(login) => login,
            None => {
                let login = self.ask(&line).await?;
                // Who was nobody a moment ago may have signed in meanwhile.
                if login.is_some() {
                    self.keep(key, login.clone());
                }
                login
            }
        };
        Ok(login.map_or(Read::Nothing, |login| Read::Name(login, FirstFactor::Vouched)))
    }

    /// Whose cookies they are; `None`: nobody's.
    async fn ask(&self, cookies: &[u8]) -> Result<Option<String>, IdentityError> {
        let Ok(mut cookies) = HeaderValue::from_bytes(cookies) else { return Ok(None) };
        cookies.set_sensitive(true);
        let request = Request::get(&self.settings.url).header(ACCEPT, "application/json").header(COOKIE, cookies);
        let request = request.body(Bytes::new()).map_err(|e| failed(&e.to_string()))?;
        let answer = self.door.send(request, self.settings.timeout).await.map_err(|e| failed(&e.to_string()))?;
        match answer.status() {
            StatusCode::OK => self.name(&answer),
            // Nobody is signed in, in any of the ways in which applications say it.
            StatusCode::NO_CONTENT | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                Ok(None)
            }
            status if status.is_redirection() => Ok(None),
            status => Err(failed(&format!("it answered {}", status.as_u16()))),
        }
    }

    fn name(&self, answer: &http::Response<Bytes>) -> Result<Option<String>, IdentityError> {
        match &self.settings.said {
            Said::Json(pointer) => {
                let body: Value = serde_json::from_slice(answer.body()).map_err(|_| failed("its answer is no JSON"))?;
                Ok(token::name(&body, pointer))
            }
            Said::Header(field) => {
                let mut lines = answer.headers().get_all(field.as_str()).iter();
                match (lines.next(), lines.next()) {
                    (None, _) => Ok(None),
                    (Some(_), Some(_)) => Err(failed("its answer names several people")),
                    (Some(line), None) => {
                        let name =
                            std::str::from_utf8(line.as_bytes()).map_err(|_| failed("its answer is not UTF-8"))?;
                        Ok(Some(name.trim().to_owned()).filter(|name| !name.is_empty()))
                    }
                }
            }
        }
    }

    fn known(&self, key: &[u8; 32]) -> Option<Option<String>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(until, _)| self.world.mono() < *until).map(|(_, login)| login.clone())
    }

    fn keep(&self, key: [u8; 32], login: Option<String>) {
        let now = self.world.mono();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (until, _)| now < *until);
        }
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, (now + KEPT, login));
    }
}

fn failed(why: &str) -> IdentityError {
    IdentityError(format!("the application could not be asked who is calling: {why}"))
}

fn digest(line: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(line);
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}
