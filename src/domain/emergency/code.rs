//! The code on a sheet and the sheet's serial number: long enough that nobody guesses it, checked so that a slip of the pen
//! is told before anything is looked up.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::domain::secret::Secret;

/// No character that is taken for another one: neither `0` nor `O`, neither `1` nor `I` nor `L`. There are 31, a prime, so
/// that the check character finds every wrong character and every two that changed places.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Of which the last one checks the others: 19 × 4.95 = 94 bits.
const LENGTH: usize = 20;
/// They are written in groups of so many.
const GROUP: usize = 4;
const SERIAL: usize = 6;

/// The code of one sheet.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetCode(Secret<String>);

/// What was typed is no code of any sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// It has a character that no code has.
    Character,
    /// It is too short or too long.
    Length,
    /// One character is not as it stands on the sheet.
    Check,
}

/// A sheet's number, as it is printed on it and called in the audit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(String);

impl SheetCode {
    /// A fresh one out of random bytes.
    pub fn draw(fill: impl FnMut(&mut [u8])) -> SheetCode {
        let mut values = values(LENGTH - 1, fill);
        let sum = weigh(&values);
        let check = (0..31).find(|check| (sum + LENGTH * check).is_multiple_of(31)).unwrap_or(0);
        values.push(check);
        SheetCode(Secret::new(spell(&values)))
    }

    /// Reads what somebody typed: however they wrote it, with or without the spaces and hyphens.
    pub fn read(typed: &str) -> Result<SheetCode, Slip> {
        let mut values = Vec::with_capacity(LENGTH);
        for c in typed.nfkc().filter(|c| !is_between(*c)) {
            values.push(value(c).ok_or(Slip::Character)?);
            if values.len() > LENGTH {
                return Err(Slip::Length);
            }
        }
        match (values.len() == LENGTH, weigh(&values) % 31) {
            (false, _) => Err(Slip::Length),
            (true, 0) => Ok(SheetCode(Secret::new(spell(&values)))),
            (true, _) => Err(Slip::Check),
        }
    }

    /// Without any hyphen.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// As it is printed: `XXXX-XXXX-XXXX-XXXX-XXXX`.
    pub fn grouped(&self) -> Secret<String> {
        let text = self.0.expose();
        let groups: Vec<&str> = (0..LENGTH).step_by(GROUP).filter_map(|at| text.get(at..at + GROUP)).collect();
        Secret::new(groups.join("-"))
    }
}

impl Serial {
    pub fn draw(fill: impl FnMut(&mut [u8])) -> Serial {
        Serial(spell(&values(SERIAL, fill)))
    }

    pub fn parse(text: &str) -> Option<Serial> {
        let values: Vec<usize> = text.trim().chars().map(value).collect::<Option<_>>()?;
        (values.len() == SERIAL).then(|| Serial(spell(&values)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Serial {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Serial, &'static str> {
        Serial::parse(&text).ok_or("a sheet's serial has six letters and digits")
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> String {
        serial.0
    }
}

/// Without bias: a byte that would make some characters likelier is drawn again.
fn values(count: usize, mut fill: impl FnMut(&mut [u8])) -> Vec<usize> {
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let mut byte = [0];
        fill(&mut byte);
        if byte[0] < 31 * 8 {
            values.push(usize::from(byte[0] % 31));
        }
    }
    values
}

/// Each place weighs differently, so that two characters that changed places show.
fn weigh(values: &[usize]) -> usize {
    values.iter().zip(1..).map(|(value, weight)| value * weight).sum()
}

fn spell(values: &[usize]) -> String {
    values.iter().filter_map(|value| ALPHABET.get(*value)).map(|byte| char::from(*byte)).collect()
}

fn value(c: char) -> Option<usize> {
    ALPHABET.iter().position(|known| char::from(*known) == c.to_ascii_uppercase())
}

/// What people write between groups.
fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '.' | '_')
}
