//! Notifications as SNS signs them, what must not pass for one, and every event.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use super::super::super::tests::{given, message};
use super::*;
use crate::delivery::postmark::tests::site;
use crate::domain::contact::Channel;
use crate::domain::money::Money;

const NOW: Wall = Wall(1_790_000_000_000);
const TOPIC: &str = "arn:aws:sns:ap-northeast-1:000000000000:sekisho";
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/keys/rsa-cert.pem");
const KEY: &[u8] = include_bytes!("../../../../../tests/vendors/keys/rsa-key.pem");
const EVENT: &str =
    r#"{"eventType":"TEXT_DELIVERED","eventVersion":"1.0","isFinal":true,"messageId":"m-1","totalMessagePrice":0.07}"#;
/// Made by OpenSSL for the notification below: by SHA-1, by SHA-256, and by SHA-256 for the confirmation.
const BY_SHA1: &str = "Py2lI1ZsFD+6UbuHmzPxRkj6lK/B+etanHNy9nBQB+Zo71x7si+VeqeewUFyZBNPDFYCa0TkSfUsocTImwtVjVpQHmjkBYH04LM4v5DlpreDzgjgd5qRHPoJmUI+H1yWtuSazFte8eyXSE4cpikcJEVb1JO9twIILSfO0IMfJ5ehxCzeFEuhHT4t2tZyFzLqcgQun8oXe1qwSw8zgt+4HU2k/o7gc6CfNDhUMk4hXHBmt0nNprE/1aWMhlfNYllhmsL+s5qvi9exE/Z5nP6raZd3ybfLS6fHoKrJqXLQBnoQCIYxjftFVeBfYrZ7ZTfwVlkvwzNpRDGuR5lx61POiw==";
const BY_SHA256: &str = "CQ7Q6csGwiwxItEMP00lFQXaYXm3JCEwZ/x4ayd3gaJpFDbrOXzUC1D5tkwMHHZXeLDv/aGLtRKid3vHdTvwX0A1dFIhirbsaElbnIGa0EsiPtzqpcmj7VeaLPAXeYLbERoBo28cJs851hy/OBrsHB5xD+KRgCLzozLtbLDWQI2vpS1fBD0jV+/pYs3da0PhEgtNUnhSM9wFkHPe29hi3b1sL/Sx0vz2rjf1SQm/9MD3j0l+1yQNNxHtxpDjzClQ0ZSx5OMQfIgu+OHvrNhmGiVZmifWr4wXtJXqeWCSy/f+V7ZSBQBRuV/Xsjwrh95R+LzS5QMuQWQVZ7QMinsTJQ==";
const CONFIRMATION: &str = "Lk72l/KL3pNFsd333tHQzgcS7zHLplr6c4Vp+Y13FGrz8EeKkfSQhveRpHEvzCSzKKxXhcq2ySwxSh8izOJttiklTNAItgAwSz4wmWdetX1+ATkWBd1WWksWFxxFkp7ckXQt0VJJkSTW9ViY1nnSjAb2mONiF/g4OSCowvbwDwVR56VfG1DONEYYXgF3CI6KBj1n1CM4Q9b8bQH6BKyGypJtlMuS5UQY3U6ohUqafibDGIr5wTotdNndgkBKs13f8JoyQ1HbpcY2oCTl9G7ZMCXiQYGomBxrcXpdnuO8yM1wA6EE+UtrJYlHIihsLgblDGxLWU2ayx/a+3JbOO5ycQ==";

fn notifications(keys: &[(&'static str, &str)]) -> Option<Notifications> {
    let keys = [&[("region", "ap-northeast-1")], keys].concat();
    Notifications::new(&given(&keys, &[])).expect("good settings")
}

fn pinned() -> Notifications {
    notifications(&[("topic", TOPIC), ("certificate", CERTIFICATE)]).expect("a topic")
}

fn notification(version: &str, signature: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "id-1",
        "TopicArn": TOPIC,
        "Subject": "s & t",
        "Message": EVENT,
        "Timestamp": "2026-09-21T14:13:20.000Z",
        "SignatureVersion": version,
        "Signature": signature,
        "SigningCertURL": "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-0.pem",
        "UnsubscribeURL": "https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe",
    })
}

