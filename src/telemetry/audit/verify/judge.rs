//! Judges one line after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use crate::gate::seal;
use crate::telemetry::audit::chain::{Hash, Link, NOTHING, Tail, hash, hash_of};
use crate::telemetry::audit::record::{Record, Torn, at_of, kind_of};

use super::chains::{Chains, Place, State};
use super::{Open, Plan, Report};

pub struct Judge<'p> {
    pub(super) files: &'p [PathBuf],
    pub(super) plan: &'p Plan,
    report: Report,
    pub(super) place: Place,
    /// The length of the file before.
    pub(super) before: u64,
    /// Where the line behind this one begins.
    end: u64,
    pub(super) chains: Chains,
    /// What is no line; a record that comes at once may say why.
    odd: Option<(Place, Torn)>,
    /// Lines of before there were chains.
    unchained: u64,
    /// Chains that begin with something else than their start, and the line before that.
    pub(super) midway: Vec<(Place, Tail)>,
    /// Lines that a record names, of chains that were not met.
    pub(super) unknown: Vec<(Place, Tail)>,
    /// What was in files that were removed, by chain.
    pub(super) removed: BTreeMap<String, Vec<Tail>>,
    pub(super) strange_keys: BTreeSet<String>,
    expected: BTreeSet<String>,
}

/// What a decision says that removed a file.
#[derive(Deserialize)]
struct Removed {
    chains: Vec<Tail>,
}

const REMOVED: &[u8] = b"\"event\":\"sys_audit_removed\",";

