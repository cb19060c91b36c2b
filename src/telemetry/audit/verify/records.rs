//! Judges signed records: whether they are genuine, and whether what they know of other chains is there.

use crate::gate::seal;
use crate::telemetry::audit::chain::{Hash, Link, NOTHING, Tail, hash, hash_of, signed};
use crate::telemetry::audit::record::{Kind, Record};
use crate::telemetry::audit::sheet::LOOK_BACK;

use super::chains::{Place, State};
use super::judge::Judge;

impl Judge<'_> {
    pub(super) fn record(&mut self, link: &Link<'_>, record: &Record) {
        let (start, place) = (record.kind == Kind::Start, self.place);
        let prev = if start { Some(NOTHING) } else { record.prev.as_deref().and_then(hash_of) };
        let genuine = self.is_genuine(link, record, prev);
        self.settle(record.torn.as_ref().filter(|_| genuine));
        let known = self.chains.get(link.chain).is_some();
        match prev {
            Some(last) if !known => {
                if seal::text(&hash(&last, link.body)) != link.hash {
                    self.fault("was changed".to_owned());
                }
                if start != (link.seq == 0) {
                    self.fault(format!("is no first line of chain {}", link.chain));
                } else if !start {
                    let tail = Tail { chain: link.chain.to_owned(), seq: link.seq - 1, hash: seal::text(&last) };
                    self.midway.push((place, tail));
                }
                self.begin(link);
            }
            Some(_) if start => self.fault(format!("begins chain {} a second time", link.chain)),
            _ => self.follow(link, prev),
        }
        if genuine {
            self.others(link, record);
        }
        self.cover(link, record, genuine);
    }

    fn is_genuine(&mut self, link: &Link<'_>, record: &Record, prev: Option<Hash>) -> bool {
        let Some((head, signature)) = link.signature else { return false };
        if !self.plan.keys.knows(&record.key) {
            if self.strange_keys.insert(record.key.clone()) {
                let key = &record.key;
                self.fault(format!(
                    "is signed with key {key}, which is not known here; give it with --key {key}:PUBLIC"
                ));
            }
            return false;
        }
        let genuine = prev.is_some_and(|prev| self.plan.keys.holds(&record.key, &signed(&prev, head), signature));
        if !genuine {
            self.fault(format!("was not signed with key {}", record.key));
        }
        genuine
    }

    fn cover(&mut self, link: &Link<'_>, record: &Record, genuine: bool) {
        let place = self.place;
        let Some(state) = self.chains.get_mut(link.chain) else { return };
        let moved = state.place.file != place.file;
        if link.seq >= state.seq {
            (state.seq, state.hash) = (link.seq, hash_of(link.hash).unwrap_or(NOTHING));
            (state.place, state.watched) = (place, Some(place));
            record.at.clone_into(&mut state.at);
        }
        if let Some(node) = &record.node {
            node.clone_into(&mut state.node);
        }
        if genuine {
            state.ended |= record.kind == Kind::End;
            state.covered = Some(link.seq);
            for tail in state.removed.drain(..) {
                self.removed.entry(tail.chain.clone()).or_default().push(tail);
            }
        }
        if moved {
            self.chains.note(link.chain);
        }
    }

    /// A record names the last line of every chain that wrote since the record before: no fewer and no more lines are there.
    fn others(&mut self, link: &Link<'_>, record: &Record) {
        for tail in &record.previous {
            let what = match self.chains.get_mut(&tail.chain) {
                None => {
                    self.unknown.push((self.place, tail.clone()));
                    continue;
                }
                Some(state) if state.seq < tail.seq => {
                    let (chain, lack) = (&tail.chain, tail.seq - state.seq);
                    format!("knows {lack} more line(s) of chain {chain} than there are (up to {})", tail.seq)
                }
                Some(state) if state.seq == tail.seq && seal::text(&state.hash) != tail.hash => {
                    format!("knows another last line ({}) of chain {} than there is", tail.seq, tail.chain)
                }
                Some(state) => {
                    state.covered = state.covered.max(Some(tail.seq));
                    continue;
                }
            };
            self.fault(what);
        }
        let Some(since) = self.watched(link, record) else { return };
        let named = |chain: &str, seq| record.previous.iter().any(|tail| tail.chain == chain && tail.seq == seq);
        let unnamed: Vec<_> = self.chains.since(since, link.chain).filter(|(c, s)| !named(c, s.seq)).collect();
        let told: Vec<_> = unnamed
            .iter()
            .map(|(chain, state)| {
                (state.place, format!("was put in later: the record at {} does not know it", self.shown(chain, state)))
            })
            .collect();
        told.into_iter().for_each(|(place, what)| self.fault_at(place, what));
    }

    fn shown(&self, chain: &str, state: &State) -> String {
        let file = self.files.get(self.place.file).map(|f| f.display().to_string()).unwrap_or_default();
        format!("{file}:{} (line {} of chain {chain})", self.place.line, state.seq)
    }

    /// From where on a record knows every line; `None` where it need not.
    fn watched(&self, link: &Link<'_>, record: &Record) -> Option<Place> {
        if record.kind != Kind::Start {
            let watched = self.chains.get(link.chain)?.watched?;
            // It may have missed a file in between that others began and put aside.
            return Some(watched).filter(|watched| watched.file + 1 >= self.place.file);
        }
        // The line break before it is its own where it found half a line.
        let end = self.place.at.saturating_sub(u64::from(record.torn.is_some()));
        if end > 0 {
            return Some(looked_back(self.place.file, end));
        }
        let file = self.place.file.checked_sub(1)?;
        (!record.previous.is_empty()).then(|| looked_back(file, self.before))
    }
}

/// The place behind which whoever began a chain at `end` looked at every line.
fn looked_back(file: usize, end: u64) -> Place {
    let at = end.saturating_sub(LOOK_BACK);
    // A line that begins at the very first byte was taken for the rest of one, unless the file begins there.
    Place { file, at, line: if at > 0 { u64::MAX } else { 0 } }
}
