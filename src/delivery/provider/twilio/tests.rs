//! Twilio's request as documented, and answers of the documented shapes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::money::Money;

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
        (400, 21214, Class::RecipientPermanent),
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
        (400, 63003, Class::RecipientPermanent),
        (400, 63016, Class::Config),
        (429, 63018, Class::Throttle),
        (400, 63024, Class::RecipientPermanent),
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
        (201, r#"{"sid":"CA01","status":"busy"}"#, Class::Config),
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

/// A vendor for a channel, with these keys beside account, token and address.
fn on(channel: Channel, keys: &[(&'static str, &str)]) -> Result<Twilio, ProviderFault> {
    let base = [("account", ACCOUNT), ("token", "t0ken"), ("base_url", "https://api.twilio.com")];
    let keys = [&base[..], keys].concat();
    Twilio::new(&given(&keys, &["token", "api_secret", "webhook_secret"]), &site(channel, "twilio"))
}

const TEMPLATE: &str = "HX0123456789abcdef0123456789abcdef";
const OTHER: &str = "HXffffffffffffffffffffffffffffffff";

#[test]
fn whatsapp_takes_the_template_of_the_language_and_the_code_alone() {
    let template = format!("{OTHER}, ja={TEMPLATE}");
    for from in ["+15005550006", "whatsapp:+15005550006"] {
        let twilio = on(Channel::Whatsapp, &[("from", from), ("template", &template)]).expect("good settings");
        let request = twilio.request(&message(), NOW);
        assert!(request.uri().path().ends_with("/Messages.json"));
        let form = form(&request);
        let expected = [
            ("To", "whatsapp:+819012345678"),
            ("From", "whatsapp:+15005550006"),
            ("ContentSid", TEMPLATE),
            ("ContentVariables", r#"{"1":"482913"}"#),
            ("ValidityPeriod", "299"),
        ];
        assert_eq!(form[..5], expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!((form.len(), form[5].0.as_str()), (6, "StatusCallback"));
    }
}

#[test]
fn a_template_serves_sms_too() {
    let keys = [("from", "Chuo"), ("template", TEMPLATE)];
    let form = form(&on(Channel::Sms, &keys).expect("good settings").request(&message(), NOW));
    assert_eq!(form[0], ("To".to_owned(), "+819012345678".to_owned()));
    assert_eq!(form[2], ("ContentSid".to_owned(), TEMPLATE.to_owned()));
    assert!(form.iter().all(|(name, _)| name != "Body"));
}

#[test]
fn what_is_wanted_of_every_message_goes_along() {
    let keys = [("from", "Chuo"), ("feedback", "true"), ("retain", "false"), ("risk_check", "disable")];
    let form = form(&on(Channel::Sms, &keys).expect("good settings").request(&message(), NOW));
    for pair in [
        ("RiskCheck", "disable"),
        ("ProvideFeedback", "true"),
        ("ContentRetention", "discard"),
        ("AddressRetention", "discard"),
    ] {
        assert!(form.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?}");
    }
}

#[test]
fn an_api_key_stands_for_the_account_and_never_for_the_signature() {
    let key = "SK0123456789abcdef0123456789abcdef";
    let keys = [("from", "Chuo"), ("api_key", key), ("api_secret", "s3cret")];
    let request = on(Channel::Sms, &keys).expect("good settings").request(&message(), NOW);
    assert_eq!(request.headers()[AUTHORIZATION], format!("Basic {}", STANDARD.encode(format!("{key}:s3cret"))));
    let fault = |keys: &[(&'static str, &str)]| on(Channel::Sms, keys).map(|_| ()).map_err(|fault| fault.key);
    assert_eq!(fault(&[("from", "Chuo"), ("api_key", key)]), Err(Some("api_key")));
    assert_eq!(fault(&[("from", "Chuo"), ("api_secret", "s")]), Err(Some("api_secret")));
    assert_eq!(fault(&[("from", "Chuo"), ("api_key", "SK1"), ("api_secret", "s")]), Err(Some("api_key")));
}

#[test]
fn keys_that_cannot_be_are_refused_by_their_name() {
    for (channel, keys, wrong) in [
        (Channel::Whatsapp, &[("from", "+15005550006")][..], "template"),
        (Channel::Whatsapp, &[("from", "+15005550006"), ("template", "HX1")], "template"),
        (Channel::Whatsapp, &[("from", "Chuo"), ("template", TEMPLATE)], "from"),
        (Channel::Voice, &[("from", "Chuo")], "from"),
        (Channel::Voice, &[("from", "MG0123456789abcdef0123456789abcdef")], "from"),
        (Channel::Voice, &[("from", "+15005550006"), ("language", "ja=\"/>")], "language"),
        (Channel::Voice, &[("from", "+15005550006"), ("feedback", "true")], "feedback"),
        (Channel::Voice, &[("from", "+15005550006"), ("risk_check", "enable")], "risk_check"),
        (Channel::Sms, &[("from", "Chuo"), ("voice", "<Say>")], "voice"),
        (Channel::Sms, &[("from", "Chuo"), ("template", "HX1")], "template"),
    ] {
        assert_eq!(on(channel, keys).map(|_| ()).map_err(|fault| fault.key), Err(Some(wrong)), "{keys:?}");
    }
}

#[test]
fn it_is_told_whether_the_code_was_entered_if_that_is_wanted() {
    let keys = [("from", "Chuo"), ("feedback", "true")];
    let twilio = on(Channel::Sms, &keys).expect("good settings");
    let sid = "SM0123456789abcdef0123456789abcdef";
    for (entered, body) in [(true, "Outcome=confirmed"), (false, "Outcome=unconfirmed")] {
        let request = twilio.feedback(sid, entered, NOW).expect("wanted");
        assert_eq!((request.method().as_str(), &request.body()[..]), ("POST", body.as_bytes()));
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Feedback.json");
        assert_eq!(request.uri().path(), path);
        assert!(request.headers().contains_key(AUTHORIZATION));
    }
    for other in ["", "SM1", "../Calls", "CA0123456789abcdef0123456789abcdef"] {
        assert!(twilio.feedback(other, true, NOW).is_none(), "{other}");
    }
    assert!(on(Channel::Sms, &keys[..1]).expect("good settings").feedback(sid, true, NOW).is_none());
}

#[test]
fn the_balance_says_whether_the_credentials_are_good() {
    let twilio = on(Channel::Sms, &[("from", "Chuo")]).expect("good settings");
    let request = twilio.probe(NOW).expect("there is one");
    assert_eq!((request.method().as_str(), request.body().len()), ("GET", 0));
    assert_eq!(request.uri().path(), format!("/2010-04-01/Accounts/{ACCOUNT}/Balance.json"));
    let micros = |status, body: &str| twilio.probed(&answer(status, &[], body)).map(|s| s.balance);
    let some = |micros| Ok(Some(Money { micros, currency: "USD".to_owned() }));
    assert_eq!(micros(200, r#"{"account_sid":"AC","balance":"12.345","currency":"USD"}"#), some(12_345_000));
    assert_eq!(micros(200, r#"{"balance":"-1.5","currency":"USD"}"#), some(0));
    assert_eq!(micros(200, "{}"), Ok(None));
    assert!(micros(401, "{}").is_err_and(|said| said.contains("token")));
    assert!(micros(500, "").is_err_and(|said| said.contains("500")));
}

#[test]
fn a_price_is_taken_where_one_is_said() {
    let body = r#"{"sid":"SM01","status":"queued","price":"-0.0750","price_unit":"USD"}"#;
    let price = twilio("Chuo").outcome(&answer(201, &[], body)).expect("taken").price;
    assert_eq!(price, Some(Money { micros: 75_000, currency: "USD".to_owned() }));
}
