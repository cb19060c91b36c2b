//! How a code gets to its owner: for each channel a bounded queue, some workers, and a chain of providers.
//!
//! ```text
//! gate ── post ──▶ Courier ──▶ Lanes (queues) ──▶ CourierService (workers) ──▶ Chain ──▶ provider, next provider, …
//!   ▲                                                   │                                     │
//!   └───────────────────── settle ──────────────────────┘                              Outcome by Class
//! ```
//!
//! A vendor is pure, `request` and `outcome` ([`provider::kind`]); what an answer means is one [`Class`], and only the
//! class decides what happens next. What a provider reports later is checked in [`receipts`]. Nothing here logs a number,
//! a code or a text.

pub mod alarms;
pub mod chain;
pub mod courier;
pub mod envelope;
pub mod feedback;
pub mod health;
mod lanes;
mod lines;
pub mod logbook;
pub mod makers;
pub mod outcome;
pub mod parts;
pub mod patrol;
pub mod postmark;
pub mod probe;
pub mod provider;
pub mod receipts;
pub mod service;
pub mod settings;
pub mod simswap;

pub use courier::Courier;
pub use logbook::Logbook;
pub use makers::Makers;
pub use outcome::{Attempt, Class, DeliveryError, Outcome, Receipt, Tally, Tried};
pub use provider::{Provider, ProviderFault, Providers};
pub use receipts::Receipts;
pub use service::{CourierService, Settlement};
pub use settings::Settings;

use std::time::Duration;

use crate::domain::code::Code;
use crate::domain::contact::Contact;
use crate::domain::id::ChallengeId;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;

/// One message, ready to be handed over.
#[derive(Debug, Clone)]
pub struct Message {
    pub challenge: ChallengeId,
    /// The number of this message within the challenge.
    pub send: u8,
    pub contact: Contact,
    /// The language that the text is in.
    pub locale: Locale,
    /// As the channel carries it: what is written, or what a voice says.
    pub text: Secret<String>,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// What a voice says before somebody pressed a key, so that no mailbox ever hears the code.
    pub prompt: Option<String>,
    /// Empty where the provider makes it.
    pub code: Code,
    /// How long the code still holds; a provider need not try longer.
    pub life: Duration,
}
