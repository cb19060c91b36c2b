//! The revocations that this node knows. A server that took over may lack some: then they are told to it again.

use std::collections::{BTreeMap, HashSet};

use crate::domain::time::Wall;
use crate::gate::seams::{Revocation, StoreError};
use crate::store::revoked;

#[derive(Default)]
pub struct Book {
    /// Whom they were read from. Another one may number differently, so it is read from the beginning.
    pub reign: String,
    /// The number of the last one there.
    pub cursor: u64,
    /// In the order in which this node read them, under numbers of its own.
    read: BTreeMap<u64, Revocation>,
    last: u64,
    known: HashSet<String>,
    /// Written by this node and not read yet.
    written: HashSet<String>,
}

impl Book {
    /// Takes in what was read.
    pub fn read(&mut self, number: u64, line: String) -> Result<(), StoreError> {
        self.cursor = self.cursor.max(number);
        let revocation = parse(&line)?;
        self.written.remove(&line);
        if self.known.insert(line) {
            self.last += 1;
            self.read.insert(self.last, revocation);
        }
        Ok(())
    }

    pub fn wrote(&mut self, line: String) {
        if !self.known.contains(&line) {
            self.written.insert(line);
        }
    }

    pub fn since(&self, seen: u64) -> Vec<(u64, Revocation)> {
        self.read.range(seen.saturating_add(1)..).map(|(number, r)| (*number, r.clone())).collect()
    }

    /// Everything that still matters.
    pub fn lines(&self, now: Wall) -> Vec<String> {
        let matters = |line: &&String| parse(line).is_ok_and(|revocation| revocation.forget >= now);
        self.known.iter().chain(&self.written).filter(matters).cloned().collect()
    }

    pub fn sweep(&mut self, now: Wall) {
        self.read.retain(|_, revocation| revocation.forget >= now);
        let matters = |line: &String| parse(line).is_ok_and(|revocation| revocation.forget >= now);
        self.known.retain(matters);
        self.written.retain(matters);
    }
}

/// One line, from which the revocation reads back.
pub fn line(revocation: &Revocation) -> String {
    let (kind, id) = revoked::name(&revocation.what);
    format!("{kind} {id} {} {}", revocation.at.0, revocation.forget.0)
}

fn parse(line: &str) -> Result<Revocation, StoreError> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [kind, id, at, forget] = parts[..] else { return Err(revoked::unknown(line)) };
    let time = |text: &str| text.parse().map(Wall).map_err(|_| revoked::unknown(line));
    Ok(Revocation { what: revoked::parse(kind, id)?, at: time(at)?, forget: time(forget)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{PassId, SessionId};
    use crate::gate::seams::Revoked;

    fn revocation(what: Revoked) -> Revocation {
        Revocation { what, at: Wall(3), forget: Wall(9) }
    }

    #[test]
    fn every_revocation_reads_back() {
        let all = [
            Revoked::All,
            Revoked::Pass(PassId::from_random([1; 16])),
            Revoked::Session(SessionId::from_random([2; 16])),
        ];
        for what in all {
            let revocation = revocation(what);
            assert_eq!(parse(&line(&revocation)).expect("reads"), revocation);
        }
        assert!(parse("moon x 1 2").is_err() && parse("all  1").is_err());
    }

    #[test]
    fn numbers_are_this_nodes_own_and_each_revocation_has_one() {
        let mut book = Book::default();
        let (all, pass) =
            (line(&revocation(Revoked::All)), line(&revocation(Revoked::Pass(PassId::from_random([1; 16])))));
        book.read(7, all.clone()).expect("reads");
        // Another server numbers anew.
        book.read(1, pass).expect("reads");
        book.read(2, all).expect("reads");
        assert_eq!(book.since(0).iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(book.since(1).len(), 1);
        assert_eq!(book.lines(Wall(9)).len(), 2);
        book.sweep(Wall(10));
        assert!(book.since(0).is_empty() && book.lines(Wall(0)).is_empty());
    }
}
