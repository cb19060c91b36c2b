//! One pending question, and what each answer does to it.
//!
//! ```text
//!              begin
//!                │
//!                ▼    sent
//!             Queued ───────▶ Sent
//!              │ ▲ ▲           │ │
//!       failed │ │ └─ resend ──┘ │         every live state:
//!              ▼ │ resend        │           right code ─────────▶ Verified   (spent, for ever)
//!            Failed ◀────────────┘           wrong, none left ───▶ Exhausted
//!                      late failure          life over ──────────▶ (expired: judged by time, never stored)
//! ```
//!
//! A late failure is a provider's word that a message which it had taken did not arrive; it may come before we have
//! noted that the message was taken, and then leads from `Queued` to `Failed` as well.
//!
//! Who has something stronger than a message gets none at first: such a challenge is `Queued`, and no message is counted
//! for it until somebody asks for one, which is a resend.
//!
//! The same code goes through every channel. Nothing refills tries: neither a resend, nor another channel, nor a failed delivery. A failed delivery costs none.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account::AccountKey;
use super::code::CodeShape;
use super::contact::Channel;
use super::counts::Counts;
use super::factor::Factor;
use super::id::{ChallengeId, SessionId, UserId};
use super::locale::Locale;
use super::maker::Maker;
use super::time::{CLOCK_STEP, Wall};

/// How challenges behave; from `[challenge]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeRules {
    pub shape: CodeShape,
    /// 1 to 10 minutes (NIST SP 800-63B-4 §3.1.3.2: at most 10).
    pub life: Duration,
    pub tries: u8,
    /// Messages in all, the first included.
    pub sends: u8,
    /// The first cool-down; each further resend doubles it.
    pub resend_after: Duration,
    /// How long after a message the next channel is tried by itself, unless it is known to have arrived; `None` is never.
    pub next_after: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Queued,
    Sent,
    Failed,
    Verified,
    Exhausted,
}

/// What had been proven before the code (RFC 8176 names them in a pass's `amr`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstFactor {
    /// Only a name was given: nothing about the user may show.
    None,
    Password,
    /// A valid pass for another scope named the user.
    Pass,
    /// The key of a TLS client certificate.
    Certificate,
    /// Somebody we trust said who it is: a proxy's header, a signed token, an identity provider, the application itself.
    Vouched,
    /// The application behind us took a password by its own login form.
    Application,
}

impl FirstFactor {
    /// Whether anything was proven, so that what is kept of the user may show.
    pub fn is_proven(self) -> bool {
        self != FirstFactor::None
    }

    /// What a pass says of it. What a pass was earned with stands in its session already, and what others vouch for they
    /// know themselves.
    pub fn amr(self) -> Option<&'static str> {
        match self {
            FirstFactor::None | FirstFactor::Pass | FirstFactor::Vouched => None,
            FirstFactor::Password | FirstFactor::Application => Some("pwd"),
            // Whether its key lies in hardware cannot be seen.
            FirstFactor::Certificate => Some("swk"),
        }
    }
}

/// A challenge as the store holds it. The code is in it only as `mac` (to judge by) and `sealed` (to send again),
/// both useless without keys that are not in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    pub id: ChallengeId,
    pub account: AccountKey,
    /// Where it is counted as well, when a stranger gave a name and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<AccountKey>,
    /// Whether it was begun on a device that the account knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// `None` is a decoy for a name nobody has: it looks the same, sends nothing and no code opens it.
    pub user: Option<UserId>,
    /// Keyed hash of the binding cookie.
    pub browser: String,
    pub scope: String,
    pub return_to: String,
    /// What its messages are counted under: stands for the number, where there is one.
    #[serde(default)]
    pub purse: String,
    pub first: FirstFactor,
    /// The session that a right code adds to, where the caller had one.
    pub session: Option<SessionId>,
    pub mac: String,
    pub sealed: String,
    pub state: State,
    pub created: Wall,
    pub expires: Wall,
    pub tries_left: u8,
    pub channel: Channel,
    /// The ways that are open, in the order in which they are tried.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// What may be given besides the code that is sent, in the order in which it is offered: what the user had when it
    /// began, or where nothing was proven all that the scope takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// The ways that messages have gone: the code was read from one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used: Vec<Channel>,
    /// In which messages are written that nobody asks for any more by then.
    #[serde(default)]
    pub locale: Locale,
    /// Stands for the mailbox that may get the code, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mailbox: String,
    /// A provider took its number for part of a fraud: nothing goes there by itself any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub barred: bool,
    /// A provider says that the latest message is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub arrived: bool,
    /// Masked.
    pub to: Option<String>,
    /// Messages so far; also the number of the latest one, by which its outcome is recognised.
    pub sends: u8,
    pub last_send: Wall,
    pub resend_at: Wall,
    /// The provider that took the latest message that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// What each of its messages was taken to cost, or cost after all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<u64>,
    /// Whether it is counted what came of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighed: bool,
    /// The sealed pass that a right code earned, and when: see [`Challenge::repeats`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<Earned>,
    /// There if the code is made and checked by a provider: then `sealed` is empty, and `mac` until a code was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<Maker>,
    /// What an authenticator was asked the last time, sealed. An answer ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_asked: Option<String>,
}

