//! What goes to Vonage Verify, byte for byte, and what its answers mean.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::outcome::Class::*;
use crate::domain::secret::Secret;

const ID: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";

fn pairs() -> Vec<(&'static str, &'static str)> {
    vec![
        ("api_key", "abcd1234"),
        ("api_secret", "secret"),
        ("brand", "Hospital"),
        ("length", "6"),
        ("base_url", "https://api.example"),
    ]
}

fn maker() -> VonageVerify {
    VonageVerify::new(&given(&pairs(), &["api_secret"]), Channel::Sms).expect("good settings")
}

fn text(request: &Request) -> String {
    format!("{} {} {}", request.method(), request.uri(), String::from_utf8_lossy(request.body()))
}

#[test]
fn it_asks_for_a_message_for_a_check_and_for_an_end() {
    let request = maker().begin(&message());
    assert_eq!(
        (request.method(), request.uri().to_string().as_str()),
        (&Method::POST, "https://api.example/v2/verify")
    );
    assert_eq!(request.headers()["authorization"], format!("Basic {}", STANDARD.encode("abcd1234:secret")));
    let body: Value = serde_json::from_slice(request.body()).expect("JSON");
    let expected = json!({
        "brand": "Hospital",
        "locale": "ja-jp",
        "channel_timeout": 299,
        "code_length": 6,
        "workflow": [{ "channel": "sms", "to": "819012345678" }],
    });
    assert_eq!(body, expected);
    let entry = Secret::new("482913".to_owned());
    let request = maker().check(ID, &entry);
    assert_eq!(text(&request), format!(r#"POST https://api.example/v2/verify/{ID} {{"code":"482913"}}"#));
    let request = maker().cancel(ID).expect("there is one");
    assert_eq!(text(&request), format!("DELETE https://api.example/v2/verify/{ID} "));
    assert!(maker().cancel("../verify").is_none() && maker().cancel("").is_none());
}

#[test]
fn a_sender_is_named_where_there_is_one_and_by_whatsapp_there_must_be() {
    let make = |pairs: &[_], channel| VonageVerify::new(&given(pairs, &["api_secret"]), channel);
    assert_eq!(make(&pairs(), Channel::Whatsapp).err().and_then(|fault| fault.key), Some("from"));
    let mut with = pairs();
    with.push(("from", "819000000000"));
    let made = make(&with, Channel::Whatsapp).expect("good settings");
    let body: Value = serde_json::from_slice(made.begin(&message()).body()).expect("JSON");
    assert_eq!(body["workflow"], json!([{ "channel": "whatsapp", "to": "819012345678", "from": "819000000000" }]));
}

#[test]
fn a_message_that_was_taken_has_a_name_and_so_has_one_that_is_in_the_way() {
    let begun = |status, body: &str| maker().begun(&answer(status, &[], body));
    let named = format!(r#"{{"request_id":"{ID}"}}"#);
    let conflict = format!(r#"{{"title":"Conflict","detail":"Concurrent verifications","request_id":"{ID}"}}"#);
    for (status, body) in [(202, &named), (200, &named), (409, &conflict)] {
        assert_eq!(begun(status, body).map(|accepted| accepted.reference), Ok(Some(ID.to_owned())));
    }
    assert_eq!(maker().in_the_way(&answer(409, &[], &conflict)).as_deref(), Some(ID));
    assert_eq!(maker().in_the_way(&answer(202, &[], &named)), None);
    for (status, body, class) in [
        (202, "{}", Ambiguous),
        (202, "<html>", Ambiguous),
        (202, r#"{"request_id":"../x"}"#, Ambiguous),
        (409, "{}", Throttle),
        (401, r#"{"type":"https://developer.vonage.com/api-errors#unauthorized","status":401}"#, Config),
        (402, r#"{"title":"Low balance"}"#, Funds),
        (422, r#"{"type":"https://developer.vonage.com/api-errors#invalid-params"}"#, Config),
        (429, r#"{"type":"https://developer.vonage.com/api-errors#throttled"}"#, Throttle),
        (403, r#"{"type":"https://developer.vonage.com/api-errors#fraud-check"}"#, Fraud),
        (403, r#"{"title":"Fraudulent traffic detected"}"#, Fraud),
        (500, "", Ambiguous),
        (503, "", Transient),
    ] {
        assert_eq!(begun(status, body).map_err(|failure| failure.class), Err(class), "{status} {body}");
    }
}

#[test]
fn right_is_one_word_about_this_request_and_nothing_else() {
    let checked = |status, body: &str| maker().checked(ID, &answer(status, &[], body));
    let error =
        |kind: &str| format!(r#"{{"type":"https://developer.vonage.com/api-errors/verify#{kind}","status":400}}"#);
    assert_eq!(checked(200, &format!(r#"{{"request_id":"{ID}","status":"completed"}}"#)), Checked::Right);
    assert_eq!(checked(200, r#"{"status":"completed"}"#), Checked::Right, "the address named it");
    assert_eq!(checked(400, &error("invalid-code")), Checked::Wrong);
    assert_eq!(checked(410, &error("expired")), Checked::Over);
    assert_eq!(checked(404, &error("not-found")), Checked::Over);
    for (status, body, class) in [
        (200, r#"{"request_id":"another","status":"completed"}"#.to_owned(), Ambiguous),
        (200, r#"{"status":"pending"}"#.to_owned(), Ambiguous),
        (200, "completed".to_owned(), Ambiguous),
        (202, r#"{"status":"completed"}"#.to_owned(), Ambiguous),
        (400, String::new(), Config),
        (409, error("conflict"), Config),
        (401, error("unauthorized"), Config),
        (429, error("throttled"), Throttle),
        (500, String::new(), Ambiguous),
    ] {
        let found = checked(status, &body);
        assert!(matches!(found, Checked::Failed(failure) if failure.class == class), "{status} {body}: {found:?}");
    }
}
