//! What the sources of identity go by.

use std::path::PathBuf;

use crate::domain::contact::Region;

/// The built-in directory.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides for numbers without a country code.
    pub phone_region: Region,
    /// Whether a password is part of every claim.
    pub password: bool,
    /// The SQLite file; the directory has tables of its own in it.
    pub file: PathBuf,
}