/// What a right code earned, kept for a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    pub pass: String,
    /// What the device is known by from then on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device: String,
    pub at: Wall,
}

/// A browser that sends the form twice (a double click) drops the first answer. So long the very same pass is handed out
/// again, to the same browser, for the same right code; no second pass is ever made.
const REPEAT: Duration = Duration::from_secs(10);

const AFTERLIFE: Duration = Duration::from_secs(3600);
const SHORT_AFTERLIFE: Duration = Duration::from_secs(600);

/// What a guess came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    Right,
    /// Cost a try and counted as a failure of the account.
    Wrong {
        tries_left: u8,
    },
    Gone(Gone),
    /// The account has to wait; no try was spent.
    Wait(Duration),
}

/// Why a challenge answers no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    Expired,
    Used,
    OutOfTries,
    Unknown,
}

/// Why no further message goes out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResend {
    Cooling(Duration),
    NoneLeft,
    Gone(Gone),
}

impl Challenge {
    /// How long it is kept after its end, so that people get a helpful answer about it. Shorter where anybody can begin
    /// one with an invented name.
    pub fn kept_until(&self) -> Wall {
        self.expires.plus(if !self.first.is_proven() { SHORT_AFTERLIFE } else { AFTERLIFE })
    }

    /// Why it is over, if it is.
    pub fn gone(&self, now: Wall) -> Option<Gone> {
        match self.state {
            State::Verified => Some(Gone::Used),
            State::Exhausted => Some(Gone::OutOfTries),
            // A clock that was set back must not lengthen a life.
            _ if now >= self.expires || now < self.created.minus(CLOCK_STEP) => Some(Gone::Expired),
            _ => None,
        }
    }

    /// Judges one well-formed guess. `right` says whether the keyed hash matched. The caller stores all changed records
    /// in one atomic step and tells nobody before that succeeded, so every guess costs a try under any race.
    pub fn guess(&mut self, counts: &mut Counts<'_>, right: bool, now: Wall) -> Guess {
        if let Some(gone) = self.gone(now) {
            return Guess::Gone(gone);
        }
        if let Some(wait) = counts.wait(self.user.is_some(), now) {
            return Guess::Wait(wait);
        }
        if right && self.user.is_some() && !counts.is_closed() {
            self.state = State::Verified;
            counts.succeeded(now);
            counts.close(&self.id);
            return Guess::Right;
        }
        self.tries_left = self.tries_left.saturating_sub(1);
        counts.failed(now);
        if self.tries_left == 0 {
            self.state = State::Exhausted;
            counts.close(&self.id);
        }
        Guess::Wrong { tries_left: self.tries_left }
    }

    /// The pass that this right code has just earned, if the same answer may still be given again.
    pub fn repeats(&self, right: bool, now: Wall) -> Option<&Earned> {
        let just_now = |e: &&Earned| now >= e.at && now < e.at.plus(REPEAT);
        self.earned.as_ref().filter(|_| right && self.state == State::Verified).filter(just_now)
    }

    /// The ways that are open.
    pub fn offered(&self) -> &[Channel] {
        match self.channels.as_slice() {
            [] if self.sends > 0 => std::slice::from_ref(&self.channel),
            channels => channels,
        }
    }

