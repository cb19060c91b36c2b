//! A copy of the store's file while others use it, and the way back into a file that others may be using.
//!
//! What was true when the copy was made is old by now, so the way back is not a plain replacement: no code of then opens
//! anything, no failure that was counted since is forgotten, no allowance is filled up again, and every pass is ended.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use crate::domain::time::Wall;
use crate::gate::seams::StoreError;

use super::schema::{failed, open};
use super::work::Kind;

/// Copies the file as it stands at one moment, with what other processes have committed until then. `to` must not be there.
pub fn copy(file: &Path, to: &Path) -> Result<(), StoreError> {
    let named = |e: &dyn std::fmt::Display| StoreError(format!("copying {} to {}: {e}", file.display(), to.display()));
    // SQLite fills an empty file as readily as a missing one; so nobody else can read it for even a moment.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| named(&e))?;
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|e| named(&e))?;
    let to = to.to_str().ok_or_else(|| named(&"its name is not UTF-8"))?;
    db.execute("VACUUM INTO ?1", [to]).map_err(|e| named(&e))?;
    made.sync_all().map_err(|e| named(&e))
}

/// Whether a copy is whole and of a version that this program knows. Reads all of it, and changes nothing.
pub fn check(copy: &Path) -> Result<(), StoreError> {
    let named = |e: &dyn std::fmt::Display| StoreError(format!("{}: {e}", copy.display()));
    // A copy may lie on a medium that cannot be written to.
    let uri = format!("file:{}?immutable=1", escaped(copy));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(uri, flags).map_err(|e| named(&e))?;
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|e| named(&e))?;
    if found != "ok" {
        return Err(named(&found));
    }
    let version = "SELECT version FROM room_schema WHERE room = 'store'";
    let version: i64 = db.query_row(version, [], |row| row.get(0)).map_err(|e| named(&e))?;
    super::schema::known(version).map_err(|e| named(&e)).map(drop)
}

fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// Brings a copy back into `file`, in one transaction, while other processes may have it open. `forget` is when every pass
/// that was made until `now` is over.
pub fn restore(copy: &Path, file: &Path, now: Wall, forget: Wall) -> Result<(), StoreError> {
    check(copy)?;
    let draft = Draft::of(copy, file)?;
    // Its own steps bring a copy of an earlier version up to date before anything is taken from it.
    drop(open(&draft.0)?);
    let mut db = open(file)?;
    let name = draft.0.to_str().ok_or_else(|| StoreError("a file's name is not UTF-8".to_owned()))?;
    db.execute("ATTACH DATABASE ?1 AS old", [name]).map_err(failed)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    take_over(&tx)?;
    end_everything(&tx, now, forget)?;
    tx.commit().map_err(failed)?;
    db.execute("DETACH DATABASE old", []).map_err(failed)?;
    Ok(())
}

/// The store's own tables, each by its rule; those of other rooms are replaced whole.
fn take_over(tx: &Connection) -> Result<(), StoreError> {
    let replaced = [Kind::Enrolments as i64];
    let merged = [Kind::Account as i64, Kind::Session as i64];
    let columns = "kind, id, version, expires, body, owner";
    tx.execute("DELETE FROM record WHERE kind = ?1", replaced).map_err(failed)?;
    // What stands there now is newer; a version that went back could make a stale write hold.
    let records =
        format!("INSERT OR IGNORE INTO record ({columns}) SELECT {columns} FROM old.record WHERE kind IN (?1, ?2, ?3)");
    tx.execute(&records, params![replaced[0], merged[0], merged[1]]).map_err(failed)?;
    tx.execute_batch(
        "INSERT OR IGNORE INTO allowance (name, key, since, units, expires)
             SELECT name, key, since, units, expires FROM old.allowance;
         INSERT INTO session_use (session, scope, at) SELECT session, scope, at FROM old.session_use WHERE true
             ON CONFLICT (session, scope) DO UPDATE SET at = max(at, excluded.at);
         INSERT INTO figure (hour, provider, channel, country, what, count)
             SELECT hour, provider, channel, country, what, count FROM old.figure WHERE true
             ON CONFLICT (hour, provider, channel, country, what) DO UPDATE SET count = max(count, excluded.count);",
    )
    .map_err(failed)?;
    for table in foreign_tables(tx)? {
        copy_table(tx, &table)?;
    }
    tx.execute_batch("INSERT OR REPLACE INTO room_schema (room, version) SELECT room, version FROM old.room_schema")
        .map_err(failed)
}

/// Codes that were open then or now, and every pass: what revoked or spent them may not be known any more.
fn end_everything(tx: &Connection, now: Wall, forget: Wall) -> Result<(), StoreError> {
    let open = "DELETE FROM record WHERE kind IN (?1, ?2)";
    tx.execute(open, params![Kind::Challenge as i64, Kind::Parked as i64]).map_err(failed)?;
    // Nodes ask for what came after the last number they heard, and a copy may have come further than this file.
    let ended = "INSERT INTO revocation (number, kind, id, at, forget)
         SELECT max((SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'revocation'),
                    (SELECT coalesce(max(seq), 0) FROM old.sqlite_sequence WHERE name = 'revocation')) + 1,
                'all', '', ?1, ?2";
    tx.execute(ended, params![now.0, forget.0]).map_err(failed)?;
    Ok(())
}

/// A table of another room: its name, and the statement that makes it.
struct Table {
    name: String,
    sql: String,
}

fn foreign_tables(tx: &Connection) -> Result<Vec<Table>, StoreError> {
    let sql = "SELECT name, sql FROM old.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         AND name NOT IN ('record', 'allowance', 'revocation', 'session_use', 'figure', 'room_schema')";
    let mut query = tx.prepare(sql).map_err(failed)?;
    let rows = query.query_map([], |row| Ok(Table { name: row.get(0)?, sql: row.get(1)? })).map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}

fn copy_table(tx: &Connection, table: &Table) -> Result<(), StoreError> {
    let name = table.name.replace('"', "\"\"");
    let indexes = "SELECT sql FROM old.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?1";
    let mut query = tx.prepare(indexes).map_err(failed)?;
    let indexes: Vec<String> =
        query.query_map([&table.name], |row| row.get(0)).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    tx.execute_batch(&format!("DROP TABLE IF EXISTS main.\"{name}\"; {};", table.sql)).map_err(failed)?;
    tx.execute_batch(&format!("INSERT INTO main.\"{name}\" SELECT * FROM old.\"{name}\"")).map_err(failed)?;
    indexes.iter().try_for_each(|index| tx.execute_batch(index).map_err(failed))
}

/// A copy of the copy beside the file it goes into, gone when this is dropped.
struct Draft(PathBuf);

impl Draft {
    fn of(copy: &Path, file: &Path) -> Result<Draft, StoreError> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".restore-{}", std::process::id()));
        let draft = Draft(PathBuf::from(name));
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft.0);
        let copied = made.and_then(|mut to| std::io::copy(&mut File::open(copy)?, &mut to));
        copied.map_err(|e| StoreError(format!("{}: {e}", draft.0.display())))?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            // What is missing is gone already.
            let _ = std::fs::remove_file(name);
        }
    }
}

#[cfg(test)]
#[path = "backup/tests.rs"]
mod tests;
