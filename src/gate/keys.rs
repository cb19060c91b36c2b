//! The key file's content: master secrets with ids. Every other key is derived from one of them.
//!
//! ```text
//! rotate ─▶ announced ──(signs_from)──▶ signs ──(the next one signs)──▶ is only read ──▶ retired
//! ```
//!
//! A key is announced before it signs, so that every node can read what another one signed with it: nobody holds a pass
//! that some node does not know. What was signed before goes on as long as its key stands in the file.
//!
//! The `index` is no such key and never changes: what the store finds records by (numbers, names, browsers) is hashed with
//! it, so that a rotation resets no count.

mod file;

use std::time::Duration;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::domain::secret::Secret;
use crate::domain::time::Wall;

use super::seal::{self, derive};
use super::seams::World;

/// Master secrets have this many bytes; a shorter one is refused (RFC 8725 §3.5).
const LENGTH: usize = 32;
/// Keys in a file at most. A year of daily rotations is no reason to try hundreds of keys on a stranger's token.
const MOST: usize = 64;
/// Kept so much longer than any pass can hold: nodes' clocks differ, and challenges are sealed with these keys too.
const MARGIN: Duration = Duration::from_secs(24 * 3600);
/// What the alias key was derived from before the file had an index.
const INDEX: &str = "alias";

/// All keys that are in force, the newest first.
#[derive(Debug, Clone)]
pub struct KeyRing {
    index: Secret<Vec<u8>>,
    keys: Vec<Key>,
}

/// One master secret.
#[derive(Debug, Clone)]
pub struct Key {
    /// The `kid` of passes signed with it.
    pub id: String,
    pub master: Secret<Vec<u8>>,
    /// When it was made; `None` in files of before that was written down.
    pub created: Option<Wall>,
    /// It signs from then on, if no newer one does.
    pub signs_from: Wall,
    pub algorithm: Algorithm,
    /// PKCS#8, where that cannot be derived from the master: ES256.
    pub private: Option<Secret<Vec<u8>>>,
}

/// What passes are signed with. Belongs to the key: a token under another one is not looked at (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    #[default]
    Hs256,
    EdDsa,
    Es256,
}

impl Algorithm {
    pub const ALL: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::EdDsa, Algorithm::Es256];

    /// As JWS names it (RFC 7518 §3.1, RFC 8037 §3.1).
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Hs256 => "HS256",
            Algorithm::EdDsa => "EdDSA",
            Algorithm::Es256 => "ES256",
        }
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    #[error("it is not the JSON of a key file: {0}")]
    NotAKeyFile(String),
    #[error("it has no key")]
    Empty,
    #[error("it has more than {MOST} keys")]
    TooMany,
    #[error("key \"{0}\" is not {LENGTH} bytes of base64url")]
    BadKey(String),
    #[error("the index is not {LENGTH} bytes of base64url")]
    BadIndex,
    #[error("key \"{0}\" has no private key of its algorithm")]
    BadPrivate(String),
    #[error("two keys are called \"{0}\"")]
    Twice(String),
}

/// Why a key cannot be taken out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRetirement {
    #[error("there is no such key")]
    Unknown,
    #[error("it is the key that signs")]
    Signs,
}

/// What a key is for at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Known already, so that others may sign with it from then on.
    Announced(Wall),
    Signs,
    /// Only reads what was signed until then.
    Reads(Wall),
}

impl KeyRing {
    /// A ring with one fresh key for HS256.
    pub fn generate(world: &dyn World) -> KeyRing {
        KeyRing::generate_for(world, Algorithm::Hs256)
    }

    /// A ring with one fresh key.
    pub fn generate_for(world: &dyn World, algorithm: Algorithm) -> KeyRing {
        let key = Key::generate(world, algorithm, Duration::ZERO);
        KeyRing { index: index_of(&key.master), keys: vec![key] }
    }

    /// What never changes, whatever is rotated: for keyed hashes that records are found by.
    pub fn index(&self) -> &Secret<Vec<u8>> {
        &self.index
    }

    /// A secret of its own for each purpose, the same on all nodes and after every rotation.
    pub fn secret_for(&self, purpose: &str) -> [u8; 32] {
        *derive(self.index.expose(), purpose).expose()
    }

