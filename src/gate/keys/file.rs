//! The key file as it is written: JSON with the secrets in clear.
//!
//! ```json
//! { "index": "…", "keys": [ { "id": "k2", "secret": "…", "created": 1800000000, "signs_from": 1800000120 }, … ] }
//! ```
//!
//! The newest key comes first. `index`, `created`, `signs_from` (seconds since 1970), `algorithm` and `private` may be
//! missing: then the index belongs to the first key, which has always signed, with HS256.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::domain::secret::Secret;
use crate::domain::time::Wall;

use super::super::seal;
use super::{Algorithm, Key, KeyFault, KeyRing, LENGTH, MOST, index_of};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    index: String,
    keys: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signs_from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
enum Name {
    #[serde(rename = "HS256")]
    Hs256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "ES256")]
    Es256,
}

impl Drop for File {
    fn drop(&mut self) {
        self.index.zeroize();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.private.zeroize();
    }
}

impl KeyRing {
    pub fn read(json: &str) -> Result<KeyRing, KeyFault> {
        let file: File = serde_json::from_str(json).map_err(|e| KeyFault::NotAKeyFile(e.to_string()))?;
        if file.keys.len() > MOST {
            return Err(KeyFault::TooMany);
        }
        let mut keys: Vec<Key> = Vec::new();
        for entry in &file.keys {
            if keys.iter().any(|key| key.id == entry.id) {
                return Err(KeyFault::Twice(entry.id.clone()));
            }
            keys.push(key(entry)?);
        }
        let first = keys.first().ok_or(KeyFault::Empty)?;
        let index = match file.index.as_str() {
            "" => index_of(&first.master),
            text => Secret::new(secret(text).ok_or(KeyFault::BadIndex)?),
        };
        Ok(KeyRing { index, keys })
    }

    /// The file's content; holds the secrets in clear.
    pub fn write(&self) -> Secret<String> {
        let file = File { index: seal::text(self.index.expose()), keys: self.keys.iter().map(entry).collect() };
        Secret::new(serde_json::to_string_pretty(&file).unwrap_or_default() + "\n")
    }
}

fn key(entry: &Entry) -> Result<Key, KeyFault> {
    let plain = !entry.id.is_empty() && entry.id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let master = secret(&entry.secret).filter(|_| plain).ok_or_else(|| KeyFault::BadKey(entry.id.clone()))?;
    let (algorithm, private) = match entry.algorithm {
        None | Some(Name::Hs256) => (Algorithm::Hs256, None),
        Some(Name::EdDsa) => (Algorithm::EdDsa, None),
        Some(Name::Es256) => (Algorithm::Es256, entry.private.as_deref().and_then(seal::bytes).map(Secret::new)),
    };
    let key = Key {
        id: entry.id.clone(),
        master: Secret::new(master),
        created: entry.created.map(Wall::from_secs),
        signs_from: entry.signs_from.map_or(Wall::EPOCH, Wall::from_secs),
        algorithm,
        private,
    };
    let whole = algorithm != Algorithm::Es256 || key.pair().is_some();
    if whole { Ok(key) } else { Err(KeyFault::BadPrivate(entry.id.clone())) }
}

fn entry(key: &Key) -> Entry {
    Entry {
        id: key.id.clone(),
        secret: seal::text(key.master.expose()),
        created: key.created.map(Wall::secs),
        signs_from: Some(key.signs_from.secs()).filter(|at| *at != 0),
        algorithm: match key.algorithm {
            Algorithm::Hs256 => None,
            Algorithm::EdDsa => Some(Name::EdDsa),
            Algorithm::Es256 => Some(Name::Es256),
        },
        private: key.private.as_ref().map(|private| seal::text(private.expose())),
    }
}

fn secret(text: &str) -> Option<Vec<u8>> {
    seal::bytes(text).filter(|bytes| bytes.len() == LENGTH && bytes.iter().any(|b| *b != 0))
}
