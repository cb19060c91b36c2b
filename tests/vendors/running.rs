//! Vendors' notices at the real binary, over every wire: one that is signed, and one that only our mark proves.

use ring::hmac;
use serde_json::json;
use url::form_urlencoded::parse;

use crate::support::caller::Ask;
use crate::support::gateway::{Gateway, Plan, User};
use crate::support::upstream::Upstream;
use crate::support::wait;
use crate::support::wire::Wire;

const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";

fn counted(gateway: &Gateway, provider: &str, outcome: &str) -> bool {
    let name = format!("sekisho_deliveries_total{{provider=\"{provider}\",outcome=\"{outcome}\"}}");
    let metrics = gateway.admin("/metrics").text();
    metrics.lines().any(|line| line.starts_with(&name) && !line.ends_with(" 0"))
}

#[test]
fn meta_is_answered_its_challenge_and_heard_when_it_signs() {
    let providers = format!(
        "[[sms.provider]]\nkind = \"file\"\npath = \"{{folder}}/outbox.jsonl\"\n\
         [[whatsapp.provider]]\nkind = \"meta\"\nphone_number_id = \"106\"\ntoken = \"t\"\ntemplate = \"hosp_login\"\n\
         languages = \"ja\"\napp_secret = \"{APP_SECRET}\"\nverify_token = \"our word\"\n"
    );
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
    let value = json!({"metadata": {"phone_number_id": "106"}, "statuses": [{"id": "wamid.X", "status": "read"}]});
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).to_string();
    let sign = |secret: &str| {
        let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
        let hex: String = mark.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256={hex}")
    };
    for wire in Wire::ALL {
        let mut meta = gateway.caller(wire);
        let query = "hub.mode=subscribe&hub.verify_token=our%20word&hub.challenge=1158201444";
        let answer = meta.send(Ask::get(&format!("/.sekisho/receipts/meta?{query}"))).expect(200);
        assert_eq!(
            (answer.text().as_str(), answer.header("content-type")),
            ("1158201444", Some("text/plain; charset=utf-8"))
        );
        meta.send(Ask::get(&format!("/.sekisho/receipts/meta?{}", query.replace("our", "a")))).expect(403);
        let post = |signature: &str| {
            let ask = Ask::post("/.sekisho/receipts/meta").body("application/json", body.clone().into_bytes());
            ask.header("X-Hub-Signature-256", signature)
        };
        meta.send(post(&sign("another app's secret"))).expect(403);
        assert_eq!(counted(&gateway, "meta", "delivered"), wire != Wire::ALL[0], "only what was signed");
        meta.send(post(&sign(APP_SECRET))).expect(200);
        assert!(counted(&gateway, "meta", "delivered"));
    }
}

/// The tag of the message that was posted to AOSSMS.
fn tag(aossms: &Upstream) -> String {
    let request = wait::until("a message at AOSSMS", || aossms.requests().into_iter().next());
    let text = String::from_utf8(request).expect("UTF-8");
    let form = text.split_once("\r\n\r\n").expect("a body").1;
    let tag = parse(form.as_bytes()).find(|(name, _)| name == "clientTag").map(|(_, tag)| tag.into_owned());
    tag.unwrap_or_else(|| panic!("no tag in {form}"))
}

#[test]
fn a_loss_that_aossms_tells_of_is_shown_and_a_forged_one_is_not() {
    for wire in Wire::ALL {
        let aossms = Upstream::saying("200 OK", r#"{"responseCode":0,"responseMessage":"Success."}"#);
        let providers = format!(
            "[[sms.provider]]\nkind = \"aossms\"\ntoken = \"0123456789abcdef0123456789abcdef\"\nclient_id = \"1\"\n\
             sms_code = \"12345\"\nbase_url = \"{}\"\n",
            aossms.url
        );
        let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
        let (mut alice, mut vendor) = (gateway.caller(wire), gateway.caller(wire));
        let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
        let id = begun["id"].as_str().expect("an id").to_owned();
        wait::until("the message to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
        let tag = tag(&aossms);
        let notice = |tag: &str| {
            let notice = json!({"type": "DLR", "messageId": "M-1", "clientTag": tag, "statusId": 3});
            let body = json!({"eventNotifications": [notice]}).to_string();
            Ask::post("/.sekisho/receipts/aossms").body("application/json", body.into_bytes())
        };
        vendor.send(notice(&tag.replace("-1-", "-2-"))).expect(403);
        assert_eq!(alice.state(&id)["state"], "sent");
        vendor.send(notice(&tag)).expect(204);
        assert_eq!((&alice.state(&id)["state"], counted(&gateway, "aossms", "lost")), (&json!("failed"), true));
    }
}
