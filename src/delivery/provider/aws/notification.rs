//! What AWS reports: an event within a notification of SNS, which signs with RSA.
//!
//! All topics of a region are signed with one key, so a signature says no more than that it is AWS: what makes a
//! notification ours is the topic within it, and the tag in the event, which only AWS was given. The certificate is pinned,
//! never fetched: what a caller's address leads to proves nothing that it could not forge, and this machine may reach
//! nobody. Without a certificate the tag alone has to prove an event.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::Value;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::super::kind::{Given, Heard};
use super::super::{ProviderFault, amount};
use crate::delivery::outcome::Class;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::time::Wall;

/// Under which our tag stands in an event's context.
pub const TAG: &str = "sekisho";

/// A notification that was not taken is posted again with its first time, for about an hour.
const OLDEST: Duration = Duration::from_secs(3600);
/// How far a clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);

/// Longest file of certificates that is read.
const LONGEST: u64 = 256 * 1024;

pub struct Notifications {
    topic: String,
    region: String,
    /// Empty where none is pinned.
    signers: Vec<Signer>,
}

/// A certificate's key, and when it may sign (seconds).
struct Signer {
    key: Vec<u8>,
    valid: std::ops::RangeInclusive<i64>,
}

impl Notifications {
    /// Of the keys `topic` and `certificate`; `None` without a topic.
    pub fn new(given: &Given) -> Result<Option<Notifications>, ProviderFault> {
        let (topic, region) = (given.get("topic"), given.text("region")?.to_owned());
        let signers = given.get("certificate").map(signers).transpose()?.unwrap_or_default();
        match topic {
            Some(topic) if topic.starts_with("arn:") && topic.split(':').count() == 6 => {
                Ok(Some(Notifications { topic: topic.to_owned(), region, signers }))
            }
            Some(_) => Err(ProviderFault::of(
                "topic",
                "a topic is named like \"arn:aws:sns:ap-northeast-1:000000000000:sekisho\"",
            )),
            None if signers.is_empty() => Ok(None),
            None => Err(ProviderFault::of("certificate", "`certificate` needs `topic`")),
        }
    }

    /// `None` unless it is AWS that says it, of a message of ours.
    pub fn read(&self, body: &[u8], site: &Site, now: Wall) -> Option<Heard> {
        let envelope: Envelope = serde_json::from_slice(body).ok()?;
        if envelope.topic != self.topic {
            return None;
        }
        let proven = !self.signers.is_empty();
        if proven && !(self.is_signed(&envelope, now) && envelope.is_fresh(now)) {
            return None;
        }
        if envelope.kind != "Notification" {
            self.tell(&envelope);
            return proven.then(Heard::default);
        }
        let event: Event = serde_json::from_str(&envelope.message).ok()?;
        let about = event.context.get(TAG).and_then(Value::as_str).and_then(|tag| site.tagged(tag));
        if about.is_none() && !proven {
            return None;
        }
        let reference = event.message_id.filter(|id| !id.is_empty());
        let price = amount::cost(&event.price, "USD");
        Some(Report { about, reference, fate: fate(&event.kind), price }.into())
    }

    /// Somebody has to open this address once before notifications come. We ask nobody because a caller wants it; but
    /// the operator may.
    fn tell(&self, envelope: &Envelope) {
        let Ok(url) = url::Url::parse(&envelope.subscribe_url) else { return };
        let hosts = ["amazonaws.com", "amazonaws.com.cn"].map(|end| format!("sns.{}.{end}", self.region));
        let theirs =
            url.scheme() == "https" && url.host_str().is_some_and(|host| hosts.iter().any(|ours| ours == host));
        if envelope.kind == "SubscriptionConfirmation" && theirs && url.as_str().len() <= 2048 {
            let (topic, url) = (self.topic.as_str(), url.as_str());
            tracing::warn!(topic, url, "AWS asks to confirm the subscription: open this address once");
        }
    }

    fn is_signed(&self, envelope: &Envelope, now: Wall) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match envelope.version.as_str() {
            "1" => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            "2" => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let signature = STANDARD.decode(&envelope.signature);
        let (Ok(signature), Some(text)) = (signature, envelope.text()) else { return false };
        let mut live = self.signers.iter().filter(|signer| signer.valid.contains(&now.secs()));
        live.any(|signer| UnparsedPublicKey::new(algorithm, &signer.key).verify(text.as_bytes(), &signature).is_ok())
    }
}

