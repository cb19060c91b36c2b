//! What kinds of providers there are, what each is configured with, and what each can do.
//!
//! A vendor with an HTTP API is a [`Vendor`]: pure, tested on recorded answers, one file. What keeps a connection of its
//! own (SMTP, SMPP) or hands over otherwise (a modem's spool) is a [`Line`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::making::Maker;
use super::{ProviderFault, Request, Response};
use crate::delivery::Message;
use crate::delivery::outcome::Outcome;
use crate::delivery::postmark::Site;
use crate::delivery::receipts::Report;
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::gate::seams::World;

/// A kind of provider: its name in `kind = "…"`, the channels it serves, what it is configured with, how it is made.
pub struct Kind {
    pub name: &'static str,
    pub channels: &'static [Channel],
    /// Beside those that every provider has (`kind`, `name`, `price`, `rate`…).
    pub keys: &'static [Key],
    /// Checks everything that can be checked without asking anybody.
    pub make: fn(&Given, &Site) -> Result<Made, ProviderFault>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub need: Need,
    /// As it could be written, in TOML: `"AC…"`, `{ file = "/etc/sekisho/secrets/twilio" }`.
    pub like: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One line of at most so many characters.
    Text(usize),
    /// A password, token or key, in one of the forms of a secret.
    Secret,
    /// Scheme and authority of an API (`https://api.example.jp`), with a path where the vendor has one.
    Origin,
    /// `host:port`.
    Host,
    /// One of a few words.
    Choice(&'static [&'static str]),
    Flag,
    /// A whole number within bounds.
    Whole(i64, i64),
    /// A file or folder; a relative one begins at the folder of the file that names it.
    Path,
}

/// Whether a key may be left out.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    Required,
    Optional,
    /// Left out, it reads as this.
    Default(&'static str),
}

/// What a provider was configured with, by key. Whole numbers and flags are held as they are written.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub texts: BTreeMap<&'static str, String>,
    pub secrets: BTreeMap<&'static str, Secret<String>>,
}

impl Given {
    /// The value, where the key was written or has a default.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The same for a key that is required or has a default: `config` lets none go by that lacks it.
    pub fn text(&self, key: &'static str) -> Result<&str, ProviderFault> {
        self.get(key).ok_or_else(|| ProviderFault::of(key, format!("`{key}` is missing")))
    }

    pub fn secret(&self, key: &'static str) -> Result<&Secret<String>, ProviderFault> {
        self.secrets.get(key).ok_or_else(|| ProviderFault::of(key, format!("`{key}` is missing")))
    }

    pub fn whole(&self, key: &'static str) -> Result<u64, ProviderFault> {
        self.text(key)?.parse().map_err(|_| ProviderFault::of(key, format!("`{key}` is no whole number")))
    }

    pub fn flag(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }
}

/// A provider, ready for use.
pub enum Made {
    Vendor(Box<dyn Vendor>),
    Maker(Box<dyn Maker>),
    Line(Arc<dyn Line>),
}

/// A vendor with an HTTP API. Pure: what goes out, and what an answer means.
pub trait Vendor: Send + Sync + 'static {
    /// `now` is for signatures and dates.
    fn request(&self, message: &Message, now: Wall) -> Request;

    fn outcome(&self, answer: &Response) -> Outcome;

    /// Whether the vendor reports how messages fared.
    fn reports(&self) -> bool {
        false
    }

    /// The largest report that is read. More than a little is taken only of those who report many messages at once and
    /// whose proof stands beside the body or covers its plain bytes: a stranger's is dropped before anything of it is
    /// understood.
    fn longest_report(&self) -> usize {
        64 * 1024
    }

    /// What a request to our receipts endpoint reports; `None` unless it is proven that the vendor sent it: by its
    /// signature, or by the mark in an address that only the vendor was given.
    fn read(&self, _request: &::http::Request<Bytes>, _now: Wall) -> Option<Heard> {
        None
    }

    /// Tells the vendor whether a message that it calls `reference` led to a code being entered; `None` where it does not
    /// want to know.
    fn feedback(&self, _reference: &str, _entered: bool, _now: Wall) -> Option<Request> {
        None
    }

    /// A question that costs nothing, sends nothing, and is only answered well when the credentials are good; `None` where
    /// the vendor has none.
    fn probe(&self, _now: Wall) -> Option<Request> {
        None
    }

    /// What the answer to [`Vendor::probe`] says; the error is for the operator.
    fn probed(&self, _answer: &Response) -> Result<Standing, String> {
        Ok(Standing::default())
    }
}

/// What a vendor's request to the receipts endpoint came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    pub reports: Vec<Report>,
    /// What the vendor expects to read: content type and body; else nothing is answered but that it was taken in.
    pub answer: Option<(&'static str, String)>,
}

impl From<Report> for Heard {
    fn from(report: Report) -> Heard {
        Heard { reports: vec![report], answer: None }
    }
}

/// How we stand with a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub balance: Option<Money>,
}

/// Told of reports that come over a line.
pub type Reported = Arc<dyn Fn(Report) + Send + Sync>;

/// A provider that is no HTTP API.
#[async_trait]
pub trait Line: Send + Sync + 'static {
    /// Makes one attempt, and is back by `end` on the monotonic clock. Nothing may be sent after that.
    async fn deliver(&self, message: &Message, world: &dyn World, end: Duration) -> Outcome;

    /// Keeps the line and reads what it reports until `stop` turns true. A line that needs no such thing is done at once.
    async fn run(&self, _world: Arc<dyn World>, _reported: Reported, _stop: tokio::sync::watch::Receiver<bool>) {}

    /// Whether somebody answers and takes our credentials; sends nothing.
    async fn probe(&self, _world: &dyn World, _end: Duration) -> Result<Standing, String> {
        Ok(Standing::default())
    }
}

/// Every kind that needs nothing but its own file.
pub const KINDS: &[&Kind] = &[
    &super::aws::KIND,
    &super::engagelab::KIND,
    &super::engagelab_sms::KIND,
    &super::sns::KIND,
    &super::twilio::KIND,
    &super::smtp::KIND,
    &super::meta::KIND,
    &super::aossms::KIND,
    &super::karaden::KIND,
    &super::kannel::KIND,
    &super::infobip::KIND,
    &super::sinch::KIND,
    &super::plivo::KIND,
    &super::telesign::KIND,
    &super::telnyx::KIND,
    &super::messagebird::KIND,
    &super::playsms::KIND,
    &super::smpp::KIND,
    &super::gammu::KIND,
    &super::vonage::KIND,
    &super::vonage_messages::KIND,
    &super::twilio_verify::KIND,
    &super::vonage_verify::KIND,
    &super::engagelab_verify::KIND,
];

/// Those among them that make and check codes themselves.
const MAKERS: &[&Kind] = &[&super::twilio_verify::KIND, &super::vonage_verify::KIND, &super::engagelab_verify::KIND];

impl Kind {
    /// Whether its codes are its own.
    pub fn makes_codes(&self) -> bool {
        MAKERS.iter().any(|maker| maker.name == self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_their_keys_have_names_of_their_own() {
        let common = ["kind", "name", "price", "prices", "balance_alert", "rate", "receipts_from"];
        for (index, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..index].iter().all(|other| other.name != kind.name), "{}", kind.name);
            assert!(!kind.channels.is_empty());
            for (index, key) in kind.keys.iter().enumerate() {
                assert!(!common.contains(&key.name), "{} {}", kind.name, key.name);
                assert!(kind.keys[..index].iter().all(|other| other.name != key.name), "{} {}", kind.name, key.name);
            }
        }
    }
}
