//! What a page that was redirected to is told, by enumerated words in its address: reloading it and going back to it
//! send nothing again and cost no try.

use std::time::Duration;

use crate::domain::refusal::Refusal;
use crate::domain::time::{Wall, whole_seconds};

use super::form::Form;

/// Longest wait that an address can tell of; the longest allowance runs for a day.
const LONGEST_WAIT: u64 = 24 * 3600;

/// What just happened to a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    Resent,
    /// The form was not ours, or had become stale.
    Stale,
    Wrong,
    NotACode,
    Cooling,
    NoResendLeft,
    NoSuchChannel,
    /// Seconds that are left to wait.
    Waiting(u64),
    Limited(u64),
}

impl Note {
    /// The note for a refusal that belongs on the code page; `None` for one that needs a page of its own.
    pub fn of(refusal: &Refusal) -> Option<Note> {
        match refusal {
            Refusal::WrongCode { .. } => Some(Note::Wrong),
            Refusal::NotACode => Some(Note::NotACode),
            Refusal::Cooling(_) => Some(Note::Cooling),
            Refusal::NoResendLeft => Some(Note::NoResendLeft),
            Refusal::NoSuchChannel => Some(Note::NoSuchChannel),
            Refusal::Waiting(wait) => Some(Note::Waiting(whole_seconds(*wait))),
            Refusal::Limited(wait) => Some(Note::Limited(whole_seconds(*wait))),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Note::Resent => "resent",
            Note::Stale => "stale",
            Note::Wrong => "wrong",
            Note::NotACode => "not-a-code",
            Note::Cooling => "cooling",
            Note::NoResendLeft => "no-resend",
            Note::NoSuchChannel => "no-channel",
            Note::Waiting(_) => "waiting",
            Note::Limited(_) => "limited",
        }
    }

    /// As a query. A wait is told by its end, so that it is still right when the page is loaded again.
    pub fn query(self, now: Wall) -> String {
        match self {
            Note::Waiting(wait) | Note::Limited(wait) => {
                format!("e={}&until={}", self.word(), now.plus(Duration::from_secs(wait)).secs())
            }
            _ => format!("e={}", self.word()),
        }
    }

    /// Reads it back. A wait that is over is no news any more; anything unknown never was.
    pub fn read(query: &Form, now: Wall) -> Option<Note> {
        let wait = || {
            let until = query.get("until")?.parse().ok()?;
            Some(whole_seconds(now.until(Wall::from_secs(until)))).filter(|wait| (1..=LONGEST_WAIT).contains(wait))
        };
        let known = [
            Note::Resent,
            Note::Stale,
            Note::Wrong,
            Note::NotACode,
            Note::Cooling,
            Note::NoResendLeft,
            Note::NoSuchChannel,
        ];
        match query.get("e")? {
            "waiting" => wait().map(Note::Waiting),
            "limited" => wait().map(Note::Limited),
            word => known.into_iter().find(|note| note.word() == word),
        }
    }
}
