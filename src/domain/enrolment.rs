//! What a user has enrolled to prove themselves with, as the store keeps it: sealed, one record a user.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::contact::{Channel, Phone};
use super::factor::Factor;
use super::id::{ChallengeId, SessionId};
use super::time::{CLOCK_STEP, Wall};

/// Passkeys that one person may have.
pub const MOST_PASSKEYS: usize = 10;
/// How long an authenticator's answer is waited for (WebAuthn L3 §15.1 recommends as much).
pub const KEY_PATIENCE: Duration = Duration::from_secs(300);

/// Everything that a user has enrolled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolments {
    /// Authenticator apps and hardware tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steppers: Vec<Stepper>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passkeys: Vec<Passkey>,
    /// A passkey that is just being made; there is one at a time, and an answer ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_asked: Option<KeyAsked>,
    /// Printed codes that were not used yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backup: Vec<Printed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bypass: Option<Bypass>,
    /// What they used the last time: it is offered first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Factor>,
    /// Another number that they asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NewNumber>,
}

/// Something that shows another code each step of time (RFC 6238).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stepper {
    pub id: String,
    /// As its owner calls it, or the serial number of a token.
    pub label: String,
    pub kind: Factor,
    /// Base32. Readable by the gate alone, because the whole record is sealed.
    pub seed: String,
    pub hash: StepHash,
    pub digits: u8,
    /// Seconds.
    pub step: u64,
    pub added: Wall,
    /// By how many steps a token's clock is known to be fast.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub drift: i64,
    /// The latest step whose code was taken: that one and those before it are never taken again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Wall>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepHash {
    #[default]
    Sha1,
    Sha256,
    Sha512,
}

/// A passkey, as WebAuthn's relying party remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    pub id: String,
    pub label: String,
    /// What the library that judges it needs, as JSON.
    pub credential: String,
    pub added: Wall,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Wall>,
}

/// What an authenticator was asked to make a key for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAsked {
    /// What the library judges the answer by.
    pub state: String,
    pub at: Wall,
    /// Only the session that asked may answer.
    pub session: SessionId,
}

impl KeyAsked {
    /// Whether an answer of this session may still come. A clock that was set back lengthens nothing.
    pub fn awaits(&self, session: &SessionId, now: Wall) -> bool {
        self.session == *session && is_awaited(self.at, now)
    }
}

/// Whether what an authenticator was asked at `at` may still be answered.
pub fn is_awaited(at: Wall, now: Wall) -> bool {
    now >= at.minus(CLOCK_STEP) && now < at.plus(KEY_PATIENCE)
}

/// A code that was printed: only its keyed hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub mac: String,
    pub printed: Wall,
}

/// What a help desk gave out: a code of its own that stands for the phone until it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bypass {
    pub mac: String,
    pub issued: Wall,
    pub ends: Wall,
    pub by: String,
    pub reason: String,
    /// Who else agreed, where two have to; without that it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    /// Whether a second person has to agree.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_second: bool,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Enrolments {
    /// Whether there is anything of this kind now. Codes that are sent are not enrolled.
    pub fn has(&self, factor: Factor, now: Wall) -> bool {
        match factor {
            Factor::Passkey => !self.passkeys.is_empty(),
            Factor::Token | Factor::Totp => self.steppers.iter().any(|stepper| stepper.kind == factor),
            Factor::Backup => !self.backup.is_empty(),
            Factor::Bypass => self.bypass.as_ref().is_some_and(|bypass| bypass.opens(now)),
            Factor::Code => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.steppers.is_empty() && self.passkeys.is_empty() && self.backup.is_empty() && self.bypass.is_none()
    }
}

impl Bypass {
    /// Whether it stands for anything now: agreed to by as many as have to, and not over.
    pub fn opens(&self, now: Wall) -> bool {
        let agreed = self.second.is_some() || !self.needs_second;
        // A clock that was set back must not lengthen it.
        agreed && now < self.ends && now >= self.issued.minus(CLOCK_STEP)
    }
}

/// A number on its way to become somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewNumber {
    pub phone: Phone,
    pub channel: Channel,
    /// Of the message.
    pub id: ChallengeId,
    /// Of the code that was sent there; empty once that was right.
    pub mac: String,
    pub sent: Wall,
    pub ends: Wall,
    pub tries_left: u8,
    /// When the code was right, where an operator has to agree besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Wall>,
}

impl std::fmt::Debug for Stepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stepper").field("label", &self.label).field("kind", &self.kind).finish_non_exhaustive()
    }
}