    /// The newest first.
    pub fn all(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs and seals at `now`: the newest whose time has come; where a clock is so wrong that none's has, the
    /// oldest, which everybody knows the longest.
    pub fn signing(&self, now: Wall) -> &Key {
        &self.keys[signing(&self.keys, |key| key.signs_from, now)]
    }

    /// The ring with a fresh key before all others, which signs when `after` is over, as [`KeyRing::rotated_to`] has it.
    pub fn rotated(
        &self,
        world: &dyn World,
        algorithm: Algorithm,
        after: Duration,
        longest: Duration,
    ) -> Result<KeyRing, KeyFault> {
        self.rotated_to(Key::generate(world, algorithm, after), longest, world.wall())
    }

    /// The ring with this key before all others, and without those that no living pass can be signed with: replaced for
    /// longer than `longest`, the longest life of a pass.
    pub fn rotated_to(&self, key: Key, longest: Duration, now: Wall) -> Result<KeyRing, KeyFault> {
        let kept = self.keys.iter().enumerate().filter(|(at, _)| !self.is_over(*at, longest, now));
        let keys: Vec<Key> = std::iter::once(key).chain(kept.map(|(_, key)| key.clone())).collect();
        if keys.len() > MOST { Err(KeyFault::TooMany) } else { Ok(KeyRing { index: self.index.clone(), keys }) }
    }

    /// The ring without a key: what was signed with it is worth nothing from then on.
    pub fn without(&self, id: &str, now: Wall) -> Result<KeyRing, NoRetirement> {
        if !self.keys.iter().any(|key| key.id == id) {
            return Err(NoRetirement::Unknown);
        }
        if self.signing(now).id == id {
            return Err(NoRetirement::Signs);
        }
        let keys = self.keys.iter().filter(|key| key.id != id).cloned().collect();
        Ok(KeyRing { index: self.index.clone(), keys })
    }

    /// What each key is for, the newest first.
    pub fn roles(&self, now: Wall) -> impl Iterator<Item = (&Key, Role)> {
        let signing = signing(&self.keys, |key| key.signs_from, now);
        self.keys.iter().enumerate().map(move |(at, key)| match at.cmp(&signing) {
            std::cmp::Ordering::Less => (key, Role::Announced(key.signs_from)),
            std::cmp::Ordering::Equal => (key, Role::Signs),
            std::cmp::Ordering::Greater => (key, Role::Reads(self.replaced(at).unwrap_or(now))),
        })
    }

    /// When no pass can be alive any more that was signed with a key that was replaced at `replaced`.
    pub fn over_at(replaced: Wall, longest: Duration) -> Wall {
        replaced.plus(longest).plus(MARGIN)
    }

    fn is_over(&self, at: usize, longest: Duration, now: Wall) -> bool {
        self.replaced(at).is_some_and(|replaced| KeyRing::over_at(replaced, longest) <= now)
    }

    /// When a newer key began to sign, or will.
    fn replaced(&self, at: usize) -> Option<Wall> {
        self.keys[..at].iter().map(|newer| newer.signs_from).min()
    }
}

/// The place of the key that signs at `now`, among keys of which the newest comes first.
pub fn signing<T>(keys: &[T], signs_from: impl Fn(&T) -> Wall, now: Wall) -> usize {
    keys.iter().position(|key| signs_from(key) <= now).unwrap_or(keys.len().saturating_sub(1))
}

impl Key {
    fn generate(world: &dyn World, algorithm: Algorithm, after: Duration) -> Key {
        let mut master = vec![0; LENGTH];
        world.fill(&mut master);
        let mut id = [0; 6];
        world.fill(&mut id);
        let now = world.wall();
        let private = (algorithm == Algorithm::Es256).then(|| {
            // ring takes randomness from itself only: the same source of the system that the World reads.
            let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
            // Fails only without randomness, and then ending here is the only safe answer, as in the World.
            Secret::new(made.expect("the operating system gives random bytes").as_ref().to_vec())
        });
        let (created, signs_from) = (Some(now), now.plus(after));
        Key { id: key_id(id), master: Secret::new(master), created, signs_from, algorithm, private }
    }

    /// The key pair of ES256, if that is its algorithm and it can be read.
    pub fn pair(&self) -> Option<EcdsaKeyPair> {
        let private = self.private.as_ref().filter(|_| self.algorithm == Algorithm::Es256)?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.expose(), &SystemRandom::new()).ok()
    }
}

/// An id that no command line takes for an option.
fn key_id(random: [u8; 6]) -> String {
    seal::text(&random).replace('-', "x").replace('_', "y")
}

fn index_of(master: &Secret<Vec<u8>>) -> Secret<Vec<u8>> {
    Secret::new(derive(master.expose(), INDEX).expose().to_vec())
}

#[cfg(test)]
mod tests;
