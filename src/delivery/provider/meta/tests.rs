//! Meta's request as documented, and answers of the documented shapes.

use serde_json::Value;

use super::super::tests::{answer, given, message};
use super::*;
use crate::delivery::postmark::tests::site;

const NOW: Wall = Wall(1_790_000_000_000);
const GOOD: [(&str, &str); 6] = [
    ("phone_number_id", "106540352242922"),
    ("token", "EAAG-token"),
    ("template", "hosp_login"),
    ("languages", "en_US, ja"),
    ("version", "v23.0"),
    ("base_url", "https://graph.facebook.com"),
];
const SECRETS: [&str; 3] = ["token", "app_secret", "verify_token"];

fn made(changes: &[(&'static str, &str)]) -> Result<Meta, ProviderFault> {
    let keys: Vec<_> = GOOD.iter().chain(changes).copied().collect();
    Meta::new(&given(&keys, &SECRETS), &site(Channel::Whatsapp, "meta"))
}

fn meta() -> Meta {
    made(&[]).expect("good settings")
}

fn error(status: u16, code: u32) -> Response {
    let body = format!(
        r#"{{"error":{{"message":"(#{code}) to +819012345678","type":"OAuthException","code":{code},"error_data":{{"messaging_product":"whatsapp","details":"…"}},"fbtrace_id":"A1"}}}}"#
    );
    answer(status, &[], &body)
}

#[test]
fn the_request_is_the_documented_one_and_has_the_code_twice() {
    let request = meta().request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://graph.facebook.com/v23.0/106540352242922/messages");
    let authorization = &request.headers()["authorization"];
    assert!(authorization == "Bearer EAAG-token" && authorization.is_sensitive());
    assert_eq!(request.headers()["content-type"], "application/json");
    let tag = site(Channel::Whatsapp, "meta").tag(&message());
    let expected = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"819012345678","type":"template",
        "biz_opaque_callback_data":"TAG",
        "template":{"name":"hosp_login","language":{"code":"ja"},"components":[
         {"type":"body","parameters":[{"type":"text","text":"482913"}]},
         {"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"482913"}]}]}}"#;
    let body: Value = serde_json::from_slice(request.body()).expect("JSON");
    assert_eq!(body, serde_json::from_str::<Value>(&expected.replace("TAG", &tag)).expect("JSON"));
}

#[test]
fn the_template_is_taken_in_the_messages_language_where_it_has_it() {
    for (languages, locale, code) in [
        ("en_US, ja", Locale::Ja, "ja"),
        ("en_US, ja", Locale::En, "en_US"),
        ("en_US,en", Locale::En, "en"),
        ("pt_BR", Locale::Ja, "pt_BR"),
        ("pt_PT, pt_BR", Locale::PtBr, "pt_BR"),
        ("es_MX, es", Locale::Es, "es"),
        ("zh_TW, zh_CN", Locale::ZhHans, "zh_CN"),
        ("zh_CN, zh_TW", Locale::ZhHant, "zh_TW"),
        ("ja, zh_HK", Locale::ZhHant, "zh_HK"),
        ("ja, zh_CN", Locale::ZhHant, "zh_CN"),
    ] {
        let meta = made(&[("languages", languages)]).expect("good settings");
        assert_eq!(meta.language(locale), code, "{languages}");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    for (key, value) in [
        ("phone_number_id", ""),
        ("phone_number_id", "+819012345678"),
        ("phone_number_id", "1/../2"),
        ("template", ""),
        ("template", "Hospital login"),
        ("languages", ""),
        ("languages", "ja, "),
        ("languages", "日本語"),
        ("version", "23"),
        ("version", "v23.0/x"),
        ("token", "two\nlines"),
        ("verify_token", "without the app's secret"),
    ] {
        assert_eq!(made(&[(key, value)]).err().and_then(|fault| fault.key), Some(key), "{value}");
    }
}

#[test]
fn it_reports_only_where_a_report_can_be_checked() {
    assert!(!meta().reports());
    assert!(made(&[("app_secret", "s")]).expect("good settings").reports());
}

#[test]
fn a_message_that_was_taken_has_a_reference() {
    for status in ["", r#","message_status":"accepted""#, r#","message_status":"held_for_quality_assessment""#] {
        let body = format!(
            r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"819012345678","wa_id":"819012345678"}}],"messages":[{{"id":"wamid.X"{status}}}]}}"#
        );
        let taken = Accepted { reference: Some("wamid.X".to_owned()), price: None };
        assert_eq!(meta().outcome(&answer(200, &[], &body)), Ok(taken));
    }
}

#[test]
fn every_error_number_has_its_class() {
    let config = [0, 3, 10, 190, 200, 250, 299, 368, 131008, 131009, 131030, 131031, 131045, 131047, 133016];
    let template = [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016];
    for (codes, class) in [
        (&config[..], Class::Config),
        (&template, Class::Config),
        (&[4, 80007, 130429], Class::Throttle),
        (&[131021, 131026, 131049], Class::RecipientPermanent),
        (&[131050], Class::OptOut),
        (&[131000, 131016, 131057, 135000], Class::Transient),
        (&[131042, 131044], Class::Funds),
        (&[130497], Class::Region),
    ] {
        for &code in codes {
            // Whatever status it comes with, even that of a success.
            for status in [400, 403, 429, 500, 200] {
                let failure = Failure { class, number: Some(code), wait: None };
                assert_eq!(meta().outcome(&error(status, code)), Err(failure), "{code} {status}");
            }
        }
    }
}

#[test]
fn a_limit_that_lasts_is_not_waited_for() {
    for code in [131048, 131056, 131064] {
        let failure = meta().outcome(&error(429, code)).expect_err("refused");
        assert_eq!((failure.class, failure.wait), (Class::Throttle, Some(LONG)), "{code}");
    }
    let hinted = answer(429, &[("retry-after", "7")], r#"{"error":{"code":130429}}"#);
    assert_eq!(meta().outcome(&hinted).map_err(|f| f.wait), Err(Some(Duration::from_secs(7))));
}

#[test]
fn an_answer_that_is_not_metas_is_read_with_care() {
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>", Class::Ambiguous),
        (200, "", Class::Ambiguous),
        (200, r#"{"messages":[]}"#, Class::Ambiguous),
        (200, r#"{"messages":[{"id":7}]}"#, Class::Ambiguous),
        (200, r#"{"messages":[{"id":""}]}"#, Class::Ambiguous),
        (200, r#"{"error":{"message":"no number"}}"#, Class::Config),
        (302, "", Class::Config),
        (400, "{\"error\":", Class::Config),
        (400, r#"{"error":{"code":999999}}"#, Class::Config),
        (429, "slow down", Class::Throttle),
        (500, r#"{"error":{"code":1}}"#, Class::Ambiguous),
        (502, "<html>Bad gateway</html>", Class::Ambiguous),
        (503, "", Class::Transient),
    ] {
        let class = Err(class);
        assert_eq!(meta().outcome(&answer(status, &[], body)).map_err(|f| f.class), class, "{status} {body}");
    }
}

#[test]
fn asking_for_our_own_number_shows_whether_the_token_is_good() {
    let probe = meta().probe(NOW).expect("a question");
    assert_eq!(probe.uri(), "https://graph.facebook.com/v23.0/106540352242922?fields=id");
    assert_eq!(probe.headers()["authorization"], "Bearer EAAG-token");
    assert_eq!(meta().probed(&answer(200, &[], r#"{"id":"106540352242922"}"#)), Ok(Standing::default()));
    assert_eq!(meta().probed(&error(401, 190)), Err("Meta answers with error 190".to_owned()));
    assert_eq!(meta().probed(&answer(500, &[], "")), Err("Meta answers with status 500".to_owned()));
}
