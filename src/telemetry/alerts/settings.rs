//! Who is told of what, how, and how often.

use std::time::Duration;

use crate::domain::quota::Quota;
use crate::domain::secret::Secret;

use super::mail::Mail;
use super::topic::Topic;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose gate it is, as people see its address.
    pub site: String,
    pub alerts: Vec<Alert>,
    /// So many messages that nobody took are worth an alarm.
    pub send_failures: Quota,
}

/// One way to reach the operators.
#[derive(Debug, Clone)]
pub struct Alert {
    /// As log and metrics call it.
    pub name: String,
    /// Empty means all.
    pub on: Vec<Topic>,
    /// Of one kind about one thing.
    pub at_most: Quota,
    pub to: To,
}

#[derive(Debug, Clone)]
pub enum To {
    /// A POST of JSON.
    Webhook {
        url: String,
        /// Signs what is sent.
        secret: Option<Secret<String>>,
    },
    /// A program that reads JSON on its standard input.
    Command { program: String, arguments: Vec<String>, deadline: Duration },
    /// A letter to a mail server.
    Mail(Mail),
}

impl To {
    pub fn kind(&self) -> &'static str {
        match self {
            To::Webhook { .. } => "webhook",
            To::Command { .. } => "command",
            To::Mail(_) => "mail",
        }
    }
}
