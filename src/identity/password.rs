//! Passwords: argon2id hashes, and a check that takes as long for nobody's password as for somebody's.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;

use crate::domain::secret::Secret;
use crate::domain::user::fold_login;

/// Argon2id with 19 MiB, two passes, one lane: the least that the OWASP Password Storage Cheat Sheet recommends.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Longest password that is looked at, in bytes as typed.
pub const LONGEST: usize = 1024;

/// Shortest that an operator may set, in characters: NIST SP 800-63B-4 §3.1.1.2 for a password beside another factor.
pub const SHORTEST: usize = 8;

/// What a password is compared with where there is none: of the same [`COST`], from a password that nobody kept.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2VraXNobyBub2JvZHkncw$3pJfaaSxRGRWmLJF0Jb0jTgCHvTgTRtgDI5uxg/qUyA";

/// A hash in the PHC string format. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed(String);

/// The password or a stored hash could not be worked with.
#[derive(Debug, thiserror::Error)]
#[error("argon2id failed: {0}")]
pub struct PasswordError(HashError);

impl Hashed {
    /// As it was read from where it is kept.
    pub(super) fn stored(phc: String) -> Hashed {
        Hashed(phc)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Hashes a password under a salt from `fill`. Takes tens of milliseconds and 19 MiB.
pub fn hash(password: &Secret<String>, fill: &dyn Fn(&mut [u8])) -> Result<Hashed, PasswordError> {
    let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
    fill(&mut salt);
    let argon2 = argon2().map_err(PasswordError)?;
    let hashed = argon2.hash_password_with_salt(canonical(password).expose().as_bytes(), &salt);
    hashed.map(|hash| Hashed(hash.to_string())).map_err(PasswordError)
}

/// What is wrong with a password that an operator wants to set for `login`.
pub fn fault(password: &Secret<String>, login: &str) -> Option<&'static str> {
    let text = password.expose();
    if text.len() > LONGEST {
        return Some("a password has at most 1024 bytes");
    }
    if text.chars().any(char::is_control) {
        return Some("a password has no control characters");
    }
    if text.chars().count() < SHORTEST {
        return Some("a password has at least 8 characters");
    }
    (fold_login(text) == fold_login(login)).then_some("a password is not the user's name")
}

/// Checks passwords and counts how often: each check costs the same, whoever it is for.
#[derive(Debug, Default)]
pub struct Checker {
    checks: AtomicU64,
}

impl Checker {
    /// Whether `typed` is the password that `stored` was made from; never without a stored one, and then as slowly.
    pub fn check(&self, stored: Option<&Hashed>, typed: &Secret<String>) -> Result<bool, PasswordError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        let phc = stored.map_or(NOBODYS, Hashed::as_str);
        let hash = PasswordHash::new(phc).map_err(|_| PasswordError(HashError::EncodingInvalid))?;
        let verdict = argon2().and_then(|a| a.verify_password(canonical(typed).expose().as_bytes(), &hash));
        match verdict {
            Ok(()) => Ok(stored.is_some()),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(fault) => Err(PasswordError(fault)),
        }
    }

    /// Checks made since the start.
    pub fn count(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }
}

fn argon2() -> Result<Argon2<'static>, HashError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(HashError::from)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// One form for what different keyboards send: full-width letters of a Japanese input method, decomposed accents.
fn canonical(password: &Secret<String>) -> Secret<String> {
    Secret::new(password.expose().nfkc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn hashed(text: &str) -> Hashed {
        hash(&secret(text), &|bytes| bytes.fill(7)).expect("it hashes")
    }

    #[test]
    fn a_password_opens_only_what_was_hashed_from_it() {
        let checker = Checker::default();
        let stored = hashed("correct horse");
        assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.as_str());
        for (typed, holds) in
            [("correct horse", true), ("correct horsf", false), ("", false), ("correct\0horse", false)]
        {
            assert_eq!(checker.check(Some(&stored), &secret(typed)).ok(), Some(holds), "{typed:?}");
        }
        assert_eq!(format!("{stored:?}"), "[hidden]");
    }

    #[test]
    fn every_keyboard_types_the_same_password() {
        let checker = Checker::default();
        assert_eq!(checker.check(Some(&hashed("caf\u{e9} 42")), &secret("ｃａｆe\u{301}　４２")).ok(), Some(true));
    }

    #[test]
    fn nobodys_password_costs_the_same_and_never_holds() {
        let nobodys = PasswordHash::new(NOBODYS).expect("it is a PHC string");
        let ours = hashed("anything at all");
        let ours = PasswordHash::new(ours.as_str()).expect("it is a PHC string");
        assert_eq!((nobodys.algorithm, nobodys.version), (ours.algorithm, ours.version));
        assert_eq!(nobodys.params.to_string(), ours.params.to_string());
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|output| output.len());
        assert_eq!(length(&nobodys), length(&ours));
        let checker = Checker::default();
        assert_eq!(checker.check(None, &secret("anything at all")).ok(), Some(false));
        assert_eq!(checker.count(), 1);
    }

    #[test]
    fn a_stored_hash_that_cannot_be_read_is_an_error_and_not_a_no() {
        assert!(Checker::default().check(Some(&Hashed("plain text".to_owned())), &secret("plain text")).is_err());
    }

    #[test]
    fn a_password_that_should_not_be_set_is_told_why() {
        for (password, said) in [
            ("short", Some("at least 8")),
            ("ＡＬＩＣＥ-mori", Some("user's name")),
            ("tab\tinside it", Some("control")),
            ("関所のむこう側へ", None),
        ] {
            let fault = fault(&secret(password), "alice-mori");
            assert_eq!(fault.is_some(), said.is_some(), "{password}");
            assert!(fault.unwrap_or_default().contains(said.unwrap_or_default()), "{password}: {fault:?}");
        }
    }
}
