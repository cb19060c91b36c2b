//! The statements: each write is one piece of work inside the writer's transaction.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::account::Account;
use crate::domain::challenge::Challenge;
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::time::Wall;
use crate::gate::seams::{Heard, Revocation, Sealed, Seen, Step, StoreError, Use, Uses};

use super::revoked;
use super::schema::failed;

/// How long records are kept after they stopped to matter, so that people get a helpful answer about them.
pub const AFTERLIFE: i64 = 3600 * 1000;

/// The kinds of `record` rows.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Challenge = 1,
    Account = 2,
    Session = 3,
    Enrolments = 4,
    Parked = 5,
}

pub fn read<T: DeserializeOwned>(db: &Connection, kind: Kind, id: &str) -> Result<Option<Seen<T>>, StoreError> {
    let whole = |row: Seen<Sealed>| {
        Ok(Seen { value: serde_json::from_slice(&row.value).map_err(failed)?, version: row.version })
    };
    read_bytes(db, kind, id)?.map(whole).transpose()
}

pub fn read_bytes(db: &Connection, kind: Kind, id: &str) -> Result<Option<Seen<Sealed>>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT version, body FROM record WHERE kind = ?1 AND id = ?2").map_err(failed)?;
    let row = |row: &Row<'_>| Ok(Seen { version: row.get(0)?, value: row.get(1)? });
    query.query_row(params![kind as i64, id], row).optional().map_err(failed)
}

/// The sessions of one user.
pub fn sessions(db: &Connection, user: &UserId) -> Result<Vec<Session>, StoreError> {
    let mut query = db.prepare_cached("SELECT body FROM record WHERE owner = ?1 AND kind = ?2").map_err(failed)?;
    let rows = query.query_map(params![user.as_str(), Kind::Session as i64], |row| row.get::<_, Vec<u8>>(0));
    let bodies = rows.map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    bodies.iter().map(|body| serde_json::from_slice(body).map_err(failed)).collect()
}

/// Puts bytes beside a challenge, unless some are there.
pub fn park(db: &Connection, id: &ChallengeId, bytes: &[u8], expires: Wall) -> Result<bool, StoreError> {
    let expires = expires.0.saturating_add(AFTERLIFE);
    let body = Cow::Borrowed(bytes);
    write(db, &Draft { kind: Kind::Parked, id: id.as_str(), version: 0, expires, body, owner: None })
}

/// Takes the bytes beside a challenge away.
pub fn unpark(db: &Connection, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
    let sql = "DELETE FROM record WHERE kind = ?1 AND id = ?2 RETURNING body";
    let mut statement = db.prepare_cached(sql).map_err(failed)?;
    statement.query_row(params![Kind::Parked as i64, id.as_str()], |row| row.get(0)).optional().map_err(failed)
}

/// Writes the step, or nothing of it: `false` where a record has another version by now. What can stop it is looked at
/// before the first row is written; an error after that makes the writer take back everything that shares the commit.
pub fn swap(tx: &Connection, step: &Step) -> Result<bool, StoreError> {
    let drafts = drafts(step)?;
    let Some((first, rest)) = drafts.split_first() else { return Ok(true) };
    for draft in rest {
        if version(tx, draft)? != draft.version {
            return Ok(false);
        }
    }
    if !write(tx, first)? {
        return Ok(false);
    }
    for draft in rest {
        if !write(tx, draft)? {
            return Err(StoreError("a record changed while it was written".to_owned()));
        }
    }
    Ok(true)
}

/// A record that is about to be written.
struct Draft<'a> {
    kind: Kind,
    id: &'a str,
    /// What must still be there; 0 is nothing.
    version: i64,
    expires: i64,
    body: Cow<'a, [u8]>,
    owner: Option<&'a str>,
}