fn read(notifications: &Notifications, body: &Value, now: Wall) -> Option<Heard> {
    notifications.read(body.to_string().as_bytes(), &site(Channel::Sms, "aws"), now)
}

/// A notification of an event, signed as SNS would.
fn signed(event: &Value) -> Value {
    let mut body = notification("2", "");
    body["Message"] = event.to_string().into();
    let text: String = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        .iter()
        .map(|name| format!("{name}\n{}\n", body[*name].as_str().expect("text")))
        .collect();
    let Ok(PrivateKeyDer::Pkcs8(key)) = PrivateKeyDer::from_pem_slice(KEY) else { panic!("PKCS#8") };
    let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("a key");
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signed");
    body["Signature"] = STANDARD.encode(signature).into();
    body
}

#[test]
fn both_signatures_of_sns_are_right() {
    let price = Some(Money { micros: 70_000, currency: "USD".to_owned() });
    let report = Report { about: None, reference: Some("m-1".to_owned()), fate: Fate::Delivered, price };
    for (version, signature) in [("1", BY_SHA1), ("2", BY_SHA256)] {
        let heard = read(&pinned(), &notification(version, signature), NOW);
        assert_eq!(heard, Some(report.clone().into()), "{version}");
    }
}

#[test]
fn whatever_is_not_exactly_that_is_refused() {
    let with = |name: &str, value: Value| {
        let mut body = notification("2", BY_SHA256);
        body[name] = value;
        body
    };
    for body in [
        notification("1", BY_SHA256),
        notification("2", BY_SHA1),
        notification("3", BY_SHA256),
        notification("2", ""),
        notification("2", "AAAA"),
        with("Message", EVENT.replace("DELIVERED", "INVALID").into()),
        with("MessageId", "id-2".into()),
        with("Subject", "s".into()),
        with("Subject", Value::Null),
        with("Timestamp", "2026-09-21T14:13:21.000Z".into()),
        with("TopicArn", "arn:aws:sns:ap-northeast-1:000000000000:another".into()),
        with("Type", "SubscriptionConfirmation".into()),
        with("Type", "Other".into()),
        json!({}),
        json!([]),
    ] {
        assert_eq!(read(&pinned(), &body, NOW), None, "{body}");
    }
    let elsewhere =
        notifications(&[("topic", &TOPIC.replace("0:s", "1:s")), ("certificate", CERTIFICATE)]).expect("one");
    assert_eq!(read(&elsewhere, &notification("2", BY_SHA256), NOW), None, "another account's topic, signed by AWS");
}

#[test]
fn old_notifications_and_certificates_count_no_more() {
    let good = notification("2", BY_SHA256);
    for (seconds, fresh) in [(-301, false), (-300, true), (3600, true), (3601, false)] {
        assert_eq!(read(&pinned(), &good, Wall(NOW.0 + seconds * 1000)).is_some(), fresh, "{seconds}");
    }
    let mut expired = pinned();
    expired.signers[0].valid = 0..=NOW.secs() - 1;
    assert_eq!(read(&expired, &good, NOW), None);
}

#[test]
fn the_tag_says_which_message_and_proves_it_where_no_certificate_is_pinned() {
    let tag = site(Channel::Sms, "aws").tag(&message());
    let event = |tag: &str| json!({"eventType": "TEXT_INVALID", "messageId": "m-1", "context": {"sekisho": tag}});
    let about = Some((message().challenge, 2));
    let heard = read(&pinned(), &signed(&event(&tag)), NOW).expect("genuine");
    assert_eq!((heard.reports[0].about.clone(), heard.reports[0].fate), (about.clone(), Fate::Lost("recipient")));
    let forged = tag.replace("-2-", "-3-");
    let heard = read(&pinned(), &signed(&event(&forged)), NOW).expect("genuine, of no message of ours");
    assert_eq!(heard.reports[0].about, None);

    let open = notifications(&[("topic", TOPIC)]).expect("a topic");
    let unsigned = |tag: &str| {
        let mut body = notification("2", "");
        body["Message"] = event(tag).to_string().into();
        read(&open, &body, NOW)
    };
    assert_eq!(unsigned(&tag).map(|heard| heard.reports[0].about.clone()), Some(about));
    assert_eq!(unsigned(&forged), None);
    assert_eq!(read(&open, &notification("2", BY_SHA256), NOW), None, "nobody here can check it");
    assert!(notifications(&[]).is_none());
}

