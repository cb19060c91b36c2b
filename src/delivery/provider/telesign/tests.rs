//! The request to Telesign as its library makes it, its answers, and its signature.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const BODY: &str = r#"{"reference_id":"R1","status":{"code":200}}"#;
/// Made by the vendor's rule for that body and this key, with another implementation.
const SIGNED: &str = "H1ILvGslOD25paj6bCHb+E5cfdRKDVedu38JwLZLr6Q=";

fn made(changes: &[(&'static str, &str)]) -> Result<Telesign, ProviderFault> {
    let mut keys = vec![("customer_id", "FFFF-1"), ("api_key", KEY), ("base_url", "https://rest-api.telesign.com")];
    keys.extend(changes);
    Telesign::new(&given(&keys, &["api_key"]), &site(Channel::Sms, "telesign"))
}

fn telesign() -> Telesign {
    made(&[]).expect("good settings")
}

fn read(body: &str, authorization: &str) -> Option<Vec<Report>> {
    let request = ::http::Request::post("/.sekisho/receipts/telesign").header("authorization", authorization);
    let request = request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request");
    telesign().read(&request, NOW).map(|heard| heard.reports)
}

fn signed(body: &str) -> Report {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"0123456789abcdef0123456789abcdef");
    let signature = STANDARD.encode(hmac::sign(&key, body.as_bytes()));
    read(body, &format!("TSA FFFF-1:{signature}")).expect("signed").remove(0)
}

#[test]
fn the_request_is_the_librarys() {
    let request = telesign().request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://rest-api.telesign.com/v1/messaging");
    let credentials = STANDARD.encode(format!("FFFF-1:{KEY}"));
    assert_eq!(request.headers()["authorization"], format!("Basic {credentials}").as_str());
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let (text, tag) = (message(), site(Channel::Sms, "telesign").tag(&message()));
    let expected = [
        ("phone_number", "819012345678"),
        ("message", text.text.expose()),
        ("message_type", "OTP"),
        ("external_id", &tag),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn settings_that_cannot_work_are_named() {
    for (key, value) in [("api_key", "no base64!"), ("customer_id", "a:b"), ("customer_id", "")] {
        assert_eq!(made(&[(key, value)]).err().and_then(|fault| fault.key), Some(key), "{value}");
    }
}

#[test]
fn every_code_has_its_outcome_and_its_fate() {
    for (code, outcome, fate) in [
        (200, Ok(()), Fate::Delivered),
        (203, Ok(()), Fate::Carried),
        (207, Err(Class::Transient), Fate::Lost("transient")),
        (210, Err(Class::Transient), Fate::Lost("transient")),
        (211, Err(Class::RecipientPermanent), Fate::Lost("recipient")),
        (220, Err(Class::Config), Fate::Lost("config")),
        (230, Ok(()), Fate::Underway),
        (233, Err(Class::Fraud), Fate::Lost("fraud")),
        (250, Ok(()), Fate::Carried),
        (290, Ok(()), Fate::Underway),
        (599, Err(Class::Ambiguous), Fate::Underway),
    ] {
        let body = format!(r#"{{"reference_id":"R1","status":{{"code":{code},"description":"…"}}}}"#);
        let taken = telesign().outcome(&answer(200, &[], &body));
        assert_eq!(taken.as_ref().map(|_| ()).map_err(|f| f.class), outcome, "{code}");
        if let Ok(taken) = taken {
            assert_eq!(taken.reference.as_deref(), Some("R1"));
        }
        assert_eq!(signed(&body), Report { reference: Some("R1".to_owned()), ..Report::of(fate) }, "{code}");
    }
}

#[test]
fn an_answer_that_is_not_theirs_is_read_with_care() {
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>", Class::Ambiguous),
        (200, r#"{"status":{"code":290}}"#, Class::Ambiguous),
        (200, r#"{"reference_id":"R1"}"#, Class::Ambiguous),
        (400, r#"{"status":{"code":11000}}"#, Class::Config),
        (401, "", Class::Config),
        (429, "", Class::Throttle),
        (500, "", Class::Ambiguous),
        (503, "", Class::Transient),
    ] {
        assert_eq!(telesign().outcome(&answer(status, &[], body)).map_err(|f| f.class), Err(class), "{status} {body}");
    }
}

#[test]
fn the_vendors_own_signature_is_right() {
    assert!(read(BODY, SIGNED).is_some());
    assert!(read(BODY, &format!("TSA FFFF-1:{SIGNED}")).is_some());
    for wrong in
        ["", "TSA", &format!("TSA FFFF-2:{SIGNED}"), &format!("TSA {SIGNED}"), &format!("Basic {SIGNED}"), "AAAA"]
    {
        assert_eq!(read(BODY, wrong), None, "{wrong}");
    }
    assert_eq!(read(&BODY.replace("200", "207"), SIGNED), None);
}

#[test]
fn what_we_gave_along_names_the_message() {
    let body = |tag: &str| format!(r#"{{"reference_id":"R1","external_id":"{tag}","status":{{"code":200}}}}"#);
    let tag = site(Channel::Sms, "telesign").tag(&message());
    assert_eq!(signed(&body(&tag)).about, Some((message().challenge, 2)));
    assert_eq!(signed(&body(&tag.replace("-2-", "-3-"))).about, None);
}
