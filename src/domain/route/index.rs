//! Finds the first route of ten thousand about as fast as the only one.
//!
//! ```text
//! host ─┬─ named by routes ───┐        segment by segment: words, `{name}`, globs
//!       ├─ `*.` and its end ──┼─▶ tree ─────────────────────────────────────────▶ places that the path matches
//!       └─ any ───────────────┘        a branch without an earlier place is never entered
//! ```
//!
//! What it finds is the first route in the order of the table whose pattern matches and that fits, as a look at one after
//! the other would: the tests of the table hold both against each other.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;

use super::super::path::CanonicalPath;
use super::super::pattern::{Part, PathPattern};
use super::{Facts, Route};

/// Keys come from the configuration, so nobody can choose them to collide; without a seed, every run takes the same steps.
type Map<T> = HashMap<Box<str>, T, BuildHasherDefault<DefaultHasher>>;

/// Places in a table, by host and path.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// Of routes that name no host.
    any: Tree,
    named: Map<Tree>,
    /// By what follows `*.`.
    below: Map<Tree>,
}

/// Patterns that begin alike share their begin. The first node is the root.
#[derive(Debug, Clone, Default)]
struct Tree(Vec<Node>);

/// A begin of patterns.
#[derive(Debug, Clone)]
struct Node {
    /// The earliest place in here and below.
    least: usize,
    /// Of patterns that end here, in order; and those that end in `**`.
    ends: Vec<usize>,
    opens: Vec<usize>,
    words: Map<usize>,
    /// Behind `{name}`.
    anything: Option<usize>,
    globs: Vec<(Part, usize)>,
}

impl Index {
    /// Routes by their places, each with its pattern in the view that paths will be in. Places have to rise.
    pub fn new<'a>(rows: impl Iterator<Item = (usize, &'a Route, &'a PathPattern)>) -> Index {
        let mut index = Index::default();
        for (place, route, pattern) in rows {
            if route.hosts.is_empty() {
                index.any.add(place, pattern);
            }
            for host in &route.hosts {
                let tree = match host.strip_prefix("*.") {
                    Some(end) => index.below.entry(end.into()).or_default(),
                    None => index.named.entry(host.as_str().into()).or_default(),
                };
                tree.add(place, pattern);
            }
        }
        index
    }

    /// The first place whose pattern matches, and whose route, which `at` gives, takes method and client.
    pub fn first<'r>(&self, facts: &Facts<'_>, path: &CanonicalPath, at: impl Fn(usize) -> &'r Route) -> Option<usize> {
        let takes = |place: usize| {
            let route = at(place);
            route.matches_method(facts.method) && route.matches_client(facts.client)
        };
        let mut best = usize::MAX;
        let rest = segments(path);
        self.any.search(rest, &takes, &mut best);
        if let Some(tree) = self.named.get(facts.host) {
            tree.search(rest, &takes, &mut best);
        }
        if !self.below.is_empty() {
            // Something has to stand before the dot.
            for (dot, _) in facts.host.match_indices('.').filter(|(dot, _)| *dot > 0) {
                if let Some(tree) = self.below.get(&facts.host[dot + 1..]) {
                    tree.search(rest, &takes, &mut best);
                }
            }
        }
        Some(best).filter(|best| *best != usize::MAX)
    }
}

/// The segments as [`CanonicalPath::segments`] has them, joined by slashes; `None` where there is none.
fn segments(path: &CanonicalPath) -> Option<&str> {
    let inner = &path.as_str()[1..];
    Some(inner.strip_suffix('/').unwrap_or(inner)).filter(|inner| !inner.is_empty())
}

impl Tree {
    fn add(&mut self, place: usize, pattern: &PathPattern) {
        if self.0.is_empty() {
            self.0.push(Node::new(place));
        }
        let mut at = 0;
        for part in pattern.parts() {
            at = self.below(at, part).unwrap_or_else(|| self.grow(at, part, place));
        }
        let node = &mut self.0[at];
        // A route may name a host twice.
        let places = if pattern.is_open() { &mut node.opens } else { &mut node.ends };
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    fn below(&self, at: usize, part: &Part) -> Option<usize> {
        let node = &self.0[at];
        match part {
            Part::Literal(word) => node.words.get(word.as_str()).copied(),
            Part::Named(_) => node.anything,
            Part::Glob(_) => node.globs.iter().find(|(known, _)| known == part).map(|(_, below)| *below),
        }
    }

    fn grow(&mut self, at: usize, part: &Part, place: usize) -> usize {
        let below = self.0.len();
        self.0.push(Node::new(place));
        let node = &mut self.0[at];
        match part {
            Part::Literal(word) => drop(node.words.insert(word.as_str().into(), below)),
            Part::Named(_) => node.anything = Some(below),
            Part::Glob(_) => node.globs.push((part.clone(), below)),
        }
        below
    }

    fn search(&self, rest: Option<&str>, takes: &impl Fn(usize) -> bool, best: &mut usize) {
        if !self.0.is_empty() {
            self.visit(0, rest, takes, best);
        }
    }

    /// Looks for an earlier place than the best. Each node is entered at most once: there is one way to it.
    fn visit(&self, at: usize, rest: Option<&str>, takes: &impl Fn(usize) -> bool, best: &mut usize) {
        let node = &self.0[at];
        if node.least >= *best {
            return;
        }
        let mut look = |places: &[usize]| {
            let earlier = places.iter().take_while(|place| **place < *best);
            if let Some(place) = earlier.copied().find(|place| takes(*place)) {
                *best = place;
            }
        };
        look(&node.opens);
        let Some(rest) = rest else { return look(&node.ends) };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        if !node.words.is_empty()
            && let Some(below) = node.words.get(segment)
        {
            self.visit(*below, rest, takes, best);
        }
        if let Some(below) = node.anything {
            self.visit(below, rest, takes, best);
        }
        for (glob, below) in &node.globs {
            if self.0[*below].least < *best && glob.covers(segment) {
                self.visit(*below, rest, takes, best);
            }
        }
    }
}

impl Node {
    /// Begun for this place; later ones are later.
    fn new(place: usize) -> Node {
        Node {
            least: place,
            ends: Vec::new(),
            opens: Vec::new(),
            words: Map::default(),
            anything: None,
            globs: Vec::new(),
        }
    }
}
