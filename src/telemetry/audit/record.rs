//! What the audit says of itself: starts, checkpoints and ends, each signed.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::gate::seal;

use super::chain::Tail;

/// A signed record. It covers its chain up to here, and names what others wrote since this chain's last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub at: String,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The hash of the chain's line before; absent in a start. With it a chain can be judged from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    /// The last line of every other chain that wrote meanwhile; in a start, near the end of the file.
    #[serde(default)]
    pub previous: Vec<Tail>,
    /// What stands before this line was left behind by a process that died while writing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub torn: Option<Torn>,
    /// In a start: public keys of those who signed before, by their ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, String>,
    /// Whose signature it is.
    pub key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Start,
    Checkpoint,
    End,
}

/// A line that was never finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Torn {
    pub bytes: u64,
    /// SHA-256.
    pub digest: String,
}

impl Torn {
    pub fn of(fragment: &[u8]) -> Torn {
        let bytes = u64::try_from(fragment.len()).unwrap_or(u64::MAX);
        Torn { bytes, digest: seal::text(digest(&SHA256, fragment).as_ref()) }
    }
}

/// The kind of a line, by its first bytes; empty where it has none.
pub fn kind_of(line: &[u8]) -> &[u8] {
    let Some(rest) = line.get(AT.len() + STAMP + 2..) else { return b"" };
    let Some(rest) = rest.strip_prefix(b"\"kind\":\"") else { return b"" };
    &rest[..rest.iter().position(|b| *b == b'"').unwrap_or(0)]
}

/// When a line was made, as it says itself: RFC 3339 in UTC with milliseconds, which sorts as text.
pub fn at_of(line: &[u8]) -> Option<&str> {
    let stamp = line.strip_prefix(AT)?.get(..STAMP)?;
    let good = |(i, b): (usize, &u8)| match i {
        4 | 7 => *b == b'-',
        10 => *b == b'T',
        13 | 16 => *b == b':',
        19 => *b == b'.',
        23 => *b == b'Z',
        _ => b.is_ascii_digit(),
    };
    stamp.iter().enumerate().all(good).then(|| std::str::from_utf8(stamp).ok()).flatten()
}

const AT: &[u8] = b"{\"at\":\"";
/// The length of `2027-01-15T08:00:00.123Z`.
const STAMP: usize = 24;
