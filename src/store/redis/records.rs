//! Records as they lie in Redis: `"<version> <body>"`, each with a life after which the server may forget it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::time::Wall;
use crate::gate::seams::{Seen, Step, StoreError};
use crate::store::schema::failed;
use crate::store::work::{AFTERLIFE, account_expiry, challenge_expiry};

use super::keys::{Keys, Place};

/// Longer than anything is kept; guards the server's arithmetic.
const LONGEST: i64 = 10 * 366 * 24 * 3600 * 1000;

/// A record that is about to be written.
#[derive(Debug, PartialEq, Eq)]
pub struct Draft {
    pub key: String,
    /// What must still be there.
    pub version: u64,
    /// In ms from now; 0 is for ever.
    pub life: i64,
    pub bytes: Vec<u8>,
}

/// Everything that a step writes.
pub struct Drafts {
    pub place: Place,
    pub records: Vec<Draft>,
    /// The index that a session goes into: its key, the session, and how long it is kept at least.
    pub index: Option<(String, String, i64)>,
}

/// How long a record that housekeeping may take at `expires` is kept, by the server's clock. Not shorter than an hour,
/// whatever the clocks say.
pub fn life(expires: i64, now: Wall) -> i64 {
    expires.saturating_sub(now.0).clamp(AFTERLIFE, LONGEST)
}

/// The drafts of a step; nothing where it has no record, an error where they would not lie together.
pub fn drafts(keys: &Keys, step: &Step, now: Wall) -> Result<Option<Drafts>, StoreError> {
    let mut records = Vec::new();
    let mut buckets = Vec::new();
    let mut index = None;
    if let Some(seen) = &step.challenge {
        let place = Place::Bucket(seen.value.id.bucket());
        let life = life(challenge_expiry(&seen.value), now);
        buckets.push(place);
        records.push(draft(keys.key(place, "challenge", seen.value.id.as_str()), life, seen)?);
    }
    for (key, seen) in &step.accounts {
        let place = Place::Bucket(key.bucket());
        buckets.push(place);
        records.push(draft(keys.key(place, "account", key.as_str()), life(account_expiry(&seen.value), now), seen)?);
    }
    if let Some(seen) = &step.session {
        let place = Place::Bucket(seen.value.id.bucket());
        let life = life(seen.value.ends.0.saturating_add(AFTERLIFE), now);
        buckets.extend([place, Place::Bucket(seen.value.user.bucket())]);
        records.push(draft(keys.key(place, "session", seen.value.id.as_str()), life, seen)?);
        let sessions = keys.key(place, "sessions", seen.value.user.as_str());
        index = Some((sessions, seen.value.id.as_str().to_owned(), life));
    }
    if let Some((user, seen)) = &step.enrolments {
        let place = Place::Bucket(user.bucket());
        buckets.push(place);
        let bytes = written(seen.version, &seen.value);
        records.push(Draft {
            key: keys.key(place, "enrolments", user.as_str()),
            version: seen.version,
            life: 0,
            bytes,
        });
    }
    let Some(place) = buckets.first().copied() else { return Ok(None) };
    if buckets.iter().any(|other| *other != place) {
        return Err(StoreError("the records of one step lie in several buckets; nothing was written".to_owned()));
    }
    Ok(Some(Drafts { place, records, index }))
}

fn draft<T: Serialize>(key: String, life: i64, seen: &Seen<T>) -> Result<Draft, StoreError> {
    let body = serde_json::to_vec(&seen.value).map_err(failed)?;
    Ok(Draft { key, version: seen.version, life, bytes: written(seen.version, &body) })
}

fn written(version: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{} ", version.saturating_add(1)).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Bytes behind a number: a record with its version, or what was parked with when.
pub fn numbered(bytes: &[u8]) -> Result<(u64, &[u8]), StoreError> {
    let broken = || StoreError("a record in redis is not as this program writes it".to_owned());
    let gap = bytes.iter().position(|b| *b == b' ').ok_or_else(broken)?;
    let (number, rest) = bytes.split_at(gap);
    let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok()).ok_or_else(broken)?;
    Ok((number, rest.get(1..).unwrap_or_default()))
}

pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<Seen<T>, StoreError> {
    let (version, body) = numbered(bytes)?;
    Ok(Seen { value: serde_json::from_slice(body).map_err(failed)?, version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Account, AccountKey};
    use crate::domain::id::{SessionId, UserId};
    use crate::domain::pass::Session;

    const NOW: Wall = Wall(1_800_000_000_000);

    #[test]
    fn records_of_several_buckets_are_refused() {
        let keys = Keys::new("t");
        let session = |n: u8| Session::begin(SessionId::from_random([n; 16]), UserId::from_random([1; 16]), NOW);
        let account =
            (AccountKey::of_user(&UserId::from_random([1; 16])), Seen { value: Account::default(), version: 0 });
        let step = |n| Step {
            accounts: vec![account.clone()],
            session: Some(Seen { value: session(n), version: 0 }),
            ..Step::default()
        };
        let good = drafts(&keys, &step(1), NOW).expect("fits").expect("not empty");
        assert_eq!((good.records.len(), good.place), (2, Place::Bucket(1)));
        assert!(good.records[1].bytes.starts_with(b"1 {"));
        assert!(drafts(&keys, &step(2), NOW).is_err());
        assert!(drafts(&keys, &Step::default(), NOW).expect("fits").is_none());
    }

    #[test]
    fn a_life_is_never_shorter_than_an_hour_nor_endless() {
        assert_eq!(life(0, NOW), AFTERLIFE);
        assert_eq!(life(NOW.0 + AFTERLIFE + 5, NOW), AFTERLIFE + 5);
        assert_eq!(life(i64::MAX, NOW), LONGEST);
    }
}
