//! What is asked, and what every answer means.

use bytes::Bytes;

use super::*;
use crate::domain::contact::Region;
use crate::domain::time::Wall;

fn phone() -> Phone {
    Phone::parse("090-1234-5678", Region::parse("JP").expect("a region")).expect("a number")
}

fn answer(status: u16, body: &str) -> Response {
    http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes())).expect("an answer")
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn twilio_is_asked_for_the_number_and_nothing_else() {
    let settings = TwilioSettings {
        base_url: "https://lookups.twilio.com".to_owned(),
        account: "AC1".to_owned(),
        token: Secret::new("t".to_owned()),
    };
    let lookup = Lookup::new(&settings, 3 * DAY).expect("good settings");
    let request = lookup.request(&phone());
    assert_eq!(request.uri().to_string(), "https://lookups.twilio.com/v2/PhoneNumbers/%2B819012345678?Fields=sim_swap");
    assert_eq!((request.method().as_str(), request.body().len()), ("GET", 0));
    assert_eq!(request.headers()["authorization"], "Basic QUMxOnQ=");
    let now = Wall::from_rfc3339("2026-11-23T06:00:00Z").expect("a time");
    let swap = |last: &str| format!(r#"{{"sim_swap":{{"last_sim_swap":{last},"error_code":null}}}}"#);
    let found = |status, body: &str| lookup.swapped(&answer(status, body), now).ok();
    for (last, expected) in [
        (r#"{"last_sim_swap_date":"2026-11-23T04:00:00Z","swapped_in_period":false}"#, Some(true)),
        (r#"{"last_sim_swap_date":"2026-11-20T05:59:59Z","swapped_in_period":true}"#, Some(false)),
        (r#"{"last_sim_swap_date":null,"swapped_in_period":true}"#, Some(true)),
        (r#"{"last_sim_swap_date":null,"swapped_in_period":false}"#, Some(false)),
        (r#"{"last_sim_swap_date":"lately","swapped_in_period":true}"#, Some(true)),
        (r#"{"last_sim_swap_date":"lately","swapped_in_period":false}"#, None),
        ("null", None),
        ("{}", None),
    ] {
        assert_eq!(found(200, &swap(last)), expected, "{last}");
    }
    assert_eq!(found(200, r#"{"sim_swap":{"last_sim_swap":null,"error_code":60608}}"#), None);
    for (status, body) in [(200, "{}"), (200, "<html>"), (404, "{}"), (429, "{}"), (500, "")] {
        assert_eq!(found(status, body), None, "{status} {body}");
    }
}

#[test]
fn nothing_that_is_told_names_the_number_or_a_secret() {
    let twilio = TwilioSettings {
        base_url: "https://lookups.twilio.com".to_owned(),
        account: "AC1".to_owned(),
        token: Secret::new("t0ken".to_owned()),
    };
    let lookup = Lookup::new(&twilio, DAY).expect("good settings");
    let told = lookup.swapped(&answer(500, "+819012345678"), Wall::EPOCH).expect_err("no answer").to_string();
    assert!(!told.contains("8190"), "{told}");
    let settings =
        Settings { with: With::Twilio(twilio), within: DAY, on_error: OnError::Send, deadline: DAY, remember: DAY };
    assert!(!format!("{settings:?}").contains("t0ken"));
}
