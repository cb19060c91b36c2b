//! The request to KARADEN as its library makes it, and answers of its shapes.

use std::time::Duration;

use super::super::tests::{answer, given, message};
use super::*;
use crate::domain::contact::{Address, Contact, Phone, Region};

/// 2026-09-21T14:13:20Z and a bit.
const NOW: Wall = Wall(1_790_000_000_900);
const TENANT: &str = "159bfd33-b9b7-f424-4755-c119b324591d";

fn made(changes: &[(&'static str, &str)]) -> Result<Karaden, ProviderFault> {
    let good = [
        ("token", "t0ken"),
        ("tenant_id", TENANT),
        ("service_id", "7"),
        ("version", "2024-03-01"),
        ("base_url", "https://prg.karaden.jp"),
    ];
    let keys: Vec<_> = good.iter().chain(changes).copied().collect();
    Karaden::new(&given(&keys, &["token"]))
}

fn karaden() -> Karaden {
    made(&[]).expect("good settings")
}

fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

#[test]
fn the_request_is_the_librarys() {
    let request = karaden().request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().to_string(), format!("https://prg.karaden.jp/api/{TENANT}/messages"));
    assert_eq!(request.headers()["authorization"], "Bearer t0ken");
    assert_eq!(request.headers()["karaden-version"], "2024-03-01");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let text = message();
    let expected = [
        ("service_id", "7"),
        ("to", "09012345678"),
        ("body", text.text.expose()),
        ("limited_at", "2026-09-21T14:18:20+00:00"),
    ];
    assert_eq!(form(&request), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_number_from_elsewhere_is_left_as_it_is() {
    let phone = Phone::parse("+14155552671", Region::parse("US").expect("a region")).expect("a number");
    let contact = Contact { channel: Channel::Sms, address: Address::Phone(phone) };
    assert_eq!(form(&karaden().request(&Message { contact, ..message() }, NOW))[1].1, "+14155552671");
}

#[test]
fn the_limit_is_never_after_the_codes_end() {
    let life = Duration::from_millis(99);
    assert_eq!(form(&karaden().request(&Message { life, ..message() }, NOW))[3].1, "2026-09-21T14:13:20+00:00");
}

#[test]
fn settings_that_cannot_work_are_named() {
    for (key, value) in [("tenant_id", "a/b"), ("tenant_id", ""), ("version", "2024/03"), ("token", "two\nlines")] {
        assert_eq!(made(&[(key, value)]).err().and_then(|fault| fault.key), Some(key), "{value}");
    }
}

#[test]
fn every_status_has_its_class() {
    for (status, class) in [
        (400, Class::Config),
        (401, Class::Config),
        (403, Class::Config),
        (404, Class::Config),
        (422, Class::Config),
        (429, Class::Throttle),
        (500, Class::Ambiguous),
        (503, Class::Transient),
    ] {
        let body = r#"{"object":"error","code":"15","message":"to +819012345678","errors":null}"#;
        let failure = Failure { class, number: Some(15), wait: None };
        assert_eq!(karaden().outcome(&answer(status, &[], body)), Err(failure), "{status}");
        let bare = karaden().outcome(&answer(status, &[("retry-after", "9")], "…"));
        let wait = Some(std::time::Duration::from_secs(9));
        assert_eq!(bare, Err(Failure { class, number: None, wait }), "{status}");
    }
}

#[test]
fn a_message_that_was_taken_has_a_reference() {
    let body = r#"{"id":"82bdf9de-a532-4bf5-86bc-c9a1366e5f4a","object":"message","service_id":7,"to":"09012345678","status":"done","result":"none"}"#;
    let reference = Some("82bdf9de-a532-4bf5-86bc-c9a1366e5f4a".to_owned());
    for status in [200, 201] {
        let taken = Accepted { reference: reference.clone(), price: None };
        assert_eq!(karaden().outcome(&answer(status, &[], body)), Ok(taken));
    }
}

#[test]
fn a_success_that_is_none_is_read_with_care() {
    for (body, class) in [
        (r#"{"object":"error","code":"1"}"#, Class::Config),
        (r#"{"object":"message"}"#, Class::Ambiguous),
        (r#"{"object":"message","id":""}"#, Class::Ambiguous),
        ("<html>Welcome to the hotel</html>", Class::Ambiguous),
        ("", Class::Ambiguous),
    ] {
        assert_eq!(karaden().outcome(&answer(200, &[], body)).map_err(|f| f.class), Err(class), "{body}");
    }
}