    /// Readies one more message with the same code, which `to` shows masked where that may be seen.
    pub fn resend(
        &mut self,
        channel: Channel,
        to: Option<String>,
        rules: &ChallengeRules,
        now: Wall,
    ) -> Result<(), NoResend> {
        self.may_resend(rules, now)?;
        self.ready(channel, to, rules, now);
        Ok(())
    }

    /// Whether one more message may be asked for now.
    pub fn may_resend(&self, rules: &ChallengeRules, now: Wall) -> Result<(), NoResend> {
        if let Some(gone) = self.gone(now) {
            return Err(NoResend::Gone(gone));
        }
        if self.sends >= rules.sends {
            return Err(NoResend::NoneLeft);
        }
        let left = now.until(self.resend_at);
        if !left.is_zero() {
            return Err(NoResend::Cooling(left));
        }
        Ok(())
    }

    fn ready(&mut self, channel: Channel, to: Option<String>, rules: &ChallengeRules, now: Wall) {
        self.channel = channel;
        if !self.used.contains(&channel) {
            self.used.push(channel);
        }
        self.to = to;
        self.state = State::Queued;
        self.arrived = false;
        self.last_send = now;
        self.resend_at = now.plus(rules.cool_down(self.sends));
        self.sends += 1;
    }

    /// The channel that is tried by itself if message number `send` does not arrive, as far as there is one. Who has proven
    /// nothing yet presses a button: what happened by itself for a name that somebody has would tell it from an invented one.
    pub fn next_channel(&self, send: u8, rules: &ChallengeRules, now: Wall) -> Option<Channel> {
        let over = self.gone(now).is_some() || !self.first.is_proven() || self.user.is_none() || send == 0;
        if over || self.arrived || self.sends != send || self.sends >= rules.sends || rules.next_after.is_none() {
            return None;
        }
        let at = self.channels.iter().position(|channel| *channel == self.channel)?;
        let open = |channel: &&Channel| !self.barred || **channel == Channel::Email;
        self.channels[at + 1..].iter().find(open).copied()
    }

    /// Readies the same code for the next channel, without a cool-down: nobody asked for it.
    pub fn fall_back(&mut self, channel: Channel, to: Option<String>, rules: &ChallengeRules, now: Wall) {
        self.ready(channel, to, rules, now);
    }

    /// Takes in that message number `send` is there; `false` when that is no news.
    pub fn arrive(&mut self, send: u8, now: Wall) -> bool {
        if self.arrived || self.sends != send || self.state == State::Failed || self.gone(now).is_some() {
            return false;
        }
        self.arrived = true;
        true
    }

    /// Takes in how message number `send` fared; `false` when that is no news (a later message is on its way, or the
    /// challenge is over).
    pub fn settle(&mut self, send: u8, delivered: bool, now: Wall) -> bool {
        if self.state != State::Queued || self.sends != send || self.gone(now).is_some() {
            return false;
        }
        match delivered {
            true => self.state = State::Sent,
            false => self.fail(now),
        }
        true
    }

    /// Takes in that message number `send`, which a provider had taken, did not arrive after all; `false` when that is
    /// no news. The code still holds: somebody may have it all the same.
    pub fn bounce(&mut self, send: u8, by: Option<&str>, now: Wall) -> bool {
        // Of several that were asked, only the word of the one that took it counts.
        if self.state == State::Sent && self.taken_by.is_some() && by != self.taken_by.as_deref() {
            return false;
        }
        // Reports come out of order: what is there cannot be lost any more.
        let under_way = matches!(self.state, State::Queued | State::Sent) && !self.arrived;
        if !under_way || self.sends != send || self.gone(now).is_some() {
            return false;
        }
        self.fail(now);
        true
    }

    /// Nothing reached anybody, so there is nothing to cool down from. Who has proven nothing yet does not even learn
    /// that, because a name nobody has gets no message that could fail.
    fn fail(&mut self, now: Wall) {
        self.state = State::Failed;
        if self.first.is_proven() {
            self.resend_at = now;
        }
    }
}

impl ChallengeRules {
    /// The cool-down after message number `sent + 1`, counted from 0.
    pub fn cool_down(&self, sent: u8) -> Duration {
        self.resend_after * 2u32.pow(u32::from(sent.min(6)))
    }
}

#[cfg(test)]
#[path = "challenge/tests.rs"]
pub(super) mod tests;
