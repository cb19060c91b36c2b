//! The request to Telnyx as its library makes it, its answers, and its signature.

use ring::signature::{Ed25519KeyPair, KeyPair};

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a key pair")
}

fn made(more: &[(&'static str, &str)]) -> Result<Telnyx, ProviderFault> {
    let mut keys = vec![("api_key", "KEY01"), ("base_url", "https://api.telnyx.com")];
    keys.extend(more);
    Telnyx::new(&given(&keys, &["api_key"]), &site(Channel::Sms, "telnyx"))
}

fn telnyx() -> Telnyx {
    made(&[("from", "+15005550006")]).expect("good settings")
}

fn keyed() -> Telnyx {
    let key = STANDARD.encode(pair().public_key());
    made(&[("from", "+15005550006"), ("public_key", &key)]).expect("good settings")
}

fn address() -> String {
    site(Channel::Sms, "telnyx").address(&message()).expect("an address")
}

fn event(status: &str) -> String {
    format!(
        r#"{{"data":{{"event_type":"message.finalized","id":"E1","payload":{{"id":"M1","cost":{{"amount":"0.0051","currency":"USD"}},"to":[{{"phone_number":"+819012345678","status":"{status}"}}]}}}}}}"#
    )
}

fn post(url: &str, body: &str, signed_at: Option<&str>) -> ::http::Request<Bytes> {
    let mut request = ::http::Request::post(url);
    if let Some(at) = signed_at {
        let signature = STANDARD.encode(pair().sign(format!("{at}|{body}").as_bytes()));
        request = request.header(TIMESTAMP, at).header(SIGNATURE, signature);
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

#[test]
fn the_request_is_the_librarys_with_our_tag_as_its_key() {
    let telnyx = made(&[("from", "+15005550006"), ("profile", "p-1")]).expect("good settings");
    let request = telnyx.request(&message(), NOW);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://api.telnyx.com/v2/messages")
    );
    assert_eq!(request.headers()["authorization"], "Bearer KEY01");
    assert_eq!(request.headers()["idempotency-key"], site(Channel::Sms, "telnyx").tag(&message()).as_str());
    let text = Value::from(message().text.expose().as_str());
    let expected = format!(
        r#"{{"to":"+819012345678","text":{text},"encoding":"auto","from":"+15005550006","messaging_profile_id":"p-1","webhook_url":"{}"}}"#,
        address()
    );
    let body: Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(body, serde_json::from_str::<Value>(&expected).expect("JSON"));
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |more: &[(&'static str, &str)]| made(more).err().and_then(|fault| fault.key);
    assert_eq!(fault(&[]), Some("from"));
    for key in ["", "AAAA", "not base64"] {
        assert_eq!(fault(&[("profile", "p"), ("public_key", key)]), Some("public_key"), "{key}");
    }
}

#[test]
fn every_answer_has_its_meaning() {
    let body = r#"{"data":{"id":"M1","to":[{"status":"queued"}],"cost":{"amount":"0.0051","currency":"USD"}}}"#;
    let price = crate::domain::money::Money::parse("0.0051 USD");
    assert_eq!(telnyx().outcome(&answer(200, &[], body)), Ok(Accepted { reference: Some("M1".to_owned()), price }));
    let error = r#"{"errors":[{"code":"10009","title":"…","detail":"…"}]}"#;
    for (status, class) in [
        (400, Class::Config),
        (401, Class::Config),
        (402, Class::Funds),
        (403, Class::Config),
        (409, Class::Ambiguous),
        (422, Class::Config),
        (429, Class::Throttle),
        (500, Class::Ambiguous),
        (503, Class::Transient),
        (200, Class::Ambiguous),
    ] {
        let failure = Failure { class, number: Some(10009), wait: None };
        assert_eq!(telnyx().outcome(&answer(status, &[], error)), Err(failure), "{status}");
    }
    for (body, class) in [
        ("", Class::Ambiguous),
        ("<html>Welcome to the hotel</html>", Class::Ambiguous),
        (r#"{"data":{"id":"M1","to":[{"status":"sending_failed"}]}}"#, Class::Config),
        (r#"{"data":{"to":[{"status":"queued"}]}}"#, Class::Ambiguous),
    ] {
        assert_eq!(telnyx().outcome(&answer(200, &[], body)).map_err(|f| f.class), Err(class), "{body}");
    }
}

#[test]
fn every_state_has_its_fate() {
    for (status, fate) in [
        ("queued", Fate::Underway),
        ("sending", Fate::Underway),
        ("sent", Fate::Carried),
        ("delivery_unconfirmed", Fate::Carried),
        ("delivered", Fate::Delivered),
        ("read", Fate::Delivered),
        ("expired", Fate::Lost("expired")),
        ("sending_failed", Fate::Lost("failed")),
        ("delivery_failed", Fate::Lost("failed")),
    ] {
        let about = Some((message().challenge, 2));
        let price = crate::domain::money::Money::parse("0.0051 USD");
        let report = Report { about, reference: Some("M1".to_owned()), fate, price };
        assert_eq!(telnyx().read(&post(&address(), &event(status), None), NOW), Some(report.into()), "{status}");
    }
}

#[test]
fn a_report_is_proven_by_the_signature_where_there_is_a_key_and_else_by_our_mark() {
    let body = event("delivered");
    let now = NOW.secs().to_string();
    let late = (NOW.secs() - 301).to_string();
    assert!(keyed().read(&post(&address(), &body, Some(&now)), NOW).is_some());
    let heard = keyed().read(&post("https://x/", &body, Some(&now)), NOW).expect("signed");
    assert_eq!(heard.reports[0].about, None, "somebody else's message");
    assert_eq!(keyed().read(&post(&address(), &body, None), NOW), None, "unsigned");
    assert_eq!(keyed().read(&post(&address(), &body, Some(&late)), NOW), None, "said again later");
    let (mut changed, signed) = (post(&address(), &event("sent"), Some(&now)), post(&address(), &body, Some(&now)));
    *changed.headers_mut() = signed.headers().clone();
    assert_eq!(keyed().read(&changed, NOW), None, "another body");
    assert!(telnyx().read(&post(&address(), &body, None), NOW).is_some());
    assert_eq!(telnyx().read(&post(&address().replace("&n=2", "&n=3"), &body, None), NOW), None);
}
