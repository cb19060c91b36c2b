//! A text with one place to fill in. A text without exactly one does not compile.

use std::fmt::Display;

/// A text with `{}` in it, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    text: &'static str,
    /// Where the `{}` begins.
    at: usize,
}

impl Hole {
    /// Catalogues are `static`, so the compiler runs this, and a panic here is a compile error.
    pub const fn new(text: &'static str) -> Hole {
        let bytes = text.as_bytes();
        let mut found = None;
        let mut i = 0;
        while i + 1 < bytes.len() {
            if bytes[i] == b'{' && bytes[i + 1] == b'}' {
                assert!(found.is_none(), "the text has two holes");
                found = Some(i);
            }
            i += 1;
        }
        match found {
            Some(at) => Hole { text, at },
            None => panic!("the text has no hole"),
        }
    }

    pub fn fill(&self, value: impl Display) -> String {
        let (before, after) = self.around();
        format!("{before}{value}{after}")
    }

    /// What stands before the hole and what behind it, for a page that puts an element there.
    pub fn around(&self) -> (&'static str, &'static str) {
        let (before, rest) = self.text.split_at(self.at);
        (before, &rest[2..])
    }

    /// The text as it is written, for a script that fills it.
    pub fn text(&self) -> &'static str {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_stands_where_the_hole_was() {
        const LEFT: Hole = Hole::new("あと {} です");
        assert_eq!(LEFT.fill("2 分"), "あと 2 分 です");
        assert_eq!(Hole::new("{}").fill("{}"), "{}");
    }

    #[test]
    #[should_panic(expected = "no hole")]
    fn a_text_without_a_hole_is_noticed() {
        Hole::new("{ }");
    }

    #[test]
    #[should_panic(expected = "two holes")]
    fn a_text_with_two_holes_is_noticed() {
        Hole::new("{} of {}");
    }
}
