//! MessageBird, from a copy of its specification and its library for Python.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Request;
use ring::{digest, hmac};
use sekisho::delivery::provider::messagebird::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, challenge, each_answer_has_its_name, provider, report_to, tag};
use crate::sim::{Asked, Reply, Sim};

const KEY: &str = "live_0123456789";
const SIGNING: &str = "signing-key";

fn error(status: u16, code: u32) -> Reply {
    Reply::json(status, json!({"errors": [{"code": code, "description": "…", "parameter": null}]}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("AccessKey {KEY}") {
        return Err(error(401, 2));
    }
    if !asked.is("POST", "/messages") {
        return Err(error(404, 20));
    }
    let body = asked.json();
    let digits = body["recipients"][0].as_str().is_some_and(|to| to.bytes().all(|b| b.is_ascii_digit()));
    let coding = ["plain", "unicode", "auto"].iter().any(|coding| body["datacoding"] == *coding);
    let named = body["originator"].as_str().is_some_and(|from| (1..=11).contains(&from.len()));
    match digits && coding && named && body["body"].is_string() && body["validity"].as_u64().is_some_and(|v| v > 0) {
        true => Ok(Reply::json(
            201,
            json!({
                "id": "e8077d803532c0b5937c639b60216938", "reference": body["reference"],
                "recipients": {"totalCount": 1, "totalSentCount": 1, "items": [{"status": "sent"}]},
            }),
        )),
        false => Err(error(422, 10)),
    }
}

fn rig(sim: &Sim, key: &str) -> Rig {
    let keys = [("from", "HOSPITAL"), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("access_key", key), ("signing_key", SIGNING)]))
}

#[tokio::test]
async fn a_code_is_taken_with_our_tag() {
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, KEY).outcome().await, Ok(()));
    let body = sim.taken()[0].json();
    assert_eq!(body["reference"], tag(Channel::Sms, "messagebird").as_str());
    assert_eq!(body["reportUrl"], report_to(Channel::Sms, "messagebird").as_str());
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let answers = [
        (error(422, 10), "messagebird:config"),
        (error(402, 25), "messagebird:funds"),
        (error(429, 1), "messagebird:throttle messagebird:sent"),
        (error(500, 99), "messagebird:ambiguous"),
        (error(201, 9), "messagebird:config"),
        (Reply::text(201, "text/html", "<html>Welcome</html>"), "messagebird:ambiguous"),
    ];
    each_answer_has_its_name(judge, rig, KEY, answers).await;
}

#[tokio::test]
async fn a_report_counts_only_with_the_vendors_token_for_this_address() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, KEY);
    let hash = |text: &str| -> String {
        digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let jwt = |key: &str, url: &str| {
        let now = rig.now().secs();
        let claims = json!({"iss": "MessageBird", "nbf": now, "exp": now + 60, "jti": "1", "url_hash": hash(url)});
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let hear = |url: &str, jwt: &str| {
        let request = Request::get(url).header("MessageBird-Signature-JWT", jwt).body(Bytes::new());
        rig.hear("messagebird", &request.expect("a request"))
    };
    let url = format!("{}&id=B1&status=delivered&statusErrorCode=0", report_to(Channel::Sms, "messagebird"));
    let report = hear(&url, &jwt(SIGNING, &url)).expect("signed").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(hear(&url, &jwt("another", &url)), None);
    assert_eq!(hear(&url, &jwt(SIGNING, "https://records.example.jp/")), None);
}
