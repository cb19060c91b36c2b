//! Amounts of money, to bound what a day of messages may cost.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Millionths of a currency's unit, with the currency's ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub micros: u64,
    pub currency: String,
}

impl Money {
    /// Reads `30 USD`, `0.085 USD`, `5000 JPY`: at most six decimals and a code of three capital letters.
    pub fn parse(text: &str) -> Option<Money> {
        let (amount, currency) = text.trim().split_once(' ')?;
        let currency = currency.trim();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 6 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let micros = format!("{fraction:0<6}").parse::<u64>().ok()?;
        let micros = whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)?;
        Some(Money { micros, currency: currency.to_owned() })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.micros / 1_000_000, self.micros % 1_000_000);
        if fraction == 0 {
            return write!(f, "{whole} {}", self.currency);
        }
        let fraction = format!("{fraction:06}");
        write!(f, "{whole}.{} {}", fraction.trim_end_matches('0'), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_back_as_written() {
        for text in ["30 USD", "0.085 USD", "5000 JPY", "0.000001 EUR"] {
            assert_eq!(Money::parse(text).map(|m| m.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "30", "USD 30", "30 usd", "-1 USD", "1e3 USD", "0.0000001 USD", "99999999999999999999 USD"] {
            assert_eq!(Money::parse(bad), None, "{bad}");
        }
    }
}
