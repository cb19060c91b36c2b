//! The statements: each write is one piece of work inside the writer's transaction.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::account::Account;
use crate::domain::challenge::Challenge;
use crate::domain::id::{ChallengeId, SessionId, UserId};
use crate::domain::pass::Session;
use crate::domain::quota::{Draw, Used};
use crate::domain::time::Wall;
use crate::gate::seams::{Revocation, Sealed, Seen, Step, StoreError, Take, Use};

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
    let row = Place { kind: Kind::Parked, id: id.as_str(), expires: expires.0 + AFTERLIFE, owner: None };
    write_bytes(db, &row, bytes, 0)
}

/// Takes the bytes beside a challenge away.
pub fn unpark(db: &Connection, id: &ChallengeId) -> Result<Option<Sealed>, StoreError> {
    let sql = "DELETE FROM record WHERE kind = ?1 AND id = ?2 RETURNING body";
    let mut statement = db.prepare_cached(sql).map_err(failed)?;
    statement.query_row(params![Kind::Parked as i64, id.as_str()], |row| row.get(0)).optional().map_err(failed)
}

/// Writes the step inside a savepoint; `false` leaves nothing of it.
pub fn swap(tx: &mut Transaction<'_>, step: &Step) -> Result<bool, StoreError> {
    let point = tx.savepoint().map_err(failed)?;
    let mut held = true;
    if let Some(seen) = &step.challenge {
        let (id, expires) = (seen.value.id.as_str(), challenge_expiry(&seen.value));
        held &= write(&point, &Place { kind: Kind::Challenge, id, expires, owner: None }, seen)?;
    }
    for (key, seen) in &step.accounts {
        let (id, expires) = (key.as_str(), account_expiry(&seen.value));
        held = held && write(&point, &Place { kind: Kind::Account, id, expires, owner: None }, seen)?;
    }
    if let Some(seen) = &step.session {
        let (id, expires) = (seen.value.id.as_str(), seen.value.ends.0 + AFTERLIFE);
        let owner = Some(seen.value.user.as_str());
        held = held && write(&point, &Place { kind: Kind::Session, id, expires, owner }, seen)?;
    }
    if let Some((user, seen)) = &step.enrolments {
        let place = Place { kind: Kind::Enrolments, id: user.as_str(), expires: i64::MAX, owner: None };
        held = held && write_bytes(&point, &place, &seen.value, seen.version)?;
    }
    if held {
        point.commit().map_err(failed)?;
    }
    Ok(held)
}

/// When an account's record is housekeeping's.
pub fn account_expiry(account: &Account) -> i64 {
    account.matters_until().0 + AFTERLIFE
}

/// When a challenge's record is housekeeping's.
pub fn challenge_expiry(challenge: &Challenge) -> i64 {
    challenge.kept_until().0
}

/// Where a record stands, and how long.
struct Place<'a> {
    kind: Kind,
    id: &'a str,
    expires: i64,
    owner: Option<&'a str>,
}

fn write<T: Serialize>(db: &Connection, place: &Place<'_>, seen: &Seen<T>) -> Result<bool, StoreError> {
    write_bytes(db, place, &serde_json::to_vec(&seen.value).map_err(failed)?, seen.version)
}

fn write_bytes(db: &Connection, place: &Place<'_>, body: &[u8], version: u64) -> Result<bool, StoreError> {
    let Place { kind, id, expires, owner } = *place;
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

/// Takes from every allowance inside a savepoint, or from none.
pub fn take(tx: &mut Transaction<'_>, draws: &[Draw], now: Wall) -> Result<Take, StoreError> {
    let point = tx.savepoint().map_err(failed)?;
    for draw in draws {
        let used = used(&point, draw)?;
        match draw.quota.take(used, draw.units, now) {
            Err(wait) => return Ok(Take::Short { name: draw.name, wait }),
            Ok(_) if !draw.spend => {}
            Ok(used) => {
                let expires = used.since.plus(draw.quota.per).0;
                let sql = "INSERT INTO allowance (name, key, since, units, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name, key) DO UPDATE SET since = ?3, units = ?4, expires = ?5";
                let mut statement = point.prepare_cached(sql).map_err(failed)?;
                statement.execute(params![draw.name, draw.key, used.since.0, used.units, expires]).map_err(failed)?;
            }
        }
    }
    point.commit().map_err(failed)?;
    Ok(Take::Taken)
}

fn used(db: &Connection, draw: &Draw) -> Result<Used, StoreError> {
    let mut query =
        db.prepare_cached("SELECT since, units FROM allowance WHERE name = ?1 AND key = ?2").map_err(failed)?;
    let read = |row: &Row<'_>| Ok(Used { since: Wall(row.get(0)?), units: row.get(1)? });
    Ok(query.query_row(params![draw.name, draw.key], read).optional().map_err(failed)?.unwrap_or_default())
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

pub fn touch(db: &Connection, uses: &[Use]) -> Result<(), StoreError> {
    let sql = "INSERT INTO session_use (session, scope, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (session, scope) DO UPDATE SET at = max(at, ?3)";
    let mut statement = db.prepare_cached(sql).map_err(failed)?;
    for Use { session, scope, at } in uses {
        statement.execute(params![session.as_str(), scope.as_ref(), at.0]).map_err(failed)?;
    }
    Ok(())
}

pub fn uses(db: &Connection) -> Result<Vec<Use>, StoreError> {
    let mut query = db.prepare_cached("SELECT session, scope, at FROM session_use").map_err(failed)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, Wall(row.get(2)?)));
    let rows = query.query_map([], read).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let whole = |(id, scope, at): (String, String, Wall)| {
        SessionId::parse(&id).map(|session| Use { session, scope: scope.into(), at })
    };
    Ok(rows.into_iter().filter_map(whole).collect())
}

/// At most this many rows of a kind go in one sweep, so that it never holds up a verification for long.
const SWEEP: i64 = 1000;

pub fn sweep(db: &Connection, now: Wall) -> Result<(), StoreError> {
    let ended = "SELECT kind, id FROM record WHERE expires < ?1 LIMIT ?2";
    let spent = "SELECT name, key FROM allowance WHERE expires < ?1 LIMIT ?2";
    db.execute(&format!("DELETE FROM record WHERE (kind, id) IN ({ended})"), params![now.0, SWEEP]).map_err(failed)?;
    db.execute(&format!("DELETE FROM allowance WHERE (name, key) IN ({spent})"), params![now.0, SWEEP])
        .map_err(failed)?;
    db.execute("DELETE FROM revocation WHERE forget < ?1", [now.0]).map_err(failed)?;
    let gone = "DELETE FROM session_use WHERE session NOT IN (SELECT id FROM record WHERE kind = ?1)";
    db.execute(gone, [Kind::Session as i64]).map_err(failed)?;
    Ok(())
}
