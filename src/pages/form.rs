//! Reads what callers send: forms and JSON, strictly.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request};
use serde::de::DeserializeOwned;

use crate::domain::refusal::Refusal;
use crate::domain::secret::Secret;

/// What calls of the API say in their bodies.
const NAMED: [&str; 6] = ["username", "password", "scope", "return_to", "channel", "code"];

/// How a body says it is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    Form,
    /// There is neither a body nor a type.
    Nothing,
}

/// The named fields of a query or a form. Their values may be passwords and codes, so they are wiped afterwards.
#[derive(Debug)]
pub struct Form(Vec<(String, Secret<String>)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`. A field that occurs twice, and anything that is not UTF-8, is refused:
    /// who guesses which one was meant can be made to guess wrong.
    pub fn read(encoded: &[u8]) -> Result<Form, Refusal> {
        let mut fields: Vec<(String, Secret<String>)> = Vec::new();
        for pair in encoded.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = (decode(&pair[..at])?, decode(pair.get(at + 1..).unwrap_or_default())?);
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::Malformed("a field occurs twice"));
            }
            fields.push((name, Secret::new(value)));
        }
        Ok(Form(fields))
    }

    /// The fields that a form's POST carries in its body.
    pub fn of(request: &Request<Bytes>) -> Result<Form, Refusal> {
        match media(request)? {
            Media::Form => {
                let (body, query) = (Form::read(request.body())?, Form::of_query(request)?);
                if body.0.iter().any(|(name, _)| query.get(name).is_some()) {
                    return Err(Refusal::Malformed("a field occurs in the address and in the body"));
                }
                Ok(body)
            }
            Media::Json | Media::Nothing => Err(Refusal::BodyType),
        }
    }

    /// The fields of the address.
    pub fn of_query(request: &Request<Bytes>) -> Result<Form, Refusal> {
        Form::read(request.uri().query().unwrap_or_default().as_bytes())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose().as_str())
    }

    /// The field unless it is missing or left empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

/// Reads the JSON object of an API call. A body that is left out is an empty object.
pub fn json<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, Refusal> {
    let body: &[u8] = match media(request)? {
        Media::Json => request.body(),
        Media::Nothing => b"{}",
        Media::Form => return Err(Refusal::BodyType),
    };
    // serde would take an array for a struct as well.
    let object = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let fault = Refusal::Malformed("the body is not the JSON object that is expected here");
    let read = serde_json::from_slice(body).ok().filter(|_| object).ok_or(fault)?;
    // What is said here belongs into the body: one name in each would be two.
    let twice = |name: &&str| Form::of_query(request).map(|query| query.get(name).is_some());
    match NAMED.iter().find(|name| twice(name).unwrap_or(true)) {
        Some(_) => Err(Refusal::Malformed("a field of the body stands in the address")),
        None => Ok(read),
    }
}

/// The type of the body; anything else than JSON and forms, in UTF-8 and not compressed, is refused.
pub fn media(request: &Request<Bytes>) -> Result<Media, Refusal> {
    let headers = request.headers();
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Refusal::BodyType);
    }
    let Some(kind) = content_type(headers)? else {
        return if request.body().is_empty() { Ok(Media::Nothing) } else { Err(Refusal::BodyType) };
    };
    let mut parts = kind.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 =
        |p: &str| matches!(p.to_ascii_lowercase().replace('"', "").as_str(), "" | "charset=utf-8" | "charset=utf8");
    match essence.as_str() {
        _ if !parts.all(utf8) => Err(Refusal::BodyType),
        "application/json" => Ok(Media::Json),
        "application/x-www-form-urlencoded" => Ok(Media::Form),
        _ => Err(Refusal::BodyType),
    }
}

fn content_type(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one.to_str().map(Some).map_err(|_| Refusal::BodyType),
        (Some(_), Some(_)) => Err(Refusal::BodyType),
    }
}

fn decode(encoded: &[u8]) -> Result<String, Refusal> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter().copied();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|d| char::from(d).to_digit(16)).and_then(|d| u8::try_from(d).ok());
                let (high, low) = (digit(), digit());
                high.zip(low).map(|(h, l)| h * 16 + l).ok_or(Refusal::Malformed("a percent sign encodes nothing"))?
            }
            _ => byte,
        });
    }
    String::from_utf8(out).map_err(|_| Refusal::Malformed("a field is not UTF-8"))
}
