//! Plivo, from its library for Python.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::plivo::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, challenge, each_answer_has_its_name, provider, report_to};
use crate::sim::{Asked, Reply, Sim};

const ID: &str = "MA0000000000000000";
const TOKEN: &str = "plivo_token";

fn error(status: u16) -> Reply {
    Reply::json(status, json!({"api_id": "a-1", "error": "…"}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if !asked.knows(ID, TOKEN) {
        return Err(error(401));
    }
    if !asked.is("POST", &format!("/v1/Account/{ID}/Message/")) || asked.header("content-type") != "application/json" {
        return Err(error(404));
    }
    let body = asked.json();
    let to = body["dst"].as_str().unwrap_or_default();
    let digits = !to.is_empty() && to.bytes().all(|b| b.is_ascii_digit());
    let expires = body["message_expiry"].as_u64().is_some_and(|seconds| (5..=10_800).contains(&seconds));
    match digits && expires && body["text"].is_string() && body["src"] == "15005550006" && body["log"] == false {
        true => Ok(Reply::json(
            202,
            json!({
                "message": "message(s) queued", "message_uuid": ["db3ce55a-7f1d-11e1-8ea7-1231380bc196"], "api_id": "a-1",
            }),
        )),
        false => Err(error(400)),
    }
}

fn rig(sim: &Sim, token: &str) -> Rig {
    let keys = [("auth_id", ID), ("from", "+15005550006"), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("auth_token", token)]))
}

#[tokio::test]
async fn a_code_is_taken() {
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, TOKEN).outcome().await, Ok(()));
    assert_eq!(sim.taken()[0].json()["url"], report_to(Channel::Sms, "plivo").as_str());
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let answers = [
        (error(400), "plivo:config"),
        (error(402), "plivo:funds"),
        (error(429), "plivo:throttle plivo:sent"),
        (error(500), "plivo:ambiguous"),
        (error(202), "plivo:config"),
        (Reply::text(202, "text/html", "<html>Welcome</html>"), "plivo:ambiguous"),
    ];
    each_answer_has_its_name(judge, rig, TOKEN, answers).await;
}

#[tokio::test]
async fn a_report_counts_only_with_the_accounts_signature() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, TOKEN);
    let url = report_to(Channel::Sms, "plivo");
    let (place, query) = url.split_once('?').expect("a query");
    let mut query: Vec<_> = query.split('&').collect();
    query.sort_unstable();
    let fields = [("From", "15005550006"), ("MessageUUID", "u-1"), ("Status", "delivered"), ("To", "819012345678")];
    let hear = |token: &str, status: &str| {
        let text =
            fields.iter().fold(format!("{place}?{}.", query.join("&")), |text, (name, value)| text + name + value);
        let key = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, format!("{text}.12345").as_bytes()));
        let form = format!("From=15005550006&MessageUUID=u-1&Status={status}&To=819012345678");
        let request = Request::post(&url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("X-Plivo-Signature-V3", signature)
            .header("X-Plivo-Signature-V3-Nonce", "12345");
        rig.hear("plivo", &request.body(Bytes::from(form)).expect("a request"))
    };
    let report = hear(TOKEN, "delivered").expect("signed").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(hear("another", "delivered"), None);
    assert_eq!(hear(TOKEN, "failed"), None, "another form than was signed");
}
