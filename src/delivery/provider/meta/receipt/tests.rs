//! Webhooks as Meta signs them, and what must not pass for one.

use super::*;
use crate::delivery::postmark::tests::site;
use crate::delivery::provider::tests::{given, message};
use crate::domain::contact::Channel;

const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
/// Made by the vendor's rule for that body and this secret, with another implementation.
const SIGNED: &str = "sha256=d3e4f9da0ce6c71ab3dba55929b8eeeee2455349e534924ead19f98d143e904f";
const SECRET: &str = "app-secret";

fn webhook() -> Webhook {
    let keys = [("app_secret", SECRET), ("verify_token", "our word")];
    let given = given(&keys, &["app_secret", "verify_token"]);
    Webhook::new(&given, "106", &site(Channel::Whatsapp, "meta")).expect("good settings").expect("a webhook")
}

fn post(body: &str, headers: &[(&str, &str)]) -> Option<Heard> {
    let mut request = Request::post("/.sekisho/receipts/meta");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    webhook().read(&request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request"))
}

/// Reads what Meta signed.
fn signed(body: &str) -> Vec<Report> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    post(body, &[(SIGNATURE, &format!("sha256={hex}"))]).expect("signed").reports
}

fn event(number: &str, statuses: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"WABA","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"815000000000","phone_number_id":"{number}"}},"statuses":[{statuses}]}}}}]}}]}}"#
    )
}

fn status(word: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"wamid.X","status":"{word}","timestamp":"1790000000","recipient_id":"819012345678","pricing":{{"pricing_model":"PMP","category":"authentication","billable":true}}{rest}}}"#
    )
}

#[test]
fn the_signature_is_over_the_raw_bytes() {
    let heard = post(BODY, &[(SIGNATURE, SIGNED)]).expect("signed");
    assert_eq!((heard.reports, heard.answer.map(|(_, body)| body)), (vec![], Some(String::new())));
    assert_eq!(post(BODY, &[]), None, "missing");
    assert_eq!(post(BODY, &[(SIGNATURE, SIGNED), (SIGNATURE, SIGNED)]), None, "twice");
    assert_eq!(post(&BODY.replace(':', ": "), &[(SIGNATURE, SIGNED)]), None, "the same JSON in other bytes");
    let hex = &SIGNED["sha256=".len()..];
    for wrong in ["", "sha256=", hex, &SIGNED[..70], &SIGNED.replace('d', "e"), "sha1=00", &format!("{SIGNED}00")] {
        assert_eq!(post(BODY, &[(SIGNATURE, wrong)]), None, "{wrong}");
    }
    assert_eq!(post(BODY, &[("x-hub-signature", SIGNED)]), None, "the older header");
}

#[test]
fn every_status_has_its_fate() {
    let errors = |code| format!(r#","errors":[{{"code":{code},"title":"…","error_data":{{"details":"…"}}}}]"#);
    for (word, rest, fate) in [
        ("sent", String::new(), Fate::Carried),
        ("delivered", String::new(), Fate::Delivered),
        ("read", String::new(), Fate::Delivered),
        ("played", String::new(), Fate::Delivered),
        ("failed", errors(131026), Fate::Lost("recipient")),
        ("failed", errors(131049), Fate::Lost("recipient")),
        ("failed", errors(131042), Fate::Lost("funds")),
        ("failed", errors(132015), Fate::Lost("config")),
        ("failed", errors(1), Fate::Lost("failed")),
        ("failed", String::new(), Fate::Lost("failed")),
        ("deleted", String::new(), Fate::Underway),
    ] {
        let report = Report { reference: Some("wamid.X".to_owned()), ..Report::of(fate) };
        assert_eq!(signed(&event("106", &status(word, &rest))), [report], "{word}{rest}");
    }
}

#[test]
fn what_we_gave_along_names_the_message() {
    let ours = site(Channel::Whatsapp, "meta").tag(&message());
    let about = |tag: &str| {
        let rest = format!(r#","biz_opaque_callback_data":"{tag}""#);
        signed(&event("106", &status("sent", &rest))).remove(0).about
    };
    assert_eq!(about(&ours), Some((message().challenge, 2)));
    assert_eq!(about(&ours.replace("-2-", "-3-")), None, "somebody else's");
    assert_eq!(about("a campaign"), None);
}

#[test]
fn a_batch_is_read_whole_and_what_makes_no_sense_is_left_out() {
    let mixed = [status("sent", ""), r#"{"id":7}"#.to_owned(), "null".to_owned(), status("read", "")].join(",");
    let fates = |body: &str| signed(body).iter().map(|report| report.fate).collect::<Vec<_>>();
    assert_eq!(fates(&event("106", &mixed)), [Fate::Carried, Fate::Delivered]);
    assert_eq!(fates(&event("107", &mixed)), [], "another of the app's numbers");
    let [first, second] = ["sent", "failed"].map(|word| event("106", &status(word, "")));
    let entry = |event: &str| event[event.find("[{\"id\"").expect("a list") + 1..event.len() - 2].to_owned();
    let both = format!(r#"{{"entry":[{},{{"changes":[{{"value":7}}]}},{}]}}"#, entry(&first), entry(&second));
    assert_eq!(fates(&both), [Fate::Carried, Fate::Lost("failed")]);
    for body in ["", "[]", "{\"entry\":{}}", &event("106", "").replace("statuses", "messages")] {
        assert_eq!(fates(body), [], "{body}");
    }
}

#[test]
fn the_address_is_confirmed_to_whoever_knows_our_word() {
    let get = |query: &str| {
        let request = Request::get(format!("/.sekisho/receipts/meta?{query}")).body(Bytes::new()).expect("a request");
        webhook().read(&request).map(|heard| heard.answer.expect("an answer").1)
    };
    let good = "hub.mode=subscribe&hub.verify_token=our+word&hub.challenge=1158201444";
    assert_eq!(get(good).as_deref(), Some("1158201444"));
    for bad in [
        "",
        &good.replace("our+word", "their+word"),
        &good.replace("our+word", ""),
        &good.replace("subscribe", "unsubscribe"),
        &good.replace("1158201444", "%3Cscript%3E"),
        &good.replace("1158201444", &"1".repeat(129)),
        &format!("{good}&hub.verify_token=our+word"),
    ] {
        assert_eq!(get(bad), None, "{bad}");
    }
    let silent = given(&[("app_secret", SECRET)], &["app_secret"]);
    let silent = Webhook::new(&silent, "106", &site(Channel::Whatsapp, "meta")).expect("good").expect("a webhook");
    let asked = Request::get(format!("/?{}", good.replace("our+word", ""))).body(Bytes::new()).expect("a request");
    assert_eq!(silent.read(&asked), None, "no word was agreed on");
}
