//! Templates of both kinds, filled in and refused.

use std::time::Duration;

use super::super::tests::{answer, message};
use super::*;
use crate::domain::secret::Secret;

fn settings(body: &str, body_type: BodyType) -> HttpProvider {
    HttpProvider {
        url: "https://sms.example.jp/api?tenant=7".to_owned(),
        body: body.to_owned(),
        body_type,
        headers: vec![("Authorization".to_owned(), Secret::new("Bearer s3cret".to_owned()))],
    }
}

fn provider(body: &str, body_type: BodyType) -> Http {
    Http::new(&settings(body, body_type)).expect("good settings")
}

#[test]
fn a_json_body_holds_the_text_unharmed() {
    let body = r#"{"messages":[{"to":"{to}","content":"{text}","n":{"a":1}}],"again":"{code}{unknown}"}"#;
    let request = provider(body, BodyType::Json).request(&message());
    let json: serde_json::Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(json["messages"][0]["to"], "+819012345678");
    // The text has quotation marks, a backslash, line ends and a `{code}` of its own.
    assert_eq!(json["messages"][0]["content"], message().text.expose().as_str());
    assert_eq!(json["again"], "482913{unknown}");
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://sms.example.jp/api?tenant=7");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["authorization"], "Bearer s3cret");
    assert!(!format!("{request:?}").contains("s3cret"));
}

#[test]
fn a_form_body_holds_the_text_unharmed() {
    let message = message();
    let request = provider("user=chuo&to={to}&text={text}&code={code}", BodyType::Form).request(&message);
    let form: Vec<_> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    let expected = [("user", "chuo"), ("to", "+819012345678"), ("text", message.text.expose()), ("code", "482913")];
    assert_eq!(form, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
}

#[test]
fn a_header_of_the_operator_replaces_ours() {
    let mut settings = settings("to={to}&t={text}", BodyType::Form);
    settings.headers.push(("content-type".to_owned(), Secret::new("text/plain".to_owned())));
    let request = Http::new(&settings).expect("good settings").request(&message());
    assert_eq!(request.headers().get_all("content-type").iter().collect::<Vec<_>>(), ["text/plain"]);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let json = |body: &str| Http::new(&settings(body, BodyType::Json)).map(|_| ()).map_err(|f| f.text);
    assert_eq!(json(r#"{"to":"{to}","text":"{text}"}"#), Ok(()));
    assert!(json(r#"{"text":"{text}"}"#).is_err_and(|f| f.contains("{to}")));
    assert!(json(r#"{"to":"{to}"}"#).is_err_and(|f| f.contains("{code}")));
    assert!(json(r#"{"to":{to},"text":"{text}"}"#).is_err_and(|f| f.contains("JSON")));
    assert!(json("to={to}&text={text}").is_err_and(|f| f.contains("JSON")));
    for (name, value) in [("no header", "v"), ("x-key", "s3cret\nx-other: 1")] {
        let mut settings = settings("{to}{text}", BodyType::Form);
        settings.headers = vec![(name.to_owned(), Secret::new(value.to_owned()))];
        assert!(Http::new(&settings).is_err_and(|f| !f.text.contains("s3cret")));
    }
}

#[test]
fn the_status_decides() {
    let http = provider("to={to}&text={text}", BodyType::Form);
    for status in [200, 201, 202, 204] {
        assert_eq!(http.outcome(&answer(status, &[], "whatever")), Ok(Accepted::default()));
    }
    for (status, class) in [(302, Class::Config), (401, Class::Config), (402, Class::Funds), (500, Class::Ambiguous)] {
        assert_eq!(http.outcome(&answer(status, &[], "")).map_err(|f| f.class), Err(class), "{status}");
    }
    let slow = http.outcome(&answer(429, &[("retry-after", "3")], ""));
    let wait = Some(Duration::from_secs(3));
    assert_eq!(slow, Err(Failure { class: Class::Throttle, number: None, wait }));
}
