//! What an upstream needs although others would read it differently: each is a leave that the operator gives.

use super::PathFault;
use super::charset::Charset;

/// How the paths of one upstream, or of one route, are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowances {
    pub leave: Leave,
    /// Of what stands percent-encoded, or raw, above ASCII.
    pub charset: Charset,
    pub case: Case,
}

/// Ambiguities: those that a route lets in, or those that a path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leave {
    /// `%2F`: a separator to some, a character to others.
    pub encoded_slash: bool,
    /// `;name=value`: cut off by some, part of the name to others.
    pub path_params: bool,
    /// `//`: one separator to some, two to others.
    pub empty_segments: bool,
}

/// Whether letter case tells paths apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Case {
    #[default]
    Sensitive,
    Insensitive,
}

impl Leave {
    /// The leaves, by the names that the configuration has for them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.encoded_slash, "encoded_slash"),
            (self.path_params, "path_params"),
            (self.empty_segments, "empty_segments"),
        ];
        all.into_iter().filter_map(|(given, name)| given.then_some(name))
    }

    /// What of `self` is not given by `given`.
    pub fn without(self, given: Leave) -> Leave {
        Leave {
            encoded_slash: self.encoded_slash && !given.encoded_slash,
            path_params: self.path_params && !given.path_params,
            empty_segments: self.empty_segments && !given.empty_segments,
        }
    }

    /// What either of them gives.
    pub fn or(self, other: Leave) -> Leave {
        Leave {
            encoded_slash: self.encoded_slash || other.encoded_slash,
            path_params: self.path_params || other.path_params,
            empty_segments: self.empty_segments || other.empty_segments,
        }
    }

    /// Why a path with these ambiguities is refused where no leave is given; `None` where it has none.
    pub fn fault(self) -> Option<PathFault> {
        let all = [
            (self.encoded_slash, PathFault::EncodedSeparator),
            (self.empty_segments, PathFault::EmptySegment),
            (self.path_params, PathFault::PathParameter),
        ];
        all.into_iter().find_map(|(has, fault)| has.then_some(fault))
    }
}
