//! Path patterns of routes: `/records/**`, `/patients/{id}`, `/app/*.html`.

use std::collections::BTreeMap;

use super::path::CanonicalPath;
use super::path::fold::View;

/// A pattern, taken apart once.
///
/// `*` stands for any characters within one segment, `{name}` for one whole segment that is remembered, `**` (last
/// segment only) for any number of segments, none included: `/records/**` covers `/records`, `/records/` and all below.
/// A trailing slash does not matter, because applications treat both spellings alike. Letter case does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    parts: Vec<Part>,
    open_end: bool,
}

/// What stands for one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Glob(Vec<String>),
    Named(String),
}

impl PathPattern {
    /// Reads a pattern; the error says what to write instead.
    pub fn parse(text: &str) -> Result<PathPattern, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("a path pattern begins with a slash, as in \"/records/**\"".to_owned());
        };
        if text.contains('?') || text.contains('#') {
            return Err("a path pattern has no query or fragment".to_owned());
        }
        let mut segments: Vec<&str> = rest.split('/').collect();
        let open_end = segments.last() == Some(&"**");
        if open_end || segments.last() == Some(&"") {
            segments.pop();
        }
        let parts = segments.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        Ok(PathPattern { text: text.to_owned(), parts, open_end })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What its segments are, but for a `**`.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether it ends in `**`.
    pub(super) fn is_open(&self) -> bool {
        self.open_end
    }

    /// The pattern as paths in this view are compared with.
    pub fn seen(&self, view: View) -> PathPattern {
        let parts = self.parts.iter().flat_map(|part| part.seen(view)).collect();
        PathPattern { text: self.text.clone(), parts, open_end: self.open_end }
    }

    pub fn matches(&self, path: &CanonicalPath) -> bool {
        let mut segments = path.segments();
        for part in &self.parts {
            match segments.next() {
                Some(segment) if part.covers(segment) => {}
                _ => return false,
            }
        }
        self.open_end || segments.next().is_none()
    }

    /// What the `{name}` segments held; empty when the path does not match from the beginning. Words are compared in
    /// `view`, which this pattern is [`seen`](Self::seen) in; what was held stays as it was sent.
    pub fn capture(&self, path: &CanonicalPath, view: View) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let covers = |part: &Part, segment: &str| match view {
            View::Exact => part.covers(segment),
            view => view.of(segment).is_some_and(|segment| part.covers(&segment)),
        };
        for (part, segment) in self.parts.iter().zip(path.segments()) {
            match part {
                Part::Named(name) => {
                    found.insert(name.clone(), segment.to_owned());
                }
                part if !covers(part, segment) => return BTreeMap::new(),
                _ => {}
            }
        }
        found
    }

    /// Like [`Self::matches`], but whatever lies below also counts: what an `object` pattern means.
    pub fn capture_prefix(&self, path: &CanonicalPath, view: View) -> Option<BTreeMap<String, String>> {
        let segments = path.segments().count();
        (segments >= self.parts.len()).then(|| self.capture(path, view)).filter(|found| !found.is_empty())
    }

    /// Whether every path that `other` matches is matched by this one too. May say no where the truth is yes (two
    /// globs), never the other way.
    pub fn covers(&self, other: &PathPattern) -> bool {
        let longer = other.parts.len() >= self.parts.len();
        let heads = self.parts.iter().zip(&other.parts).all(|(mine, theirs)| mine.covers_part(theirs));
        let tails = self.open_end || (!other.open_end && other.parts.len() == self.parts.len());
        longer && heads && tails
    }
}

fn part(segment: &str) -> Result<Part, String> {
    if segment.is_empty() {
        return Err("a path pattern has no empty segment".to_owned());
    }
    if segment.bytes().all(|b| b == b'.') {
        return Err("no request ever has a dot segment, so this matches nothing".to_owned());
    }
    if has_escape(segment) {
        return Err("a path pattern is written as people read it, without percent-encoding".to_owned());
    }
    if segment.contains("**") {
        return Err("`**` stands alone as the last segment, as in \"/records/**\"".to_owned());
    }
    if let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        return if plain {
            Ok(Part::Named(name.to_owned()))
        } else {
            Err("a name in braces has letters, digits and underscores".to_owned())
        };
    }
    if segment.contains(['{', '}']) {
        return Err("`{name}` stands for a whole segment".to_owned());
    }
    Ok(Part::of_words(segment))
}

