//! Infobip, from its OpenAPI.

use bytes::Bytes;
use http::Request;
use sekisho::delivery::provider::infobip::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::{Value, json};

use crate::rig::{Rig, challenge, each_answer_has_its_name, provider, report_to};
use crate::sim::{Asked, Reply, Sim};

const KEY: &str = "0123456789abcdef";

fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, json!({"errorCode": code, "description": "…", "action": "…", "violations": []}))
}

fn one(group: &str, more: Value) -> Value {
    let mut one = json!({
        "messageId": "M1", "destination": "819012345678", "details": {"messageCount": 2},
        "status": {"groupId": 1, "groupName": group, "id": 26, "name": format!("{group}_X"), "description": "…"},
    });
    if let (Some(one), Value::Object(more)) = (one.as_object_mut(), more) {
        one.extend(more);
    }
    one
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("App {KEY}") {
        return Err(error(401, "E401"));
    }
    if !asked.is("POST", "/sms/3/messages") || asked.header("content-type") != "application/json" {
        return Err(error(404, "E404"));
    }
    let body = asked.json();
    let message = &body["messages"][0];
    let to = message["destinations"][0]["to"].as_str().unwrap_or_default();
    let validity = &message["options"]["validityPeriod"];
    let lasts = validity["amount"].as_u64().is_some_and(|amount| amount > 0) && validity["timeUnit"] == "MINUTES";
    let text = message["content"]["text"].as_str().is_some_and(|text| !text.is_empty());
    if !lasts || !text || to.is_empty() || !to.bytes().all(|b| b.is_ascii_digit()) || message["sender"] != "HOSPITAL" {
        return Err(error(400, "E400"));
    }
    Ok(Reply::json(200, json!({"bulkId": "B1", "messages": [one("PENDING", json!({}))]})))
}

fn rig(sim: &Sim, key: &str) -> Rig {
    let keys = [("base_url", sim.base_url.as_str()), ("from", "HOSPITAL")];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("api_key", key)]))
}

#[tokio::test]
async fn a_code_is_taken() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, KEY);
    assert_eq!(rig.outcome().await, Ok(()));
    let message = sim.taken()[0].json()["messages"][0].clone();
    assert_eq!(message["webhooks"]["delivery"]["url"], report_to(Channel::Sms, "infobip").as_str());
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let rejected = |permanent| {
        let error = json!({"error": {"groupName": "USER_ERRORS", "id": 5, "permanent": permanent}});
        Reply::json(200, json!({"messages": [one("REJECTED", error)]}))
    };
    let answers = [
        (rejected(true), "infobip:recipient"),
        (rejected(false), "infobip:transient infobip:sent"),
        (error(403, "E403"), "infobip:config"),
        (error(429, "E429"), "infobip:throttle infobip:sent"),
        (error(500, "E500"), "infobip:ambiguous"),
        (Reply::text(200, "text/html", "<html>Welcome</html>"), "infobip:ambiguous"),
    ];
    each_answer_has_its_name(judge, rig, KEY, answers).await;
}

#[tokio::test]
async fn a_report_counts_only_with_our_mark() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, KEY);
    let body = json!({"results": [one("DELIVERED", json!({"price": {"pricePerMessage": 0.0075, "currency": "EUR"}}))]});
    let hear = |url: &str| {
        let request = Request::post(url).body(Bytes::from(body.to_string())).expect("a request");
        rig.hear("infobip", &request)
    };
    let url = report_to(Channel::Sms, "infobip");
    let report = hear(&url).expect("ours").reports.remove(0);
    assert_eq!((report.about, report.fate), (Some((challenge(), 1)), Fate::Delivered));
    assert_eq!(report.price.map(|price| price.to_string()).as_deref(), Some("0.0075 EUR"));
    assert_eq!(hear(&url.replace("&n=1", "&n=2")), None);
}
