//! What the vendors' APIs have in common: a POST with a credential, an answer in JSON, and proofs in headers.

use std::time::Duration;

use ::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ::http::{HeaderValue, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ring::hmac;
use serde::Deserialize;
use serde_json::Value;

use super::kind::{Given, Key, Need, Shape};
use super::{ProviderFault, Request, Response, endpoint, header_value};
use crate::delivery::Message;
use crate::domain::money::Money;
use crate::domain::time::Wall;

/// How far a signed moment may be from now, either way: who sends later repeats what somebody else sent.
pub const WINDOW: Duration = Duration::from_secs(300);

const FORM: &str = "application/x-www-form-urlencoded";

/// A key that holds a secret.
pub const fn secret(name: &'static str, need: Need, like: &'static str) -> Key {
    Key { name, shape: Shape::Secret, need, like }
}

/// A key that holds one line.
pub const fn text(name: &'static str, longest: usize, need: Need, like: &'static str) -> Key {
    Key { name, shape: Shape::Text(longest), need, like }
}

/// Where the API is, unless told otherwise.
pub const fn base(default: &'static str, like: &'static str) -> Key {
    Key { name: "base_url", shape: Shape::Origin, need: Need::Default(default), like }
}

/// An address below the configured one.
pub fn below(given: &Given, path: &str) -> Result<Uri, ProviderFault> {
    endpoint(&format!("{}{path}", given.text("base_url")?.trim_end_matches('/')))
}

/// A configured value that goes into an address or a header: letters, digits and a few signs that mean nothing there.
pub fn plain<'a>(given: &'a Given, key: &'static str) -> Result<&'a str, ProviderFault> {
    let text = given.text(key)?;
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    match !text.is_empty() && text.bytes().all(good) {
        true => Ok(text),
        false => Err(ProviderFault::of(key, format!("`{key}` is letters, digits, hyphens and underscores"))),
    }
}

/// A secret behind a word, as a header.
pub fn bearing(word: &str, given: &Given, key: &'static str) -> Result<HeaderValue, ProviderFault> {
    header_value(&format!("{word} {}", given.secret(key)?.expose()))
        .map_err(|fault| ProviderFault { key: Some(key), ..fault })
}

/// User and password, as a header.
pub fn basic(user: &str, password: &str) -> Result<HeaderValue, ProviderFault> {
    header_value(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn post(url: &Uri, authorization: Option<&HeaderValue>, media: &'static str, body: Bytes) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.clone();
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    if let Some(authorization) = authorization {
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
    }
    request
}

pub fn post_json(url: &Uri, authorization: Option<&HeaderValue>, body: &Value) -> Request {
    post(url, authorization, "application/json", Bytes::from(body.to_string()))
}

/// Pairs without a value are left out.
pub fn post_form(url: &Uri, authorization: Option<&HeaderValue>, pairs: &[(&str, Option<&str>)]) -> Request {
    post(url, authorization, FORM, Bytes::from(form(pairs)))
}

/// Pairs without a value are left out.
pub fn form(pairs: &[(&str, Option<&str>)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
    form.finish()
}

pub fn get(url: &Uri, authorization: Option<&HeaderValue>) -> Request {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.clone();
    if let Some(authorization) = authorization {
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
    }
    request
}

/// The recipient's number, with the country code and without the plus.
pub fn digits(message: &Message) -> &str {
    message.contact.address.exposed().trim_start_matches('+')
}

/// When the code is over, as `2026-09-21T14:13:20.000Z`.
pub fn end(message: &Message, now: Wall) -> String {
    now.plus(message.life).rfc3339()
}

/// What an answer says, where it is JSON of that shape.
pub fn said<'a, T: Deserialize<'a>>(answer: &'a Response) -> Option<T> {
    serde_json::from_slice(answer.body()).ok()
}

/// A number that some write as text.
pub fn number(value: Option<&Value>) -> Option<u32> {
    match value? {
        Value::Number(number) => number.as_u64()?.try_into().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Text that some write as a number.
pub fn word(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// An amount and its currency, where both make sense.
pub fn money(amount: Option<&Value>, currency: Option<&Value>) -> Option<Money> {
    Money::parse(&format!("{} {}", word(amount)?, currency?.as_str()?))
}

/// A header that is there exactly once.
pub fn only<'a, B>(request: &'a ::http::Request<B>, name: &str) -> Option<&'a str> {
    let mut all = request.headers().get_all(name).iter();
    let one = all.next().filter(|_| all.next().is_none())?;
    one.to_str().ok()
}

/// The pairs of a query.
pub fn query<B>(request: &::http::Request<B>) -> impl Fn(&str) -> Option<String> {
    fields(request.uri().query().unwrap_or_default().as_bytes())
}

/// The pairs of a form; one that is there twice is as good as none.
pub fn fields(form: &[u8]) -> impl Fn(&str) -> Option<String> + use<> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
    move |name| {
        let mut values = pairs.iter().filter(|(key, _)| key == name);
        values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.clone())
    }
}

pub fn is_form<B>(request: &::http::Request<B>) -> bool {
    let media = only(request, CONTENT_TYPE.as_str()).and_then(|media| media.split(';').next()).unwrap_or_default();
    media.trim().eq_ignore_ascii_case(FORM)
}

/// Whether a moment in seconds since 1970 is now, more or less.
pub fn is_recent(seconds: &str, now: Wall) -> bool {
    let Ok(at) = seconds.parse().map(Wall::from_secs) else { return false };
    now.minus(WINDOW) <= at && at <= now.plus(WINDOW)
}

/// Whether `base64` is the HMAC of the parts. In constant time.
pub fn is_signed(key: &hmac::Key, parts: &[&[u8]], base64: &str) -> bool {
    STANDARD.decode(base64).is_ok_and(|signature| hmac::verify(key, &parts.concat(), &signature).is_ok())
}

/// The bytes that hexadecimal digits stand for.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| (b as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_whole_bytes() {
        assert_eq!(unhex("00fFa0"), Some(vec![0, 255, 160]));
        assert_eq!(unhex(""), Some(vec![]));
        for bad in ["0", "0g", "é", "+1", "0x"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_moment_holds_five_minutes_either_way() {
        let now = Wall::from_secs(1_790_000_000);
        for (seconds, recent) in
            [("1790000000", true), ("1789999700", true), ("1790000300", true), ("1789999699", false)]
        {
            assert_eq!(is_recent(seconds, now), recent, "{seconds}");
        }
        for seconds in ["1790000301", "", "now", "9223372036854775807", "-9223372036854775808"] {
            assert!(!is_recent(seconds, now), "{seconds}");
        }
    }

    #[test]
    fn an_amount_is_read_with_its_currency() {
        let money = |text: &str| {
            let value: Value = serde_json::from_str(text).expect("JSON");
            money(value.get("amount"), value.get("currency")).map(|money| money.to_string())
        };
        for (text, amount) in [
            (r#"{"amount":"0.0051","currency":"USD"}"#, Some("0.0051 USD")),
            (r#"{"amount":0.0051,"currency":"EUR"}"#, Some("0.0051 EUR")),
            (r#"{"amount":3,"currency":"JPY"}"#, Some("3 JPY")),
            (r#"{"amount":-3,"currency":"JPY"}"#, None),
            (r#"{"amount":3}"#, None),
            (r#"{"amount":null,"currency":null}"#, None),
        ] {
            assert_eq!(money(text).as_deref(), amount, "{text}");
        }
    }

    #[test]
    fn what_is_there_twice_is_not_there() {
        let twice = ::http::Request::get("/?a=1&b=2&a=1").header("x", "1").header("x", "1").header("y", "2");
        let twice = twice.body(()).expect("a request");
        assert_eq!((query(&twice)("a"), query(&twice)("b")), (None, Some("2".to_owned())));
        assert_eq!((only(&twice, "x"), only(&twice, "y")), (None, Some("2")));
    }
}
