//! What the sources of identity go by.

use std::path::PathBuf;

use super::ldap;
use crate::domain::bill::Allowed;
use crate::domain::contact::Region;

/// The built-in directory, and those that it is asked before.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides for numbers without a country code.
    pub phone_region: Region,
    /// Whether a password is part of every claim.
    pub password: bool,
    /// The SQLite file; the directory has tables of its own in it.
    pub file: PathBuf,
    /// Asked in this order.
    pub ldap: Vec<ldap::Settings>,
    /// Where messages to numbers may go, the usual way first: of several numbers that somebody has, which is taken.
    pub reach: Vec<Allowed>,
}

impl Settings {
    /// The built-in directory alone.
    pub fn own(phone_region: Region, password: bool, file: PathBuf) -> Settings {
        Settings { phone_region, password, file, ldap: Vec::new(), reach: Vec::new() }
    }
}
