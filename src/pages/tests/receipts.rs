//! What a provider reports, and who is not believed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::delivery::provider::kind::Given;
use crate::delivery::provider::twilio;
use crate::delivery::settings::{Provider, Settings, With};
use crate::delivery::{Providers, Receipts};
use crate::domain::contact::Channel;
use crate::domain::secret::Secret;
use crate::gate::Shown;

use super::house::{House, SITE, request};

const TOKEN: &str = "the account's token";

pub fn receipts(public_url: &str) -> Receipts {
    let texts =
        [("account", "AC00000000000000000000000000000001"), ("from", "Chuo"), ("base_url", "https://api.twilio.com")];
    let mut given = Given::default();
    given.texts.extend(texts.map(|(key, value)| (key, value.to_owned())));
    given.secrets.insert("token", Secret::new(TOKEN.to_owned()));
    let twilio = Provider::new("twilio", With::Kind(&twilio::KIND, given));
    let settings = Settings {
        providers: [(Channel::Sms, vec![twilio])].into(),
        by_success: Default::default(),
        queue: 1,
        workers: 1,
        deadline: Duration::from_secs(1),
        next_after: None,
        public_url: public_url.to_owned(),
        receipts: "/.sekisho/receipts/".to_owned(),
        site_host: None,
        brand: String::new(),
        texts: crate::words::Texts::default(),
    };
    Receipts::new(&Providers::new(&settings, &[7; 32]).expect("good settings"))
}

/// Signs as Twilio does: the address, then names and values in order.
fn sign(target: &str, fields: &[(&str, &str)]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    let text = fields.iter().fold(format!("{SITE}{target}"), |text, (name, value)| text + name + value);
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// One receipt about a message; `headers` come beside the right signature.
async fn report(house: &House, target: &str, status: &str, headers: &[(&str, &str)]) -> u16 {
    let fields = [("AccountSid", "AC00000000000000000000000000000001"), ("MessageStatus", status)];
    let signature = sign(target, &fields);
    let form = fields.map(|(name, value)| format!("{name}={value}")).join("&");
    let own = [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", &signature)];
    let kept = own.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
    let all: Vec<_> = kept.chain(headers.iter().filter(|(_, value)| !value.is_empty())).copied().collect();
    house.send(request("POST", target, &all, &form)).await.status().as_u16()
}

struct Sent {
    house: House,
    target: String,
}

/// Alice's message has gone out.
async fn sent() -> Sent {
    let house = House::new().await;
    house.sign_in().await;
    let id = house.mail.last().challenge;
    house.desk.gate.settle(&id, 1, Ok(())).await;
    let target = format!("/.sekisho/receipts/twilio?c={id}&n=1");
    Sent { house, target }
}

impl Sent {
    async fn shown(&self) -> (Shown, u64) {
        let id = self.house.mail.last().challenge;
        let view = self.house.desk.gate.view(&self.house.caller(), &id).await.expect("shown");
        (view.state, view.resend_in)
    }
}

#[tokio::test]
async fn a_message_that_did_not_arrive_is_shown_as_failed() {
    for status in ["failed", "undelivered"] {
        let sent = sent().await;
        assert_eq!(sent.shown().await, (Shown::Sent, 30));
        assert_eq!(report(&sent.house, &sent.target, status, &[]).await, 204);
        assert_eq!(sent.shown().await, (Shown::Failed, 0), "{status}");
        assert_eq!(report(&sent.house, &sent.target, status, &[]).await, 204, "told twice");
        let page = sent.house.desk.metrics.page();
        assert!(page.contains("sekisho_deliveries_total{provider=\"twilio\",outcome=\"lost\"} 2"), "{page}");
    }
}

#[tokio::test]
async fn good_news_is_counted_and_changes_nothing() {
    let sent = sent().await;
    for status in ["queued", "sent", "delivered", "something new"] {
        assert_eq!(report(&sent.house, &sent.target, status, &[]).await, 204, "{status}");
        assert_eq!(sent.shown().await, (Shown::Sent, 30), "{status}");
    }
    let page = sent.house.desk.metrics.page();
    for outcome in ["carried", "delivered"] {
        let line = format!("sekisho_deliveries_total{{provider=\"twilio\",outcome=\"{outcome}\"}} 1");
        assert!(page.contains(&line), "{page}");
    }
}

#[tokio::test]
async fn who_cannot_sign_changes_nothing() {
    let sent = sent().await;
    let other = sign(&sent.target, &[("MessageStatus", "failed")]);
    for headers in [
        &[("x-twilio-signature", "")][..],
        &[("x-twilio-signature", "AAAA")],
        &[("x-twilio-signature", &other)],
        &[("x-twilio-webhooks-signature-settings", "key=1,algorithm=HMAC_SHA256")],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(report(&sent.house, &sent.target, "failed", headers).await, 403, "{headers:?}");
    }
    let json = &[("content-type", "application/json")];
    assert_eq!(report(&sent.house, &sent.target, "failed", json).await, 403);
    assert_eq!(sent.shown().await, (Shown::Sent, 30));
    assert!(!sent.house.desk.metrics.page().contains("twilio"));
}

#[tokio::test]
async fn a_receipt_about_another_message_changes_nothing() {
    let sent = sent().await;
    for target in [
        sent.target.replace("n=1", "n=2"),
        sent.target.replace("n=1", "n=x"),
        "/.sekisho/receipts/twilio?c=AAAAAAAAAAAAAAAAAAAAAA&n=1".to_owned(),
        "/.sekisho/receipts/twilio".to_owned(),
    ] {
        assert_eq!(report(&sent.house, &target, "failed", &[]).await, 204, "{target}");
    }
    assert_eq!(sent.shown().await, (Shown::Sent, 30));
}

#[tokio::test]
async fn there_are_no_receipts_of_providers_that_nobody_configured() {
    let sent = sent().await;
    for name in ["vonage", "", "Twilio", "twilio/", "%74wilio"] {
        let target = sent.target.replace("twilio", name);
        assert_eq!(report(&sent.house, &target, "failed", &[]).await, 404, "{name}");
    }
    let put = request("PUT", &sent.target, &[], "");
    assert_eq!(sent.house.send(put).await.status(), 405);
    let get = request("GET", &sent.target, &[], "");
    assert_eq!(sent.house.send(get).await.status(), 403);
    assert_eq!(sent.shown().await, (Shown::Sent, 30));
}
