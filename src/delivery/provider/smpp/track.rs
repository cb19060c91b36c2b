//! Which receipt belongs to which message: by the names that a service centre gave to its parts.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::receipt::Receipt;
use crate::delivery::receipts::{Fate, Report};
use crate::domain::id::ChallengeId;

/// Messages that are remembered; of older ones the receipts name nothing of ours.
const LETTERS: usize = 10_000;
/// Receipts that came before the answer to what they are about, and how long they wait for it.
const EARLY: usize = 1_000;
const EARLY_FOR: Duration = Duration::from_secs(60);

/// How a centre writes the names of messages: in its answers, and in its receipts. Some write the same number in two bases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    Text,
    Decimal,
    Hex,
}

impl Base {
    /// The name in a form that is the same for both.
    pub fn read(self, id: &str) -> String {
        let number = match self {
            Base::Text => None,
            Base::Decimal => id.parse::<u128>().ok(),
            Base::Hex => u128::from_str_radix(id, 16).ok(),
        };
        number.map_or_else(|| id.to_owned(), |number| number.to_string())
    }
}

/// A message in the book.
pub type Key = u64;

#[derive(Default)]
pub struct Track {
    next: Key,
    letters: HashMap<Key, Letter>,
    /// In the order in which they were begun.
    order: VecDeque<Key>,
    ids: HashMap<String, Known>,
    early: VecDeque<(Receipt, Duration)>,
}

struct Letter {
    about: (ChallengeId, u8),
    /// Parts that are not known to be delivered.
    missing: usize,
    ids: Vec<String>,
    carried: bool,
    over: bool,
}

struct Known {
    letter: Key,
    /// Something final was heard of this part.
    over: bool,
}

impl Track {
    /// Opens the book for a message of so many parts.
    pub fn begin(&mut self, about: (ChallengeId, u8), parts: usize) -> Key {
        if self.order.len() >= LETTERS
            && let Some(oldest) = self.order.pop_front().and_then(|key| self.letters.remove(&key))
        {
            for id in oldest.ids {
                self.ids.remove(&id);
            }
        }
        self.next += 1;
        let letter = Letter { about, missing: parts, ids: Vec::new(), carried: false, over: false };
        self.letters.insert(self.next, letter);
        self.order.push_back(self.next);
        self.next
    }

    /// The centre took a part and named it. What it had already reported of it comes to light.
    pub fn taken(&mut self, letter: Key, id: &str) -> Vec<Report> {
        let Some(entry) = self.letters.get_mut(&letter) else { return Vec::new() };
        entry.ids.push(id.to_owned());
        self.ids.insert(id.to_owned(), Known { letter, over: false });
        let (mine, others) = std::mem::take(&mut self.early).into_iter().partition(|(early, _)| early.id == id);
        self.early = others;
        let mine: VecDeque<(Receipt, Duration)> = mine;
        mine.into_iter().filter_map(|(receipt, _)| self.known(&receipt)).collect()
    }

    /// A receipt came. One of a message that is not in the book waits: the answer to that message may still be on its way.
    pub fn heard(&mut self, receipt: Receipt, now: Duration) -> Option<Report> {
        if self.ids.contains_key(&receipt.id) {
            return self.known(&receipt);
        }
        if self.early.len() >= EARLY {
            self.early.pop_front();
        }
        self.early.push_back((receipt, now));
        None
    }

    /// Receipts that waited in vain: of messages from before a restart, or of another node.
    pub fn stale(&mut self, now: Duration) -> Vec<Report> {
        let over = |at: &Duration| now.saturating_sub(*at) >= EARLY_FOR;
        let mut stale = Vec::new();
        while self.early.front().is_some_and(|(_, at)| over(at)) {
            let Some((receipt, _)) = self.early.pop_front() else { break };
            if receipt.fate != Fate::Underway {
                stale.push(Report { reference: Some(receipt.id), ..Report::of(receipt.fate) });
            }
        }
        stale
    }

    /// What a receipt of a known part makes of the whole: delivered when every part is, lost when one is. Said twice, it
    /// counts once.
    fn known(&mut self, receipt: &Receipt) -> Option<Report> {
        let part = self.ids.get_mut(&receipt.id)?;
        let letter = self.letters.get_mut(&part.letter)?;
        if part.over || letter.over {
            return None;
        }
        let fate = match receipt.fate {
            Fate::Delivered => {
                part.over = true;
                letter.missing = letter.missing.saturating_sub(1);
                letter.over = letter.missing == 0;
                letter.over.then_some(Fate::Delivered)
            }
            Fate::Lost(why) => {
                (part.over, letter.over) = (true, true);
                Some(Fate::Lost(why))
            }
            Fate::Carried => (!std::mem::replace(&mut letter.carried, true)).then_some(Fate::Carried),
            Fate::Underway => None,
        };
        let report = Report { about: Some(letter.about.clone()), ..Report::of(fate?) };
        Some(Report { reference: letter.ids.first().cloned(), ..report })
    }
}

#[cfg(test)]
#[path = "track/tests.rs"]
mod tests;
