//! The request to Infobip as its OpenAPI has it, its answers, and its reports.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn infobip(conversion: &str) -> Infobip {
    let keys = [
        ("base_url", "https://abcdef.api.infobip.com"),
        ("api_key", "k3y"),
        ("from", "HOSPITAL"),
        ("conversion", conversion),
    ];
    Infobip::new(&given(&keys, &["api_key"]), &site(Channel::Sms, "infobip")).expect("good settings")
}

fn one(group: &str, error: &str) -> String {
    format!(
        r#"{{"bulkId":"B1","messages":[{{"messageId":"M1","status":{{"groupId":1,"groupName":"{group}","id":26,"name":"…"}},{error}"destination":"819012345678","details":{{"messageCount":1}}}}]}}"#
    )
}

fn error(group: &str, permanent: bool) -> String {
    format!(r#""error":{{"groupId":1,"groupName":"{group}","id":5,"name":"…","permanent":{permanent}}},"#)
}

#[test]
fn the_request_is_the_documented_one() {
    for (conversion, options) in
        [("false", ""), ("true", r#","options":{"conversionTracking":{"useConversionTracking":true}}"#)]
    {
        let request = infobip(conversion).request(&message(), NOW);
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://abcdef.api.infobip.com/sms/3/messages");
        assert_eq!(request.headers()["authorization"], "App k3y");
        assert_eq!(request.headers()["content-type"], "application/json");
        let address = site(Channel::Sms, "infobip").address(&message()).expect("an address");
        let text = Value::from(message().text.expose().as_str());
        let expected = format!(
            r#"{{"messages":[{{"sender":"HOSPITAL","destinations":[{{"to":"819012345678"}}],"content":{{"text":{text}}},
            "options":{{"validityPeriod":{{"amount":5,"timeUnit":"MINUTES"}}}},
            "webhooks":{{"delivery":{{"url":"{address}"}}}}}}]{options}}}"#
        );
        let body: Value = serde_json::from_slice(request.body()).expect("JSON");
        assert_eq!(body, serde_json::from_str::<Value>(&expected).expect("JSON"));
    }
}

#[test]
fn every_group_has_its_outcome() {
    for group in ["ACCEPTED", "PENDING", "DELIVERED"] {
        let taken = Accepted { reference: Some("M1".to_owned()), price: None };
        assert_eq!(infobip("false").outcome(&answer(200, &[], &one(group, ""))), Ok(taken), "{group}");
    }
    for group in ["UNDELIVERABLE", "EXPIRED", "REJECTED"] {
        for (error, class) in [
            (error("USER_ERRORS", true), Class::RecipientPermanent),
            (error("HANDSET_ERRORS", true), Class::RecipientPermanent),
            (error("OPERATOR_ERRORS", true), Class::Config),
            (error("OPERATOR_ERRORS", false), Class::Transient),
            (error("USER_ERRORS", false), Class::Transient),
            (String::new(), Class::Config),
        ] {
            let outcome = infobip("false").outcome(&answer(200, &[], &one(group, &error)));
            assert_eq!(outcome.map_err(|f| f.class), Err(class), "{group} {error}");
        }
    }
}

#[test]
fn an_answer_that_is_not_theirs_is_read_with_care() {
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>".to_owned(), Class::Ambiguous),
        (200, String::new(), Class::Ambiguous),
        (200, one("PENDING", "").replace("M1", ""), Class::Ambiguous),
        (200, one("SOMETHING", ""), Class::Ambiguous),
        (400, r#"{"errorCode":"E400","description":"…","action":"…","violations":[]}"#.to_owned(), Class::Config),
        (401, r#"{"errorCode":"E401"}"#.to_owned(), Class::Config),
        (403, r#"{"errorCode":"E403"}"#.to_owned(), Class::Config),
        (429, String::new(), Class::Throttle),
        (500, r#"{"errorCode":"E500"}"#.to_owned(), Class::Ambiguous),
    ] {
        let outcome = infobip("false").outcome(&answer(status, &[], &body));
        assert_eq!(outcome.map_err(|f| f.class), Err(class), "{status} {body}");
    }
}

#[test]
fn our_mark_proves_a_report() {
    let address = site(Channel::Sms, "infobip").address(&message()).expect("an address");
    let read = |url: &str, body: String| {
        let request = ::http::Request::post(url).body(Bytes::from(body)).expect("a request");
        infobip("false").read(&request, NOW).map(|heard| heard.reports)
    };
    let results = |group: &str, error: &str| {
        let price = r#""price":{"pricePerMessage":0.0075,"currency":"EUR"},"#;
        one(group, &format!("{price}{error}")).replace("\"messages\"", "\"results\"")
    };
    for (group, error, fate) in [
        ("DELIVERED", String::new(), Fate::Delivered),
        ("PENDING", String::new(), Fate::Underway),
        ("ACCEPTED", String::new(), Fate::Underway),
        ("UNDELIVERABLE", error("USER_ERRORS", true), Fate::Lost("recipient")),
        ("EXPIRED", error("OPERATOR_ERRORS", false), Fate::Lost("transient")),
        ("REJECTED", error("OPERATOR_ERRORS", true), Fate::Lost("config")),
    ] {
        let about = Some((message().challenge, 2));
        let price = crate::domain::money::Money::parse("0.0075 EUR");
        let report = Report { about, reference: Some("M1".to_owned()), fate, price };
        assert_eq!(read(&address, results(group, &error)), Some(vec![report]), "{group}");
    }
    assert_eq!(read(&address.replace("&n=2", "&n=3"), results("DELIVERED", "")), None);
    assert_eq!(read("https://x/", results("DELIVERED", "")), None);
    assert_eq!(read(&address, "{}".to_owned()), None);
}

#[test]
fn a_code_that_was_entered_is_told_where_that_is_wanted() {
    assert!(infobip("false").feedback("M1", true, NOW).is_none());
    assert!(infobip("true").feedback("M1", false, NOW).is_none());
    let told = infobip("true").feedback("M 1/2", true, NOW).expect("a request");
    assert_eq!(told.uri(), "https://abcdef.api.infobip.com/ct/1/log/end/M+1%2F2");
    assert_eq!(
        (told.method().as_str(), &told.headers()["authorization"]),
        ("POST", &HeaderValue::from_static("App k3y"))
    );
}
