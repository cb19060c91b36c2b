//! Telesign, from its library for Python.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::telesign::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, challenge, provider, tag};
use crate::sim::{Asked, Reply, Sim, Turn};

const ID: &str = "FFFFFFFF-EEEE-DDDD-1234-AB1234567890";
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

fn says(status: u16, code: u32) -> Reply {
    let body = json!({
        "reference_id": "35BC8CB8A4E40C1092C8D5A1D4A5D6F7", "external_id": null,
        "status": {"code": code, "updated_on": "2026-09-21T14:13:20.000000Z", "description": "…"},
    });
    Reply::json(status, body)
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if !asked.knows(ID, KEY) {
        return Err(says(401, 10033));
    }
    let form_type = asked.header("content-type") == "application/x-www-form-urlencoded";
    if !asked.is("POST", "/v1/messaging") || !form_type {
        return Err(says(404, 10040));
    }
    let form = asked.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let digits = !field("phone_number").is_empty() && field("phone_number").bytes().all(|b| b.is_ascii_digit());
    match digits && !field("message").is_empty() && ["OTP", "ARN", "MKT"].contains(&field("message_type")) {
        true => Ok(says(200, 290)),
        false => Err(says(400, 11000)),
    }
}

fn rig(sim: &Sim, id: &str) -> Rig {
    let keys = [("customer_id", id), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("api_key", KEY)]))
}

#[tokio::test]
async fn a_code_is_taken_with_our_tag() {
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, ID).outcome().await, Ok(()));
    assert_eq!(sim.taken()[0].form()["external_id"], tag(Channel::Sms, "telesign"));
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    for (reply, told) in [
        (says(200, 233), "telesign:fraud"),
        (says(200, 211), "telesign:recipient"),
        (says(200, 210), "telesign:transient telesign:sent"),
        (says(429, 10000), "telesign:throttle telesign:sent"),
        (says(400, 11000), "telesign:config"),
        (says(200, 599), "telesign:ambiguous"),
        (says(500, 500), "telesign:ambiguous"),
    ] {
        let sim = Sim::start(judge).await;
        sim.say(reply);
        let rig = rig(&sim, ID);
        let _ = rig.outcome().await;
        assert_eq!(rig.told(), told);
    }
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, "another").outcome().await, Err("config"));
    sim.turns([Turn::DieHalfway]);
    assert_eq!(rig(&sim, ID).outcome().await, Err("ambiguous"));
}

#[tokio::test]
async fn a_report_counts_only_with_the_accounts_signature() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, ID);
    let hear = |key: &[u8]| {
        let tag = tag(Channel::Sms, "telesign");
        let body = json!({"reference_id": "R1", "external_id": tag, "status": {"code": 200}}).to_string();
        let signature = STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), body.as_bytes()));
        let request =
            Request::post("/.sekisho/receipts/telesign").header("authorization", format!("TSA {ID}:{signature}"));
        rig.hear("telesign", &request.body(Bytes::from(body)).expect("a request"))
    };
    let report = hear(b"0123456789abcdef0123456789abcdef").expect("signed").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(hear(KEY.as_bytes()), None, "signed with the key as it is written");
}
