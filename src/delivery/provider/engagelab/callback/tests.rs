//! Callbacks in the documented envelope: what proves them, and what each row comes to.

use super::super::super::tests::{given, message};
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use serde_json::json;

const NOW: Wall = Wall(1_700_000_000_000);
/// Computed by an independent program for the secret `cb-secret`.
const HEADER: &str = "timestamp=1700000000;nonce=8f2c;username=hospital;\
    signature=f3ee201e84a4594f0cbede49d3f04e861085bfffc2284ee98db0090903a44b7a";
const AUTHORIZATION: &str = "Bearer of our own";

fn callbacks(keys: &[(&'static str, &str)]) -> Callbacks {
    Callbacks::read(&given(keys, &["callback_authorization", "callback_secret"]))
}

fn both() -> Callbacks {
    callbacks(&[("callback_authorization", AUTHORIZATION), ("callback_secret", "cb-secret")])
}

fn post(headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let request = headers.iter().fold(Request::post("/r"), |request, (name, value)| request.header(*name, *value));
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

fn hear(callbacks: &Callbacks, headers: &[(&str, &str)], body: &str) -> Option<Heard> {
    callbacks.hear(&post(headers, body), &site(Channel::Sms, "engagelab"), NOW)
}

fn row(status: &str, error: u32) -> Value {
    json!({"message_id": "900", "to": "+819012345678", "server": "otp", "channel": "sms", "itime": 1790000000,
        "custom_args": {}, "status": {"message_status": status, "error_code": error,
        "status_data": {"msg_time": 1789999990, "message_id": "900", "current_send_channel": "sms"},
        "billing": {"cost": 0.05, "currency": "USD"}}})
}

fn envelope(rows: &[Value]) -> String {
    json!({"total": rows.len(), "rows": rows}).to_string()
}

#[test]
fn a_batch_says_what_became_of_each_message() {
    let rows =
        [row("delivered", 0), row("sent_failed", 5020), json!({"notification": {"event": "insufficient_balance"}})];
    let headers = [("authorization", AUTHORIZATION), (SIGNATURE, HEADER)];
    let heard = hear(&both(), &headers, &envelope(&rows)).expect("genuine");
    assert_eq!(heard.answer, Some(("application/json", "{}".to_owned())), "anything but 200 is no answer");
    let price = Some(Money { micros: 50_000, currency: "USD".to_owned() });
    let of = |fate| Report { about: None, reference: Some("900".to_owned()), fate, price: price.clone() };
    assert_eq!(heard.reports, [of(Fate::Delivered), of(Fate::Lost("recipient"))]);
}

#[test]
fn neither_header_is_enough_where_both_are_wanted() {
    let body = envelope(&[row("delivered", 0)]);
    let (right, signed) = (("authorization", AUTHORIZATION), (SIGNATURE, HEADER));
    assert!(hear(&both(), &[right, signed], &body).is_some());
    for headers in [
        &[][..],
        &[right],
        &[signed],
        &[("authorization", "Bearer of another"), signed],
        &[right, right, signed],
        &[right, signed, signed],
        &[right, (SIGNATURE, &HEADER.replace("8f2c", "8f2d"))],
        &[right, (SIGNATURE, &HEADER.replace("1700000000", "1700000001"))],
        &[right, (SIGNATURE, &format!("{HEADER};nonce=8f2c"))],
        &[right, (SIGNATURE, "")],
    ] {
        assert_eq!(hear(&both(), headers, &body), None, "{headers:?}");
    }
    let upper = HEADER.replace("f3ee201e", "F3EE201E");
    assert!(hear(&both(), &[right, (SIGNATURE, &upper)], &body).is_some());
    assert!(hear(&callbacks(&[("callback_authorization", AUTHORIZATION)]), &[right], &body).is_some());
    let alone = callbacks(&[("callback_secret", "cb-secret")]);
    assert!(!alone.are_read());
    assert_eq!(hear(&alone, &[signed], &body), None, "the signature does not cover the body");
}

#[test]
fn an_old_signature_is_refused() {
    let request = post(&[("authorization", AUTHORIZATION), (SIGNATURE, HEADER)], &envelope(&[row("sent", 0)]));
    for (seconds, fresh) in [(-301, false), (-300, true), (300, true), (301, false)] {
        let heard = both().hear(&request, &site(Channel::Sms, "engagelab"), Wall(NOW.0 + seconds * 1000));
        assert_eq!(heard.is_some(), fresh, "{seconds}");
    }
}

#[test]
fn the_registration_is_answered_and_says_nothing() {
    for body in ["", "{}", "''", "\"\"", " \n"] {
        let heard = hear(&both(), &[], body).expect("answered");
        assert!(heard.reports.is_empty() && heard.answer.is_some(), "{body}");
    }
    assert_eq!(hear(&callbacks(&[]), &[], ""), None, "where no callbacks are read nobody is there");
}

#[test]
fn every_status_is_known_in_both_spellings() {
    let authorized = callbacks(&[("callback_authorization", AUTHORIZATION)]);
    for (status, error, fate) in [
        ("plan", 0, Fate::Underway),
        ("target_valid", 0, Fate::Underway),
        ("target_invalid", 0, Fate::Lost("recipient")),
        ("sent", 0, Fate::Carried),
        ("sent_failed", 0, Fate::Lost("sent_failed")),
        ("sent_fail", 5013, Fate::Lost("opt_out")),
        ("delivered", 0, Fate::Delivered),
        ("delivered_failed", 5018, Fate::Lost("transient")),
        ("delivered_fail", 5015, Fate::Lost("fraud")),
        ("verified", 0, Fate::Delivered),
        ("verified_failed", 0, Fate::Underway),
        ("verified_timeout", 0, Fate::Underway),
        ("something_new", 0, Fate::Underway),
    ] {
        let heard = hear(&authorized, &[("authorization", AUTHORIZATION)], &envelope(&[row(status, error)]));
        assert_eq!(heard.expect("genuine").reports[0].fate, fate, "{status}");
    }
    for body in ["[]", "{\"rows\":7}", "{", "null", "{\"rows\":[null,{\"status\":null},{\"response\":{}}]}"] {
        let reports = hear(&authorized, &[("authorization", AUTHORIZATION)], body).map(|heard| heard.reports.len());
        assert!(matches!(reports, None | Some(0 | 1)), "{body}");
    }
}

#[test]
fn where_the_tag_comes_back_it_proves_its_row_and_no_other() {
    let tagged = callbacks(&[]).with_tag("sekisho");
    let with = |tag: &str| {
        let mut row = row("sent_failed", 5020);
        row["custom_args"] = json!({"sekisho": tag});
        row
    };
    let tag = site(Channel::Sms, "engagelab").tag(&message());
    let heard = hear(&tagged, &[], &envelope(&[row("delivered", 0), with(&tag), with("forged")])).expect("proven");
    let about: Vec<_> = heard.reports.iter().map(|report| report.about.clone()).collect();
    assert_eq!(about, [Some((message().challenge, 2))]);
    assert_eq!(hear(&tagged, &[], &envelope(&[with(&tag.replace("-2-", "-1-"))])), None);
    assert_eq!(hear(&tagged, &[], &envelope(&[row("delivered", 0)])), None);
}
