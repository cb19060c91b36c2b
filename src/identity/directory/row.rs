//! One user as a row of the table, and back.

use rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StringDeserializer};

use super::{DirectoryError, Entry};
use crate::domain::contact::Phone;
use crate::domain::id::UserId;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::domain::user::{User, fold_login};
use crate::identity::password::Hashed;

const SELECT: &str = "SELECT id, login, name, phone, email, groups, locale, disabled, password, created, updated, \
                      revision, channels FROM directory_user";

pub(super) fn one(db: &Connection, condition: &str, key: &str) -> Result<Option<Entry>, DirectoryError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE {condition}"))?;
    let mut rows = statement.query(params![key])?;
    rows.next()?.map(entry).transpose()
}

pub(super) fn all(db: &Connection) -> Result<Vec<Entry>, DirectoryError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} ORDER BY login_folded"))?;
    let mut rows = statement.query([])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(entry(row)?);
    }
    Ok(entries)
}

pub(super) fn insert(db: &Connection, user: &User, password: Option<&Hashed>, now: Wall) -> Result<(), DirectoryError> {
    let sql = "INSERT INTO directory_user (id, login, login_folded, name, phone, email, groups, locale, disabled, \
               password, created, updated, revision, channels) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
               ?11, 1, ?12)";
    let inserted = db.prepare_cached(sql)?.execute(params![
        user.id.as_str(),
        user.login,
        fold_login(&user.login),
        user.name,
        user.phone.as_ref().map(Phone::e164),
        user.email,
        groups(user),
        user.locale.map(Locale::tag),
        user.disabled,
        password.map(Hashed::as_str),
        now.0,
        channels(user),
    ]);
    inserted.map(drop).map_err(|fault| taken(fault, &user.login))
}

pub(super) fn update(db: &Connection, entry: &Entry, now: Wall) -> Result<(), DirectoryError> {
    let user = &entry.user;
    let sql = "UPDATE directory_user SET login = ?2, login_folded = ?3, name = ?4, phone = ?5, email = ?6, \
               groups = ?7, locale = ?8, disabled = ?9, password = ?10, updated = ?11, channels = ?13, \
               revision = revision + 1 WHERE id = ?1 AND revision = ?12";
    let updated = db.prepare_cached(sql)?.execute(params![
        user.id.as_str(),
        user.login,
        fold_login(&user.login),
        user.name,
        user.phone.as_ref().map(Phone::e164),
        user.email,
        groups(user),
        user.locale.map(Locale::tag),
        user.disabled,
        entry.password.as_ref().map(Hashed::as_str),
        now.0,
        entry.revision,
        channels(user),
    ]);
    still_there(updated.map_err(|fault| taken(fault, &user.login))?, entry)
}

pub(super) fn delete(db: &Connection, entry: &Entry) -> Result<(), DirectoryError> {
    let sql = "DELETE FROM directory_user WHERE id = ?1 AND revision = ?2";
    let deleted = db.prepare_cached(sql)?.execute(params![entry.user.id.as_str(), entry.revision])?;
    still_there(deleted, entry)
}

fn still_there(rows: usize, entry: &Entry) -> Result<(), DirectoryError> {
    if rows == 1 { Ok(()) } else { Err(DirectoryError::Changed(entry.user.login.clone())) }
}

fn taken(fault: rusqlite::Error, login: &str) -> DirectoryError {
    match fault.sqlite_error() {
        // The only unique column beside the primary key is the folded login name.
        Some(error) if error.extended_code == SQLITE_CONSTRAINT_UNIQUE => DirectoryError::Taken(login.to_owned()),
        _ => fault.into(),
    }
}

fn groups(user: &User) -> String {
    serde_json::Value::from(user.groups.clone()).to_string()
}

fn channels(user: &User) -> String {
    let names: Vec<_> = user.channels.iter().map(|channel| channel.name()).collect();
    serde_json::Value::from(names).to_string()
}

fn entry(row: &Row<'_>) -> Result<Entry, DirectoryError> {
    let id: String = row.get(0)?;
    let damaged = |column| DirectoryError::Damaged { id: id.clone(), column };
    let user = User {
        id: UserId::parse(&id).ok_or_else(|| damaged("id"))?,
        login: row.get(1)?,
        name: row.get(2)?,
        phone: row.get::<_, Option<String>>(3)?.map(stored_phone).transpose().map_err(|_| damaged("phone"))?,
        email: row.get(4)?,
        groups: serde_json::from_str(&row.get::<_, String>(5)?).map_err(|_| damaged("groups"))?,
        locale: match row.get::<_, Option<String>>(6)? {
            Some(tag) => Some(Locale::parse(&tag).ok_or_else(|| damaged("locale"))?),
            None => None,
        },
        channels: serde_json::from_str(&row.get::<_, String>(12)?).map_err(|_| damaged("channels"))?,
        disabled: row.get(7)?,
    };
    Ok(Entry {
        user,
        password: row.get::<_, Option<String>>(8)?.map(Hashed::stored),
        created: Wall(row.get(9)?),
        updated: Wall(row.get(10)?),
        revision: row.get(11)?,
    })
}

/// What was a number when it was stored stays one: a later numbering plan must not make a user unreadable.
fn stored_phone(e164: String) -> Result<Phone, ValueError> {
    let stored: StringDeserializer<ValueError> = e164.into_deserializer();
    Phone::deserialize(stored)
}
