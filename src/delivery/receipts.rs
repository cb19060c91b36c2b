//! What providers report afterwards about messages that they took: who may say so, and what it comes to.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;

use super::outcome::Class;
use super::provider::kind::Heard;
use super::{Logbook, Provider, Providers};
use crate::domain::id::ChallengeId;
use crate::domain::money::Money;
use crate::domain::refusal::Refusal;
use crate::domain::time::Wall;
use crate::gate::Gate;
use crate::gate::fall_back::Why;
use crate::gate::seams::Fared;

/// What a provider says became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The challenge and the number of its message; `None` where the provider names none of ours.
    pub about: Option<(ChallengeId, u8)>,
    /// How the provider calls the message.
    pub reference: Option<String>,
    pub fate: Fate,
    /// What it cost after all.
    pub price: Option<Money>,
}

impl Report {
    pub fn of(fate: Fate) -> Report {
        Report { about: None, reference: None, fate, price: None }
    }
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

/// Checks reports. A provider that is not configured, or that reports nothing, has nothing to say here.
#[derive(Clone, Default)]
pub struct Receipts {
    providers: Vec<Arc<Provider>>,
    logbook: Option<Arc<Logbook>>,
}

impl Receipts {
    pub fn new(providers: &Providers) -> Receipts {
        let reports = |provider: &&Arc<Provider>| provider.vendor().is_some_and(|vendor| vendor.reports());
        let providers = providers.all().map(|(_, provider)| provider).filter(reports).cloned().collect();
        Receipts { providers, logbook: None }
    }

    /// With whom to look up which message a report is about, and who counts it.
    pub fn noted_in(self, logbook: Arc<Logbook>) -> Receipts {
        Receipts { logbook: Some(logbook), ..self }
    }

    /// Counts a report, and finds out which message it means. `true` when that is news.
    pub fn note(&self, provider: &str, report: &mut Report) -> bool {
        self.logbook.as_ref().is_none_or(|logbook| logbook.reported(provider, report))
    }

    /// Counts a report, shows what became of the message, and lets the challenge go on to its next channel where it is lost.
    /// Lets nobody in.
    pub async fn take_in(&self, gate: &Gate, provider: &str, mut report: Report) -> Result<(), Refusal> {
        let news = self.note(provider, &mut report);
        let Report { about, reference, fate, .. } = report.clone();
        let (challenge, send) = about.as_ref().map(|(challenge, send)| (challenge.as_str(), *send)).unzip();
        tracing::info!(provider, challenge, send, reference, ?fate, "a provider reported how a message fared");
        let Some((challenge, send)) = about else { return Ok(()) };
        if let Some(price) = &report.price {
            gate.book_cost(&challenge, send, price).await.map_err(|_| Refusal::Outage)?;
        }
        match fate {
            Fate::Lost(class) => {
                let fared = Fared { by: Some(provider.into()), ..class.into() };
                if !gate.bounce(&challenge, send, fared).await? {
                    return Ok(());
                }
                // What is lost is lost, also where its provider had not been sure.
                let why = Class::named(class).and_then(Class::falls_back).unwrap_or(Why::Failed);
                gate.fall_back(&challenge, send, why).await.map(drop)
            }
            Fate::Delivered => {
                // Told twice, it is written down once, on whatever node.
                let news = gate.arrived(&challenge, send).await? && news;
                if news { gate.tell_arrival(&challenge, provider).await } else { Ok(()) }
            }
            Fate::Carried | Fate::Underway => Ok(()),
        }
    }

    /// Whether reports of this provider are taken at all.
    pub fn knows(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// How long a report of this provider may be; `None` where nothing that comes from this address is its report.
    pub fn longest(&self, name: &str, from: IpAddr) -> Option<usize> {
        self.named(name).filter_map(|provider| Some(provider.reporter(from)?.longest_report())).max()
    }

    /// What the provider reports; `None` unless it is proven that it does. Of several with one name (one for messages, one
    /// for calls, with keys of their own) whichever proves it.
    pub fn read(&self, name: &str, request: &Request<Bytes>, from: IpAddr, now: Wall) -> Option<Heard> {
        self.named(name).find_map(|provider| provider.read(request, from, now))
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Arc<Provider>> {
        self.providers.iter().filter(move |provider| *provider.name == *name)
    }
}
