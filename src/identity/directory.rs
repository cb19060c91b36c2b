//! The built-in directory: one SQLite table, shared by the gateway, its successor in an upgrade and the command line.
//!
//! Everything here blocks. A change is planned on an [`Entry`] that was read without a lock, and [`Directory::apply`]
//! takes the write lock only for the change itself: the gateway's own state may live in the same file and must never
//! wait for an operator, a password hash or an audit line.

mod row;
mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use super::password::Hashed;
use super::settings::Settings;
use crate::domain::id::UserId;
use crate::domain::time::Wall;
use crate::domain::user::{User, fold_login};

/// An open directory. Nothing of it is kept in memory: each call reads what is there now.
pub struct Directory {
    db: Mutex<Connection>,
    file: PathBuf,
}

/// A user as the directory keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub user: User,
    pub password: Option<Hashed>,
    pub created: Wall,
    pub updated: Wall,
    /// Rises with each change; what a [`Write`] must still find.
    pub revision: i64,
}

/// One change. `Put` and `Remove` hold only if the user is still as they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Add { user: User, password: Option<Hashed> },
    Put(Entry),
    Remove(Entry),
}

/// Why the directory could not do it; the texts are for the operator.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("there is no directory in {} yet; `sekisho user add NAME` begins one", .0.display())]
    Missing(PathBuf),
    #[error("cannot open the directory in {}: {reason}", .file.display())]
    Open { file: PathBuf, reason: String },
    #[error(
        "the directory in {} was written by a newer sekisho (schema {found}, this one knows up to {known}); \
         run that one, or restore a backup made before it",
        .file.display()
    )]
    Newer { file: PathBuf, found: i64, known: i64 },
    #[error("there is a user {0} already")]
    Taken(String),
    #[error("user {0} was changed by somebody else meanwhile; nothing was done, try again")]
    Changed(String),
    #[error("the directory holds a {column} for user {id} that cannot be read")]
    Damaged { id: String, column: &'static str },
    #[error("the directory failed: {0}")]
    Elsewhere(String),
    #[error("the directory's database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

impl Directory {
    /// Opens the directory and begins it (readable by its owner only) if it is not there yet.
    pub fn open(settings: &Settings) -> Result<Directory, DirectoryError> {
        let db = schema::open(&settings.file)?;
        Ok(Directory { db: Mutex::new(db), file: settings.file.clone() })
    }

    /// Opens a directory that exists and never writes to it.
    pub fn open_read_only(settings: &Settings) -> Result<Directory, DirectoryError> {
        let db = schema::open_read_only(&settings.file)?;
        Ok(Directory { db: Mutex::new(db), file: settings.file.clone() })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn by_id(&self, id: &UserId) -> Result<Option<Entry>, DirectoryError> {
        row::one(&self.db(), "id = ?1", id.as_str())
    }

    /// By a login name in any spelling that folds to the same.
    pub fn by_login(&self, login: &str) -> Result<Option<Entry>, DirectoryError> {
        row::one(&self.db(), "login_folded = ?1", &fold_login(login))
    }

    /// By an e-mail address that exactly one user has.
    pub fn by_mail(&self, mail: &str) -> Result<Option<Entry>, DirectoryError> {
        let alone = "lower(email) = lower(?1) AND \
                     (SELECT count(*) FROM directory_user WHERE lower(email) = lower(?1)) = 1";
        row::one(&self.db(), alone, mail.trim())
    }

    /// Everybody, by login name.
    pub fn list(&self) -> Result<Vec<Entry>, DirectoryError> {
        row::all(&self.db())
    }

    /// How many users there are in this file; `None` where there is no directory that can be read.
    pub fn count_in(file: &Path) -> Option<u64> {
        let db = schema::open_read_only(file).ok()?;
        db.query_row("SELECT count(*) FROM directory_user", [], |row| row.get(0)).ok()
    }

    /// Fails unless the directory can be read now.
    pub fn probe(&self) -> Result<(), DirectoryError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM directory_user)";
        Ok(self.db().query_row(sql, [], |_| Ok(()))?)
    }

    pub fn add(&self, user: User, password: Option<Hashed>, now: Wall) -> Result<(), DirectoryError> {
        self.apply(&[Write::Add { user, password }], now)
    }

    /// Replaces all that is kept of one user, whom `entry.user.id` names.
    pub fn set(&self, entry: Entry, now: Wall) -> Result<(), DirectoryError> {
        self.apply(&[Write::Put(entry)], now)
    }

    pub fn remove(&self, entry: Entry, now: Wall) -> Result<(), DirectoryError> {
        self.apply(&[Write::Remove(entry)], now)
    }

    /// Makes all changes in one transaction, or none. Durable when it returns.
    pub fn apply(&self, writes: &[Write], now: Wall) -> Result<(), DirectoryError> {
        let mut db = self.db();
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for write in writes {
            match write {
                Write::Add { user, password } => row::insert(&transaction, user, password.as_ref(), now)?,
                Write::Put(entry) => row::update(&transaction, entry, now)?,
                Write::Remove(entry) => row::delete(&transaction, entry)?,
            }
        }
        Ok(transaction.commit()?)
    }

    /// A panic elsewhere leaves no half transaction behind (it is rolled back when dropped), so the lock may be taken.
    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