fn drafts(step: &Step) -> Result<Vec<Draft<'_>>, StoreError> {
    let mut drafts = Vec::with_capacity(4);
    if let Some(seen) = &step.challenge {
        drafts.push(draft(Kind::Challenge, seen.value.id.as_str(), challenge_expiry(&seen.value), seen)?);
    }
    for (key, seen) in &step.accounts {
        drafts.push(draft(Kind::Account, key.as_str(), account_expiry(&seen.value), seen)?);
    }
    if let Some(seen) = &step.session {
        let (id, expires) = (seen.value.id.as_str(), seen.value.ends.0.saturating_add(AFTERLIFE));
        drafts.push(Draft { owner: Some(seen.value.user.as_str()), ..draft(Kind::Session, id, expires, seen)? });
    }
    if let Some((user, seen)) = &step.enrolments {
        let (id, version) = (user.as_str(), number(seen.version)?);
        let body = Cow::Borrowed(seen.value.as_slice());
        drafts.push(Draft { kind: Kind::Enrolments, id, version, expires: i64::MAX, body, owner: None });
    }
    Ok(drafts)
}

fn draft<'a, T: Serialize>(kind: Kind, id: &'a str, expires: i64, seen: &Seen<T>) -> Result<Draft<'a>, StoreError> {
    let body = Cow::Owned(serde_json::to_vec(&seen.value).map_err(failed)?);
    Ok(Draft { kind, id, version: number(seen.version)?, expires, body, owner: None })
}

/// What a column holds.
fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(failed)
}

/// When an account's record is housekeeping's.
pub fn account_expiry(account: &Account) -> i64 {
    account.matters_until().0.saturating_add(AFTERLIFE)
}

/// When a challenge's record is housekeeping's.
pub fn challenge_expiry(challenge: &Challenge) -> i64 {
    challenge.kept_until().0
}

fn version(db: &Connection, draft: &Draft<'_>) -> Result<i64, StoreError> {
    let mut query = db.prepare_cached("SELECT version FROM record WHERE kind = ?1 AND id = ?2").map_err(failed)?;
    let found = query.query_row(params![draft.kind as i64, draft.id], |row| row.get(0)).optional();
    Ok(found.map_err(failed)?.unwrap_or(0))
}

fn write(db: &Connection, draft: &Draft<'_>) -> Result<bool, StoreError> {
    let Draft { kind, id, version, expires, ref body, owner } = *draft;
    let changed = if version == 0 {
        let sql = "INSERT INTO record (kind, id, version, expires, body, owner) VALUES (?1, ?2, 1, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING";
        db.prepare_cached(sql).map_err(failed)?.execute(params![kind as i64, id, expires, body, owner])
    } else {
        let sql = "UPDATE record SET version = version + 1, expires = ?3, body = ?4, owner = ?5
             WHERE kind = ?1 AND id = ?2 AND version = ?6";
        db.prepare_cached(sql).map_err(failed)?.execute(params![kind as i64, id, expires, body, owner, version])
    };
    Ok(changed.map_err(failed)? == 1)
}

pub fn revoke(db: &Connection, revocation: &Revocation) -> Result<(), StoreError> {
    let (kind, id) = revoked::name(&revocation.what);
    let mut statement =
        db.prepare_cached("INSERT INTO revocation (kind, id, at, forget) VALUES (?1, ?2, ?3, ?4)").map_err(failed)?;
    statement.execute(params![kind, id, revocation.at.0, revocation.forget.0]).map_err(failed)?;
    Ok(())
}

pub fn revocations(db: &Connection, seen: u64) -> Result<Vec<(u64, Revocation)>, StoreError> {
    let sql = "SELECT number, kind, id, at, forget FROM revocation WHERE number > ?1 ORDER BY number";
    let mut query = db.prepare_cached(sql).map_err(failed)?;
    let mut rows = query.query([seen]).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let (kind, id): (String, String) = (row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
        let what = revoked::parse(&kind, &id)?;
        let (at, forget) = (Wall(row.get(3).map_err(failed)?), Wall(row.get(4).map_err(failed)?));
        found.push((row.get(0).map_err(failed)?, Revocation { what, at, forget }));
    }
    Ok(found)
}

