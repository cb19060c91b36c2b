//! What is known of each chain while lines are read.

use std::collections::HashMap;

use crate::telemetry::audit::chain::{Hash, Tail};

/// Where a line stands: the number of its file, the line's number from 1, and the offset of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    pub file: usize,
    pub at: u64,
    pub line: u64,
}

#[derive(Debug, Clone)]
pub struct State {
    pub seq: u64,
    pub hash: Hash,
    pub place: Place,
    /// When its last line was made.
    pub at: String,
    pub node: String,
    pub ended: bool,
    /// Up to here a signature covers it: of its own, or of a chain that names it.
    pub covered: Option<u64>,
    /// Where its last signed record stands.
    pub watched: Option<Place>,
    /// Files that it says were removed, as long as no signature covers that.
    pub removed: Vec<Tail>,
}

/// All chains that were met.
#[derive(Debug, Default)]
pub struct Chains {
    all: HashMap<String, State>,
    /// Those with a line in this file or in the one before.
    lately: Vec<String>,
}

impl Chains {
    pub fn get(&self, chain: &str) -> Option<&State> {
        self.all.get(chain)
    }

    pub fn get_mut(&mut self, chain: &str) -> Option<&mut State> {
        self.all.get_mut(chain)
    }

    pub fn put(&mut self, chain: &str, state: State) {
        self.all.insert(chain.to_owned(), state);
        self.note(chain);
    }

    /// The chain has its first line in this file.
    pub fn note(&mut self, chain: &str) {
        if !self.lately.iter().any(|c| c == chain) {
            self.lately.push(chain.to_owned());
        }
    }

    /// Another file begins.
    pub fn turn(&mut self, file: usize) {
        let all = &self.all;
        self.lately.retain(|chain| all.get(chain).is_some_and(|state| state.place.file + 1 >= file));
    }

    /// Chains other than `own` whose last line stands behind `place`.
    pub fn since<'a>(&'a self, place: Place, own: &'a str) -> impl Iterator<Item = (&'a String, &'a State)> {
        let lately = self.lately.iter().filter(move |chain| *chain != own);
        lately.filter_map(|chain| self.all.get_key_value(chain)).filter(move |(_, state)| state.place > place)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &State)> {
        self.all.iter()
    }
}
