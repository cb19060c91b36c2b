//! Codes that an authenticator app or a token shows for a step of time (RFC 6238), each taken once.
//!
//! The step before the present one and the one after it are taken as well, because clocks differ and people type slowly;
//! no more than these. A token's clock goes wrong over the years, and nobody can set it: by how many steps is remembered at
//! each code that was right (RFC 6238 §6), or found again with two codes in a row.

use std::cmp::Ordering;

use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Secret as Seed, Totp};

use super::enrolment::{StepHash, Stepper};
use super::factor::Factor;
use super::secret::Secret;
use super::time::Wall;

/// Steps before and after the present one.
const WINDOW: i64 = 1;
/// As far as a token's clock is looked for: ten hours at the usual step.
const REACH: i64 = 1200;
/// RFC 4226 §4 demands 128 bits at least; no hash has a block longer than this.
const SEED: std::ops::RangeInclusive<usize> = 16..=128;
/// Bytes of a seed that we draw: RFC 4226 §4 recommends 160 bits.
pub const FRESH_SEED: usize = 20;

/// What a code of a stepper comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// It is none of the codes that are taken now.
    Nothing,
    /// It was its code, and that step was taken already.
    Spent,
    Step(u64),
}

impl Stepper {
    /// Why this cannot be one, in a sentence for whoever wrote it down.
    pub fn fault(&self) -> Option<&'static str> {
        let seed = Seed::try_from_base32(&self.seed);
        if !matches!(self.digits, 6 | 8) {
            return Some("its codes have 6 or 8 digits");
        }
        if !(10..=300).contains(&self.step) {
            return Some("a step lasts between 10 and 300 seconds");
        }
        match seed {
            Err(_) => Some("the seed is not base32"),
            Ok(seed) if !SEED.contains(&seed.len()) => Some("a seed has between 16 and 128 bytes"),
            Ok(_) => None,
        }
    }

    /// What this code is of it now. Every step of the window is computed, whatever is found.
    pub fn shows(&self, code: &str, now: Wall) -> Shows {
        let Some(totp) = self.totp() else { return Shows::Nothing };
        let mut shown = Shows::Nothing;
        for step in self.around(WINDOW, now) {
            let right = self.is_code(&totp, code, step);
            shown = match (right, self.is_spent(step), shown) {
                (true, false, Shows::Nothing | Shows::Spent) => Shows::Step(step),
                (true, true, Shows::Nothing) => Shows::Spent,
                _ => shown,
            };
        }
        shown
    }

    /// Takes this step and all before it, for good. How wrong a token's clock goes is remembered; that of an app is set by
    /// its telephone.
    pub fn take(&mut self, step: u64, now: Wall) {
        self.spent = Some(self.spent.map_or(step, |spent| spent.max(step)));
        self.used = Some(now);
        if self.kind == Factor::Token {
            self.drift = signed(step) - self.step_of(now);
        }
    }

    /// Finds a token's clock by two codes in a row, both unused. `false` when they are not its codes, anywhere in reach.
    pub fn resync(&mut self, first: &str, second: &str, now: Wall) -> bool {
        let Some(totp) = self.totp() else { return false };
        let present = self.step_of(now);
        let in_a_row = |step: &u64| {
            let (one, two) = (self.is_code(&totp, first, *step), self.is_code(&totp, second, step + 1));
            one & two && !self.is_spent(*step)
        };
        let steps = (present - REACH..=present + REACH).filter_map(|step| u64::try_from(step).ok());
        // Of several, which is one chance in millions, the nearest.
        let Some(found) = steps.filter(in_a_row).min_by_key(|step| signed(*step).abs_diff(present)) else {
            return false;
        };
        self.drift = signed(found) + 1 - present;
        self.spent = Some(found + 1);
        true
    }

    /// The code of the present step, as its owner sees it.
    pub fn present(&self, now: Wall) -> Option<Secret<String>> {
        let step = self.around(0, now).next()?;
        self.totp().map(|totp| Secret::new(totp.generate(step * self.step).to_string()))
    }

    /// What an authenticator app reads: who the code is for, and the seed.
    pub fn uri(&self, issuer: &str, login: &str) -> Secret<String> {
        let (issuer, login) = (escaped(issuer), escaped(login));
        let hash = self.algorithm();
        Secret::new(format!(
            "otpauth://totp/{issuer}:{login}?secret={}&issuer={issuer}&algorithm={hash}&digits={}&period={}",
            self.seed, self.digits, self.step
        ))
    }

    /// The seed for somebody who types it, in groups of four.
    pub fn grouped(&self) -> Secret<String> {
        let groups: Vec<&str> =
            self.seed.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        Secret::new(groups.join(" "))
    }

    fn around(&self, reach: i64, now: Wall) -> impl Iterator<Item = u64> {
        let present = self.step_of(now) + self.drift;
        (present - reach..=present + reach).filter_map(|step| u64::try_from(step).ok())
    }

    fn step_of(&self, now: Wall) -> i64 {
        now.secs().div_euclid(signed(self.step.max(1)))
    }

    fn is_spent(&self, step: u64) -> bool {
        self.spent.map(|spent| step.cmp(&spent)).is_some_and(|order| order != Ordering::Greater)
    }

    fn is_code(&self, totp: &Totp, code: &str, step: u64) -> bool {
        let right = Secret::new(totp.generate(step.saturating_mul(self.step)).to_string());
        right.expose().as_bytes().ct_eq(code.as_bytes()).into()
    }

    /// `None` for one that has a [`Stepper::fault`].
    fn totp(&self) -> Option<Totp> {
        let seed = Seed::try_from_base32(&self.seed).ok()?;
        let builder = Builder::new().with_algorithm(self.algorithm()).with_digits(self.digits);
        builder.with_step_duration(self.step).with_secret(seed).build().ok()
    }

    fn algorithm(&self) -> Algorithm {
        match self.hash {
            StepHash::Sha1 => Algorithm::SHA1,
            StepHash::Sha256 => Algorithm::SHA256,
            StepHash::Sha512 => Algorithm::SHA512,
        }
    }
}

/// A seed as we keep it.
pub fn base32(seed: &[u8]) -> String {
    Seed::from(seed.to_vec()).to_base32()
}

/// A seed as somebody wrote it: hexadecimal or base32, with spaces or hyphens between groups, in either case. What can be
/// both is hexadecimal, unless it says `base32:` before it.
pub fn seed(text: &str) -> Result<String, &'static str> {
    let text = text.trim().to_ascii_uppercase();
    let (hex, text) = match (text.strip_prefix("HEX:"), text.strip_prefix("BASE32:")) {
        (Some(rest), _) => (Some(true), rest),
        (_, Some(rest)) => (Some(false), rest),
        _ => (None, text.as_str()),
    };
    let kept: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let kept = kept.trim_end_matches('=');
    let is_hex = hex.unwrap_or_else(|| kept.len().is_multiple_of(2) && kept.bytes().all(|b| b.is_ascii_hexdigit()));
    let bytes = match is_hex {
        true => from_hex(kept),
        false => Seed::try_from_base32(kept).ok().map(|seed| seed.as_bytes().to_vec()),
    };
    let bytes = bytes.ok_or("it is neither hexadecimal nor base32")?;
    if SEED.contains(&bytes.len()) { Ok(base32(&bytes)) } else { Err("it has fewer than 16 bytes, or more than 128") }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let sound = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    sound.then(|| text.as_bytes().chunks(2).map(pair).collect()).flatten()
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~@".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn signed(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "stepper/tests.rs"]
mod tests;
