//! What an attempt came to, in classes that decide what happens next.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::domain::contact::{Channel, Contact, Region};
use crate::domain::id::ChallengeId;
use crate::domain::money::Money;
use crate::gate::fall_back::Why;

/// Why a provider did not take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The number can never be reached on this channel.
    RecipientPermanent,
    /// The recipient told this sender to stop.
    OptOut,
    /// Our fault: credentials, sender, template, address.
    Config,
    /// No money left.
    Funds,
    /// The account may not send to that country. Which countries are allowed was decided before; this is the
    /// provider's own list.
    Region,
    /// The provider's protection against pumping fired.
    Fraud,
    /// Too fast.
    Throttle,
    /// It may work in a moment.
    Transient,
    /// The message may be on its way.
    Ambiguous,
}

/// Who may be asked after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same provider once more, then the next one.
    Again,
    /// The next provider.
    Provider,
    /// No other provider of this channel: it would not help, or would defeat a protection.
    Nobody,
}

impl Class {
    pub const ALL: [Class; 9] = [
        Class::RecipientPermanent,
        Class::OptOut,
        Class::Config,
        Class::Funds,
        Class::Region,
        Class::Fraud,
        Class::Throttle,
        Class::Transient,
        Class::Ambiguous,
    ];

    /// The name in logs, metrics and the audit.
    pub fn name(self) -> &'static str {
        match self {
            Class::RecipientPermanent => "recipient",
            Class::OptOut => "opt_out",
            Class::Config => "config",
            Class::Funds => "funds",
            Class::Region => "region",
            Class::Fraud => "fraud",
            Class::Throttle => "throttle",
            Class::Transient => "transient",
            Class::Ambiguous => "ambiguous",
        }
    }

    /// What becomes of the challenge when no provider of the channel took the message; `None` where it may be on its way
    /// all the same, and time has to tell.
    pub fn falls_back(self) -> Option<Why> {
        match self {
            Class::Fraud => Some(Why::Fraud),
            Class::Ambiguous => None,
            _ => Some(Why::Failed),
        }
    }

    /// The class of this name.
    pub fn named(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }

    pub fn next(self) -> Next {
        match self {
            Class::RecipientPermanent | Class::OptOut | Class::Fraud => Next::Nobody,
            Class::Config | Class::Funds | Class::Region | Class::Ambiguous => Next::Provider,
            Class::Throttle | Class::Transient => Next::Again,
        }
    }

    /// What a status says where the body says nothing. A server that failed or timed out *after* it had the request may
    /// have passed the message on; 503 and 408 say that it did not get so far.
    pub fn of_status(status: StatusCode) -> Class {
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Class::Transient,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY => Class::Throttle,
            StatusCode::PAYMENT_REQUIRED => Class::Funds,
            status if status.is_server_error() || status.is_success() => Class::Ambiguous,
            _ => Class::Config,
        }
    }
}

/// What one attempt came to.
pub type Outcome = Result<Accepted, Failure>;

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// How the provider calls it.
    pub reference: Option<String>,
    /// What it says that the message costs.
    pub price: Option<Money>,
}

/// The provider did not take it, as far as one can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub class: Class,
    /// The vendor's own number for it. Its words can hold the recipient's number and are dropped.
    pub number: Option<u32>,
    /// When it asks to be tried again.
    pub wait: Option<Duration>,
}

impl From<Class> for Failure {
    fn from(class: Class) -> Failure {
        Failure { class, number: None, wait: None }
    }
}

/// A message that a provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub provider: Arc<str>,
    pub reference: Option<String>,
    /// What the provider says that it costs.
    pub price: Option<Money>,
    /// Who was asked in vain before.
    pub tried: Vec<Tried>,
}

/// No provider took it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message was not delivered: {}", class.name())]
pub struct DeliveryError {
    pub class: Class,
    /// Everybody who was asked.
    pub tried: Vec<Tried>,
}

/// A provider that was asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub provider: Arc<str>,
    pub class: Class,
}

/// One attempt to hand a message over, as whoever counts hears of it.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Losses on the courier's side come under the name [`courier::NAME`](super::courier::NAME).
    pub provider: &'a str,
    /// Where it was to go, as far as that is known.
    pub contact: Option<&'a Contact>,
    pub challenge: &'a ChallengeId,
    pub send: u8,
    /// How the provider calls it.
    pub reference: Option<&'a str>,
    /// What it says that the message costs.
    pub price: Option<&'a Money>,
    /// The error is the name of a [`Class`], or of a loss on our side.
    pub outcome: Result<(), &'static str>,
}

impl Attempt<'_> {
    pub fn channel(&self) -> Option<Channel> {
        self.contact.map(|contact| contact.channel)
    }

    /// Of the number. Costs some time to find out.
    pub fn country(&self) -> Option<Region> {
        self.contact?.address.phone()?.region()
    }
}

/// Told of every attempt.
pub type Tally = Arc<dyn Fn(&Attempt<'_>) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_provider_is_asked_where_that_defeats_a_no() {
        let stops: Vec<_> = Class::ALL.into_iter().filter(|c| c.next() == Next::Nobody).collect();
        assert_eq!(stops, [Class::RecipientPermanent, Class::OptOut, Class::Fraud]);
    }

    #[test]
    fn what_may_have_gone_out_is_never_sent_again_by_the_same_provider() {
        let again: Vec<_> = Class::ALL.into_iter().filter(|c| c.next() == Next::Again).collect();
        assert_eq!(again, [Class::Throttle, Class::Transient]);
    }

    #[test]
    fn every_class_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Class::ALL.into_iter().map(Class::name).collect();
        assert_eq!(names.len(), Class::ALL.len());
    }

    #[test]
    fn a_bare_status_is_read_with_care() {
        for (status, class) in [
            (301, Class::Config),
            (400, Class::Config),
            (401, Class::Config),
            (402, Class::Funds),
            (404, Class::Config),
            (408, Class::Transient),
            (425, Class::Throttle),
            (429, Class::Throttle),
            (500, Class::Ambiguous),
            (502, Class::Ambiguous),
            (503, Class::Transient),
            (504, Class::Ambiguous),
        ] {
            assert_eq!(StatusCode::from_u16(status).map(Class::of_status).ok(), Some(class), "{status}");
        }
    }
}
