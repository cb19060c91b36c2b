//! How a line holds on to the one before it.
//!
//! ```text
//! {"at":…,"kind":…, …,"chain":"16 characters","seq":N,"hash":"43 characters"}
//! └───────────────────── body ─────────────────────┘
//! └──────────────────── head ──────────────────────┘,"signature":"86 characters","hash":"43 characters"}
//! ```
//!
//! `hash` is SHA-256 over the raw hash of the chain's line before (32 zero bytes for the first) and the body, which is
//! every byte of the line before `,"hash"`. A signed line's body ends with its signature: Ed25519 over [`SIGNED`], the
//! same raw hash of the line before, and the head. All of it in base64url without padding.

use std::io::Write;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::gate::seal;

use super::keys::Signer;

pub type Hash = [u8; 32];

/// What the first line of a chain holds on to.
pub const NOTHING: Hash = [0; 32];
/// What every signed message begins with, so that no other signature of this key can be taken for one.
pub const SIGNED: &[u8] = b"sekisho audit 1\n";

const ID: usize = 16;
const HASH: usize = 43;
const SIGNATURE: usize = 86;

/// The last line of a chain, as others name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    pub chain: String,
    pub seq: u64,
    pub hash: String,
}

/// A chain that is being written.
#[derive(Debug, Clone)]
pub struct Chain {
    pub id: String,
    /// Of the next line.
    seq: u64,
    last: Hash,
}

impl Chain {
    /// Ids are drawn, so that no two processes have the same one.
    pub fn new(random: [u8; 12]) -> Chain {
        Chain { id: seal::text(&random), seq: 0, last: NOTHING }
    }

    pub fn is_empty(&self) -> bool {
        self.seq == 0
    }

    /// The hash of the line before, as a signed line names it.
    pub fn last(&self) -> String {
        seal::text(&self.last)
    }

    pub fn tail(&self) -> Tail {
        Tail { chain: self.id.clone(), seq: self.seq.saturating_sub(1), hash: self.last() }
    }

    /// Appends a line to `out`. `object` is a JSON object with at least one field.
    pub fn append(&mut self, out: &mut Vec<u8>, object: &[u8], signer: Option<&Signer>) {
        let begin = out.len();
        out.extend_from_slice(object.strip_suffix(b"}").unwrap_or(object));
        // Writing into memory does not fail.
        let _ = write!(out, ",\"chain\":\"{}\",\"seq\":{}", self.id, self.seq);
        if let Some(signer) = signer {
            let signature = signer.sign(&signed(&self.last, &out[begin..]));
            let _ = write!(out, ",\"signature\":\"{}\"", seal::text(&signature));
        }
        self.last = hash(&self.last, &out[begin..]);
        self.seq += 1;
        let _ = writeln!(out, ",\"hash\":\"{}\"}}", seal::text(&self.last));
    }
}

pub fn hash(last: &Hash, body: &[u8]) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(last);
    context.update(body);
    let mut out = NOTHING;
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// What the signature of a line with this head is over.
pub fn signed(last: &Hash, head: &[u8]) -> Vec<u8> {
    [SIGNED, last, head].concat()
}

pub fn hash_of(text: &str) -> Option<Hash> {
    seal::bytes(text)?.try_into().ok()
}

/// A line that was read, without its line break. Only its end is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    pub chain: &'a str,
    pub seq: u64,
    pub hash: &'a str,
    pub body: &'a [u8],
    /// The head and the signature of a signed line.
    pub signature: Option<(&'a [u8], &'a str)>,
}

impl<'a> Link<'a> {
    /// `None` for what is no line of a chain.
    pub fn read(line: &'a [u8]) -> Option<Link<'a>> {
        let (body, hash) = last_text(line.strip_suffix(b"}")?, b"hash", HASH)?;
        let signature = last_text(body, b"signature", SIGNATURE);
        let head = signature.map_or(body, |(head, _)| head);
        let digits = head.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let (rest, seq) = head.split_at_checked(head.len().checked_sub(digits)?)?;
        let seq = std::str::from_utf8(seq).ok()?.parse().ok()?;
        let (_, chain) = last_text(rest.strip_suffix(b",\"seq\":")?, b"chain", ID)?;
        Some(Link { chain, seq, hash, body, signature })
    }

    pub fn tail(&self) -> Tail {
        Tail { chain: self.chain.to_owned(), seq: self.seq, hash: self.hash.to_owned() }
    }
}

/// What stands before `,"name":"value"` at the end of `text`, and the value, which has so many characters.
fn last_text<'a>(text: &'a [u8], name: &[u8], length: usize) -> Option<(&'a [u8], &'a str)> {
    let text = text.strip_suffix(b"\"")?;
    let (rest, value) = text.split_at_checked(text.len().checked_sub(length)?)?;
    let value = std::str::from_utf8(value).ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let rest = rest.strip_suffix(b"\":\"")?.strip_suffix(name)?.strip_suffix(b",\"")?;
    value.bytes().all(plain).then_some((rest, value))
}
