//! The routes in their order, and which of them decides on a request, whatever its path can be read as.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::path::allow::{Allowances, Case, Leave};
use super::super::path::charset::Charset;
use super::super::path::fold::View;
use super::super::path::{CanonicalPath, PathFault, RequestPath};
use super::super::pattern::PathPattern;
use super::index::Index;
use super::{Facts, Need, Route};

/// Up to so many routes are looked at one after the other, which is faster then than any index.
const FEW: usize = 8;

/// All routes, in the order of the configuration.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    rows: Vec<Row>,
    /// Where there are many.
    indices: Option<Box<Indices>>,
    /// Those that routes have, but for UTF-8; each once.
    charsets: Vec<Charset>,
    folds: bool,
    /// What some route gives leave for.
    leave: Leave,
}

/// A route, and its pattern in every view that some route of the table needs.
#[derive(Debug, Clone)]
struct Row {
    route: Arc<Route>,
    seen: Vec<(View, PathPattern)>,
}

/// The same rows, to be found.
#[derive(Debug, Clone)]
struct Indices {
    /// Those that mind letter case, by their patterns as they are, and those that do not.
    exact: Index,
    lower: Index,
    /// All, in each view that some route needs.
    seen: Vec<(View, Index)>,
}

/// The route that decides.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    pub route: &'a Arc<Route>,
    /// As this route's upstream reads it.
    pub path: Cow<'a, CanonicalPath>,
    /// What the route gave leave for.
    pub leave: Leave,
    /// The character set that the path is written in, where it is not UTF-8.
    pub charset: Option<Charset>,
}

impl RouteTable {
    pub fn new(routes: Vec<Arc<Route>>) -> RouteTable {
        let folds = routes.iter().any(|route| route.allow.case == Case::Insensitive);
        let leave = routes.iter().fold(Leave::default(), |all, route| all.or(route.allow.leave));
        let (mut charsets, mut bytes): (Vec<Charset>, Vec<View>) = Default::default();
        for Allowances { charset, case, .. } in routes.iter().map(|route| route.allow) {
            if charset != Charset::UTF8 && !charsets.contains(&charset) {
                charsets.push(charset);
            }
            if charset != Charset::UTF8 && !bytes.contains(&View::Bytes(charset, case)) {
                bytes.push(View::Bytes(charset, case));
            }
        }
        let folded: &[View] = if folds { &[View::Ascii, View::Wide] } else { &[] };
        let views: Vec<View> = folded.iter().copied().chain(bytes).collect();
        let row = |route: Arc<Route>| {
            let seen = views.iter().map(|view| (*view, route.path.seen(*view))).collect();
            Row { route, seen }
        };
        let rows: Vec<Row> = routes.into_iter().map(row).collect();
        let indices = (rows.len() > FEW).then(|| Box::new(Indices::new(&rows, &views)));
        RouteTable { rows, indices, charsets, folds, leave }
    }

    /// Why a path with these ambiguities can meet no route, whatever its readings are. Costs next to nothing, unlike they.
    pub fn forbids(&self, leave: Leave) -> Option<PathFault> {
        leave.without(self.leave).fault()
    }

    pub fn routes(&self) -> impl ExactSizeIterator<Item = &Arc<Route>> {
        self.rows.iter().map(|row| &row.route)
    }

    /// The first route that matches; no route means refused. A path that has several readings needs leave for each
    /// ambiguity, and every reading has to meet the same route.
    pub fn find<'a>(&'a self, facts: &Facts<'a>) -> Result<Option<Hit<'a>>, PathFault> {
        let path = facts.path;
        if path.is_plain() && (self.charsets.is_empty() || path.is_ascii()) {
            let hit = |at: usize| Hit {
                route: &self.rows[at].route,
                path: Cow::Borrowed(path.first()),
                leave: Leave::default(),
                charset: None,
            };
            return Ok(self.decide(facts, path.first())?.map(hit));
        }
        let Some((at, charset)) = self.candidate(facts)? else {
            return path.leave().fault().map_or(Ok(None), Err);
        };
        let route = &self.rows[at].route;
        let leave = path.leave();
        if let Some(fault) = leave.without(route.allow.leave).fault() {
            return Err(fault);
        }
        let mut readings = path.readings(charset)?;
        if charset != Charset::UTF8 && path.not_utf8().is_none() {
            readings.extend(path.readings(Charset::UTF8)?);
        }
        for reading in &readings {
            if self.decide(facts, reading)? != Some(at) {
                return Err(PathFault::Divided);
            }
        }
        if charset != Charset::UTF8 {
            let view = View::Bytes(charset, route.allow.case);
            let meets = |reading: CanonicalPath| match route.allow.case {
                Case::Sensitive => self.first_seen(facts, &reading, view),
                Case::Insensitive => self.first_seen(facts, &reading.seen(View::Ascii)?, view),
            };
            if path.bytewise()?.into_iter().any(|reading| meets(reading) != Some(at)) {
                return Err(PathFault::Divided);
            }
        }
        let charset = Some(charset).filter(|charset| *charset != Charset::UTF8 && !path.is_ascii());
        Ok(Some(Hit { route, path: Cow::Owned(readings.swap_remove(0)), leave, charset }))
    }