fn has_escape(segment: &str) -> bool {
    segment.as_bytes().windows(3).any(|w| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit())
}

/// Stands where nothing of a pattern is left in a view; no path has it.
const NOTHING: &str = "\0";

impl Part {
    /// More than one where the view takes a character apart.
    fn seen(&self, view: View) -> Vec<Part> {
        let nothing = || NOTHING.to_owned();
        let text = match self {
            Part::Named(_) => return vec![self.clone()],
            Part::Literal(text) => view.of(text).unwrap_or_else(nothing),
            Part::Glob(pieces) => {
                let seen: Vec<String> =
                    pieces.iter().map(|piece| view.of_piece(piece).unwrap_or_else(nothing)).collect();
                match view {
                    View::Bytes(..) => seen.join("*"),
                    _ => return vec![Part::Glob(seen)],
                }
            }
        };
        match view {
            View::Bytes(..) => text.split('\\').filter(|word| !word.is_empty()).map(Part::of_words).collect(),
            _ => vec![Part::Literal(text)],
        }
    }

    fn of_words(words: &str) -> Part {
        match words.contains('*') {
            true => Part::Glob(words.split('*').map(str::to_owned).collect()),
            false => Part::Literal(words.to_owned()),
        }
    }

    pub(super) fn covers(&self, segment: &str) -> bool {
        match self {
            Part::Literal(text) => text == segment,
            Part::Named(_) => true,
            Part::Glob(pieces) => glob(pieces, segment),
        }
    }

    fn covers_part(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Named(_), _) => true,
            (Part::Glob(pieces), _) if pieces.iter().all(String::is_empty) => true,
            (_, Part::Literal(text)) => self.covers(text),
            (mine, theirs) => mine == theirs,
        }
    }
}

/// Matches pieces around `*`: the first is a prefix, the last a suffix, those between come in order. Linear in the
/// segment, because taking the first place where a middle piece fits never spoils a later one.
fn glob(pieces: &[String], segment: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = segment.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::path::RequestPath;
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = RequestPath::read(path.as_bytes()).expect("canonical");
        PathPattern::parse(pattern).expect("pattern").matches(path.first())
    }

    #[test]
    fn patterns_cover_what_they_say() {
        for (pattern, path, expected) in [
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("/records/**", "/records", true),
            ("/records/**", "/records/", true),
            ("/records/**", "/records/1/2", true),
            ("/records/**", "/recordsx", false),
            ("/records", "/records/", true),
            ("/records", "/records/1", false),
            ("/patients/{id}", "/patients/4711", true),
            ("/patients/{id}", "/patients", false),
            ("/patients/{id}", "/patients/4711/x", false),
            ("/app/*.html", "/app/explorer.html", true),
            ("/app/*.html", "/app/x.html/y", false),
            ("/a*b*c", "/axbxc", true),
            ("/a*b*c", "/abc", true),
            ("/a*b*c", "/acb", false),
            ("/a*a", "/a", false),
            ("/Admin", "/admin", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn bad_patterns_say_what_to_write() {
        for bad in ["records", "/a/**/b", "/a//b", "/x**", "/{a b}", "/x{id}", "/a?b", "/../x", "/a/.", "/a%2fb"] {
            assert!(PathPattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_record_is_captured_below_its_page_too() {
        let pattern = PathPattern::parse("/patients/{id}").expect("pattern");
        let captured = |path: &str| {
            let path = RequestPath::read(path.as_bytes()).expect("canonical");
            pattern.capture_prefix(path.first(), View::Exact).and_then(|m| m.get("id").cloned())
        };
        assert_eq!(captured("/patients/4711").as_deref(), Some("4711"));
        assert_eq!(captured("/patients/4711/studies").as_deref(), Some("4711"));
        assert_eq!(captured("/patients"), None);
        assert_eq!(captured("/studies/4711"), None);
    }

    #[test]
    fn a_wider_pattern_shadows_a_narrower_one() {
        let covers = |wide: &str, narrow: &str| {
            PathPattern::parse(wide).expect("wide").covers(&PathPattern::parse(narrow).expect("narrow"))
        };
        assert!(covers("/**", "/anything/{id}"));
        assert!(covers("/a/**", "/a/b/**"));
        assert!(covers("/a/{id}", "/a/b"));
        assert!(covers("/a/*", "/a/b*"));
        assert!(!covers("/a/b", "/a/**"));
        assert!(!covers("/a/{id}", "/a/**"));
        assert!(!covers("/b/**", "/a/b"));
    }
}
