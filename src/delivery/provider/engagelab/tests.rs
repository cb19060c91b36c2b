//! The OTP API's requests as documented, and answers of the documented shapes.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);

fn make(channel: Channel, keys: &[(&'static str, &str)]) -> Result<EngageLab, ProviderFault> {
    let base = [
        ("dev_key", "key"),
        ("dev_secret", "s3cret"),
        ("template", "hosp_login"),
        ("base_url", "https://otp.api.engagelab.cc"),
    ];
    let keys = [&base[..], keys].concat();
    let secrets = ["dev_secret", "callback_authorization", "callback_secret"];
    EngageLab::new(&given(&keys, &secrets), &site(channel, "engagelab"))
}

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(request.body()).expect("JSON")
}

#[test]
fn a_code_of_ours_is_the_documented_request() {
    let request = make(Channel::Sms, &[]).expect("good settings").request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().to_string(), "https://otp.api.engagelab.cc/v1/codes");
    assert_eq!(request.headers()[AUTHORIZATION], format!("Basic {}", STANDARD.encode("key:s3cret")));
    assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
    let expected = json!({"to": "+819012345678", "code": "482913",
        "template": {"id": "hosp_login", "language": "ja", "params": {}}});
    assert_eq!(json_of(&request), expected);
}

#[test]
fn a_custom_message_has_the_code_among_its_parameters() {
    let keys = [
        ("api", "custom-messages"),
        ("template", "hosp_en, ja=hosp_ja"),
        ("language", "default"),
        ("params", r#"{"minutes":"{minutes}","brand":"中央病院","again":"{code}"}"#),
    ];
    let request = make(Channel::Whatsapp, &keys).expect("good settings").request(&message(), NOW);
    assert_eq!(request.uri().path(), "/v1/custom-messages");
    let params = json!({"minutes": "5", "brand": "中央病院", "again": "482913", "code": "482913"});
    let expected =
        json!({"to": "+819012345678", "template": {"id": "hosp_ja", "language": "default", "params": params}});
    assert_eq!(json_of(&request), expected);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |channel, keys: &[(&'static str, &str)]| make(channel, keys).map(|_| ()).map_err(|fault| fault.key);
    for channel in [Channel::Sms, Channel::Whatsapp, Channel::Email] {
        assert_eq!(fault(channel, &[]), Ok(()));
    }
    assert_eq!(fault(Channel::Sms, &[("dev_key", "a:b")]), Err(Some("dev_key")));
    assert_eq!(fault(Channel::Sms, &[("template", "a b")]), Err(Some("template")));
    assert_eq!(fault(Channel::Sms, &[("language", "ja=jp")]), Err(Some("language")));
    for params in ["minutes", "[]", r#"{"minutes":5}"#, r#"{"a":{"b":"c"}}"#] {
        assert_eq!(fault(Channel::Sms, &[("params", params)]), Err(Some("params")), "{params}");
    }
    let spoken = make(Channel::Voice, &[]).map(|_| ()).expect_err("refused");
    assert!(spoken.text.contains("mailbox"), "{spoken}");
    assert_eq!(fault(Channel::Voice, &[("without_key_press", "true")]), Ok(()));
}

#[test]
fn every_error_number_has_its_class() {
    for (code, status, class) in [
        (1000, 500, Class::Transient),
        (2001, 401, Class::Config),
        (2002, 401, Class::Config),
        (2004, 403, Class::Config),
        (3001, 400, Class::Config),
        (3002, 400, Class::Config),
        (3003, 400, Class::Config),
        (3004, 400, Class::Throttle),
        (4001, 400, Class::Config),
        (5001, 400, Class::Transient),
        (5011, 400, Class::RecipientPermanent),
        (5012, 400, Class::Transient),
        (5013, 400, Class::OptOut),
        (5014, 400, Class::Config),
        (5015, 400, Class::Fraud),
        (5016, 400, Class::Transient),
        (5017, 400, Class::Region),
        (5018, 400, Class::Transient),
        (5019, 400, Class::OptOut),
        (5020, 400, Class::RecipientPermanent),
        (9999, 400, Class::Config),
        (9999, 500, Class::Ambiguous),
        // As a success.
        (5020, 200, Class::RecipientPermanent),
        (9999, 200, Class::Ambiguous),
    ] {
        let body = format!(r#"{{"code":{code},"message":"+819012345678 …"}}"#);
        let failure = Failure { class, number: Some(code), wait: None };
        assert_eq!(outcome(&answer(status, &[], &body)), Err(failure), "{code} {status}");
    }
}

#[test]
fn what_was_taken_has_a_reference_and_anything_else_is_read_with_care() {
    let taken = |id: &str| Ok(Accepted { reference: Some(id.to_owned()), price: None });
    assert_eq!(outcome(&answer(200, &[], r#"{"message_id":"1725","send_channel":"sms"}"#)), taken("1725"));
    assert_eq!(outcome(&answer(200, &[], r#"{"message_id":1725,"send_channel":"sms"}"#)), taken("1725"));
    for (status, body, class) in [
        (200, "{}", Class::Ambiguous),
        (200, r#"{"code":0,"message":"success"}"#, Class::Ambiguous),
        (200, "<html>", Class::Ambiguous),
        (200, r#"{"message_id":""}"#, Class::Ambiguous),
        (429, "", Class::Throttle),
        (502, "", Class::Ambiguous),
        (503, "", Class::Transient),
        (404, "", Class::Config),
    ] {
        assert_eq!(outcome(&answer(status, &[], body)).map_err(|f| f.class), Err(class), "{status} {body}");
    }
}
