//! Emergency access: sheets with a sealed code each, printed beforehand, and what became of them.
//!
//! ```text
//! printed ──▶ opened ──▶ reviewed
//!    ├──▶ withdrawn (lost, or no longer wanted)
//!    └──▶ ended (its time is over)
//! ```

pub mod code;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::{PassId, SessionId};
use super::time::Wall;

pub use code::{Serial, SheetCode, Slip};

/// What a scope allows on the bad night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmergencyRules {
    /// How long one code opens it.
    pub life: Duration,
    /// Whether two people have to come, each with a sheet.
    pub second_person: bool,
}

/// How a pass tells that it was opened so.
pub const EMERGENCY: &str = "emergency";
/// A name has so many characters at most, a reason at least and at most.
pub const LONGEST_NAME: usize = 100;
pub const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// All sheets of a site, as they are kept: none of the codes can be read out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// Shows with which key file the codes were hashed; empty while there is no sheet.
    #[serde(default)]
    pub proof: String,
    #[serde(default)]
    pub sheets: Vec<Sheet>,
}

/// One printed sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    pub serial: Serial,
    pub scope: String,
    /// The keyed hash of its code.
    pub mac: String,
    pub printed: Wall,
    pub ends: Wall,
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Word>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opening>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Word>,
}

/// What an operator did, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    pub at: Wall,
    pub by: String,
    pub note: String,
}

/// Who opened what with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub at: Wall,
    pub name: String,
    pub reason: String,
    pub client: String,
    /// When the pass is over by itself.
    pub ends: Wall,
    /// The other sheet, where two people came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Serial>,
    /// It was the second person's; the access stands with the other sheet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second: bool,
    /// On the node that opened it, and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassId>,
    /// It was ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Wall>,
    /// It had been used on another node, and opened nothing here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

/// What a sheet is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    Opened,
    Withdrawn,
    Ended,
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Standing::Good => "good",
            Standing::Opened => "opened",
            Standing::Withdrawn => "withdrawn",
            Standing::Ended => "ended",
        }
    }
}

/// What merging another node's book changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    pub added: usize,
    pub changed: usize,
}

impl Sheet {
    pub fn standing(&self, now: Wall) -> Standing {
        match (&self.opened, &self.withdrawn) {
            (Some(_), _) => Standing::Opened,
            (_, Some(_)) => Standing::Withdrawn,
            _ if now >= self.ends => Standing::Ended,
            _ => Standing::Good,
        }
    }

    /// An access that somebody has to look at: by its first sheet only, and where it opened something.
    pub fn access(&self) -> Option<&Opening> {
        self.opened.as_ref().filter(|opening| !opening.second && !opening.elsewhere)
    }

    pub fn is_to_review(&self) -> bool {
        self.access().is_some() && self.reviewed.is_none()
    }
}

/// What upstreams and the audit call whoever came in with this sheet.
pub fn login(serial: &Serial) -> String {
    format!("{EMERGENCY}-{serial}")
}

impl Book {
    pub fn sheet(&self, serial: &Serial) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.serial == *serial)
    }

    pub fn sheet_mut(&mut self, serial: &Serial) -> Option<&mut Sheet> {
        self.sheets.iter_mut().find(|sheet| sheet.serial == *serial)
    }

    /// Marks all of these as used, or none of them if one is not good any more.
    pub fn spend(&mut self, used: &[(Serial, Opening)], now: Wall) -> bool {
        let good = |(serial, _): &(Serial, Opening)| {
            self.sheet(serial).is_some_and(|sheet| sheet.standing(now) == Standing::Good)
        };
        if used.is_empty() || !used.iter().all(good) {
            return false;
        }
        for (serial, opening) in used {
            if let Some(sheet) = self.sheet_mut(serial) {
                sheet.opened = Some(opening.clone());
            }
        }
        true
    }

    /// Notes that another node was first.
    pub fn yield_to_others(&mut self, serials: &[Serial]) -> bool {
        for opening in self.sheets.iter_mut().filter(|s| serials.contains(&s.serial)).filter_map(|s| s.opened.as_mut())
        {
            (opening.elsewhere, opening.session, opening.pass) = (true, None, None);
        }
        true
    }

    /// Ends what was opened in this session; `false` where that is none of ours, or over already.
    pub fn end(&mut self, session: &SessionId, at: Wall) -> bool {
        let mut openings = self.sheets.iter_mut().filter_map(|sheet| sheet.opened.as_mut());
        match openings.find(|opening| opening.session.as_ref() == Some(session) && opening.over.is_none()) {
            Some(opening) => {
                opening.over = Some(at);
                true
            }
            None => false,
        }
    }

    /// The same for other nodes: what opens here without the store does so nowhere else.
    pub fn for_others(mut self) -> Book {
        for opening in self.sheets.iter_mut().filter_map(|sheet| sheet.opened.as_mut()) {
            (opening.session, opening.pass) = (None, None);
        }
        self
    }

    /// Takes in what another node knows. What was used, withdrawn or reviewed anywhere stays so.
    pub fn merge(&mut self, other: Book) -> Merged {
        let mut merged = Merged::default();
        let places: BTreeMap<Serial, usize> =
            self.sheets.iter().enumerate().map(|(at, sheet)| (sheet.serial.clone(), at)).collect();
        for theirs in other.for_others().sheets {
            let Some(ours) = places.get(&theirs.serial).and_then(|at| self.sheets.get_mut(*at)) else {
                self.sheets.push(theirs);
                merged.added += 1;
                continue;
            };
            let before = ours.clone();
            ours.opened = ours.opened.take().or(theirs.opened);
            ours.withdrawn = ours.withdrawn.take().or(theirs.withdrawn);
            ours.reviewed = ours.reviewed.take().or(theirs.reviewed);
            merged.changed += usize::from(*ours != before);
        }
        merged
    }
}

/// A name or a reason as it was typed, on one line; `None` where it is too short, too long, or cannot be shown.
pub fn tidy(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What turns the order of characters would let a name show as another one in a log.
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    (length.contains(&line.chars().count()) && !line.contains(odd)).then_some(line)
}

#[cfg(test)]
#[path = "emergency/tests.rs"]
mod tests;
