//! What goes to Twilio Verify, byte for byte, and what its answers mean.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::outcome::Class::*;
use crate::domain::secret::Secret;

const SID: &str = "VE00000000000000000000000000000001";
const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "VA00000000000000000000000000000001";

fn pairs<'a>(account: &'a str, service: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("account", account),
        ("token", "secret"),
        ("service", service),
        ("length", "6"),
        ("life", "10"),
        ("base_url", "https://verify.example"),
    ]
}

fn maker(channel: Channel) -> TwilioVerify {
    TwilioVerify::new(&given(&pairs(ACCOUNT, SERVICE), &["token"]), channel).expect("good settings")
}

fn text(request: &Request) -> String {
    let (method, uri) = (request.method(), request.uri());
    format!("{method} {uri} {}", String::from_utf8_lossy(request.body()))
}

#[test]
fn it_asks_for_a_message_for_a_check_and_for_an_end() {
    let service = format!("https://verify.example/v2/Services/{SERVICE}");
    let request = maker(Channel::Sms).begin(&message());
    assert_eq!(text(&request), format!("POST {service}/Verifications To=%2B819012345678&Channel=sms&Locale=ja"));
    let expected = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:secret")));
    assert_eq!(request.headers()["authorization"], expected);
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    assert!(text(&maker(Channel::Voice).begin(&message())).contains("Channel=call"));
    let entry = Secret::new("482913".to_owned());
    let request = maker(Channel::Sms).check(SID, &entry);
    assert_eq!(text(&request), format!("POST {service}/VerificationCheck VerificationSid={SID}&Code=482913"));
    let request = maker(Channel::Sms).cancel(SID).expect("there is one");
    assert_eq!(text(&request), format!("POST {service}/Verifications/{SID} Status=canceled"));
    assert!(maker(Channel::Sms).cancel("../../Services").is_none());
}

#[test]
fn what_is_no_account_and_no_service_is_refused() {
    for (account, service, key) in
        [("AC1", SERVICE, "account"), (ACCOUNT, "MG1", "service"), (SERVICE, ACCOUNT, "account")]
    {
        let fault = TwilioVerify::new(&given(&pairs(account, service), &["token"]), Channel::Sms).err();
        assert_eq!(fault.and_then(|fault| fault.key), Some(key));
    }
}

#[test]
fn a_message_that_was_taken_has_a_name() {
    let begun = |status, body: &str| maker(Channel::Sms).begun(&answer(status, &[], body));
    let taken = begun(201, &format!(r#"{{"sid":"{SID}","status":"pending","valid":false,"send_code_attempts":[]}}"#));
    assert_eq!(taken.map(|accepted| accepted.reference), Ok(Some(SID.to_owned())));
    for (status, body, class) in [
        (201, r#"{"status":"pending"}"#, Ambiguous),
        (201, "<html>", Ambiguous),
        (200, r#"{"sid":"VE1","status":"pending"}"#, Ambiguous),
        (201, r#"{"sid":"VE1","status":"canceled"}"#, Transient),
        (500, "", Ambiguous),
        (503, "", Transient),
        (401, r#"{"code":20003,"status":401}"#, Config),
        (400, r#"{"code":60200}"#, Config),
        (400, r#"{"code":60205}"#, RecipientPermanent),
        (429, r#"{"code":60203}"#, Throttle),
        (429, r#"{"code":60212}"#, Throttle),
        (429, r#"{"code":20429}"#, Throttle),
        (403, r#"{"code":60410}"#, Fraud),
        (429, r#"{"code":60410}"#, Fraud),
        (403, r#"{"code":60412}"#, Fraud),
        (403, r#"{"code":60605}"#, Region),
        (404, r#"{"code":20404}"#, Config),
    ] {
        assert_eq!(begun(status, body).map_err(|failure| failure.class), Err(class), "{status} {body}");
    }
    let busy = maker(Channel::Sms).begun(&answer(429, &[("retry-after", "7")], r#"{"code":20429}"#));
    assert_eq!(busy.map_err(|failure| failure.wait), Err(Some(Duration::from_secs(7))));
}

#[test]
fn right_is_one_word_about_this_verification_and_nothing_else() {
    let checked = |status, body: &str| maker(Channel::Sms).checked(SID, &answer(status, &[], body));
    let said = |sid: &str, word: &str, valid: &str| format!(r#"{{"sid":"{sid}","status":"{word}","valid":{valid}}}"#);
    for status in [200, 201] {
        assert_eq!(checked(status, &said(SID, "approved", "true")), Checked::Right);
        assert_eq!(checked(status, &said(SID, "pending", "false")), Checked::Wrong);
    }
    for word in ["canceled", "expired", "deleted", "failed", "max_attempts_reached"] {
        assert_eq!(checked(200, &said(SID, word, "false")), Checked::Over);
    }
    for body in ["", r#"{"status":404,"code":20404}"#] {
        assert_eq!(checked(404, body), Checked::Over);
    }
    assert_eq!(checked(429, r#"{"code":60202}"#), Checked::Over);
    assert_eq!(checked(400, r#"{"code":60202}"#), Checked::Over);
    let other = SID.replace('1', "2");
    for (status, body, class) in [
        (200, said(&other, "approved", "true"), Ambiguous),
        (200, said(SID, "approved", "false"), Ambiguous),
        (200, said(SID, "pending", "true"), Ambiguous),
        (200, r#"{"status":"approved","valid":true}"#.to_owned(), Ambiguous),
        (200, "approved".to_owned(), Ambiguous),
        (302, said(SID, "approved", "true"), Config),
        (403, said(SID, "approved", "true"), Config),
        (401, r#"{"code":20003}"#.to_owned(), Config),
        (429, r#"{"code":20429}"#.to_owned(), Throttle),
        (500, String::new(), Ambiguous),
        (503, String::new(), Transient),
    ] {
        let found = checked(status, &body);
        assert!(matches!(found, Checked::Failed(failure) if failure.class == class), "{status} {body}: {found:?}");
    }
}

#[test]
fn it_speaks_the_languages_that_twilio_has() {
    assert_eq!((language(Locale::Ja), language(Locale::En)), ("ja", "en"));
}
