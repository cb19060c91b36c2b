//! What Twilio reports about a message, with its signature and without, at the real binary.

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::json;
use support::{Ask, Caller, Gateway, Plan, Upstream, User, Wire, wait};
use url::form_urlencoded::{Serializer, parse};

const ALICE: &User = &User::ALICE;
const TOKEN: &str = "test_auth_token_0123456789abcdef";
const TAKEN: &str = r#"{"sid":"SM00000000000000000000000000000001","status":"queued","error_code":null}"#;

struct House {
    gateway: Gateway,
    twilio: Upstream,
}

/// A gateway whose only provider takes every message.
fn house() -> House {
    let twilio = Upstream::saying("201 Created", TAKEN);
    let provider = format!(
        "[[sms.provider]]\nkind = \"twilio\"\naccount = \"AC{}\"\ntoken = \"{TOKEN}\"\nfrom = \"+15005550006\"\nbase_url = \"{}\"\n",
        "0".repeat(32),
        twilio.url
    );
    House { gateway: Plan::before("http://127.0.0.1:9").with_providers(provider).start(), twilio }
}

impl House {
    /// A field of message number `n`, counted from 1.
    fn field(&self, n: usize, name: &str) -> String {
        let request = wait::until("a message at Twilio", || self.twilio.requests().into_iter().nth(n - 1));
        let text = String::from_utf8(request).expect("UTF-8");
        let (_, form) = text.split_once("\r\n\r\n").expect("a body");
        let value = parse(form.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        value.unwrap_or_else(|| panic!("no {name} in {form}"))
    }

    /// Where Twilio was told to report about message number `n`, without scheme and authority.
    fn target(&self, n: usize) -> String {
        let url = self.field(n, "StatusCallback");
        url.strip_prefix(&self.gateway.origin).unwrap_or_else(|| panic!("{url} is not ours")).to_owned()
    }

    /// A receipt as Twilio posts it.
    fn receipt(&self, target: &str, fields: &[(&str, &str)]) -> Ask {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let ask = Ask::post(target).body("application/x-www-form-urlencoded; charset=UTF-8", form.into_bytes());
        ask.header("X-Twilio-Signature", &sign(&format!("{}{target}", self.gateway.origin), fields))
    }

    fn counted(&self, outcome: &str) -> bool {
        let line = format!("sekisho_deliveries_total{{provider=\"twilio\",outcome=\"{outcome}\"}} 1");
        self.gateway.admin("/metrics").text().contains(&line)
    }
}

/// Names in order, each followed by its value, behind the address.
fn sign(url: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let text = fields.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// All that Twilio sends today, and one field more.
fn fields(status: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("SmsSid", "SM00000000000000000000000000000001"),
        ("MessageStatus", status),
        ("ErrorCode", "30005"),
        ("To", "+819012345678"),
        ("AccountSid", "AC00000000000000000000000000000000"),
        ("From", "+15005550006"),
        ("Unheard-of", "患者 & co = 100%"),
    ]
}

/// Alice's code has been taken by Twilio; her browser and the challenge.
fn sent(house: &House, wire: Wire) -> (Caller, String) {
    let mut alice = house.gateway.caller(wire);
    let begun = alice.begin(ALICE, "/patients").expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_owned();
    wait::until("the message to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
    (alice, id)
}

#[test]
fn a_message_that_did_not_arrive_is_shown_and_sent_again_at_once() {
    for wire in Wire::ALL {
        let house = house();
        let (mut alice, id) = sent(&house, wire);
        let target = house.target(1);
        assert!(target.starts_with(&format!("/.sekisho/receipts/twilio?c={id}&n=1&m=")), "{target}");
        assert!(alice.state(&id)["resend_in"].as_u64().is_some_and(|seconds| seconds > 20));
        let mut twilio = house.gateway.caller(wire);
        twilio.send(house.receipt(&house.target(1), &fields("undelivered"))).expect(204);
        let state = alice.state(&id);
        assert_eq!(
            (&state["state"], &state["resend_in"], &state["tries_left"]),
            (&json!("failed"), &json!(0), &json!(5))
        );
        assert!(house.counted("lost"));
        let audit = house.gateway.audit();
        let line = audit.lines().find(|line| line.contains("code_send_failed")).expect("it is in the audit");
        assert!(line.contains(&id) && line.contains("recipient"), "{line}");

        let resend = Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&json!({}));
        alice.send(resend).expect(200);
        assert!(house.target(2).starts_with(&format!("/.sekisho/receipts/twilio?c={id}&n=2&m=")));
        wait::until("the second message to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
        twilio.send(house.receipt(&house.target(1), &fields("failed"))).expect(204);
        assert_eq!(alice.state(&id)["state"], "sent", "the first message's fate says nothing about the second");
        twilio.send(house.receipt(&house.target(2), &fields("delivered"))).expect(204);
        assert!(house.counted("delivered"));

        let code = house.field(2, "Body");
        let code = code.rsplit('#').next().expect("the last line is bound to our host");
        alice.verify(&id, code).expect(200);
        twilio.send(house.receipt(&house.target(2), &fields("failed"))).expect(204);
        assert_eq!(alice.state(&id)["state"], "verified");
    }
}

#[test]
fn what_twilio_did_not_sign_changes_nothing() {
    let house = house();
    let (mut alice, id) = sent(&house, Wire::Http1);
    let target = house.target(1);
    let mut machine = house.gateway.caller(Wire::Http1);
    let form = |fields: &[(&str, &str)]| Ask::post(&target).form(fields);
    let failed = fields("failed");
    let right = sign(&format!("{}{target}", house.gateway.origin), &failed);
    let signed = |ask: Ask, signature: &str| ask.header("X-Twilio-Signature", signature);

    machine.send(form(&failed)).expect(403);
    machine.send(Ask::post(&target)).expect(403);
    machine.send(Ask::get(&target)).expect(403);
    machine.send(signed(form(&failed), "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")).expect(403);
    machine.send(signed(form(&failed[1..]), &right)).expect(403);
    machine.send(signed(signed(form(&failed), &right), &right)).expect(403);
    let newer =
        signed(form(&failed), &right).header("X-Twilio-Webhooks-Signature-Settings", "key=1,algorithm=HMAC_SHA256");
    machine.send(newer).expect(403);
    let elsewhere = sign(&format!("https://evil.example{target}"), &failed);
    machine.send(signed(form(&failed), &elsewhere)).expect(403);
    machine.send(signed(form(&failed), &right).header("Origin", "https://evil.example")).expect(403);
    let other = target.replace("n=1", "n=2");
    machine.send(signed(Ask::post(&other).form(&failed), &right)).expect(403);
    let long = "x".repeat(65 * 1024);
    machine.send(house.receipt(&target, &[("MessageStatus", "failed"), ("Long", &long)])).expect(413);
    for place in ["vonage", "Twilio", "file"] {
        let target = target.replace("twilio", place);
        machine.send(house.receipt(&target, &failed)).expect(404);
    }
    assert_eq!(alice.state(&id)["state"], "sent");
    assert!(!house.counted("lost") && !house.gateway.audit().contains("code_send_failed"));

    machine.send(signed(form(&failed), &right)).expect(204);
    assert_eq!(alice.state(&id)["state"], "failed", "the right one was right all the time");
}

#[test]
fn a_gateway_without_twilio_takes_no_receipts_of_it() {
    let gateway = Plan::before("http://127.0.0.1:9").start();
    let mut machine = gateway.caller(Wire::Http1);
    machine.send(Ask::post("/.sekisho/receipts/twilio").form(&[("MessageStatus", "failed")])).expect(404);
}

const APP: &str = "0123456789abcdef0123456789abcdef";
const META: &str = "/.sekisho/receipts/meta";

/// A gateway that Meta reports to.
fn house_of_meta(more: &str) -> Gateway {
    let provider = format!(
        "[[sms.provider]]\nkind = \"console\"\n[[whatsapp.provider]]\nkind = \"meta\"\nphone_number_id = \"106540352242922\"\ntoken = \"EAAG\"\n\
         template = \"login\"\nlanguages = \"en\"\napp_secret = \"{APP}\"\nbase_url = \"http://127.0.0.1:9\"\n"
    );
    Plan::before("http://127.0.0.1:9").with_providers(provider).with_more(more.to_owned()).start()
}

/// Statuses of so many messages in one report, as Meta sends what happened in a while.
fn batch(count: usize) -> Vec<u8> {
    let status = |n: usize| json!({"id": format!("wamid.{n:032}"), "status": "delivered", "timestamp": "1790000000"});
    let statuses: Vec<_> = (0..count).map(status).collect();
    let value = json!({"metadata": {"phone_number_id": "106540352242922"}, "statuses": statuses});
    json!({"entry": [{"id": "WABA", "changes": [{"field": "messages", "value": value}]}]}).to_string().into_bytes()
}

fn signature(body: &[u8]) -> String {
    let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, APP.as_bytes()), body);
    format!("sha256={}", mark.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn counts(gateway: &Gateway, count: usize) {
    let line = format!("sekisho_deliveries_total{{provider=\"meta\",outcome=\"delivered\"}} {count}\n");
    let page = gateway.admin("/metrics").text();
    assert!(page.contains(&line), "{line} in {page}");
}

#[test]
fn a_large_batch_is_taken_on_every_wire_and_a_strangers_is_not_looked_at() {
    let gateway = house_of_meta("");
    let body = batch(4000);
    assert!(body.len() > 300 * 1024);
    let post = |body: &[u8]| Ask::post(META).body("application/json", body.to_vec());
    for (round, wire) in Wire::ALL.into_iter().enumerate() {
        let mut meta = gateway.caller(wire);
        meta.send(post(&body).header("X-Hub-Signature-256", &signature(&body))).expect(200);
        meta.send(post(&body).header("X-Hub-Signature-256", &signature(b"something else"))).expect(403);
        meta.send(post(&body)).expect(403);
        counts(&gateway, 4000 * (round + 1));
    }
    let endless = vec![b' '; 3 * 1024 * 1024 + 1];
    let mut meta = gateway.caller(Wire::Http1);
    meta.send(post(&endless).header("X-Hub-Signature-256", &signature(&endless))).expect(413);
}

#[test]
fn a_batch_may_come_in_chunks_and_our_own_forms_may_not() {
    let gateway = house_of_meta("");
    let meta = gateway.caller(Wire::Http1);
    let body = batch(400);
    let chunked = |path: &str, headers: &str| {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n{headers}\r\n", meta.authority);
        let mut request = head.into_bytes();
        for part in body.chunks(7001) {
            request.extend([format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        }
        request.extend(b"0\r\n\r\n");
        support::wire::exchange(&meta.address, &request).expect("an answer")
    };
    let signed = format!("X-Hub-Signature-256: {}\r\nContent-Type: application/json\r\n", signature(&body));
    chunked(META, &signed).expect(200);
    counts(&gateway, 400);
    chunked("/.sekisho/challenges", "Content-Type: application/json\r\n").expect(400);
}

#[test]
fn who_reports_to_nobody_is_answered_before_anything_of_it_is_read() {
    let gateway = house_of_meta("");
    let caller = gateway.caller(Wire::Http1);
    for path in ["vonage", "Meta", "sms"] {
        let head = format!(
            "POST /.sekisho/receipts/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n",
            caller.authority
        );
        support::wire::exchange(&caller.address, head.as_bytes()).expect("an answer").expect(404);
    }
}

#[test]
fn reports_have_a_rate_of_their_own() {
    let gateway = house_of_meta("[limits]\npage = \"3/1h\"\nreceipts = \"5/1h\"\n");
    let mut caller = gateway.caller(Wire::Http1);
    let body = batch(1);
    let mut report = || {
        let ask = Ask::post(META).body("application/json", body.clone());
        caller.send(ask.header("X-Hub-Signature-256", &signature(&body))).status
    };
    assert_eq!((0..7).map(|_| report()).collect::<Vec<_>>(), [200, 200, 200, 200, 200, 429, 429]);
    let mut person = gateway.caller(Wire::Http1);
    let pages: Vec<_> = (0..4).map(|_| person.send(Ask::get("/.sekisho/jwks.json")).status).collect();
    assert_eq!(pages, [200, 200, 200, 429], "what was reported took nothing from pages");
}