impl<'p> Judge<'p> {
    pub fn new(files: &'p [PathBuf], plan: &'p Plan) -> Judge<'p> {
        Judge {
            files,
            plan,
            report: Report { files: files.len(), ..Report::default() },
            place: Place::default(),
            before: 0,
            end: 0,
            chains: Chains::default(),
            odd: None,
            unchained: 0,
            midway: Vec::new(),
            unknown: Vec::new(),
            removed: BTreeMap::new(),
            strange_keys: BTreeSet::new(),
            expected: plan.expect.clone(),
        }
    }

    pub fn lacks_a_key(&self) -> bool {
        !self.strange_keys.is_empty()
    }

    /// Another file begins.
    pub fn turn(&mut self, file: usize) {
        self.settle(None);
        self.before = std::mem::take(&mut self.end);
        self.place = Place { file, at: 0, line: 0 };
        self.chains.turn(file);
    }

    pub fn line(&mut self, line: &[u8], at: u64, ended: bool) {
        self.place = Place { at, line: self.place.line + 1, ..self.place };
        self.end = at + line.len() as u64 + 1;
        self.report.lines += 1;
        let link = Link::read(line).filter(|_| ended);
        let Some(link) = link else { return self.strange(line, ended) };
        let record = link.signature.and_then(|_| serde_json::from_slice::<Record>(line).ok());
        if record.is_none() {
            self.settle(None);
        }
        if !self.expected.is_empty() {
            self.expected.remove(link.hash);
        }
        match record {
            Some(record) => self.record(&link, &record),
            None if matches!(kind_of(line), b"start" | b"checkpoint" | b"end") || link.signature.is_some() => {
                self.fault("is said to be a signed record and is none".to_owned());
            }
            None => self.plain(&link, line),
        }
    }

    pub(super) fn fault(&mut self, what: String) {
        self.fault_at(self.place, what);
    }

    pub(super) fn fault_at(&mut self, place: Place, what: String) {
        if let Some(file) = self.files.get(place.file) {
            self.report.fault(file, place.line, what);
        }
    }

    /// What is no line of a chain.
    fn strange(&mut self, line: &[u8], ended: bool) {
        self.settle(None);
        if !ended {
            let file = self.files.get(self.place.file).map(|f| f.display().to_string()).unwrap_or_default();
            let half = "ends with half a line, which somebody was writing when they died or is writing now";
            self.report.notes.push(format!("{file}:{}: {half}", self.place.line));
        } else if self.chains.is_empty() && matches!(kind_of(line), b"decision" | b"access") {
            self.unchained += 1;
        } else {
            self.odd = Some((self.place, Torn::of(line)));
        }
    }

    /// Half a line is no fault if the record behind it says that it was found so.
    pub(super) fn settle(&mut self, torn: Option<&Torn>) {
        if let Some((place, odd)) = self.odd.take()
            && torn != Some(&odd)
        {
            self.fault_at(place, "is no line of the audit, or was changed".to_owned());
        }
    }

    fn plain(&mut self, link: &Link<'_>, line: &[u8]) {
        if self.chains.get(link.chain).is_none() {
            self.fault(format!("belongs to chain {}, whose start is missing", link.chain));
            self.begin(link);
            return;
        }
        self.follow(link, None);
        let removal = line.get(..120).is_some_and(|head| memchr::memmem::find(head, REMOVED).is_some());
        if removal
            && let Ok(removed) = serde_json::from_slice::<Removed>(line)
            && let Some(state) = self.chains.get_mut(link.chain)
        {
            state.removed.extend(removed.chains);
        }
        self.advance(link, line);
    }

    /// Holds the line against the one before it in its chain. `prev` is what a signed record says that one's hash is.
    pub(super) fn follow(&mut self, link: &Link<'_>, prev: Option<Hash>) {
        let Some(state) = self.chains.get(link.chain) else { return };
        let (next, last) = (state.seq + 1, prev.unwrap_or(state.hash));
        let what = if state.ended {
            format!("comes after the end of chain {}", link.chain)
        } else if link.seq > next {
            let lack = link.seq - next;
            format!("follows {lack} missing line(s) of chain {} ({next} to {})", link.chain, link.seq - 1)
        } else if link.seq < next {
            format!(
                "stands twice or in another order: line {} of chain {}, which was at {}",
                link.seq,
                link.chain,
                next - 1
            )
        } else if prev.is_some_and(|prev| prev != state.hash) {
            format!("says otherwise what was before it: the line before it in chain {} was changed", link.chain)
        } else if seal::text(&hash(&last, link.body)) != link.hash {
            format!("was changed, or the line before it in chain {}", link.chain)
        } else {
            return;
        };
        self.fault(what);
    }

    pub(super) fn begin(&mut self, link: &Link<'_>) {
        let state = State {
            seq: link.seq,
            hash: hash_of(link.hash).unwrap_or(NOTHING),
            place: self.place,
            at: String::new(),
            node: String::new(),
            ended: false,
            covered: None,
            watched: None,
            removed: Vec::new(),
        };
        self.chains.put(link.chain, state);
    }

    /// From here on the chain is taken for what this line says, so that one fault is told once.
    fn advance(&mut self, link: &Link<'_>, line: &[u8]) {
        let place = self.place;
        let Some(state) = self.chains.get_mut(link.chain) else { return };
        let moved = state.place.file != place.file;
        if link.seq > state.seq {
            (state.seq, state.hash) = (link.seq, hash_of(link.hash).unwrap_or(NOTHING));
            state.place = place;
            at_of(line).unwrap_or_default().clone_into(&mut state.at);
        }
        if moved {
            self.chains.note(link.chain);
        }
    }

    pub fn finish(mut self) -> Report {
        self.settle(None);
        self.judge_beginnings();
        self.judge_open();
        for hash in std::mem::take(&mut self.expected) {
            self.place.line = 0;
            self.fault(format!("no line has the expected hash {hash}"));
        }
        if self.unchained > 0 {
            let note = format!(
                "{} line(s) at the beginning are older than the chains, so nothing protects them",
                self.unchained
            );
            self.report.notes.push(note);
        }
        self.report.chains = self.chains.len();
        self.report
    }

    /// What came before the first file, or is not there as a whole.
    fn judge_beginnings(&mut self) {
        let gone = |removed: &BTreeMap<String, Vec<Tail>>, tail: &Tail| {
            let of_chain = removed.get(&tail.chain).into_iter().flatten();
            of_chain.into_iter().any(|r| r.seq > tail.seq || (r.seq == tail.seq && r.hash == tail.hash))
        };
        for (place, tail) in std::mem::take(&mut self.midway) {
            if self.plan.partial {
                let note =
                    format!("chain {} begins before these files, with {} more line(s)", tail.chain, tail.seq + 1);
                self.report.notes.push(note);
            } else if !gone(&self.removed, &tail) {
                let (chain, last) = (&tail.chain, tail.seq);
                let what =
                    format!("is the first of chain {chain} here, and nothing says why lines 0 to {last} are missing");
                self.fault_at(place, what);
            }
        }
        for (place, tail) in std::mem::take(&mut self.unknown) {
            if !self.plan.partial && !gone(&self.removed, &tail) {
                let what = format!("names chain {}, of which {} line(s) are missing", tail.chain, tail.seq + 1);
                self.fault_at(place, what);
            }
        }
    }

    fn judge_open(&mut self) {
        let open = self.chains.iter().filter(|(_, state)| !state.ended).map(|(chain, state)| Open {
            node: state.node.clone(),
            at: state.at.clone(),
            uncovered: state.covered.map_or(state.seq + 1, |covered| state.seq - covered.min(state.seq)),
            tail: Tail { chain: chain.clone(), seq: state.seq, hash: seal::text(&state.hash) },
        });
        let mut open: Vec<_> = open.collect();
        open.sort_by(|a, b| a.at.cmp(&b.at));
        self.report.open = open;
    }
}
