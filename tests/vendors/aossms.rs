//! Zettai Reach! SMS of AI CROSS, from what two public clients quote of its OpenAPI.

use std::collections::BTreeSet;
use std::sync::Mutex;

use bytes::Bytes;
use http::Request;
use sekisho::delivery::provider::aossms::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, challenge, phone, provider, tag};
use crate::sim::{Asked, Reply, Sim, Turn};
use crate::world::lock;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn says(code: u32, message: &str) -> Reply {
    Reply::json(200, json!({"responseCode": code, "responseMessage": message}))
}

/// `(\+81|0)` and a mobile, or a number of a thing.
fn is_japanese(number: &str) -> bool {
    let Some(rest) = number.strip_prefix("+81").or_else(|| number.strip_prefix('0')) else { return false };
    let digits: Vec<u8> = rest.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let mobile = digits.len() == 10 && matches!(digits[0], 2 | 6..=9) && digits[1] == 0 && digits[2] > 0;
    let thing = digits.len() == 13 && digits[..2] == [2, 0] && digits[2] > 0;
    digits.len() == rest.len() && (mobile || thing)
}

fn judge(asked: &Asked, tags: &Mutex<BTreeSet<String>>) -> Result<Reply, Reply> {
    if !asked.is("POST", "/p5/api/mt.json") {
        return Err(Reply::text(404, "text/html", "Not Found"));
    }
    let form = asked.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    for name in ["token", "clientId", "smsCode", "message", "phoneNumber"] {
        if field(name).is_empty() {
            return Err(says(100, &format!("Missing parameter: {name}")));
        }
    }
    let tag = field("clientTag");
    match () {
        () if field("token") != TOKEN || field("clientId") != "1234" => Err(says(110, "Invalid parameter: token")),
        () if !is_japanese(field("phoneNumber")) => Err(says(110, "Invalid parameter: phoneNumber")),
        () if field("message").chars().count() > 660 => Err(says(120, "Message too long")),
        () if tag.chars().count() > 200 => Err(says(110, "Invalid parameter: clientTag")),
        () if !tag.is_empty() && !lock(tags).insert(tag.to_owned()) => Err(says(400, "Duplicate client tag")),
        () => Ok(Reply::json(
            200,
            json!({
                "responseCode": 0, "responseMessage": "Success.",
                "phoneNumber": "+819012345678", "smsMessage": field("message"),
            }),
        )),
    }
}

async fn sim() -> Sim {
    let tags = Mutex::default();
    Sim::start(move |asked| judge(asked, &tags)).await
}

fn aossms(sim: &Sim) -> Provider {
    let keys = [("client_id", "1234"), ("sms_code", "12345"), ("base_url", sim.base_url.as_str())];
    provider(&KIND, &keys, &[("token", TOKEN)])
}

#[tokio::test]
async fn a_code_is_taken_with_our_tag() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Sms, aossms(&sim));
    assert_eq!(rig.outcome().await, Ok(()));
    let form = sim.taken()[0].form();
    assert_eq!(form["clientTag"], tag(Channel::Sms, "aossms"));
    assert!(form["message"].starts_with("482913 が"), "{form:?}");
}

#[tokio::test]
async fn what_was_taken_and_not_admitted_is_not_sent_twice() {
    let sim = sim().await;
    // Taken, and then their own system says that it failed.
    sim.say(says(500, "System error"));
    let rig = Rig::start(Channel::Sms, aossms(&sim));
    assert_eq!(rig.outcome().await, Ok(()));
    assert_eq!((sim.asked().len(), sim.taken().len()), (2, 1), "the second was the duplicate");
    assert_eq!(rig.told(), "aossms:transient aossms:sent");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    for (reply, told) in [
        (says(300, "Quota exceeded"), "aossms:funds"),
        (says(110, "Invalid parameter: smsCode"), "aossms:config"),
        (Reply::text(200, "text/html", "maintenance"), "aossms:ambiguous"),
        (Reply::text(429, "text/plain", ""), "aossms:throttle aossms:sent"),
        (Reply::text(502, "text/plain", ""), "aossms:ambiguous"),
    ] {
        let sim = sim().await;
        sim.say(reply);
        let rig = Rig::start(Channel::Sms, aossms(&sim));
        let _ = rig.outcome().await;
        assert_eq!(rig.told(), told);
    }
}

#[tokio::test]
async fn a_number_from_elsewhere_is_not_theirs() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Sms, aossms(&sim));
    assert_eq!(rig.outcome_to(phone("+14155552671", "US")).await, Err("config"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_it_open() {
    let sim = sim().await;
    sim.turns([Turn::DieHalfway]);
    let rig = Rig::start(Channel::Sms, aossms(&sim));
    assert_eq!(rig.outcome().await, Err("ambiguous"));
    assert_eq!(sim.asked().len(), 1);
}

#[tokio::test]
async fn a_notice_counts_only_with_our_mark_and_from_where_it_may_come() {
    let sim = sim().await;
    let rig = Rig::start(Channel::Sms, aossms(&sim));
    let push = |tag: &str| {
        let notice = json!({
            "type": "DLR", "dateTime": "2026/01/01 12:30:00", "messageId": "M-1", "phoneNumber": "+819012345678",
            "smsCode": 12345, "carrierId": 101, "clientTag": tag, "statusId": 2, "detailedStatusId": 2,
            "separatedSuccessCount": 1,
        });
        let body = Bytes::from(json!({"eventNotifications": [notice]}).to_string());
        Request::post("/.sekisho/receipts/aossms").body(body).expect("a request")
    };
    let tag = tag(Channel::Sms, "aossms");
    let heard = rig.hear("aossms", &push(&tag)).expect("ours");
    let report = &heard.reports[0];
    assert_eq!((report.about.clone(), report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(report.reference.as_deref(), Some("M-1"));
    assert_eq!(rig.hear("aossms", &push(&tag.replace("-1-", "-2-"))), None);
    let mut bound = aossms(&sim);
    bound.receipts_from = vec!["203.0.113.0/24".parse().expect("a network")];
    assert_eq!(Rig::start(Channel::Sms, bound).hear("aossms", &push(&tag)), None);
}
