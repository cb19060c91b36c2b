//! Vonage's request as documented, and answers of the documented shapes.

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_767_236_400_000);

fn make(keys: &[(&'static str, &str)]) -> Result<Vonage, ProviderFault> {
    let base = [
        ("api_key", "abcd1234"),
        ("from", "HOSPITAL"),
        ("currency", "EUR"),
        ("base_url", "https://rest.nexmo.com"),
        ("api_url", "https://api.nexmo.com"),
    ];
    let keys = [&base[..], keys].concat();
    Vonage::new(&given(&keys, &["api_secret", "signature_secret"]), &site(Channel::Sms, "vonage"))
}

fn vonage() -> Vonage {
    make(&[("api_secret", "s3cret")]).expect("good settings")
}

fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

#[test]
fn the_request_is_the_documented_one() {
    let request = vonage().request(&message(), NOW);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://rest.nexmo.com/sms/json")
    );
    assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    let (message, tag) = (message(), site(Channel::Sms, "vonage").tag(&message()));
    let expected = [
        ("api_key", "abcd1234"),
        ("from", "HOSPITAL"),
        ("to", "819012345678"),
        ("text", message.text.expose()),
        ("type", "unicode"),
        ("ttl", "299900"),
        ("client-ref", &tag),
        ("status-report-req", "true"),
        ("callback", "https://records.example.jp/.sekisho/receipts/vonage"),
        ("api_secret", "s3cret"),
    ];
    assert_eq!(form(&request), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert!(tag.len() <= 100, "the longest that `client-ref` takes");
}

#[test]
fn western_texts_go_as_text_and_life_in_milliseconds_stays_within_bounds() {
    let text = Secret::new("Código 482913: válido 5 minutos".replace('á', "a").replace('ó', "ò"));
    let request = vonage().request(&Message { text, life: Duration::from_secs(3), ..message() }, NOW);
    let form = form(&request);
    assert_eq!((form[4].1.as_str(), form[5].1.as_str()), ("text", "20000"));
}

#[test]
fn an_address_that_is_too_long_is_left_to_the_account() {
    let keys = [
        ("api_key", "abcd1234"),
        ("from", "HOSPITAL"),
        ("currency", "EUR"),
        ("base_url", "https://rest.nexmo.com"),
        ("api_url", "https://api.nexmo.com"),
        ("api_secret", "s"),
    ];
    let site = site(Channel::Sms, &"long ".repeat(13));
    let vonage = Vonage::new(&given(&keys, &["api_secret"]), &site).expect("good settings");
    let names: Vec<_> = form(&vonage.request(&message(), NOW)).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"status-report-req".to_owned()) && !names.contains(&"callback".to_owned()), "{names:?}");
}

#[test]
fn without_the_secret_requests_are_signed() {
    let vonage = make(&[("signature_secret", "sigsecret"), ("trusted", "true")]).expect("good settings");
    let form = form(&vonage.request(&message(), NOW));
    assert!(form.iter().all(|(name, _)| name != "api_secret"), "never both");
    assert!(form.contains(&("trusted-number".to_owned(), "true".to_owned())));
    assert!(form.contains(&("timestamp".to_owned(), "1767236400".to_owned())));
    let fields = form.into_iter().collect();
    let signature = Signature::new(&Secret::new("sigsecret".to_owned()), false);
    assert!(signature.is_genuine(&fields, NOW));
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |keys: &[(&'static str, &str)]| make(keys).map(|_| ()).map_err(|fault| fault.key);
    assert_eq!(fault(&[]), Err(Some("api_key")));
    for from in ["+819012345678", "a name too long", "??", "12"] {
        assert_eq!(fault(&[("api_secret", "s"), ("from", from)]), Err(Some("from")), "{from}");
    }
    assert_eq!(fault(&[("api_secret", "s"), ("api_key", "a&b")]), Err(Some("api_key")));
    assert_eq!(fault(&[("api_secret", "s"), ("currency", "euro")]), Err(Some("currency")));
}

#[test]
fn what_was_taken_has_a_reference_and_a_price() {
    let body = r#"{"message-count":"2","messages":[
        {"to":"819012345678","message-id":"0A01","status":"0","remaining-balance":"3.1","message-price":"0.07000000","network":"44010"},
        {"to":"819012345678","message-id":"0A02","status":"0","remaining-balance":"3.0","message-price":"0.07000000","network":"44010"}]}"#;
    let price = Some(Money { micros: 140_000, currency: "EUR".to_owned() });
    let taken = Accepted { reference: Some("0A01".to_owned()), price };
    assert_eq!(vonage().outcome(&answer(200, &[], body)), Ok(taken));
}

