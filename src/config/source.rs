//! The texts that a configuration was read from, and places in them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::mask;

/// A stretch of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

/// One file, or a text that stands for one.
#[derive(Debug, Clone)]
pub struct Source {
    /// As the operator named it, or as an `include` led to it.
    pub name: String,
    /// Where relative paths in it begin.
    pub folder: PathBuf,
    pub text: String,
    /// Where another file asked for this one.
    pub included: Option<Place>,
    hidden: Vec<Range<usize>>,
}

/// Everything that was read, in the order of reading; the first is the file that was asked for.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<Source>);

/// A place as people and editors count: from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    /// One past the last character, in the same line: a place over several lines ends with its first.
    pub end_column: usize,
}

impl Place {
    pub fn new(file: usize, span: Range<usize>) -> Place {
        Place { file, start: span.start, end: span.end.max(span.start) }
    }

    pub fn span(self) -> Range<usize> {
        self.start..self.end
    }
}

impl Source {
    pub fn new(name: &str, folder: &Path, text: String, included: Option<Place>) -> Source {
        Source { name: name.to_owned(), folder: folder.to_owned(), text, included, hidden: Vec::new() }
    }

    /// The text as it may be shown: what is secret, or looks so, is starred out. Offsets and columns stay as they were.
    pub fn shown(&self) -> String {
        let guessed = mask::guess(&self.text);
        mask::star_out(&self.text, self.hidden.iter().cloned().chain(guessed))
    }

    pub fn position(&self, span: Range<usize>) -> Position {
        let start = floor(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = floor(&self.text, span.end).clamp(start, line_end.max(start));
        let columns = |to: usize| self.text[line_start..to].chars().count() + 1;
        let line = self.text[..line_start].matches('\n').count() + 1;
        Position { line, column: columns(start), end_column: columns(end) }
    }
}

impl Sources {
    pub fn get(&self, place: Place) -> Option<&Source> {
        self.0.get(place.file)
    }

    pub fn position(&self, place: Place) -> Option<Position> {
        self.get(place).map(|source| source.position(place.span()))
    }

    /// `file:line:column`, for a sentence.
    pub fn describe(&self, place: Place) -> String {
        match (self.get(place), self.position(place)) {
            (Some(source), Some(at)) => format!("{}:{}:{}", source.name, at.line, at.column),
            _ => "the configuration".to_owned(),
        }
    }

    /// What stands there must never be shown.
    pub fn hide(&mut self, places: impl IntoIterator<Item = Place>) {
        for place in places {
            if let Some(source) = self.0.get_mut(place.file) {
                source.hidden.push(place.span());
            }
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.toml", Path::new("."), "a = 1\r\n名 = \"値\"\n".to_owned(), None);
        let value = source.text.find('"').expect("a quote");
        assert_eq!(source.position(value..value + 5), Position { line: 2, column: 5, end_column: 8 });
        assert_eq!(source.position(0..9_999), Position { line: 1, column: 1, end_column: 7 });
        assert_eq!(source.position(9_999..9_999), Position { line: 3, column: 1, end_column: 1 });
    }
}
