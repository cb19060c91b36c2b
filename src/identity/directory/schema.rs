//! The file that the directory lives in: private, open in several processes at once, never in one too old for it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, lchown};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::DirectoryError;

/// The name under which `room_schema` knows us; other rooms keep tables of their own in the same file.
const ROOM: &str = "identity";

/// What this program writes, and the newest it can read.
const VERSION: i64 = 2;

/// How long a write waits for another process's. Writes here are short, so this is far above what can happen.
const BUSY: Duration = Duration::from_secs(10);

/// Version 1; [`STEPS`] lead on from there.
const TABLES: &str = "
    CREATE TABLE directory_user (
        id TEXT PRIMARY KEY NOT NULL,
        login TEXT NOT NULL,
        login_folded TEXT NOT NULL UNIQUE,
        name TEXT,
        phone TEXT,
        email TEXT,
        groups TEXT NOT NULL,
        locale TEXT,
        disabled INTEGER NOT NULL,
        password TEXT,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT;
";

/// What leads from version 1 to 2 and so on. A step that was ever released never changes again.
///
/// Step 2 keeps the ways that codes for somebody may take.
const STEPS: [&str; VERSION as usize - 1] =
    ["ALTER TABLE directory_user ADD COLUMN channels TEXT NOT NULL DEFAULT '[]'"];

/// How a file of version 1 reads as one of today, for who must not write to it: the view stands before the table of its
/// name.
const AS_TODAY: &str = "CREATE TEMP VIEW directory_user AS SELECT *, '[]' AS channels FROM main.directory_user";

pub(super) fn open(file: &Path) -> Result<Connection, DirectoryError> {
    begin_file(file).map_err(|fault| unopened(file, &fault))?;
    let _turn = turn(file).map_err(|fault| unopened(file, &fault))?;
    let mut db = connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let prepared = prepare(&mut db).map_err(|fault| unopened(file, &fault))?;
    known(file, prepared)?;
    Ok(db)
}

pub(super) fn open_read_only(file: &Path) -> Result<Connection, DirectoryError> {
    if !file.try_exists().map_err(|fault| unopened(file, &fault))? {
        return Err(DirectoryError::Missing(file.to_owned()));
    }
    let db = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let table = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'room_schema')";
    let begun = db.query_row(table, [], |row| row.get(0)).map_err(|fault| unopened(file, &fault))?;
    match if begun { version(&db)? } else { None } {
        Some(found) => {
            known(file, found)?;
            if found < VERSION {
                db.execute_batch(AS_TODAY)?;
            }
            Ok(db)
        }
        None => Err(DirectoryError::Missing(file.to_owned())),
    }
}

/// Makes the file before SQLite does, so that nobody else can read it for even a moment.
fn begin_file(file: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(made) => give_to_folders_owner(file, made.metadata()?.uid()),
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Processes prepare the file one after the other: switching to WAL does not wait for a lock, it fails. The lock is on the
/// folder, and gone with the returned handle.
fn turn(file: &Path) -> io::Result<File> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    folder.lock()?;
    Ok(folder)
}

/// `sudo sekisho user add` may come before the service's first start: root makes the file, the service must own it.
fn give_to_folders_owner(file: &Path, maker: u32) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = folder.metadata()?;
    if maker == 0 && owner.uid() != 0 { lchown(file, Some(owner.uid()), Some(owner.gid())) } else { Ok(()) }
}

fn connect(file: &Path, flags: OpenFlags) -> Result<Connection, DirectoryError> {
    let opened = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).and_then(|db| {
        db.busy_timeout(BUSY)?;
        db.pragma_update(None, "foreign_keys", true)?;
        Ok(db)
    });
    opened.map_err(|fault| unopened(file, &fault))
}

/// Brings the file to our schema; the version that it then has.
fn prepare(db: &mut Connection) -> rusqlite::Result<i64> {
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        db.pragma_update(None, "journal_mode", "wal")?;
    }
    db.pragma_update(None, "synchronous", "full")?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS room_schema (room TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL)",
    )?;
    let found = match version(&transaction)? {
        Some(found) => found,
        None => {
            transaction.execute_batch(TABLES)?;
            transaction.execute("INSERT INTO room_schema (room, version) VALUES (?1, 1)", params![ROOM])?;
            1
        }
    };
    for step in STEPS.iter().skip(usize::try_from(found - 1).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    if found < VERSION {
        transaction.execute("UPDATE room_schema SET version = ?2 WHERE room = ?1", params![ROOM, VERSION])?;
    }
    transaction.commit()?;
    Ok(found.max(VERSION))
}

fn version(db: &Connection) -> rusqlite::Result<Option<i64>> {
    db.query_row("SELECT version FROM room_schema WHERE room = ?1", [ROOM], |row| row.get(0)).optional()
}

fn known(file: &Path, found: i64) -> Result<(), DirectoryError> {
    if found > VERSION {
        return Err(DirectoryError::Newer { file: file.to_owned(), found, known: VERSION });
    }
    Ok(())
}

fn unopened(file: &Path, fault: &dyn std::fmt::Display) -> DirectoryError {
    DirectoryError::Open { file: file.to_owned(), reason: fault.to_string() }
}
