//! What delivery goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::provider::kind::{Given, Kind};
use crate::domain::contact::Channel;
use crate::domain::money::Money;
use crate::domain::quota::Quota;
use crate::domain::secret::Secret;
use crate::words::Texts;

/// Channels with their providers in order of preference.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Of each channel, tried in order until one takes the message.
    pub providers: BTreeMap<Channel, Vec<Provider>>,
    /// Channels whose providers are asked in the order of their recent success instead.
    pub by_success: BTreeSet<Channel>,
    /// Messages of each channel that may wait; one more is refused at once.
    pub queue: usize,
    /// Messages under way at a time. Half of them are kept for the channels, in equal shares.
    pub workers: usize,
    /// For one message, over all providers.
    pub deadline: Duration,
    /// How long after a message was handed over the next channel is tried; `None` is never.
    pub next_after: Option<Duration>,
    /// Scheme and authority that people see, without a trailing slash.
    pub public_url: String,
    /// The path below which providers report how messages fared; ends with a slash.
    pub receipts: String,
    /// The host of `public_url`, where that is https: the last line of a message is bound to it (origin-bound one-time
    /// codes). `None` where people meet us over plain http.
    pub site_host: Option<String>,
    /// Who sends, as the message says it.
    pub brand: String,
    /// What the operator wants messages to say.
    pub texts: Texts,
}

impl Settings {
    /// Where providers are told to report. `None` where we are met over plain http: an address that anybody on the way
    /// could read or change is not handed out.
    pub fn report_to(&self) -> Option<String> {
        self.public_url.starts_with("https://").then(|| format!("{}{}", self.public_url, self.receipts))
    }
}

/// A way to hand over a message.
#[derive(Debug, Clone)]
pub struct Provider {
    /// As logs, metrics, statistics and the receipts' address call it.
    pub name: String,
    /// Messages that it takes in a span; what would have to wait too long goes to the next provider.
    pub rate: Option<Quota>,
    /// Where its receipts come from; empty means from anywhere.
    pub receipts_from: Vec<IpNet>,
    /// What a message is taken to cost where the provider's answer says nothing.
    pub price: Option<Money>,
    /// Operators are told when less is left with it.
    pub balance_alert: Option<Money>,
    pub with: With,
}

/// What a provider is.
#[derive(Debug, Clone)]
pub enum With {
    /// Prints the code on standard output; for trying. `copy` also gets what [`With::File`] would.
    Console {
        copy: Option<PathBuf>,
    },
    /// Appends one JSON line a message; for trying and testing.
    File {
        path: PathBuf,
    },
    Http(HttpProvider),
    Kind(&'static Kind, Given),
}

impl Provider {
    pub fn new(name: &str, with: With) -> Provider {
        Provider {
            name: name.to_owned(),
            rate: None,
            receipts_from: Vec::new(),
            price: None,
            balance_alert: None,
            with,
        }
    }
}

/// Any JSON or form API, by template. `{to}`, `{text}` and `{code}` are replaced in `body`, escaped for its type.
#[derive(Debug, Clone)]
pub struct HttpProvider {
    pub url: String,
    pub body: String,
    pub body_type: BodyType,
    /// Headers to send; values can be secrets.
    pub headers: Vec<(String, Secret<String>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyType {
    Json,
    Form,
}