/// The certificates of a PEM file.
fn signers(path: &str) -> Result<Vec<Signer>, ProviderFault> {
    let fault = |text: String| ProviderFault::of("certificate", format!("cannot use the certificate `{path}`: {text}"));
    let facts = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?;
    if !facts.is_file() || facts.len() > LONGEST {
        return Err(fault(format!("it is no file of at most {LONGEST} bytes")));
    }
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let one = |der: Result<CertificateDer<'_>, _>| signer(&der.ok()?);
    let all: Option<Vec<_>> = CertificateDer::pem_slice_iter(&pem).map(one).collect();
    all.filter(|all| !all.is_empty()).ok_or_else(|| fault("it holds no certificate in PEM with an RSA key".to_owned()))
}

fn signer(der: &CertificateDer<'_>) -> Option<Signer> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let key = certificate.public_key();
    key.parsed().ok().filter(|key| matches!(key, x509_parser::public_key::PublicKey::RSA(_)))?;
    let validity = certificate.validity();
    let valid = validity.not_before.timestamp()..=validity.not_after.timestamp();
    Some(Signer { key: key.subject_public_key.data.to_vec(), valid })
}

/// What SNS posts. Missing members read as empty; empty ones are signed as if they were missing, so a forger gains nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    message: String,
    message_id: String,
    subject: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: String,
    timestamp: String,
    token: String,
    #[serde(rename = "TopicArn")]
    topic: String,
    #[serde(rename = "SignatureVersion")]
    version: String,
    signature: String,
}

impl Envelope {
    fn is_fresh(&self, now: Wall) -> bool {
        Wall::from_rfc3339(&self.timestamp).is_some_and(|at| now.minus(OLDEST) <= at && at <= now.plus(AHEAD))
    }

    /// What is signed: names and values of these members in this order.
    fn text(&self) -> Option<String> {
        let subject = self.subject.as_deref().unwrap_or_default();
        let (message, id, time) =
            (("Message", &*self.message), ("MessageId", &*self.message_id), ("Timestamp", &*self.timestamp));
        let (topic, kind) = (("TopicArn", &*self.topic), ("Type", &*self.kind));
        let members = match self.kind.as_str() {
            "Notification" => vec![message, id, ("Subject", subject), time, topic, kind],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => {
                vec![message, id, ("SubscribeURL", &self.subscribe_url), time, ("Token", &self.token), topic, kind]
            }
            _ => return None,
        };
        let there = members.into_iter().filter(|(_, value)| !value.is_empty());
        Some(there.map(|(name, value)| format!("{name}\n{value}\n")).collect())
    }
}

/// An event of the service.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    #[serde(rename = "eventType")]
    kind: String,
    message_id: Option<String>,
    context: serde_json::Map<String, Value>,
    #[serde(rename = "totalMessagePrice")]
    price: Value,
}

fn fate(event: &str) -> Fate {
    match event {
        "TEXT_DELIVERED" | "TEXT_SUCCESSFUL" => Fate::Delivered,
        // Somebody or something took the call.
        "TEXT_SENT" | "VOICE_COMPLETED" => Fate::Carried,
        "TEXT_INVALID" => Fate::Lost(Class::RecipientPermanent.name()),
        "TEXT_BLOCKED" => Fate::Lost(Class::OptOut.name()),
        "TEXT_INVALID_MESSAGE" | "TEXT_CARRIER_BLOCKED" | "TEXT_SPAM" => Fate::Lost(Class::Config.name()),
        "TEXT_UNREACHABLE" | "TEXT_CARRIER_UNREACHABLE" => Fate::Lost(Class::Transient.name()),
        "TEXT_PROTECT_BLOCKED" => Fate::Lost(Class::Fraud.name()),
        "TEXT_TTL_EXPIRED" | "VOICE_TTL_EXPIRED" => Fate::Lost("expired"),
        "VOICE_BUSY" => Fate::Lost("busy"),
        "VOICE_NO_ANSWER" => Fate::Lost("no-answer"),
        "VOICE_FAILED" => Fate::Lost("failed"),
        // Queued, pending, ringing, answered, unknown after three days, and what may be added.
        _ => Fate::Underway,
    }
}

#[cfg(test)]
#[path = "notification/tests.rs"]
mod tests;
