//! Telnyx, from its library for Python.

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sekisho::delivery::provider::telnyx::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, challenge, provider, report_to, tag};
use crate::sim::{Asked, Reply, Sim, Turn};
use crate::world::lock;

const KEY: &str = "KEY0123456789ABCDEF";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key pair")
}

fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, json!({"errors": [{"code": code, "title": "…", "detail": "about +819012345678"}]}))
}

/// How many messages were made of how many requests: those of one key are one.
type Made = Mutex<BTreeMap<String, usize>>;

fn judge(asked: &Asked, made: &Made) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("Bearer {KEY}") {
        return Err(error(401, "10009"));
    }
    if !asked.is("POST", "/v2/messages") || asked.header("content-type") != "application/json" {
        return Err(error(404, "10005"));
    }
    let body = asked.json();
    let number = body["to"].as_str().is_some_and(|to| to.starts_with('+'));
    if !number || !body["text"].is_string() || body["from"] != "+15005550006" {
        return Err(error(422, "10015"));
    }
    let key = asked.header("idempotency-key").to_owned();
    let mut made = lock(made);
    let next = made.len() + 1;
    let id = *made.entry(key).or_insert(next);
    let to = json!([{"phone_number": body["to"], "status": "queued", "carrier": "…", "line_type": "Wireless"}]);
    Ok(Reply::json(200, json!({"data": {"record_type": "message", "id": format!("M{id}"), "to": to, "cost": null}})))
}

async fn sim() -> Sim {
    let made = Made::default();
    Sim::start(move |asked| judge(asked, &made)).await
}

fn rig(sim: &Sim, key: &str) -> Rig {
    let public_key = STANDARD.encode(pair(9).public_key());
    let keys = [("from", "+15005550006"), ("public_key", public_key.as_str()), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("api_key", key)]))
}

#[tokio::test]
async fn a_code_is_taken_with_our_tag_as_its_key() {
    let sim = sim().await;
    assert_eq!(rig(&sim, KEY).outcome().await, Ok(()));
    let taken = &sim.taken()[0];
    assert_eq!(taken.header("idempotency-key"), tag(Channel::Sms, "telnyx"));
    assert_eq!(taken.json()["webhook_url"], report_to(Channel::Sms, "telnyx").as_str());
}

#[tokio::test]
async fn a_second_attempt_is_the_same_message() {
    let sim = sim().await;
    sim.say(error(503, "10007"));
    let rig = rig(&sim, KEY);
    assert_eq!(rig.outcome().await, Ok(()));
    let keys: Vec<_> = sim.taken().iter().map(|asked| asked.header("idempotency-key").to_owned()).collect();
    assert_eq!(keys, [tag(Channel::Sms, "telnyx"), tag(Channel::Sms, "telnyx")]);
    assert_eq!(rig.told(), "telnyx:transient telnyx:sent");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    for (reply, told) in [
        (error(403, "40300"), "telnyx:config"),
        (error(409, "10000"), "telnyx:ambiguous"),
        (error(429, "10011"), "telnyx:throttle telnyx:sent"),
        (error(500, "10007"), "telnyx:ambiguous"),
        (error(200, "10007"), "telnyx:ambiguous"),
    ] {
        let sim = sim().await;
        sim.say(reply);
        let rig = rig(&sim, KEY);
        let _ = rig.outcome().await;
        assert_eq!(rig.told(), told);
    }
    let sim = sim().await;
    assert_eq!(rig(&sim, "another").outcome().await, Err("config"));
    sim.turns([Turn::DieHalfway]);
    assert_eq!(rig(&sim, KEY).outcome().await, Err("ambiguous"));
}

#[tokio::test]
async fn a_report_counts_only_with_the_vendors_signature_of_now() {
    let sim = sim().await;
    let rig = rig(&sim, KEY);
    let hear = |seed: u8, late: i64| {
        let payload = json!({"id": "M1", "to": [{"phone_number": "+819012345678", "status": "delivered"}]});
        let body = json!({"data": {"event_type": "message.finalized", "payload": payload}}).to_string();
        let at = rig.now().secs() - late;
        let signature = STANDARD.encode(pair(seed).sign(format!("{at}|{body}").as_bytes()));
        let request = Request::post(report_to(Channel::Sms, "telnyx"))
            .header("telnyx-signature-ed25519", signature)
            .header("telnyx-timestamp", at);
        rig.hear("telnyx", &request.body(Bytes::from(body)).expect("a request"))
    };
    let report = hear(9, 0).expect("signed").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(hear(8, 0), None, "another's key");
    assert_eq!(hear(9, 301), None, "said again later");
}
