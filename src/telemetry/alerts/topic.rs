//! What operators can be told of, and in which words.

use serde::Serialize;

use crate::domain::event::{Event, What};
use crate::domain::time::Wall;

/// What an alert is about; the names that `on` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Budget,
    Breaker,
    ProviderDown,
    BalanceLow,
    SendFailures,
    SimSwap,
    LoginFailures,
    Lockout,
    Emergency,
    Certificate,
    Test,
}

impl Topic {
    /// Those that can be chosen.
    pub const NAMES: &'static [(&'static str, Topic)] = &[
        ("budget", Topic::Budget),
        ("breaker", Topic::Breaker),
        ("provider_down", Topic::ProviderDown),
        ("balance_low", Topic::BalanceLow),
        ("send_failures", Topic::SendFailures),
        ("sim_swap", Topic::SimSwap),
        ("login_failures", Topic::LoginFailures),
        ("lockout", Topic::Lockout),
        ("emergency", Topic::Emergency),
    ];

    pub fn name(self) -> &'static str {
        Topic::NAMES.iter().find(|(_, topic)| *topic == self).map_or("test", |(name, _)| name)
    }

    pub fn of(what: What) -> Option<Topic> {
        Some(match what {
            What::SysBudgetWarning | What::SysBudgetSpent => Topic::Budget,
            What::SysBreakerOpened | What::SysBreakerClosed => Topic::Breaker,
            What::SysProviderDown | What::SysProviderUp => Topic::ProviderDown,
            What::SysBalanceLow => Topic::BalanceLow,
            What::SysSimSwapped => Topic::SimSwap,
            What::ExcessLoginFailures => Topic::LoginFailures,
            What::AuthnLoginLock => Topic::Lockout,
            What::EmergencyOpened | What::EmergencyRefused => Topic::Emergency,
            _ => return None,
        })
    }
}

/// What operators read. Names nobody: who it was stands in the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub at: String,
    pub site: String,
    pub topic: &'static str,
    pub event: &'static str,
    /// One sentence.
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Notice {
    pub fn of(topic: Topic, event: &Event, site: &str, at: Wall) -> Notice {
        Notice {
            at: at.rfc3339(),
            site: site.to_owned(),
            topic: topic.name(),
            event: event.event.name(),
            text: text(event),
            provider: event.provider.clone(),
            channel: event.channel.map(|channel| channel.name()),
            detail: event.detail.clone().filter(|_| !is_private(event.event)),
        }
    }

    pub fn of_send_failures(limit: u64, span: &str, site: &str, at: Wall) -> Notice {
        Notice {
            at: at.rfc3339(),
            site: site.to_owned(),
            topic: Topic::SendFailures.name(),
            event: What::CodeSendFailed.name(),
            text: format!(
                "More than {limit} codes within {span} could not be sent; `sekisho status` says through whom."
            ),
            provider: None,
            channel: None,
            detail: None,
        }
    }

    /// What `sekisho alerts test` sends.
    pub fn test(site: &str, at: Wall) -> Notice {
        Notice {
            at: at.rfc3339(),
            site: site.to_owned(),
            topic: Topic::Test.name(),
            event: Topic::Test.name(),
            text: "This is a test: whoever reads it will be told when something is wrong.".to_owned(),
            provider: None,
            channel: None,
            detail: None,
        }
    }
}

/// A number, masked as it may be, is nothing for a mail; nor is who came in and why.
fn is_private(what: What) -> bool {
    what == What::SysSimSwapped || what.tells_of_people()
}

fn text(event: &Event) -> String {
    let provider = event.provider.as_deref().unwrap_or("a provider");
    let channel = event.channel.map_or(String::new(), |channel| format!(" ({})", channel.name()));
    let detail = event.detail.as_deref().map_or(String::new(), |detail| format!(": {detail}"));
    match event.event {
        What::SysBudgetWarning => format!("Most of the money for messages is spent{detail}."),
        What::SysBudgetSpent => format!("The money for messages is spent, so no more codes go out{detail}."),
        What::SysBreakerOpened => format!("Too few codes are entered, so sending there pauses{detail}."),
        What::SysBreakerClosed => format!("Codes are sent there again{detail}."),
        What::SysProviderDown => format!("{provider}{channel} fails again and again{detail}."),
        What::SysProviderUp => format!("{provider}{channel} takes messages again."),
        What::SysBalanceLow => format!("There is little money left with {provider}{channel}{detail}."),
        What::SysSimSwapped => {
            "A number has changed its SIM card lately, so no code goes there; the audit says whose.".to_owned()
        }
        What::ExcessLoginFailures => format!("Many wrong codes and passwords{detail}."),
        What::AuthnLoginLock => {
            "Somebody made so many wrong guesses that the account waits; the audit says whose.".to_owned()
        }
        What::EmergencyOpened => {
            let (scope, who) = (event.scope.as_deref().unwrap_or("?"), event.user.as_deref().unwrap_or("?"));
            format!(
                "Emergency access to scope {scope} was opened ({who}); `sekisho emergency review` says by whom and why."
            )
        }
        What::EmergencyRefused => {
            let scope = event.scope.as_deref().unwrap_or("?");
            format!(
                "Somebody tried emergency access to scope {scope} with a code that does not open; the audit says who."
            )
        }
        other => other.name().to_owned(),
    }
}