    /// Each reading that counts, with the route that it meets by itself. For who explains a [`PathFault`].
    pub fn each_reading(&self, facts: &Facts<'_>) -> Vec<(CanonicalPath, Option<&Arc<Route>>)> {
        let charset = self.candidate(facts).ok().flatten().map_or(Charset::UTF8, |(_, charset)| charset);
        let mut readings = facts.path.readings(charset).unwrap_or_default();
        if charset != Charset::UTF8 && facts.path.not_utf8().is_none() {
            readings.extend(facts.path.readings(Charset::UTF8).unwrap_or_default());
        }
        let route = |reading: &CanonicalPath| self.first(facts, reading).map(|at| &self.rows[at].route);
        readings.into_iter().map(|reading| (reading.clone(), route(&reading))).collect()
    }

    /// The route that the first reading meets, in that route's own character set.
    fn candidate(&self, facts: &Facts<'_>) -> Result<Option<(usize, Charset)>, PathFault> {
        let path = facts.path;
        let Some(fault) = path.not_utf8() else {
            let Some(at) = self.decide(facts, path.first())? else { return Ok(None) };
            let charset = self.rows[at].route.allow.charset;
            return Ok(Some((at, if path.is_ascii() { Charset::UTF8 } else { charset })));
        };
        let mut found = None;
        let mut why = fault;
        for &charset in &self.charsets {
            let first = match path.readings(charset) {
                Ok(readings) => readings,
                Err(fault) => {
                    why = fault;
                    continue;
                }
            };
            let Some(at) = self.decide(facts, &first[0])?.filter(|at| self.rows[*at].route.allow.charset == charset)
            else {
                continue;
            };
            if found.replace((at, charset)).is_some_and(|(before, _)| before != at) {
                return Err(PathFault::Divided);
            }
        }
        // Whoever wrote in the wrong character set is told of that of the route that they meant.
        let meant = self.first(facts, path.first()).map(|at| self.rows[at].route.allow.charset);
        found.map(Some).ok_or(if meant.is_some_and(|charset| charset != Charset::UTF8) { why } else { fault })
    }

    /// The route that this reading meets. Where the upstream of that route takes several spellings for one, all of them
    /// have to meet it; a `deny` that one of them meets decides.
    fn decide(&self, facts: &Facts<'_>, reading: &CanonicalPath) -> Result<Option<usize>, PathFault> {
        let Some(at) = self.first(facts, reading) else { return Ok(None) };
        if self.rows[at].route.allow.case == Case::Sensitive {
            return Ok(Some(at));
        }
        for view in [View::Ascii, View::Wide] {
            let seen = reading.seen(view).ok_or(PathFault::Spelling)?;
            match self.first_seen(facts, &seen, view) {
                Some(other) if other == at => {}
                Some(other) if self.rows[other].route.need == Need::Deny => return Ok(Some(other)),
                _ => return Err(PathFault::Spelling),
            }
        }
        Ok(Some(at))
    }

    /// The first route that the reading matches as the route itself compares.
    fn first(&self, facts: &Facts<'_>, reading: &CanonicalPath) -> Option<usize> {
        let lower = if self.folds { reading.seen(View::Ascii) } else { None };
        let Some(indices) = &self.indices else {
            return self.rows.iter().position(|row| match (row.route.allow.case, &lower) {
                (Case::Insensitive, Some(lower)) => row.matches(facts, lower, View::Ascii),
                _ => row.matches(facts, reading, View::Exact),
            });
        };
        let exact = indices.exact.first(facts, reading, |at| &self.rows[at].route);
        let lower = lower.and_then(|lower| indices.lower.first(facts, &lower, |at| &self.rows[at].route));
        exact.into_iter().chain(lower).min()
    }

    /// `seen` is in that view already.
    fn first_seen(&self, facts: &Facts<'_>, seen: &CanonicalPath, view: View) -> Option<usize> {
        let Some(indices) = &self.indices else {
            return self.rows.iter().position(|row| row.matches(facts, seen, view));
        };
        let (_, index) = indices.seen.iter().find(|(known, _)| *known == view)?;
        index.first(facts, seen, |at| &self.rows[at].route)
    }
}

impl Indices {
    fn new(rows: &[Row], views: &[View]) -> Indices {
        let all = || rows.iter().enumerate();
        let of = |view: View, only: Option<Case>| {
            let wanted = all().filter(|(_, row)| only.is_none_or(|case| row.route.allow.case == case));
            Index::new(wanted.filter_map(|(at, row)| Some((at, row.route.as_ref(), row.pattern(view)?))))
        };
        Indices {
            exact: of(View::Exact, Some(Case::Sensitive)),
            lower: of(View::Ascii, Some(Case::Insensitive)),
            seen: views.iter().map(|view| (*view, of(*view, None))).collect(),
        }
    }
}

impl Row {
    fn matches(&self, facts: &Facts<'_>, reading: &CanonicalPath, view: View) -> bool {
        self.pattern(view).is_some_and(|pattern| pattern.matches(reading)) && self.route.fits(facts)
    }

    fn pattern(&self, view: View) -> Option<&PathPattern> {
        match view {
            View::Exact => Some(&self.route.path),
            view => self.seen.iter().find(|(seen, _)| *seen == view).map(|(_, pattern)| pattern),
        }
    }
}

/// For who shows how a table decides.
impl Route {
    /// Whether the path matches by itself, in its first reading.
    pub fn matches_path(&self, path: &RequestPath) -> bool {
        match self.view() {
            View::Exact => self.path.matches(path.first()),
            view => path.first().seen(view).is_some_and(|seen| self.path.seen(view).matches(&seen)),
        }
    }
}

#[cfg(test)]
mod tests;