#[test]
fn every_status_has_its_class() {
    for (status, class) in [
        (1, Class::Throttle),
        (2, Class::Config),
        (3, Class::Config),
        (4, Class::Config),
        (5, Class::Transient),
        (6, Class::RecipientPermanent),
        (7, Class::OptOut),
        (8, Class::Config),
        (9, Class::Funds),
        (10, Class::Throttle),
        (11, Class::Config),
        (12, Class::Config),
        (14, Class::Config),
        (15, Class::Config),
        (22, Class::Config),
        (23, Class::Config),
        (29, Class::Config),
        (32, Class::Config),
        (33, Class::RecipientPermanent),
        (99, Class::Ambiguous),
    ] {
        for written in [format!("\"{status}\""), status.to_string()] {
            let body = format!(r#"{{"message-count":"1","messages":[{{"status":{written},"error-text":"no"}}]}}"#);
            let failure = Failure { class, number: Some(status), wait: None };
            assert_eq!(vonage().outcome(&answer(200, &[], &body)), Err(failure), "{status}");
        }
    }
}

#[test]
fn it_says_how_long_to_wait() {
    let text = "Throughput Rate Exceeded - please wait [ 702 ] and retry";
    let body = format!(r#"{{"messages":[{{"status":"1","error-text":"{text}"}}]}}"#);
    let failure = vonage().outcome(&answer(200, &[], &body)).expect_err("throttled");
    assert_eq!(failure.wait, Some(Duration::from_millis(702)));
}

#[test]
fn what_is_half_taken_or_makes_no_sense_is_read_with_care() {
    for (status, body, class) in [
        (200, r#"{"messages":[{"status":"0","message-id":"1"},{"status":"9"}]}"#, Class::Ambiguous),
        (200, r#"{"messages":[]}"#, Class::Ambiguous),
        (200, r#"{"messages":[{"message-id":"1"}]}"#, Class::Ambiguous),
        (200, "<html>Welcome</html>", Class::Ambiguous),
        (200, "", Class::Ambiguous),
        (401, "{}", Class::Config),
        (429, "{}", Class::Throttle),
        (502, r#"{"messages":[{"status":"0","message-id":"1"}]}"#, Class::Ambiguous),
    ] {
        assert_eq!(vonage().outcome(&answer(status, &[], body)).map_err(|f| f.class), Err(class), "{status} {body}");
    }
}

#[test]
fn it_is_told_what_was_entered_if_that_is_wanted() {
    assert!(vonage().feedback("0A01", true, NOW).is_none());
    let vonage = make(&[("api_secret", "s"), ("feedback", "true")]).expect("good settings");
    let request = vonage.feedback("0A01", false, NOW).expect("wanted");
    assert_eq!(request.uri().to_string(), "https://api.nexmo.com/conversions/sms");
    let expected = [
        ("api_key", "abcd1234"),
        ("message-id", "0A01"),
        ("delivered", "false"),
        ("timestamp", "2026-01-01 03:00:00"),
        ("api_secret", "s"),
    ];
    assert_eq!(form(&request), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[test]
fn the_balance_says_whether_the_credentials_are_good() {
    let request = vonage().probe(NOW).expect("there is one");
    assert_eq!(request.uri().to_string(), "https://rest.nexmo.com/account/get-balance");
    assert_eq!(request.headers()[AUTHORIZATION], format!("Basic {}", STANDARD.encode("abcd1234:s3cret")));
    let micros = |status, body| vonage().probed(&answer(status, &[], body)).map(|s| s.balance.map(|m| m.micros));
    assert_eq!(micros(200, r#"{"value":10.28,"autoReload":false}"#), Ok(Some(10_280_000)));
    assert_eq!(micros(200, "[]"), Ok(None));
    assert!(micros(401, "{}").is_err_and(|said| said.contains("api_secret")));
    assert!(make(&[("signature_secret", "s")]).expect("good settings").probe(NOW).is_none());
}
