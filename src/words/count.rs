//! Numbers in a sentence: which form of it a language wants.

use super::Hole;

/// The plural categories of CLDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

/// How a language sorts whole numbers into categories (CLDR, `plurals.xml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Japanese, Chinese, Korean, Vietnamese: a number changes nothing.
    Same,
    /// English, German.
    OneAlone,
    /// Spanish, which has a form of its own for whole millions.
    OneAndMillions,
    /// French and Portuguese: none is told like one.
    NoneLikeOne,
    Arabic,
}

impl Rule {
    pub fn category(self, n: u64) -> Category {
        let millions = n != 0 && n.is_multiple_of(1_000_000);
        match (self, n) {
            (Rule::OneAlone | Rule::OneAndMillions | Rule::NoneLikeOne | Rule::Arabic, 1) => Category::One,
            (Rule::NoneLikeOne, 0) => Category::One,
            (Rule::OneAndMillions | Rule::NoneLikeOne, _) if millions => Category::Many,
            (Rule::Arabic, 0) => Category::Zero,
            (Rule::Arabic, 2) => Category::Two,
            (Rule::Arabic, _) if (3..=10).contains(&(n % 100)) => Category::Few,
            (Rule::Arabic, _) if (11..=99).contains(&(n % 100)) => Category::Many,
            _ => Category::Other,
        }
    }
}

/// A text with a number in it, in every form that its language has. A form that says the number in a word of its own has
/// no hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    rule: Rule,
    one: Option<&'static str>,
    two: Option<&'static str>,
    few: Option<&'static str>,
    many: Option<&'static str>,
    other: Hole,
}

impl Counted {
    /// One form for all numbers.
    pub const fn same(other: &'static str) -> Counted {
        Counted { rule: Rule::Same, one: None, two: None, few: None, many: None, other: Hole::new(other) }
    }

    /// A form for one, and one for all others.
    pub const fn pair(rule: Rule, one: &'static str, other: &'static str) -> Counted {
        Counted { one: Some(one), rule, ..Counted::same(other) }
    }

    /// For Arabic: one, two, three to ten, eleven to ninety-nine, and round hundreds.
    pub const fn arabic(
        one: &'static str,
        two: &'static str,
        few: &'static str,
        many: &'static str,
        other: &'static str,
    ) -> Counted {
        let (one, two, few, many) = (Some(one), Some(two), Some(few), Some(many));
        Counted { rule: Rule::Arabic, one, two, few, many, other: Hole::new(other) }
    }

    pub fn rule(&self) -> Rule {
        self.rule
    }

    pub fn fill(&self, n: u64) -> String {
        let own = match self.rule.category(n) {
            Category::One => self.one,
            Category::Two => self.two,
            Category::Few => self.few,
            Category::Many => self.many,
            Category::Zero | Category::Other => None,
        };
        match own {
            Some(text) => text.replacen("{}", &n.to_string(), 1),
            None => self.other.fill(n),
        }
    }

    /// Each form under its category's name, as a script's `Intl.PluralRules` calls it.
    pub fn forms(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = [("one", self.one), ("two", self.two), ("few", self.few), ("many", self.many)];
        let own = own.into_iter().filter_map(|(name, text)| text.map(|text| (name, text)));
        own.chain([("other", self.other.text())])
    }
}
