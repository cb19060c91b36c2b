//! Twilio's request as documented, and answers of the documented shapes.

use std::time::Duration;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);
const ACCOUNT: &str = "AC00000000000000000000000000000001";

fn twilio_at(from: &str, base_url: &str, site: &Site) -> Result<Twilio, ProviderFault> {
    let keys = [("account", ACCOUNT), ("token", "s3cret/+token"), ("from", from), ("base_url", base_url)];
    Twilio::new(&given(&keys, &["token"]), site)
}

fn twilio(from: &str) -> Twilio {
    // Met over plain http, so that no callback is asked for.
    let site = Site::new(Channel::Sms, "twilio", "http://127.0.0.1:8080", None, &[7; 32]);
    twilio_at(from, "https://api.twilio.com/", &site).expect("good settings")
}

fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

#[test]
fn the_request_is_the_documented_one() {
    let request = twilio("+15005550006").request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri().to_string(),
        format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    );
    let authorization = &request.headers()[AUTHORIZATION];
    assert_eq!(authorization, &format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:s3cret/+token"))));
    assert!(authorization.is_sensitive() && !format!("{request:?}").contains(authorization.to_str().expect("ASCII")));
    assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    let message = message();
    let expected =
        [("To", "+819012345678"), ("From", "+15005550006"), ("Body", message.text.expose()), ("ValidityPeriod", "299")];
    assert_eq!(form(&request), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[test]
fn a_messaging_service_is_told_from_a_sender_by_its_shape() {
    for (from, field) in [
        ("+15005550006", "From"),
        ("Chuo", "From"),
        ("MGHospital", "From"),
        ("MG0123456789abcdef0123456789abcdef", "MessagingServiceSid"),
    ] {
        assert_eq!(form(&twilio(from).request(&message(), NOW))[1], (field.to_owned(), from.to_owned()));
    }
}

#[test]
fn it_is_told_where_to_report_this_very_message() {
    let site = site(Channel::Sms, "twilio");
    let twilio = twilio_at("Chuo", "https://api.twilio.com", &site).expect("good settings");
    let message = message();
    let address = site.address(&message).expect("an address");
    assert!(address.contains(&format!("/.sekisho/receipts/twilio?c={}&n=2&m=", message.challenge)), "{address}");
    assert_eq!(form(&twilio.request(&message, NOW)).last(), Some(&("StatusCallback".to_owned(), address)));
}

#[test]
fn the_validity_stays_within_what_twilio_takes() {
    for (life, said) in
        [(Duration::from_millis(1), "1"), (Duration::from_secs(600), "600"), (Duration::from_secs(90_000), "36000")]
    {
        let request = twilio("Chuo").request(&Message { life, ..message() }, NOW);
        assert_eq!(form(&request)[3].1, said);
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let site = site(Channel::Sms, "twilio");
    let make = |account: &str, from: &str, base_url: &str| {
        let keys = [("account", account), ("token", "t"), ("from", from), ("base_url", base_url)];
        Twilio::new(&given(&keys, &["token"]), &site).map(|_| ()).map_err(|fault| fault.key)
    };
    let url = "https://api.twilio.com";
    assert_eq!(make(ACCOUNT, "Chuo", url), Ok(()));
    assert_eq!(make("AC/../x", "Chuo", url), Err(Some("account")));
    for from in ["", "+1", "+1500555000x", "a name too long", "123"] {
        assert_eq!(make(ACCOUNT, from, url), Err(Some("from")), "{from}");
    }
    assert!(make(ACCOUNT, "Chuo", "api.twilio.com").is_err());
}

#[test]
fn a_message_that_was_taken_has_a_reference() {
    for status in ["queued", "accepted"] {
        let body = format!(r#"{{"sid":"SM01","status":"{status}","error_code":null,"num_segments":"1","price":null}}"#);
        let outcome = twilio("Chuo").outcome(&answer(201, &[], &body));
        assert_eq!(outcome, Ok(Accepted { reference: Some("SM01".to_owned()), price: None }));
    }
}

#[test]
fn every_error_number_has_its_class() {
    for (status, code, class) in [
        (401, 20003, Class::Config),
        (429, 20429, Class::Throttle),
        (400, 21211, Class::RecipientPermanent),
        (400, 21408, Class::Region),
        (400, 21610, Class::OptOut),
        (400, 21611, Class::Throttle),
        (400, 21612, Class::Config),
        (400, 21614, Class::RecipientPermanent),
        (400, 21617, Class::Config),
        (400, 30001, Class::Throttle),
        (400, 30002, Class::Config),
        (400, 30003, Class::Transient),
        (400, 30005, Class::RecipientPermanent),
        (400, 30006, Class::RecipientPermanent),
        (400, 30007, Class::Config),
        (400, 30008, Class::Transient),
        (400, 30042, Class::Config),
        (400, 30450, Class::Fraud),
        // Not in the table: the status decides.
        (400, 21999, Class::Config),
        (500, 20500, Class::Ambiguous),
        (503, 20503, Class::Transient),
    ] {
        let body = format!(
            r#"{{"code":{code},"message":"…","more_info":"https://www.twilio.com/docs/errors/{code}","status":{status}}}"#
        );
        let outcome = twilio("Chuo").outcome(&answer(status, &[], &body));
        assert_eq!(outcome, Err(Failure { class, number: Some(code), wait: None }), "{code}");
    }
}

#[test]
fn an_answer_that_is_not_twilios_is_read_with_care() {
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>", Class::Ambiguous),
        (201, "", Class::Ambiguous),
        (201, r#"{"sid":7}"#, Class::Ambiguous),
        (201, r#"{"sid":"SM01","status":"failed","error_code":30450}"#, Class::Fraud),
        (201, r#"{"sid":"SM01","status":"failed","error_code":null}"#, Class::Config),
        (302, "", Class::Config),
        (400, "{\"code\":", Class::Config),
        (400, r#"{"code":"21211"}"#, Class::Config),
        (429, "slow down", Class::Throttle),
        (502, "<html>Bad gateway</html>", Class::Ambiguous),
    ] {
        assert_eq!(
            twilio("Chuo").outcome(&answer(status, &[], body)).map_err(|f| f.class),
            Err(class),
            "{status} {body}"
        );
    }
}

#[test]
fn it_says_how_long_to_wait() {
    let body = r#"{"code":20429,"message":"Too Many Requests","status":429}"#;
    for (value, wait) in [
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("18446744073709551615", Some(86_400)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("-1", None),
    ] {
        let outcome = twilio("Chuo").outcome(&answer(429, &[("retry-after", value)], body));
        assert_eq!(outcome.map_err(|f| f.wait), Err(wait.map(Duration::from_secs)), "{value}");
    }
}
