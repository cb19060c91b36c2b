//! The counts that belong to a person, whatever challenge, channel, cookie or address they came with.
//!
//! # Who is counted where
//!
//! A **known device** is a browser that succeeded before on this account: it shows a value that was made fresh at that
//! success, and has a count of its own. Everybody else is a **stranger**; strangers share one count. So a stranger can
//! make other strangers wait and never the owner at their own browser, and no success of one refills the other's tries.
//! A known device is no factor: it proves nothing and opens nothing, it only is heard. See [`super::tally`] for how far.
//!
//! # Names that nobody has
//!
//! Where a name is all that a stranger gives, an invented one must look like a real one in every answer (OWASP ASVS
//! 6.3.8), and inventing names must fill no store. So whatever a stranger is *told* there comes from a table of fixed
//! width, in which real and invented names alike have a **place** by a keyed hash that nobody outside can compute
//! ([`AccountKey::place`]): waits, open challenges, messages, sign-ins. Names that share a place are counted together,
//! so a place may say no too early and never too late; and since that befalls real and invented names alike, it tells
//! nothing about either. The failures of a real account are counted exactly *besides*, under the directory's immutable id
//! ([`AccountKey::of_user`]): these decide what a code may open, end only by success or an operator's word, and nothing
//! that anybody does under another name adds to them or takes from them. Known devices are judged by these alone, so a
//! table that was filled on purpose stops strangers only, and is told by the budget of failures over all accounts.
//!
//! A stranger who used up a real account's [`MOST_OF_STRANGERS`] meets from then on what an invented name meets: no message
//! and no code that is right. An invented name writes an account too, one of a fixed number that nothing is read from, so
//! that one guess costs the same work for both.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{ChallengeId, UserId};
pub use super::tally::{MOST_DEVICES, MOST_OF_DEVICE, MOST_OF_STRANGERS, Tally};
use super::time::Wall;

/// Live challenges one account may have at a time, over all browsers and scopes: bounds the record. Known devices have as
/// many of their own.
const MOST_LIVE: usize = 8;
/// The width of every table of places.
pub const PLACES: u32 = 1 << 16;
/// How long a failure or a device is remembered. Browsers keep a cookie no longer either (RFC 6265bis §5.5).
pub const MEMORY: Duration = Duration::from_secs(400 * 24 * 3600);

/// What counters hang on: the directory's immutable id, or one of a fixed number of places for names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountKey(String);

impl AccountKey {
    pub fn of_user(id: &UserId) -> AccountKey {
        AccountKey(format!("u:{id}"))
    }

    /// For a name nobody has: written as a real one's is, and never read. `tag` is a keyed hash of the folded name.
    pub fn of_unknown(tag: [u8; 32]) -> AccountKey {
        AccountKey::decoy(tag[0], tag)
    }

    /// The same for a real name that is treated like one nobody has, in the bucket of its account.
    pub fn decoy(bucket: u8, tag: [u8; 32]) -> AccountKey {
        AccountKey(format!("x:{}", u16::from_be_bytes([tag[1], bucket])))
    }

    /// Where strangers are counted who give nothing but the name of this account; beside it, because both change together.
    /// `tag` is a keyed hash of what the name stands for: of the user's id, so that all names of one person are one, or of
    /// the folded name where nobody has it.
    pub fn place(&self, tag: [u8; 32]) -> AccountKey {
        AccountKey(format!("p:{}", u16::from_be_bytes([tag[2], self.bucket()])))
    }

    /// Where this account's records lie: its challenges and sessions have ids of the same bucket.
    pub fn bucket(&self) -> u8 {
        match self.0.split_once(':') {
            Some(("u", id)) => UserId::parse(id).map_or(0, |id| id.bucket()),
            Some((_, place)) => place.parse::<u16>().map_or(0, |place| place.to_le_bytes()[0]),
            None => 0,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which of the [`PLACES`] a keyed hash names, for counters that are no accounts.
pub fn place(tag: [u8; 32]) -> u32 {
    u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]]) % PLACES
}

/// One account's standing, or that of one place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    #[serde(flatten)]
    pub strangers: Tally,
    /// Challenges that are open, so that a second tab joins instead of sending again.
    pub live: Vec<Live>,
    /// Those that succeeded lately, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
}

/// An open challenge as its account remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Live {
    pub id: ChallengeId,
    /// Keyed hash of the binding cookie; with the name's, where nobody has that.
    pub browser: String,
    pub scope: String,
    pub expires: Wall,
    /// Begun on a known device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

/// A browser that succeeded before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Keyed hash of what it shows.
    pub tag: String,
    #[serde(flatten)]
    pub tally: Tally,
    /// When it succeeded.
    pub since: Wall,
}

