//! The request to Sinch as its library makes it, its answers, and its signature.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const NOW: Wall = Wall(1_790_000_000_000);

fn sinch(secret: Option<&str>) -> Sinch {
    let mut keys = vec![
        ("service_plan_id", "plan-1"),
        ("token", "t0ken"),
        ("from", "+15005550006"),
        ("base_url", "https://eu.sms.api.sinch.com"),
    ];
    keys.extend(secret.map(|secret| ("webhook_secret", secret)));
    Sinch::new(&given(&keys, &["token", "webhook_secret"]), &site(Channel::Sms, "sinch")).expect("good settings")
}

fn address() -> String {
    site(Channel::Sms, "sinch").address(&message()).expect("an address")
}

fn post(url: &str, body: &str, headers: &[(&str, &str)]) -> ::http::Request<Bytes> {
    let start = ::http::Request::post(url);
    let request = headers.iter().fold(start, |request, (name, value)| request.header(*name, *value));
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

#[test]
fn the_request_is_the_librarys() {
    let request = sinch(None).request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://eu.sms.api.sinch.com/xms/v1/plan-1/batches");
    assert_eq!(request.headers()["authorization"], "Bearer t0ken");
    let tag = site(Channel::Sms, "sinch").tag(&message());
    let text = Value::from(message().text.expose().as_str());
    let expected = format!(
        r#"{{"to":["+819012345678"],"from":"+15005550006","body":{text},"type":"mt_text",
        "expire_at":"2026-09-21T14:18:19.900Z","client_reference":"{tag}","delivery_report":"per_recipient",
        "callback_url":"{}"}}"#,
        address()
    );
    let body: Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(body, serde_json::from_str::<Value>(&expected).expect("JSON"));
}

#[test]
fn every_status_has_its_class() {
    let taken = Accepted { reference: Some("01FC66621XXXXX119Z8PMV1QPQ".to_owned()), price: None };
    let body = r#"{"id":"01FC66621XXXXX119Z8PMV1QPQ","to":["819012345678"],"canceled":false,"type":"mt_text"}"#;
    assert_eq!(sinch(None).outcome(&answer(201, &[], body)), Ok(taken));
    for (status, body, class) in [
        (400, r#"{"code":"syntax_constraint_violation","text":"…"}"#, Class::Config),
        (401, "", Class::Config),
        (403, "", Class::Config),
        (404, "", Class::Config),
        (429, "", Class::Throttle),
        (500, "", Class::Ambiguous),
        (503, "", Class::Transient),
        (201, "", Class::Ambiguous),
        (200, r#"{"id":7}"#, Class::Ambiguous),
        (200, r#"{"code":"…"}"#, Class::Ambiguous),
    ] {
        assert_eq!(sinch(None).outcome(&answer(status, &[], body)).map_err(|f| f.class), Err(class), "{status} {body}");
    }
}

#[test]
fn the_vendors_own_signature_is_right() {
    let signature = "CF37bSLVw/RYIDUUw0TQmD+qEo4cy2mP3baaUMV7TiU=";
    let sinch = sinch(Some("sinch-secret"));
    let then = Wall::from_secs(1_700_000_000);
    let good = [(SIGNATURE, signature), (NONCE, "nonce1"), (TIMESTAMP, "1700000000")];
    assert!(sinch.is_genuine(&post("/", r#"{"a":1}"#, &good), then));
    assert!(!sinch.is_genuine(&post("/", r#"{"a":2}"#, &good), then), "another body");
    assert!(!sinch.is_genuine(&post("/", r#"{"a":1}"#, &[good[0], good[1]]), then), "no timestamp");
    assert!(!sinch.is_genuine(&post("/", r#"{"a":1}"#, &[good[1], good[2]]), then), "no signature");
    let other = [good[0], (NONCE, "nonce2"), good[2]];
    assert!(!sinch.is_genuine(&post("/", r#"{"a":1}"#, &other), then), "another nonce");
    for (late, fresh) in [(300, true), (301, false), (-301, false)] {
        let now = Wall::from_secs(1_700_000_000 + late);
        assert_eq!(sinch.is_genuine(&post("/", r#"{"a":1}"#, &good), now), fresh, "{late}");
    }
}

#[test]
fn every_state_has_its_fate() {
    for (status, fate) in [
        ("QUEUED", Fate::Underway),
        ("DISPATCHED", Fate::Carried),
        ("DELIVERED", Fate::Delivered),
        ("ABORTED", Fate::Lost("aborted")),
        ("CANCELLED", Fate::Lost("cancelled")),
        ("FAILED", Fate::Lost("failed")),
        ("EXPIRED", Fate::Lost("expired")),
        ("REJECTED", Fate::Lost("rejected")),
        ("DELETED", Fate::Lost("recipient")),
        ("UNKNOWN", Fate::Underway),
    ] {
        let about = Some((message().challenge, 2));
        let report = Report { about, reference: Some("B1".to_owned()), ..Report::of(fate) };
        let one = format!(r#"{{"type":"recipient_delivery_report_sms","batch_id":"B1","code":0,"status":"{status}"}}"#);
        let group = format!(r#"{{"batch_id":"B1","statuses":[{{"code":0,"status":"{status}","count":1}}]}}"#);
        for body in [one, group] {
            let heard = sinch(None).read(&post(&address(), &body, &[]), NOW);
            assert_eq!(heard, Some(report.clone().into()), "{body}");
        }
    }
}

#[test]
fn a_report_needs_our_mark_and_where_it_is_signed_the_signature() {
    let body = r#"{"batch_id":"B1","status":"DELIVERED"}"#;
    let timestamp = NOW.secs().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"sinch-secret");
    let signature = STANDARD.encode(hmac::sign(&key, format!("{body}.n.{timestamp}").as_bytes()));
    let signed = [(SIGNATURE, signature.as_str()), (NONCE, "n"), (TIMESTAMP, timestamp.as_str())];
    let read =
        |secret, url: &str, headers: &[(&str, &str)]| sinch(secret).read(&post(url, body, headers), NOW).is_some();
    assert!(read(Some("sinch-secret"), &address(), &signed));
    assert!(!read(Some("sinch-secret"), &address(), &[]), "unsigned");
    assert!(!read(Some("another"), &address(), &signed));
    assert!(read(None, &address(), &[]), "no secret was agreed on");
    assert!(!read(None, &address().replace("&n=2", "&n=3"), &[]));
    assert!(!read(Some("sinch-secret"), "https://x/", &signed), "a mark is asked for all the same");
}
