//! A call by Twilio at the real binary, over every wire: what the phone hears without a key, and with one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use url::form_urlencoded::{Serializer, parse};

use crate::support::caller::{Ask, Caller};
use crate::support::gateway::{Gateway, Plan, User};
use crate::support::upstream::Upstream;
use crate::support::wait;
use crate::support::wire::Wire;

const TOKEN: &str = "test_auth_token_0123456789abcdef";
const TAKEN: &str = r#"{"sid":"CA00000000000000000000000000000001","status":"queued","price":null}"#;

/// A callback as Twilio posts it.
fn callback(gateway: &Gateway, target: &str, fields: &[(&str, &str)]) -> Ask {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let url = format!("{}{target}", gateway.origin);
    let text = sorted.iter().fold(url, |text, (name, value)| text + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let ask = Ask::post(target).body("application/x-www-form-urlencoded", form.into_bytes());
    ask.header("X-Twilio-Signature", &STANDARD.encode(hmac::sign(&key, text.as_bytes())))
}

/// The document that went out with the call.
fn document(twilio: &Upstream) -> String {
    let request = wait::until("a call at Twilio", || twilio.requests().into_iter().next());
    let text = String::from_utf8(request).expect("UTF-8");
    assert!(text.starts_with("POST ") && text.contains("/Calls.json "), "{text}");
    let form = text.split_once("\r\n\r\n").expect("a body").1.to_owned();
    let document = parse(form.as_bytes()).find(|(name, _)| name == "Twiml").map(|(_, value)| value.into_owned());
    document.unwrap_or_else(|| panic!("no document in {form}"))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What is between the tags.
fn heard(xml: &str) -> String {
    xml.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
}

fn called(gateway: &Gateway, alice: &mut Caller) -> String {
    let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_owned();
    wait::until("the call to be taken", || (alice.state(&id)["state"] == "sent").then_some(()));
    assert!(!gateway.audit().contains("code_send_failed"));
    id
}

#[test]
fn the_code_is_told_after_a_key_and_to_nobody_else() {
    for wire in Wire::ALL {
        let twilio = Upstream::saying("201 Created", TAKEN);
        let providers = format!(
            "[[voice.provider]]\nkind = \"twilio\"\naccount = \"AC{}\"\ntoken = \"{TOKEN}\"\nfrom = \"+15005550006\"\n\
             base_url = \"{}\"\n",
            "0".repeat(32),
            twilio.url
        );
        let gateway = Plan::before("http://127.0.0.1:9").with_providers(providers).start();
        let (mut alice, mut machine) = (gateway.caller(wire), gateway.caller(wire));
        let id = called(&gateway, &mut alice);
        let document = document(&twilio);
        assert_eq!(digits(&heard(&document)), "", "before a key nobody hears a digit: {document}");
        let action = document.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an action");
        let action = action.replace("&amp;", "&");
        let target = action.strip_prefix(&gateway.origin).unwrap_or_else(|| panic!("{action} is not ours")).to_owned();

        let pressed = [("CallSid", "CA1"), ("CallStatus", "in-progress"), ("Digits", "5")];
        machine.send(Ask::post(&target).form(&pressed)).expect(403);
        let silent = machine.send(callback(&gateway, &target, &pressed[..2])).expect(200).text();
        assert_eq!(silent, "<Response><Hangup/></Response>");
        let answer = machine.send(callback(&gateway, &target, &pressed)).expect(200);
        assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
        let said = digits(&heard(&answer.text()));
        let code = said.get(..6).unwrap_or_else(|| panic!("no code in {}", answer.text())).to_owned();
        assert_eq!(said.matches(&code).count(), 2, "it is said twice: {}", answer.text());
        alice.verify(&id, &code).expect(200);
        assert!(!gateway.audit().contains(&code));
    }
}
