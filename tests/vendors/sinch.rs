//! Sinch, from its library for Python.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::sinch::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use sekisho::domain::time::Wall;
use serde_json::json;

use crate::rig::{Rig, challenge, each_answer_has_its_name, provider, report_to, tag};
use crate::sim::{Asked, Reply, Sim};

const TOKEN: &str = "0123456789abcdef";
const SECRET: &str = "sinch-secret";

fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, json!({"code": code, "text": "…"}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return Err(error(401, "unauthorized"));
    }
    if !asked.is("POST", "/xms/v1/plan-1/batches") || asked.header("content-type") != "application/json" {
        return Err(error(404, "not_found"));
    }
    let body = asked.json();
    let reports = ["none", "summary", "full", "per_recipient"].iter().any(|report| body["delivery_report"] == *report);
    let ends = body["expire_at"].as_str().and_then(Wall::from_rfc3339).is_some();
    let whole = body["to"][0].is_string() && body["body"].is_string() && body["type"] == "mt_text";
    match whole && ends && reports && body["from"] == "+15005550006" {
        true => Ok(Reply::json(
            201,
            json!({
                "id": "01FC66621XXXXX119Z8PMV1QPQ", "to": body["to"], "from": body["from"], "canceled": false,
                "type": "mt_text", "client_reference": body["client_reference"],
            }),
        )),
        false => Err(error(400, "syntax_constraint_violation")),
    }
}

fn rig(sim: &Sim, token: &str) -> Rig {
    let keys = [("service_plan_id", "plan-1"), ("from", "+15005550006"), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("token", token), ("webhook_secret", SECRET)]))
}

#[tokio::test]
async fn a_code_is_taken_and_not_sent_after_its_end() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, TOKEN);
    assert_eq!(rig.outcome().await, Ok(()));
    let body = sim.taken()[0].json();
    assert_eq!(body["client_reference"], tag(Channel::Sms, "sinch").as_str());
    assert_eq!(body["callback_url"], report_to(Channel::Sms, "sinch").as_str());
    let end = body["expire_at"].as_str().and_then(Wall::from_rfc3339).expect("a moment");
    assert!((290..=300).contains(&rig.now().until(end).as_secs()));
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let answers = [
        (error(403, "…"), "sinch:config"),
        (error(429, "…"), "sinch:throttle sinch:sent"),
        (error(500, "…"), "sinch:ambiguous"),
        (error(503, "…"), "sinch:transient sinch:sent"),
        (error(201, "…"), "sinch:ambiguous"),
    ];
    each_answer_has_its_name(judge, rig, TOKEN, answers).await;
}

#[tokio::test]
async fn a_report_counts_only_with_the_signature_of_now() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, TOKEN);
    let body = json!({"type": "recipient_delivery_report_sms", "batch_id": "B1", "code": 0, "status": "DELIVERED"});
    let hear = |secret: &str, late: i64| {
        let (body, at) = (body.to_string(), rig.now().secs() - late);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, format!("{body}.n1.{at}").as_bytes()));
        let request = Request::post(report_to(Channel::Sms, "sinch"))
            .header("x-sinch-webhook-signature", signature)
            .header("x-sinch-webhook-signature-nonce", "n1")
            .header("x-sinch-webhook-signature-timestamp", at);
        rig.hear("sinch", &request.body(Bytes::from(body)).expect("a request"))
    };
    let report = hear(SECRET, 0).expect("signed").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(hear("another", 0), None);
    assert_eq!(hear(SECRET, 301), None);
}
