//! The request to MessageBird as specified, its answers, and its reports.

use super::super::tests::{answer, given, message};
use super::token::tests::{claims_of, sign};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn made(more: &[(&'static str, &str)]) -> Result<MessageBird, ProviderFault> {
    let mut keys = vec![("access_key", "k3y"), ("from", "HOSPITAL"), ("base_url", "https://rest.messagebird.com")];
    keys.extend(more);
    MessageBird::new(&given(&keys, &["access_key", "signing_key"]), &site(Channel::Sms, "messagebird"))
}

fn bird() -> MessageBird {
    made(&[]).expect("good settings")
}

fn address() -> String {
    site(Channel::Sms, "messagebird").address(&message()).expect("an address")
}

fn tag() -> String {
    site(Channel::Sms, "messagebird").tag(&message())
}

fn get(url: &str, jwt: Option<&str>) -> ::http::Request<Bytes> {
    let request = ::http::Request::get(url);
    let request = jwt.into_iter().fold(request, |request, jwt| request.header(SIGNATURE, jwt));
    request.body(Bytes::new()).expect("a request")
}

#[test]
fn the_request_is_the_specified_one() {
    let request = bird().request(&message(), NOW);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://rest.messagebird.com/messages")
    );
    assert_eq!(request.headers()["authorization"], "AccessKey k3y");
    let text = Value::from(message().text.expose().as_str());
    let expected = format!(
        r#"{{"originator":"HOSPITAL","recipients":["819012345678"],"body":{text},"datacoding":"auto","validity":299,"reference":"{}","reportUrl":"{}"}}"#,
        tag(),
        address()
    );
    let body: Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(body, serde_json::from_str::<Value>(&expected).expect("JSON"));
}

#[test]
fn settings_that_cannot_work_are_named() {
    for from in ["", "HOSPITAL-TOKYO", "中央病院"] {
        assert_eq!(made(&[("from", from)]).err().and_then(|fault| fault.key), Some("from"), "{from}");
    }
    assert!(made(&[("from", "+815000000000")]).is_ok());
}

#[test]
fn every_answer_has_its_meaning() {
    let taken = Accepted { reference: Some("e8077d80".to_owned()), price: None };
    assert_eq!(bird().outcome(&answer(201, &[], r#"{"id":"e8077d80","recipients":{"totalSentCount":1}}"#)), Ok(taken));
    let error = r#"{"errors":[{"code":2,"description":"…","parameter":"access_key"}]}"#;
    for (status, class) in [
        (401, Class::Config),
        (402, Class::Funds),
        (404, Class::Config),
        (422, Class::Config),
        (429, Class::Throttle),
        (500, Class::Ambiguous),
        (503, Class::Transient),
        (201, Class::Config),
    ] {
        let failure = Failure { class, number: Some(2), wait: None };
        assert_eq!(bird().outcome(&answer(status, &[], error)), Err(failure), "{status}");
    }
    for body in ["", "<html>Welcome to the hotel</html>", r#"{"id":""}"#] {
        assert_eq!(bird().outcome(&answer(201, &[], body)).map_err(|f| f.class), Err(Class::Ambiguous), "{body}");
    }
}

#[test]
fn every_state_has_its_fate() {
    for (status, fate) in [
        ("scheduled", Fate::Underway),
        ("buffered", Fate::Underway),
        ("sent", Fate::Carried),
        ("delivered", Fate::Delivered),
        ("expired", Fate::Lost("expired")),
        ("delivery_failed", Fate::Lost("failed")),
        ("delivery_failed&statusErrorCode=1", Fate::Lost("recipient")),
        ("delivery_failed&statusErrorCode=34", Fate::Lost("failed")),
    ] {
        let about = Some((message().challenge, 2));
        let report = Report { about, reference: Some("B1".to_owned()), ..Report::of(fate) };
        let rest = format!("id=B1&reference={}&recipient=819012345678&status={status}", tag());
        // Behind what we gave, or in its place.
        let place = address().split_once('?').expect("a query").0.to_owned();
        for url in [format!("{}&{rest}", address()), format!("{place}?{rest}")] {
            assert_eq!(bird().read(&get(&url, None), NOW), Some(report.clone().into()), "{url}");
        }
    }
}

#[test]
fn a_report_bears_our_mark_and_where_a_key_is_known_the_signature() {
    let url = format!("{}&id=B1&status=delivered", address());
    let forged = url.replace("&n=2", "&n=3");
    assert!(bird().read(&get(&url, None), NOW).is_some());
    assert_eq!(bird().read(&get(&forged, None), NOW), None);
    let keyed = made(&[("signing_key", "signing")]).expect("good settings");
    let jwt = sign("HS256", "signing", &claims_of(&url, NOW));
    assert!(keyed.read(&get(&url, Some(&jwt)), NOW).is_some());
    assert_eq!(keyed.read(&get(&url, None), NOW), None);
    assert_eq!(keyed.read(&get(&format!("{url}&x=1"), Some(&jwt)), NOW), None);
    let forged_jwt = sign("HS256", "signing", &claims_of(&forged, NOW));
    assert_eq!(keyed.read(&get(&forged, Some(&forged_jwt)), NOW), None, "a mark is asked for all the same");
}
