//! Any JSON or form API, by template: what cannot be said so needs a vendor of its own.

use ::http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use ::http::{HeaderValue, Method, Uri};
use bytes::Bytes;

use super::{ProviderFault, Request, Response, endpoint, fault, header_value, retry_after};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::settings::{BodyType, HttpProvider};

pub struct Http {
    url: Uri,
    headers: HeaderMap,
    body: Vec<Piece>,
    body_type: BodyType,
}

/// The template, cut where something is filled in. Cutting once means that nothing in a text is ever taken for a
/// placeholder.
#[derive(PartialEq)]
enum Piece {
    Words(String),
    To,
    Text,
    Code,
}

fn cut(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut words = String::new();
    while let Some(first) = rest.chars().next() {
        if let Some((piece, after)) = placeholder(rest) {
            pieces.push(Piece::Words(std::mem::take(&mut words)));
            pieces.push(piece);
            rest = after;
        } else {
            words.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    pieces.push(Piece::Words(words));
    pieces
}

/// The placeholder that a template goes on with, and what comes after it.
fn placeholder(template: &str) -> Option<(Piece, &str)> {
    let begins = |name: &str, piece| Some((piece, template.strip_prefix(name)?));
    begins("{to}", Piece::To).or_else(|| begins("{text}", Piece::Text)).or_else(|| begins("{code}", Piece::Code))
}

impl Http {
    pub fn new(settings: &HttpProvider) -> Result<Http, ProviderFault> {
        let body = cut(&settings.body);
        if !body.contains(&Piece::To) {
            return fault("the body has no {to}: nobody would be written to");
        }
        if !body.contains(&Piece::Text) && !body.contains(&Piece::Code) {
            return fault("the body has neither {text} nor {code}: the code would not be in it");
        }
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(match settings.body_type {
                BodyType::Json => "application/json",
                BodyType::Form => "application/x-www-form-urlencoded",
            }),
        );
        for (name, value) in &settings.headers {
            let Ok(name) = HeaderName::try_from(name.as_str()) else { return fault("a header's name is none") };
            headers.insert(name, header_value(value.expose())?);
        }
        let http = Http { url: endpoint(&settings.url)?, headers, body, body_type: settings.body_type };
        let sample = http.fill("+819012345678", "\"\\\n", "0");
        if http.body_type == BodyType::Json && serde_json::from_str::<serde::de::IgnoredAny>(&sample).is_err() {
            return fault("the body is no JSON once it is filled in; placeholders stand inside quotation marks");
        }
        Ok(http)
    }

    fn fill(&self, to: &str, text: &str, code: &str) -> String {
        let escape = |value: &str| match self.body_type {
            BodyType::Json => json_inner(value),
            BodyType::Form => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        };
        let mut body = String::new();
        for piece in &self.body {
            match piece {
                Piece::Words(words) => body.push_str(words),
                Piece::To => body.push_str(&escape(to)),
                Piece::Text => body.push_str(&escape(text)),
                Piece::Code => body.push_str(&escape(code)),
            }
        }
        body
    }

    pub fn request(&self, message: &Message) -> Request {
        let body = self.fill(message.contact.address.exposed(), message.text.expose(), message.code.expose());
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// Any 2xx is a yes: what its body says, a template cannot know.
    pub fn outcome(&self, answer: &Response) -> Outcome {
        if answer.status().is_success() {
            return Ok(Accepted::default());
        }
        Err(Failure { class: Class::of_status(answer.status()), number: None, wait: retry_after(answer) })
    }
}

/// What stands between the quotation marks of a JSON string.
fn json_inner(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
#[path = "http/tests.rs"]
mod tests;