/// Who guesses, as one account knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guesser<'a> {
    Stranger,
    /// By the tag that the account has.
    Device(&'a str),
}

impl Account {
    /// Who shows this tag. A device that used up its failures is a stranger when its pause is over.
    pub fn guesser<'a>(&self, tag: Option<&'a str>, now: Wall) -> Guesser<'a> {
        let heard = |d: &&Device| d.tally.failures < MOST_OF_DEVICE || d.tally.wait(now).is_some();
        match tag.filter(|tag| self.devices.iter().find(|d| d.tag == *tag).filter(heard).is_some()) {
            Some(tag) => Guesser::Device(tag),
            None => Guesser::Stranger,
        }
    }

    pub fn tally(&self, guesser: Guesser<'_>) -> &Tally {
        let own = |tag: &str| self.devices.iter().find(|d| d.tag == tag).map(|d| &d.tally);
        match guesser {
            Guesser::Stranger => &self.strangers,
            Guesser::Device(tag) => own(tag).unwrap_or(&self.strangers),
        }
    }

    /// A device's count, if the account still knows it, or the strangers'.
    pub(super) fn tally_mut(&mut self, device: Option<&str>) -> Option<&mut Tally> {
        match device {
            Some(tag) => self.devices.iter_mut().find(|d| d.tag == tag).map(|d| &mut d.tally),
            None => Some(&mut self.strangers),
        }
    }

    pub fn failed(&mut self, guesser: Guesser<'_>, now: Wall) {
        let device = match guesser {
            Guesser::Stranger => None,
            Guesser::Device(tag) => self.devices.iter_mut().find(|d| d.tag == tag),
        };
        device.map_or(&mut self.strangers, |d| &mut d.tally).failed(now);
    }

    /// Ends the row of whoever succeeded, and knows them as `fresh` from now on; what they showed before is worth nothing
    /// any more. Others' rows stay. Answers the count that ended.
    pub fn succeeded(&mut self, guesser: Guesser<'_>, fresh: String, now: Wall) -> Tally {
        let ended = match guesser {
            Guesser::Stranger => std::mem::take(&mut self.strangers),
            Guesser::Device(_) => self.tally(guesser).clone(),
        };
        self.devices.retain(|d| guesser != Guesser::Device(&d.tag));
        let surplus = (self.devices.len() + 1).saturating_sub(MOST_DEVICES);
        self.devices.drain(..surplus);
        self.devices.push(Device { tag: fresh, tally: Tally::default(), since: now });
        ended
    }

    /// Whether strangers are not heard any more, whatever they guess.
    pub fn is_closed(&self) -> bool {
        self.strangers.failures >= MOST_OF_STRANGERS
    }

    /// Failures in a row that count now, of strangers and of every device.
    pub fn failures(&self) -> u32 {
        self.devices.iter().map(|d| d.tally.failures).fold(self.strangers.failures, u32::saturating_add)
    }

    /// By an operator's word: every count begins anew. Devices stay known.
    pub fn unlock(&mut self) {
        self.strangers = Tally::default();
        self.devices.iter_mut().for_each(|d| d.tally = Tally::default());
    }

    /// Knows no device any more, as when a telephone or a computer was stolen.
    pub fn forget_devices(&mut self) {
        self.devices.clear();
    }

    /// When nothing in it matters any longer.
    pub fn matters_until(&self) -> Wall {
        let failed = |tally: &Tally| if tally.failures > 0 { tally.last_failure.plus(MEMORY) } else { Wall::EPOCH };
        let live = self.live.iter().map(|l| l.expires);
        let devices = self.devices.iter().map(|d| d.since.plus(MEMORY).max(failed(&d.tally)));
        live.chain(devices).fold(failed(&self.strangers), Wall::max)
    }

    /// The open challenge that this browser already has for this scope.
    pub fn joinable(&self, browser: &str, scope: &str, now: Wall) -> Option<&ChallengeId> {
        let mine = |l: &&Live| l.browser == browser && l.scope == scope && l.expires > now;
        self.live.iter().find(mine).map(|l| &l.id)
    }

    /// Remembers a new challenge; `false` when too many are open.
    pub fn open(&mut self, live: Live, now: Wall) -> bool {
        self.live.retain(|l| l.expires > now && !(l.browser == live.browser && l.scope == live.scope));
        if self.live.iter().filter(|l| l.known == live.known).count() >= MOST_LIVE {
            return false;
        }
        self.live.push(live);
        true
    }

    pub fn close(&mut self, id: &ChallengeId) {
        self.live.retain(|l| l.id != *id);
    }

    /// At a place: takes out what one account had added, when that succeeded.
    pub fn without(&mut self, own: &Tally) {
        self.strangers.without(own);
    }
}

#[cfg(test)]
mod tests;
