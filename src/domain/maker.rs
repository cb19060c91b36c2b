//! A code that a provider makes and checks: what each asking costs before the provider is asked, and what its word changes.
//!
//! ```text
//!          reserve (a try is spent, a failure counted)             answer
//!   live ─────────────────────────────────────────────▶ asking ─────────────▶ Right    Verified
//!     ▲                                                   │                   Wrong    live, or Exhausted
//!     │            nobody answers: the process died       │                   Over     expired
//!     └───────────────────────────────────────────────────┘                   Unsent   live, the try is given back
//!                                                                             Unknown  live, or Exhausted
//! ```
//!
//! Everything is paid for before anybody is asked, so no race and no crash lets more entries reach the provider than there
//! are tries, and no more failures are taken back than were counted. One entry of a challenge is asked about at a time.
//!
//! Who has proven nothing yet is told of wrong codes only, whatever the provider says: for a name nobody has nobody is
//! asked, and nothing may tell these from others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::account::Guesser;
use super::challenge::{Challenge, Gone, State};
use super::counts::Counts;
use super::time::{CLOCK_STEP, Wall};

/// What a challenge remembers of the provider who makes its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// As logs, metrics and the audit call it.
    pub provider: String,
    /// The latest that the provider began; none before it took a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// How many askings have begun, which numbers them.
    #[serde(default)]
    asked: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asking: Option<Asking>,
    /// The provider judges no entry any more, and nobody may be told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    over: bool,
}

/// What a provider began with one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// How the provider calls it, sealed.
    pub reference: String,
    /// The number of the message.
    pub send: u8,
}

/// An entry that the provider is being asked about, and what was counted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Asking {
    number: u32,
    at: Wall,
    /// From then on nobody waits for it any more.
    until: Wall,
    /// The number of the message whose code it would be.
    #[serde(default)]
    send: u8,
    /// Whose failure was counted: a known device's, or a stranger's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// When the failure before it was, at the account, and at the place if it was counted there.
    own: Wall,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Wall>,
}

/// What a provider says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Right,
    Wrong,
    /// It judges nothing for this code any more: expired, used, or asked too often.
    Over,
    /// Nobody was asked.
    Unsent,
    /// It may have been asked, and said nothing that counts.
    Unknown,
}

/// Whether an entry may be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserve {
    /// A try is spent. `heard` is whether there is anybody to ask; where not, the entry is wrong.
    Spent {
        number: u32,
        heard: bool,
    },
    /// Another entry is being asked about.
    Busy,
    /// The provider has taken no message yet, so there is no code; nothing was spent.
    Unmade,
    Gone(Gone),
    /// The account has to wait; no try was spent.
    Wait(Duration),
}

/// What an entry came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Right,
    Wrong {
        tries_left: u8,
    },
    Gone(Gone),
    /// Nobody knows.
    Unclear,
}

impl Maker {
    pub fn new(provider: &str) -> Maker {
        Maker { provider: provider.to_owned(), verification: None, asked: 0, asking: None, over: false }
    }

    /// Takes in what the provider began with message number `send`; `false` when a later message is known already.
    pub fn began(&mut self, verification: Verification) -> bool {
        let news = self.verification.as_ref().is_none_or(|known| known.send <= verification.send);
        if news {
            self.verification = Some(verification);
            self.over = false;
        }
        news
    }
}

impl Asking {
    /// A clock that was set back must not lengthen it.
    fn holds(&self, now: Wall) -> bool {
        now < self.until && now >= self.at.minus(CLOCK_STEP)
    }
}

impl Challenge {
    /// Spends a try and counts a failure for an entry that the provider is to be asked about, within `patience`. The caller
    /// stores all changed records in one atomic step, and asks nobody before that succeeded.
    pub fn reserve(&mut self, counts: &mut Counts<'_>, patience: Duration, now: Wall) -> Reserve {
        if let Some(gone) = self.gone(now) {
            return Reserve::Gone(gone);
        }
        let proven = self.first.is_proven();
        let Some(maker) = &mut self.maker else { return Reserve::Gone(Gone::Unknown) };
        if maker.asking.as_ref().is_some_and(|asking| asking.holds(now)) {
            return Reserve::Busy;
        }
        if self.tries_left == 0 {
            // The last one was never answered.
            self.state = State::Exhausted;
            counts.close(&self.id);
            return Reserve::Gone(Gone::OutOfTries);
        }
        if let Some(wait) = counts.wait(self.user.is_some(), now) {
            return Reserve::Wait(wait);
        }
        let made = maker.verification.is_some() && !maker.over;
        if proven && !made {
            return Reserve::Unmade;
        }
        let heard = made && self.user.is_some() && !counts.is_closed();
        maker.asked += 1;
        let number = maker.asked;
        let (own, place) = counts.count(now);
        let device = match counts.guesser {
            Guesser::Device(tag) => Some(tag.to_owned()),
            Guesser::Stranger => None,
        };
        let send = maker.verification.as_ref().map_or(0, |verification| verification.send);
        maker.asking = Some(Asking { number, at: now, until: now.plus(patience), send, device, own, place });
        self.tries_left -= 1;
        Reserve::Spent { number, heard }
    }

    /// Takes in what became of asking `number`. The caller stores all changed records in one atomic step and tells nobody
    /// before that succeeded.
    pub fn answer(&mut self, number: u32, verdict: Verdict, counts: &mut Counts<'_>, now: Wall) -> Answer {
        let proven = self.first.is_proven();
        let Some(maker) = &mut self.maker else { return Answer::Gone(Gone::Unknown) };
        // Where it took too long, somebody else's turn has come meanwhile; what was counted stays.
        let asking = maker.asking.take_if(|asking| asking.number == number);
        let at = asking.as_ref().map_or(now, |asking| asking.at);
        // A message that is under way ends the one before it; so that is over, and the code is not.
        let latest = maker.verification.as_ref().map(|verification| verification.send);
        let superseded = self.state == State::Queued || asking.as_ref().is_some_and(|a| latest != Some(a.send));
        let verdict = if verdict == Verdict::Over && superseded { Verdict::Unknown } else { verdict };
        maker.over |= !proven && verdict == Verdict::Over;
        if let Some(gone) = self.gone(at) {
            return Answer::Gone(gone);
        }
        if let Some(asking) = asking.filter(|_| !matches!(verdict, Verdict::Right | Verdict::Wrong)) {
            counts.take_back(asking.device.as_deref(), asking.at, asking.own, asking.place.filter(|_| proven));
            // A provider that cannot be reached costs no try, where that may show.
            self.tries_left += u8::from(proven && verdict == Verdict::Unsent);
        }
        if verdict == Verdict::Right {
            self.state = State::Verified;
            counts.succeeded(now);
            counts.close(&self.id);
            return Answer::Right;
        }
        if proven && verdict == Verdict::Over {
            self.expires = now;
            counts.close(&self.id);
            return Answer::Gone(Gone::Expired);
        }
        if self.tries_left == 0 {
            self.state = State::Exhausted;
            counts.close(&self.id);
        }
        match verdict {
            Verdict::Unsent | Verdict::Unknown if proven => Answer::Unclear,
            _ => Answer::Wrong { tries_left: self.tries_left },
        }
    }
}

#[cfg(test)]
#[path = "maker/tests.rs"]
mod tests;
