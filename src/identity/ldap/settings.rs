//! What a directory that speaks LDAP is asked by.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::secret::Secret;

use super::id::IdAttribute;

/// One `[ldap.NAME]`.
#[derive(Debug, Clone)]
pub struct Settings {
    pub name: Arc<str>,
    /// `ldaps://` or `ldap://`, in the order in which they are tried; at least one.
    pub servers: Vec<String>,
    /// Whether `ldap://` turns to TLS before anything else is said.
    pub starttls: bool,
    /// The authorities that vouch for the servers, as PEM; `None` where nothing is encrypted.
    pub ca: Option<PathBuf>,
    /// Whom we are when we search; `None` is nobody.
    pub bind: Option<(String, Secret<String>)>,
    pub base: String,
    /// What people may type, and what they are called by: the first that somebody has.
    pub logins: Vec<String>,
    /// What else must hold for whoever is found, as a filter of its own.
    pub filter: Option<String>,
    pub id: IdAttribute,
    /// Where numbers stand, the best first.
    pub phones: Vec<String>,
    pub email: String,
    pub full_name: String,
    pub locale: String,
    pub groups: Groups,
    /// Whether the directory judges a password; else it is only looked into.
    pub password: bool,
    /// Questions at a time.
    pub connections: usize,
    /// How long a question may take in all, whatever servers it goes to.
    pub timeout: Duration,
    pub on_outage: OnOutage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    pub reach: Reach,
    pub base: String,
    /// Where a group's name stands.
    pub name: String,
    /// Where a group has its members' distinguished names.
    pub members: Vec<String>,
    /// Whether groups name people by `uid` too (RFC 2307).
    pub posix: bool,
}

/// How far groups are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nobody is in any.
    None,
    Direct,
    /// Groups within groups, asked for step by step.
    Nested,
    /// The same, found by the server itself: Active Directory's rule.
    Rule,
}

/// What becomes of passes while a directory cannot be asked about their holders. Nobody new gets in either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnOutage {
    /// They end once two looks in a row, five minutes apart, had no answer.
    Close,
    /// They go on, until they end by themselves or the directory says something.
    Keep,
}
