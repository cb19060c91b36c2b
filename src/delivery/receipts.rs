//! What providers report afterwards about messages that they took: who may say so, and what it comes to.

use bytes::Bytes;
use http::Request;

use super::provider::twilio::receipt::Callbacks;
use super::settings::{Provider, Settings};
use crate::domain::id::ChallengeId;

/// What a provider says became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The challenge and the number of its message; `None` where the provider names none of ours.
    pub about: Option<(ChallengeId, u8)>,
    pub fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is on the phone.
    Delivered,
    /// The carrier has it. With some carriers nothing more is ever heard.
    Carried,
    /// It will not arrive. The class of the reason, or the provider's own word where it gives none.
    Lost(&'static str),
    /// Still under way: no news.
    Underway,
}

impl Fate {
    /// The outcome in metrics; `None` for what is not counted.
    pub fn outcome(self) -> Option<&'static str> {
        match self {
            Fate::Delivered => Some("delivered"),
            Fate::Carried => Some("carried"),
            Fate::Lost(_) => Some("lost"),
            Fate::Underway => None,
        }
    }
}

/// Checks reports. A provider that is not configured has nothing to say here.
#[derive(Debug, Default)]
pub struct Receipts {
    twilio: Option<Callbacks>,
}

impl Receipts {
    pub fn new(settings: &Settings) -> Receipts {
        let token = |provider: &Provider| match provider {
            Provider::Twilio(twilio) => Some(twilio.token.clone()),
            Provider::Console { .. } | Provider::File { .. } | Provider::Http(_) => None,
        };
        let tokens: Vec<_> = settings.sms.iter().filter_map(token).collect();
        let twilio = (!tokens.is_empty()).then(|| Callbacks::new(&tokens, &settings.public_url));
        Receipts { twilio }
    }

    /// Whether reports of this provider are taken at all.
    pub fn knows(&self, provider: &str) -> bool {
        self.callbacks(provider).is_some()
    }

    /// What the provider reports; `None` unless it signed that itself.
    pub fn read(&self, provider: &str, request: &Request<Bytes>) -> Option<Report> {
        self.callbacks(provider)?.read(request)
    }

    fn callbacks(&self, provider: &str) -> Option<&Callbacks> {
        self.twilio.as_ref().filter(|_| provider == "twilio")
    }
}
