//! Meta's WhatsApp Cloud API, from its OpenAPI and the page about authentication templates.

use bytes::Bytes;
use http::Request;
use ring::hmac;
use sekisho::delivery::provider::meta::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use serde_json::{Value, json};

use crate::rig::{Rig, challenge, provider, tag};
use crate::sim::{Asked, Reply, Sim, Turn};

const NUMBER: &str = "106540352242922";
const TOKEN: &str = "EAAG0000000000000000";
const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";

fn error(status: u16, code: u32) -> Reply {
    let details = json!({"messaging_product": "whatsapp", "details": "about +819012345678"});
    let error = json!({
        "message": format!("(#{code}) Something"), "type": "OAuthException", "code": code,
        "error_data": details, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    });
    Reply::json(status, json!({"error": error}))
}

/// What one parameter of a template holds.
fn parameter(component: &Value) -> Option<&str> {
    match component["parameters"].as_array()?.as_slice() {
        [one] if one["type"] == "text" => one["text"].as_str(),
        _ => None,
    }
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return Err(error(401, 190));
    }
    if !asked.is("POST", &format!("/v23.0/{NUMBER}/messages")) {
        return Err(error(404, 100));
    }
    let body = asked.json();
    let to = body["to"].as_str().unwrap_or_default();
    let digits = (7..=15).contains(&to.len()) && to.bytes().all(|b| b.is_ascii_digit());
    if asked.header("content-type") != "application/json" || body["messaging_product"] != "whatsapp" || !digits {
        return Err(error(400, 131009));
    }
    let template = &body["template"];
    if body["type"] != "template" {
        return Err(error(400, 131047));
    }
    if template["name"] != "hosp_login" || template["language"]["code"] != "ja" {
        return Err(error(404, 132001));
    }
    let [text, button] = template["components"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(error(400, 132000));
    };
    let is_button = button["type"] == "button" && button["sub_type"] == "url" && button["index"] == "0";
    match (parameter(text), parameter(button)) {
        (Some(text_code), Some(button_code)) if text["type"] == "body" && is_button && text_code == button_code => {}
        _ => return Err(error(400, 132012)),
    }
    Ok(Reply::json(
        200,
        json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": "wamid.HBgMODE5MDEyMzQ1Njc4FQIAERgS"}],
        }),
    ))
}

async fn house() -> (Sim, Rig) {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, TOKEN);
    (sim, rig)
}

fn rig(sim: &Sim, token: &str) -> Rig {
    let keys = [
        ("phone_number_id", NUMBER),
        ("template", "hosp_login"),
        ("languages", "en, ja"),
        ("base_url", sim.base_url.as_str()),
    ];
    let secrets = [("token", token), ("app_secret", APP_SECRET), ("verify_token", "our word")];
    Rig::start(Channel::Whatsapp, provider(&KIND, &keys, &secrets))
}

fn webhook(secret: &str, statuses: Value) -> Request<Bytes> {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "815000000000", "phone_number_id": NUMBER},
        "statuses": statuses,
    });
    let entry = json!([{"id": "WABA", "changes": [{"field": "messages", "value": value}]}]);
    let body = json!({"object": "whatsapp_business_account", "entry": entry}).to_string();
    let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
    let hex: String = mark.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = Request::post("/.sekisho/receipts/meta").header("X-Hub-Signature-256", format!("sha256={hex}"));
    request.body(Bytes::from(body)).expect("a request")
}

#[tokio::test]
async fn a_code_is_taken_with_our_tag() {
    let (sim, rig) = house().await;
    assert_eq!(rig.outcome().await, Ok(()));
    let body = sim.taken()[0].json();
    assert_eq!(body["biz_opaque_callback_data"], tag(Channel::Whatsapp, "meta").as_str());
    assert_eq!(parameter(&body["template"]["components"][1]), Some("482913"));
    assert_eq!(rig.told(), "meta:sent");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    for (reply, attempts, told) in [
        (error(400, 131026), 1, "meta:recipient"),
        (error(200, 131026), 1, "meta:recipient"),
        (error(429, 131056), 1, "meta:throttle"),
        (error(403, 130497), 1, "meta:region"),
        (error(400, 131042), 1, "meta:funds"),
        (error(500, 1), 1, "meta:ambiguous"),
        (error(500, 131016), 2, "meta:transient meta:sent"),
        (Reply::text(200, "text/html", "<html>Welcome to the hotel</html>"), 1, "meta:ambiguous"),
    ] {
        let (sim, rig) = house().await;
        sim.say(reply);
        let outcome = rig.outcome().await;
        assert_eq!((rig.told().as_str(), sim.taken().len(), outcome.is_ok()), (told, attempts, attempts == 2));
    }
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, "expired").outcome().await, Err("config"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_asked_for_again() {
    let (sim, rig) = house().await;
    sim.turns([Turn::DieHalfway]);
    assert_eq!(rig.outcome().await, Err("ambiguous"));
    assert_eq!(sim.asked().len(), 1);
}

#[tokio::test]
async fn a_batch_of_statuses_counts_only_with_the_apps_secret() {
    let (_sim, rig) = house().await;
    let tag = tag(Channel::Whatsapp, "meta");
    let status = |word: &str, data: &str| {
        json!({"id": "wamid.X", "status": word, "timestamp": "1790000000", "recipient_id": "819012345678",
               "biz_opaque_callback_data": data})
    };
    // Read without ever being delivered, and a message of somebody else's on the same number.
    let statuses = json!([status("read", &tag), status("sent", "campaign")]);
    let heard = rig.hear("meta", &webhook(APP_SECRET, statuses.clone())).expect("signed");
    let read: Vec<_> = heard.reports.into_iter().map(|report| (report.about, report.fate)).collect();
    assert_eq!(read, [(Some((challenge(), 1)), Fate::Delivered), (None, Fate::Carried)]);
    assert_eq!(rig.hear("meta", &webhook("another app's secret", statuses)), None);
}

#[tokio::test]
async fn the_address_is_confirmed() {
    let (_sim, rig) = house().await;
    let get = |token: &str| {
        let url =
            format!("/.sekisho/receipts/meta?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        rig.hear("meta", &Request::get(url).body(Bytes::new()).expect("a request"))
    };
    let answer = get("our+word").and_then(|heard| heard.answer).map(|(_, body)| body);
    assert_eq!(answer.as_deref(), Some("1158201444"));
    assert_eq!(get("a+guess"), None);
}
