//! The tables of the embedded store, and how a file is opened.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use crate::gate::seams::StoreError;

/// The version that this program writes. A file of a newer one is left alone.
const VERSION: i64 = 4;
/// How long a writer waits for another process that is writing (an upgrade, the command line).
const BUSY: Duration = Duration::from_secs(2);

/// What the writer keeps of the file in memory at most, in KiB: pages that a commit changes are written once, and not read
/// again for the next one.
const CACHE: i64 = 32 * 1024;
/// Pages of the log after which they go into the file. Pages that are changed over and over go there once in so many, and
/// whoever starts after a crash has this much to read at most.
const LOG: i64 = 8192;

/// Version 1; [`STEPS`] lead on from there.
const TABLES: &str = "
CREATE TABLE record (
    kind    INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX record_by_expiry ON record (expires);
CREATE TABLE allowance (
    name    TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    units   INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE INDEX allowance_by_expiry ON allowance (expires);
CREATE TABLE revocation (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    forget  INTEGER NOT NULL
);
CREATE TABLE session_use (
    session TEXT    NOT NULL,
    scope   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (session, scope)
) WITHOUT ROWID;
";

pub fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}

/// Opens the file, which only its owner may read, and brings its tables up to date.
pub fn open(file: &Path) -> Result<Connection, StoreError> {
    let named = |e: &dyn std::fmt::Display| StoreError(format!("{}: {e}", file.display()));
    begin_file(file).map_err(|e| named(&e))?;
    let _turn = turn(file).map_err(|e| named(&e))?;
    let mut db = connect(file).map_err(|e| named(&e))?;
    migrate(&mut db).map_err(|e| named(&e))?;
    Ok(db)
}

/// Makes the file private before SQLite does; its -wal and -shm files get the same mode. A file that is there is not
/// touched: closing a descriptor of our own would drop the locks that SQLite holds on it.
fn begin_file(file: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
}

/// Processes prepare the file one after the other: switching to WAL does not wait for a lock, it fails. The lock is on the
/// folder, and gone with the returned handle.
fn turn(file: &Path) -> std::io::Result<File> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    folder.lock()?;
    Ok(folder)
}

/// As [`open`], for the connection that writes all day.
pub fn open_to_write(file: &Path) -> Result<Connection, StoreError> {
    let db = open(file)?;
    db.pragma_update(None, "cache_size", -CACHE).map_err(failed)?;
    Ok(db)
}

/// A further connection to a file that [`open`] prepared.
pub fn connect(file: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(file).map_err(failed)?;
    db.busy_timeout(BUSY).map_err(failed)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    // A commit is on the disk when it returns: what was acknowledged survives a power cut.
    db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    db.pragma_update(None, "wal_autocheckpoint", LOG).map_err(failed)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// What leads from version 1 to 2, from 2 to 3 and so on. A step that was ever released never changes again.
///
/// Step 3 numbers uses, so that news of them can be asked for, and records, so that new ones lie side by side: their ids
/// are random, and in the order of ids each of them would be written into a page of its own.
///
/// Step 4 keeps figures of delivery.
const STEPS: [&str; VERSION as usize - 1] = [
    "
ALTER TABLE record ADD COLUMN owner TEXT;
CREATE INDEX record_by_owner ON record (owner, kind) WHERE owner IS NOT NULL;
UPDATE record SET owner = json_extract(CAST(body AS TEXT), '$.user') WHERE kind = 3;
",
    "
CREATE TABLE numbered_use (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT    NOT NULL,
    scope   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    UNIQUE (session, scope)
);
INSERT INTO numbered_use (session, scope, at) SELECT session, scope, at FROM session_use;
DROP TABLE session_use;
ALTER TABLE numbered_use RENAME TO session_use;
CREATE TABLE numbered_record (
    number  INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    owner   TEXT,
    UNIQUE (kind, id)
);
INSERT INTO numbered_record (kind, id, version, expires, body, owner)
    SELECT kind, id, version, expires, body, owner FROM record;
DROP TABLE record;
ALTER TABLE numbered_record RENAME TO record;
CREATE INDEX record_by_expiry ON record (expires);
CREATE INDEX record_by_owner ON record (owner, kind) WHERE owner IS NOT NULL;
",
    "
CREATE TABLE figure (
    hour     INTEGER NOT NULL,
    provider TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    country  TEXT    NOT NULL,
    what     TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (hour, provider, channel, country, what)
) WITHOUT ROWID;
",
];

/// A version that this program can read and bring up to date.
pub fn known(version: i64) -> Result<i64, StoreError> {
    match version {
        1..=VERSION => Ok(version),
        newer if newer > VERSION => Err(StoreError(format!(
            "it was written by a newer Sekisho (store schema {newer}, this one knows {VERSION})"
        ))),
        odd => Err(StoreError(format!("store schema {odd} is unknown"))),
    }
}

/// Brings the tables up to date in one transaction: a file is of one version or the other, never between.
fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    tx.execute_batch("CREATE TABLE IF NOT EXISTS room_schema (room TEXT PRIMARY KEY, version INT NOT NULL)")
        .map_err(failed)?;
    let found: Option<i64> = tx
        .query_row("SELECT version FROM room_schema WHERE room = 'store'", [], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    let found = match found {
        Some(found) => known(found)?,
        None => {
            tx.execute_batch(TABLES).map_err(failed)?;
            tx.execute("INSERT INTO room_schema (room, version) VALUES ('store', 1)", []).map_err(failed)?;
            1
        }
    };
    for step in STEPS.iter().skip(usize::try_from(found - 1).unwrap_or(0)) {
        tx.execute_batch(step).map_err(failed)?;
    }
    if found < VERSION {
        tx.execute("UPDATE room_schema SET version = ?1 WHERE room = 'store'", [VERSION]).map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// A file as version 1 left it, for the tests of the steps.
#[cfg(test)]
pub fn first_version(db: &mut Connection) {
    db.execute_batch("CREATE TABLE room_schema (room TEXT PRIMARY KEY, version INT NOT NULL)").expect("writes");
    db.execute_batch(TABLES).expect("writes");
    db.execute("INSERT INTO room_schema (room, version) VALUES ('store', 1)", []).expect("writes");
}
