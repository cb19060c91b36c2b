//! What was found out lately, by a keyed hash of the number; bounded, and gone with the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ring::hmac;

use crate::domain::contact::Phone;
use crate::gate::seams::Sim;

/// Numbers that are remembered at a time.
const MOST: usize = 10_000;

pub type Key = [u8; 32];

pub struct Memory {
    key: hmac::Key,
    known: Mutex<HashMap<Key, (Sim, Duration)>>,
}

impl Memory {
    pub fn new(secret: &[u8; 32]) -> Memory {
        Memory { key: hmac::Key::new(hmac::HMAC_SHA256, secret), known: Mutex::default() }
    }

    pub fn key(&self, phone: &Phone) -> Key {
        let mut key = [0; 32];
        key.copy_from_slice(hmac::sign(&self.key, phone.e164().as_bytes()).as_ref());
        key
    }

    pub fn get(&self, key: &Key, now: Duration) -> Option<Sim> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(_, until)| now < *until).map(|(sim, _)| *sim)
    }

    pub fn keep(&self, key: Key, sim: Sim, until: Duration, now: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&key) {
            known.retain(|_, (_, until)| now < *until);
        }
        if known.len() >= MOST && !known.contains_key(&key) {
            known.clear();
        }
        known.insert(key, (sim, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_its_time_and_memory_is_bounded() {
        let memory = Memory::new(&[7; 32]);
        let key = |n: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&n.to_be_bytes());
            key
        };
        let at = Duration::from_secs;
        memory.keep(key(0), Sim::Swapped, at(10), at(0));
        assert_eq!((memory.get(&key(0), at(9)), memory.get(&key(0), at(10))), (Some(Sim::Swapped), None));
        (1..3 * MOST).for_each(|n| memory.keep(key(n), Sim::Good, at(100), at(20)));
        assert!(memory.known.lock().expect("no panic").len() <= MOST);
        assert_eq!(memory.get(&key(3 * MOST - 1), at(21)), Some(Sim::Good));
    }
}
