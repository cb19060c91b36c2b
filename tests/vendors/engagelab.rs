//! EngageLab's OTP with codes of ours, and its SMS.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::{engagelab, engagelab_sms};
use sekisho::delivery::receipts::Fate;
use sekisho::delivery::settings::Provider;
use sekisho::domain::contact::Channel;
use serde_json::{Value, json};

use crate::rig::{Rig, challenge, provider};
use crate::sim::{Asked, Reply, Sim, Turn};

const KEY: &str = "dev-key";
const SECRET: &str = "dev-secret";

fn error(status: u16, code: u32) -> Reply {
    Reply::json(status, json!({"code": code, "message": "+819012345678: no"}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if !asked.knows(KEY, SECRET) {
        return Err(error(401, 2001));
    }
    let body = asked.json();
    if asked.method != "POST" || !body.is_object() {
        return Err(error(400, 3001));
    }
    let (to, template) = (&body["to"], &body["template"]);
    let reached = |to: &Value| to.as_str().is_some_and(|to| to.starts_with('+') || to.contains('@'));
    let params = template["params"].as_object().is_some_and(|params| params.values().all(Value::is_string));
    let languages = ["default", "zh_CN", "zh_HK", "en", "ja", "th", "es"];
    let language = template.get("language").is_none_or(|name| languages.iter().any(|known| name == known));
    if !params || !language {
        return Err(error(400, 3002));
    }
    if template["id"] != "hosp_login" {
        return Err(error(400, 4001));
    }
    let code = |code: &Value| code.as_str().is_some_and(|code| (4..=10).contains(&code.len()));
    let sent = Reply::json(200, json!({"message_id": "1725000000000000001", "send_channel": "sms"}));
    match asked.path.as_str() {
        "/v1/codes" if reached(to) && code(&body["code"]) => Ok(sent),
        "/v1/custom-messages" if reached(to) && code(&template["params"]["code"]) => Ok(sent),
        "/v1/messages" if to.as_array().is_some_and(|to| to.len() == 1 && reached(&to[0])) => {
            Ok(Reply::json(200, json!({"plan_id": "p", "total_count": 1, "accepted_count": 1, "message_id": "900"})))
        }
        "/v1/codes" | "/v1/custom-messages" | "/v1/messages" => Err(error(400, 3002)),
        _ => Err(error(404, 4001)),
    }
}

fn via(sim: &Sim, keys: &[(&str, &str)], secrets: &[(&str, &str)]) -> Provider {
    let base = [("dev_key", KEY), ("template", "hosp_login"), ("base_url", sim.base_url.as_str())];
    let secrets = [&[("dev_secret", SECRET)], secrets].concat();
    provider(&engagelab::KIND, &[&base[..], keys].concat(), &secrets)
}

#[tokio::test]
async fn a_code_of_ours_goes_out_by_every_channel() {
    let sim = Sim::start(judge).await;
    for channel in Channel::ALL {
        for api in ["codes", "custom-messages"] {
            let keys = [("api", api), ("without_key_press", "true"), ("params", r#"{"minutes":"{minutes}"}"#)];
            assert_eq!(Rig::start(channel, via(&sim, &keys, &[])).outcome().await, Ok(()), "{channel:?} {api}");
        }
    }
    let wrong = Rig::start(Channel::Sms, via(&sim, &[("template", "unknown")], &[]));
    assert_eq!(wrong.outcome().await, Err("config"));
}

#[tokio::test]
async fn errors_are_told_apart_by_their_number() {
    let sim = Sim::start(judge).await;
    for (turns, outcome, told) in [
        (vec![Turn::Say(error(400, 5011))], Err("recipient"), "engagelab:recipient"),
        (vec![Turn::Say(error(400, 5015))], Err("fraud"), "engagelab:fraud"),
        (vec![Turn::Say(error(400, 5017))], Err("region"), "engagelab:region"),
        (vec![Turn::Say(error(400, 5016))], Ok(()), "engagelab:transient engagelab:sent"),
        (vec![Turn::Say(error(500, 1000))], Ok(()), "engagelab:transient engagelab:sent"),
        (vec![Turn::Say(error(200, 5019))], Err("opt_out"), "engagelab:opt_out"),
        (vec![Turn::DieHalfway], Err("ambiguous"), "engagelab:ambiguous"),
    ] {
        let rig = Rig::start(Channel::Sms, via(&sim, &[], &[]));
        sim.turns(turns);
        assert_eq!(rig.outcome().await, outcome, "{told}");
        assert_eq!(rig.told(), told);
    }
    let hasty = Rig::with(Channel::Sms, vec![via(&sim, &[], &[])], Duration::from_millis(600));
    sim.turns([Turn::Hang]);
    assert_eq!(hasty.outcome().await, Err("ambiguous"));
}

fn callback(name: &str, headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let request = Request::post(format!("/.sekisho/receipts/{name}")).header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

#[tokio::test]
async fn a_callback_counts_by_our_header_and_its_signature() {
    let sim = Sim::start(judge).await;
    let secrets = [("callback_authorization", "Bearer of ours"), ("callback_secret", "cb-secret")];
    let rig = Rig::start(Channel::Sms, via(&sim, &[], &secrets));
    let signed = |secret: &str| {
        let time = rig.now().secs();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("{time}8f2chospital").as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("timestamp={time};nonce=8f2c;username=hospital;signature={hex}")
    };
    let body = json!({"total": 1, "rows": [{"message_id": "900", "server": "otp", "custom_args": {},
        "status": {"message_status": "delivered", "error_code": 0}}]})
    .to_string();
    let ours = ("authorization", "Bearer of ours");
    let good = signed("cb-secret");
    let heard = rig.hear("engagelab", &callback("engagelab", &[ours, ("x-callback-id", &good)], &body));
    let heard = heard.expect("genuine");
    assert_eq!((heard.reports[0].fate, heard.reports[0].reference.as_deref()), (Fate::Delivered, Some("900")));
    assert!(heard.answer.is_some(), "it wants 200");
    let wrong = signed("another");
    for headers in [&[ours][..], &[("x-callback-id", good.as_str())], &[ours, ("x-callback-id", wrong.as_str())]] {
        assert_eq!(rig.hear("engagelab", &callback("engagelab", headers, &body)), None, "{headers:?}");
    }
    for empty in ["", "{}"] {
        let heard = rig.hear("engagelab", &callback("engagelab", &[], empty)).expect("registration is answered");
        assert!(heard.reports.is_empty() && heard.answer.is_some());
    }
    rig.world.advance_to(Duration::from_secs(301));
    assert_eq!(rig.hear("engagelab", &callback("engagelab", &[ours, ("x-callback-id", &good)], &body)), None);
    let silent = Rig::start(Channel::Sms, via(&sim, &[], &[]));
    assert!(!silent.receipts.knows("engagelab"), "nothing could prove a callback");
}

#[tokio::test]
async fn engagelab_sms_hands_our_tag_back() {
    let sim = Sim::start(judge).await;
    let keys = [
        ("dev_key", KEY),
        ("template", "hosp_login"),
        ("params", r#"{"code":"{code}"}"#),
        ("base_url", sim.base_url.as_str()),
    ];
    let rig = Rig::start(Channel::Sms, provider(&engagelab_sms::KIND, &keys, &[("dev_secret", SECRET)]));
    assert_eq!(rig.outcome().await, Ok(()));
    let sent = sim.taken()[0].json();
    assert_eq!(sent["template"]["params"], json!({"code": "482913"}));
    let row = |tag: &Value| {
        let rows = json!([{"message_id": "900", "custom_args": {"sekisho": tag},
            "status": {"message_status": "delivered_failed", "error_code": 5018}}]);
        json!({"total": 1, "rows": rows}).to_string()
    };
    let tag = sent["custom_args"]["sekisho"].clone();
    let heard = rig.hear("engagelab-sms", &callback("engagelab-sms", &[], &row(&tag))).expect("proven");
    assert_eq!(
        (heard.reports[0].about.clone(), heard.reports[0].fate),
        (Some((challenge(), 1)), Fate::Lost("transient"))
    );
    let forged = Value::from(tag.as_str().expect("text").replace("-1-", "-2-"));
    assert_eq!(rig.hear("engagelab-sms", &callback("engagelab-sms", &[], &row(&forged))), None);
}