/// A later use takes the place of an earlier one under a new number, so that whoever asks for news hears of it.
pub fn touch(db: &Connection, uses: &[Use]) -> Result<(), StoreError> {
    let mut earlier =
        db.prepare_cached("DELETE FROM session_use WHERE session = ?1 AND scope = ?2 AND at < ?3").map_err(failed)?;
    let mut later = db
        .prepare_cached("INSERT INTO session_use (session, scope, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        .map_err(failed)?;
    for Use { session, scope, at } in uses {
        let row = params![session.as_str(), scope.as_ref(), at.0];
        earlier.execute(row).map_err(failed)?;
        later.execute(row).map_err(failed)?;
    }
    Ok(())
}

/// Uses that are told in one go.
const TOLD: i64 = 5000;
/// Whose numbers they are: those of the file.
const FILE: &str = "file";

pub fn uses(db: &Connection, heard: &Heard) -> Result<Uses, StoreError> {
    let mut last = heard.0.get(&0).map_or(0, |(_, number)| *number);
    let sql = "SELECT number, session, scope, at FROM session_use WHERE number > ?1 ORDER BY number LIMIT ?2";
    let mut query = db.prepare_cached(sql).map_err(failed)?;
    let mut rows = query.query(params![last, TOLD]).map_err(failed)?;
    let mut uses = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        last = row.get(0).map_err(failed)?;
        let (id, scope): (String, String) = (row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
        let (session, at) = (SessionId::parse(&id), Wall(row.get(3).map_err(failed)?));
        uses.extend(session.map(|session| Use { session, scope: scope.into(), at }));
    }
    Ok(Uses { uses, heard: Heard([(0, (FILE.to_owned(), last))].into()) })
}

pub fn last_use(db: &Connection, session: &SessionId) -> Result<Option<Wall>, StoreError> {
    let mut query = db.prepare_cached("SELECT max(at) FROM session_use WHERE session = ?1").map_err(failed)?;
    let found: Option<i64> = query.query_row([session.as_str()], |row| row.get(0)).map_err(failed)?;
    Ok(found.map(Wall))
}

/// At most this many rows of a kind go in one go, so that it never holds up a verification for long.
const SWEEP: usize = 1000;

/// How far uses have been looked through: those up to `after`, of those up to `until` that were there when it began. New ones
/// are left for the next time, or it would never begin anew while anybody is active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    after: i64,
    until: i64,
}

/// One round of housekeeping. Uses are looked through bit by bit.
pub fn sweep(db: &Connection, now: Wall, looked: Looked) -> Result<Swept, StoreError> {
    let ended = "SELECT kind, id FROM record WHERE expires < ?1 LIMIT ?2";
    let spent = "SELECT name, key FROM allowance WHERE expires < ?1 LIMIT ?2";
    let bound = params![now.0, SWEEP];
    let records = format!("DELETE FROM record WHERE (kind, id) IN ({ended})");
    let records = db.prepare_cached(&records).map_err(failed)?.execute(bound).map_err(failed)?;
    let allowances = format!("DELETE FROM allowance WHERE (name, key) IN ({spent})");
    let allowances = db.prepare_cached(&allowances).map_err(failed)?.execute(bound).map_err(failed)?;
    db.execute("DELETE FROM revocation WHERE forget < ?1", [now.0]).map_err(failed)?;
    let Looked { after, mut until } = looked;
    if after == 0 {
        let newest = "SELECT coalesce(max(number), 0) FROM session_use";
        until = db.query_row(newest, [], |row| row.get(0)).map_err(failed)?;
    }
    let last = "SELECT max(number) FROM
         (SELECT number FROM session_use WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT ?3)";
    let last: Option<i64> = db.query_row(last, params![after, until, SWEEP], |row| row.get(0)).map_err(failed)?;
    if let Some(last) = last {
        let gone = "DELETE FROM session_use WHERE number > ?1 AND number <= ?2
             AND NOT EXISTS (SELECT 1 FROM record WHERE kind = ?3 AND id = session)";
        db.execute(gone, params![after, last, Kind::Session as i64]).map_err(failed)?;
    }
    let after = last.filter(|last| *last < until).unwrap_or(0);
    Ok(Swept { more: records == SWEEP || allowances == SWEEP, looked: Looked { after, until } })
}

/// What a round of housekeeping came to.
pub struct Swept {
    /// Whether something is left that is over.
    pub more: bool,
    /// Where the next round goes on.
    pub looked: Looked,
}
