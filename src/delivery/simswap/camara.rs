//! CAMARA SIM Swap, `POST {base_url}{path}` with `{"phoneNumber":"+81…","maxAge":72}` and the answer `{"swapped":false}`.
//!
//! The token comes from the operator's token endpoint (OAuth 2.0, client credentials, RFC 6749 §4.4), is kept until shortly
//! before its end, and is asked for anew once where the check says 401. Where the API lies and what its scope is called
//! differs between operators, so both can be configured.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode, Uri};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{CamaraSettings, NoAnswer, Request, Response, send};
use crate::delivery::provider::{ProviderFault, endpoint, header_value};
use crate::domain::contact::Phone;
use crate::domain::secret::Secret;
use crate::gate::seams::World;
use crate::net::Door;

/// A token is not used any more so long before its end.
const MARGIN: Duration = Duration::from_secs(30);
/// What a token is good for where nobody says.
const UNSAID: Duration = Duration::from_secs(60);
/// The longest that an operator can be asked about, in hours.
const LONGEST: u64 = 2400;

pub struct Camara {
    check: Uri,
    token_url: Uri,
    credentials: HeaderValue,
    scope: String,
    hours: u64,
    token: Mutex<Option<(Secret<String>, Duration)>>,
}

impl Camara {
    pub fn new(settings: &CamaraSettings, within: Duration) -> Result<Camara, ProviderFault> {
        let CamaraSettings { base_url, path, token_url, scope, client_id, client_secret } = settings;
        // RFC 6749 §2.3.1: both are form-encoded before they become Basic credentials.
        let form = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let credentials = format!("{}:{}", form(client_id), form(client_secret.expose()));
        Ok(Camara {
            check: endpoint(&format!("{}/{}", base_url.trim_end_matches('/'), path.trim_start_matches('/')))?,
            token_url: endpoint(token_url)?,
            credentials: header_value(&format!("Basic {}", STANDARD.encode(credentials)))?,
            scope: scope.clone(),
            hours: within.as_secs().div_ceil(3600).clamp(1, LONGEST),
            token: Mutex::default(),
        })
    }

    /// Whether the SIM card was changed within the time.
    pub async fn ask(&self, phone: &Phone, door: &Door, world: &dyn World, end: Duration) -> Result<bool, NoAnswer> {
        for last in [false, true] {
            let token = match self.known(world.mono()) {
                Some(token) => token,
                None => {
                    let answer = send(door, world, self.token_request(), end).await?;
                    let (token, life) = token(&answer)?;
                    let until = world.mono() + life.min(Duration::from_secs(86_400)).saturating_sub(MARGIN);
                    self.keep(Some((token.clone(), until)));
                    token
                }
            };
            let answer = send(door, world, self.request(phone, &token)?, end).await?;
            if answer.status() == StatusCode::UNAUTHORIZED && !last {
                self.keep(None);
                continue;
            }
            return swapped(&answer);
        }
        NoAnswer::of("the token was not taken")
    }

    fn known(&self, now: Duration) -> Option<Secret<String>> {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        token.as_ref().filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }

    fn keep(&self, token: Option<(Secret<String>, Duration)>) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn token_request(&self) -> Request {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !self.scope.is_empty() {
            form.append_pair("scope", &self.scope);
        }
        let mut request = Request::new(Bytes::from(form.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.token_url.clone();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request.headers_mut().insert(AUTHORIZATION, self.credentials.clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    fn request(&self, phone: &Phone, token: &Secret<String>) -> Result<Request, NoAnswer> {
        let body = serde_json::json!({ "phoneNumber": phone.e164(), "maxAge": self.hours });
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.check.clone();
        let bearer = header_value(&format!("Bearer {}", token.expose()));
        let bearer = bearer.or_else(|_| NoAnswer::of("the token cannot be sent as a header"))?;
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }
}

fn token(answer: &Response) -> Result<(Secret<String>, Duration), NoAnswer> {
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
        token_type: Option<String>,
        expires_in: Option<u64>,
    }
    if answer.status() != StatusCode::OK {
        return NoAnswer::of(format!("the token endpoint answered {}", answer.status().as_u16()));
    }
    let read: Result<Token, _> = serde_json::from_slice(answer.body());
    let Ok(token) = read else { return NoAnswer::of("the token endpoint's answer names no token") };
    if token.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) || token.access_token.is_empty() {
        return NoAnswer::of("the token endpoint's answer names no bearer token");
    }
    Ok((Secret::new(token.access_token), token.expires_in.map_or(UNSAID, Duration::from_secs)))
}

/// Only the documented answer counts; "not covered", "not known here" and everything else is no answer.
fn swapped(answer: &Response) -> Result<bool, NoAnswer> {
    #[derive(Deserialize)]
    struct Check {
        swapped: bool,
    }
    #[derive(Deserialize)]
    struct Error {
        code: String,
    }
    if answer.status() != StatusCode::OK {
        let code = serde_json::from_slice::<Error>(answer.body()).map(|error| error.code).unwrap_or_default();
        let known = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'.'));
        let code = if known { code } else { String::new() };
        return NoAnswer::of(format!("the check answered {} {code}", answer.status().as_u16()));
    }
    let read: Result<Check, _> = serde_json::from_slice(answer.body());
    read.map(|check| check.swapped).or_else(|_| NoAnswer::of("the check's answer does not say `swapped`"))
}
