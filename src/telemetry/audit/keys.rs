//! Who signs the audit, and whose signatures are believed.

use std::collections::BTreeMap;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::gate::keys::{Key, KeyRing};
use crate::gate::seal;

/// Signs with a key that is derived from the newest one of the key file; whoever knows the public half can verify.
pub struct Signer {
    pub id: String,
    pair: Ed25519KeyPair,
    /// The public halves of all keys of the file, by the file's ids.
    known: Keys,
}

impl Signer {
    pub fn new(ring: &KeyRing) -> Signer {
        let newest = &ring.all()[0];
        Signer { id: newest.id.clone(), pair: pair(newest), known: Keys::of(ring) }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The keys that this one vouches for: of those who signed before it.
    pub fn others(&self) -> BTreeMap<String, String> {
        let others = self.known.0.iter().filter(|(id, _)| **id != self.id);
        others.map(|(id, key)| (id.clone(), seal::text(key))).collect()
    }
}

fn pair(key: &Key) -> Ed25519KeyPair {
    let seed = seal::derive(key.master.expose(), "audit");
    // ring refuses only seeds of another length.
    Ed25519KeyPair::from_seed_unchecked(seed.expose()).unwrap_or_else(|_| unreachable!("the seed has 32 bytes"))
}

/// Public keys by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(BTreeMap<String, Vec<u8>>);

impl Keys {
    pub fn of(ring: &KeyRing) -> Keys {
        Keys(ring.all().iter().map(|key| (key.id.clone(), pair(key).public_key().as_ref().to_vec())).collect())
    }

    /// Takes `ID:PUBLIC`, as `audit key` prints it.
    pub fn add(&mut self, text: &str) -> Option<()> {
        let (id, key) = text.trim().split_once(':')?;
        self.put(id, key)
    }

    /// Takes a key unless another is known under its id.
    pub fn put(&mut self, id: &str, key: &str) -> Option<()> {
        let key = seal::bytes(key).filter(|key| key.len() == 32 && !id.is_empty())?;
        self.0.entry(id.to_owned()).or_insert(key);
        Some(())
    }

    pub fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line for each, as `add` takes it.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(id, key)| format!("{id}:{}", seal::text(key)))
    }

    pub fn holds(&self, id: &str, message: &[u8], signature: &str) -> bool {
        let (Some(key), Some(signature)) = (self.0.get(id), seal::bytes(signature)) else { return false };
        UnparsedPublicKey::new(&ED25519, key).verify(message, &signature).is_ok()
    }
}
