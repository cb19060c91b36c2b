//! The key file's content: master secrets with ids. Every other key is derived from one of them.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::domain::secret::Secret;

use super::seal;
use super::seams::World;

/// Master secrets have this many bytes; a shorter one is refused (RFC 8725 §3.5).
const LENGTH: usize = 32;

/// All keys that are in force, the one that signs first.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<Key>,
}

/// One master secret.
#[derive(Debug, Clone)]
pub struct Key {
    /// The `kid` of passes signed with it.
    pub id: String,
    pub master: Secret<Vec<u8>>,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    #[error("it is not the JSON of a key file: {0}")]
    NotAKeyFile(String),
    #[error("it has no key")]
    Empty,
    #[error("key \"{0}\" is not {LENGTH} bytes of base64url")]
    BadKey(String),
    #[error("two keys are called \"{0}\"")]
    Twice(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    keys: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    secret: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl KeyRing {
    /// A ring with one fresh key.
    pub fn generate(world: &dyn World) -> KeyRing {
        let mut master = vec![0; LENGTH];
        world.fill(&mut master);
        let mut id = [0; 6];
        world.fill(&mut id);
        KeyRing { keys: vec![Key { id: seal::text(&id), master: Secret::new(master) }] }
    }

    pub fn read(json: &str) -> Result<KeyRing, KeyFault> {
        let file: File = serde_json::from_str(json).map_err(|e| KeyFault::NotAKeyFile(e.to_string()))?;
        let mut keys: Vec<Key> = Vec::new();
        for entry in &file.keys {
            let master = seal::bytes(&entry.secret).filter(|m| m.len() == LENGTH && m.iter().any(|b| *b != 0));
            let plain =
                !entry.id.is_empty() && entry.id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
            let master = master.filter(|_| plain).ok_or_else(|| KeyFault::BadKey(entry.id.clone()))?;
            if keys.iter().any(|k| k.id == entry.id) {
                return Err(KeyFault::Twice(entry.id.clone()));
            }
            keys.push(Key { id: entry.id.clone(), master: Secret::new(master) });
        }
        if keys.is_empty() { Err(KeyFault::Empty) } else { Ok(KeyRing { keys }) }
    }

    /// The file's content; holds the secrets in clear.
    pub fn write(&self) -> Secret<String> {
        let entry = |k: &Key| Entry { id: k.id.clone(), secret: seal::text(k.master.expose()) };
        let file = File { keys: self.keys.iter().map(entry).collect() };
        Secret::new(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
    }

    /// The key that signs and seals.
    pub fn current(&self) -> &Key {
        &self.keys[0]
    }

    pub fn all(&self) -> &[Key] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(secret: &str, id: &str) -> String {
        format!(r#"{{"keys":[{{"id":"{id}","secret":"{secret}"}}]}}"#)
    }

    #[test]
    fn a_ring_reads_back_as_written() {
        let good = seal::text(&[7; 32]);
        let ring = KeyRing::read(&file(&good, "k1")).expect("good");
        let again = KeyRing::read(ring.write().expose()).expect("written by us");
        assert_eq!(again.current().master, ring.current().master);
        assert!(!format!("{ring:?}").contains(&good), "Debug hides the secret");
    }

    #[test]
    fn weak_and_broken_keys_are_refused() {
        let (short, zero) = (seal::text(&[7; 8]), seal::text(&[0; 32]));
        for bad in [
            "",
            "{}",
            r#"{"keys":[]}"#,
            &file("", "k1"),
            &file(&short, "k1"),
            &file(&zero, "k1"),
            &file(&seal::text(&[7; 32]), "../x"),
        ] {
            assert!(KeyRing::read(bad).is_err(), "{bad}");
        }
    }
}