#[test]
fn a_subscription_is_confirmed_by_the_operator() {
    let confirmation = json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": "id-2",
        "Token": "t",
        "TopicArn": TOPIC,
        "Message": "You have chosen…",
        "SubscribeURL": "https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=t",
        "Timestamp": "2026-09-21T14:13:20.000Z",
        "SignatureVersion": "2",
        "Signature": CONFIRMATION,
    });
    assert_eq!(read(&pinned(), &confirmation, NOW), Some(Heard::default()));
    let mut forged = confirmation.clone();
    forged["SubscribeURL"] = "https://evil.example/".into();
    assert_eq!(read(&pinned(), &forged, NOW), None);
    let open = notifications(&[("topic", TOPIC)]).expect("a topic");
    assert_eq!(read(&open, &confirmation, NOW), None, "unproven: told to the operator, answered as anything unproven");
}

#[test]
fn every_event_says_what_became_of_a_message() {
    for (kind, fate) in [
        ("TEXT_QUEUED", Fate::Underway),
        ("TEXT_PENDING", Fate::Underway),
        ("TEXT_SENT", Fate::Carried),
        ("TEXT_SUCCESSFUL", Fate::Delivered),
        ("TEXT_DELIVERED", Fate::Delivered),
        ("TEXT_INVALID", Fate::Lost("recipient")),
        ("TEXT_INVALID_MESSAGE", Fate::Lost("config")),
        ("TEXT_UNREACHABLE", Fate::Lost("transient")),
        ("TEXT_CARRIER_UNREACHABLE", Fate::Lost("transient")),
        ("TEXT_BLOCKED", Fate::Lost("opt_out")),
        ("TEXT_CARRIER_BLOCKED", Fate::Lost("config")),
        ("TEXT_SPAM", Fate::Lost("config")),
        ("TEXT_TTL_EXPIRED", Fate::Lost("expired")),
        ("TEXT_PROTECT_BLOCKED", Fate::Lost("fraud")),
        ("TEXT_UNKNOWN", Fate::Underway),
        ("VOICE_INITIATED", Fate::Underway),
        ("VOICE_RINGING", Fate::Underway),
        ("VOICE_ANSWERED", Fate::Underway),
        ("VOICE_COMPLETED", Fate::Carried),
        ("VOICE_BUSY", Fate::Lost("busy")),
        ("VOICE_NO_ANSWER", Fate::Lost("no-answer")),
        ("VOICE_FAILED", Fate::Lost("failed")),
        ("VOICE_TTL_EXPIRED", Fate::Lost("expired")),
        ("SOMETHING_NEW", Fate::Underway),
    ] {
        let heard = read(&pinned(), &signed(&json!({"eventType": kind})), NOW).expect("genuine");
        assert_eq!(heard.reports, [Report::of(fate)], "{kind}");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let fault = |keys: &[(&'static str, &str)]| {
        let keys = [&[("region", "ap-northeast-1")], keys].concat();
        Notifications::new(&given(&keys, &[])).map(|_| ()).map_err(|fault| fault.key)
    };
    assert_eq!(fault(&[("topic", "sekisho")]), Err(Some("topic")));
    assert_eq!(fault(&[("certificate", CERTIFICATE)]), Err(Some("certificate")));
    assert_eq!(fault(&[("topic", TOPIC), ("certificate", "/nonexistent.pem")]), Err(Some("certificate")));
    let folder = tempfile::tempdir().expect("a folder");
    for (name, pem) in [("empty.pem", String::new()), ("key.pem", String::from_utf8_lossy(KEY).into_owned())] {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).expect("written");
        let path = path.display().to_string();
        assert_eq!(fault(&[("topic", TOPIC), ("certificate", &path)]), Err(Some("certificate")), "{name}");
    }
    let path = folder.path().join("ec.pem");
    let made = rcgen::generate_simple_self_signed(["sns.example".to_owned()]).expect("a certificate");
    std::fs::write(&path, made.cert.pem()).expect("written");
    let path = path.display().to_string();
    assert_eq!(fault(&[("topic", TOPIC), ("certificate", &path)]), Err(Some("certificate")), "no RSA key");
}
