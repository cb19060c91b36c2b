//! What a browser is known by after it succeeded once.
//!
//! The cookie holds an entry for each account that succeeded in this browser, because computers are shared: sealed, so
//! that nobody reads out of it whose it is and nobody makes one up. It is no proof of anything: all it gets is a count of
//! failures of its own. The account has a keyed hash of it; each success makes a fresh one and ends the one before, so an
//! entry that somebody planted or copied earlier is worth nothing after the owner's next success.

use ring::hmac;

use crate::domain::id::UserId;
use crate::domain::secret::Secret;

use super::seal::{Sealer, derive, text};
use super::seams::World;

/// Accounts that one browser is known to.
const MOST_ENTRIES: usize = 8;
/// Between entries; no character of base64url.
const BETWEEN: char = '.';
const CONTEXT: &str = "device";

/// Makes and reads entries.
pub struct Devices {
    sealer: Sealer,
    mac: hmac::Key,
}

/// An entry that we made, for whom, and how that account remembers it.
pub struct Entry {
    pub user: UserId,
    pub tag: String,
    sealed: String,
}

impl Devices {
    /// `master` should outlive rotations: with another one every browser is a stranger again.
    pub fn new(master: &Secret<Vec<u8>>) -> Devices {
        let mac = derive(master.expose(), "device tag");
        let sealer = Sealer::new(&derive(master.expose(), "device"));
        Devices { sealer, mac: hmac::Key::new(hmac::HMAC_SHA256, mac.expose()) }
    }

    /// Every entry of the cookie that is ours; whatever else stands there is nothing.
    pub fn read(&self, cookie: Option<&Secret<String>>) -> Vec<Entry> {
        let cookie = cookie.map(|c| c.expose().as_str()).unwrap_or_default();
        cookie.split(BETWEEN).take(MOST_ENTRIES).filter_map(|sealed| self.open(sealed)).collect()
    }

    fn open(&self, sealed: &str) -> Option<Entry> {
        let clear = self.sealer.open(CONTEXT, sealed)?;
        let user = UserId::parse(std::str::from_utf8(clear.split_at_checked(USER)?.0).ok()?)?;
        Some(Entry { user, tag: self.tag(&clear), sealed: sealed.to_owned() })
    }

    /// A fresh entry for this user before those of others, as the cookie and as the account's tag.
    pub fn fresh(&self, world: &dyn World, user: &UserId, held: &[Entry]) -> (Secret<String>, String) {
        let mut random = [0; 32];
        world.fill(&mut random);
        let clear = [user.as_str().as_bytes(), &random].concat();
        let others = held.iter().filter(|entry| entry.user != *user).map(|entry| entry.sealed.clone());
        let entries: Vec<_> = std::iter::once(self.sealer.seal(world, CONTEXT, &clear)).chain(others).collect();
        let kept = &entries[..entries.len().min(MOST_ENTRIES)];
        (Secret::new(kept.join(&BETWEEN.to_string())), self.tag(&clear))
    }

    fn tag(&self, clear: &[u8]) -> String {
        text(hmac::sign(&self.mac, clear).as_ref())
    }
}

/// Characters of a user's id.
const USER: usize = 22;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;

    use super::*;
    use crate::domain::time::Wall;

    struct Random;

    #[async_trait]
    impl World for Random {
        fn wall(&self) -> Wall {
            Wall::EPOCH
        }
        fn mono(&self) -> Duration {
            Duration::ZERO
        }
        async fn sleep_until(&self, _: Duration) {}
        fn fill(&self, bytes: &mut [u8]) {
            rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, bytes).expect("random bytes");
        }
    }

    fn user(n: u8) -> UserId {
        UserId::from_random([n; 16])
    }

    fn made(key: u8) -> Devices {
        Devices::new(&Secret::new(vec![key; 32]))
    }

    #[test]
    fn a_shared_computer_is_known_to_everybody_who_succeeded_there() {
        let devices = made(1);
        let (mut cookie, mut tags) = (None, Vec::new());
        for n in 0..10 {
            let (value, tag) = devices.fresh(&Random, &user(n), &devices.read(cookie.as_ref()));
            cookie = Some(value);
            tags.push(tag);
        }
        let seen: Vec<_> = devices.read(cookie.as_ref()).into_iter().map(|e| (e.user, e.tag)).collect();
        let expected: Vec<_> = (2..10).rev().map(|n| (user(n), tags[usize::from(n)].clone())).collect();
        assert_eq!(seen, expected, "the latest eight");
        let length = cookie.as_ref().map_or(0, |c| c.expose().len());
        assert!(length < 1000, "{length} bytes");
        let (again, tag) = devices.fresh(&Random, &user(5), &devices.read(cookie.as_ref()));
        let seen = devices.read(Some(&again));
        assert_eq!(seen.iter().filter(|e| e.user == user(5)).map(|e| &e.tag).collect::<Vec<_>>(), [&tag]);
        assert_ne!(tag, tags[5], "fresh at each success");
    }

    #[test]
    fn nobody_makes_one_up_or_reads_whose_it_is() {
        let devices = made(1);
        let (cookie, _) = devices.fresh(&Random, &user(1), &[]);
        assert!(!cookie.expose().contains(user(1).as_str()));
        let mut changed = cookie.expose().clone().into_bytes();
        changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        let foreign = made(2).fresh(&Random, &user(1), &[]).0;
        for forged in [changed, foreign.expose().clone(), String::new(), "....".to_owned(), "a".repeat(100_000)] {
            assert!(devices.read(Some(&Secret::new(forged))).is_empty());
        }
    }
}
