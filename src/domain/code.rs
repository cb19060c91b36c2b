//! The one-time code: how it is drawn, and how what a person types is read.

use unicode_normalization::UnicodeNormalization;

use super::secret::Secret;

/// Digits only, or digits and letters without those that look alike (0/O, 1/I/L, 2/Z, 5/S, 8/B).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    Numeric,
    Alphanumeric,
}

impl Alphabet {
    fn symbols(self) -> &'static [u8] {
        match self {
            Alphabet::Numeric => b"0123456789",
            Alphabet::Alphanumeric => b"34679ACDEFGHJKMNPQRTUVWXY",
        }
    }
}

/// What a code looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeShape {
    pub alphabet: Alphabet,
    /// 4 to 10 characters; `config` checks it.
    pub length: usize,
}

/// A code in clear. It exists while a message is on its way, and is never stored or logged.
pub type Code = Secret<String>;

impl CodeShape {
    /// Draws a code from `fill`, the OS random source, without bias: bytes past the last whole multiple of the
    /// alphabet are thrown away and drawn again.
    pub fn draw(self, mut fill: impl FnMut(&mut [u8])) -> Code {
        let symbols = self.alphabet.symbols();
        let fair = 256 - 256 % symbols.len();
        let mut code = String::with_capacity(self.length);
        let mut pool = [0u8; 32];
        while code.len() < self.length {
            fill(&mut pool);
            let fair_bytes = pool.iter().filter(|b| usize::from(**b) < fair);
            code.extend(
                fair_bytes.take(self.length - code.len()).map(|b| char::from(symbols[usize::from(*b) % symbols.len()])),
            );
        }
        Secret::new(code)
    }

    /// A code to show what messages look like. It opens nothing.
    pub fn sample(self) -> Code {
        let whole = match self.alphabet {
            Alphabet::Numeric => "4829137560",
            Alphabet::Alphanumeric => "7HKX4MQR9T",
        };
        Secret::new(whole.chars().take(self.length).collect())
    }

    /// Reads an entry: NFKC (full-width digits become digits), Arabic and Persian digits as well, spaces and hyphens dropped, letters upper-cased.
    /// `None` when what is left has not the shape of a code, which costs no try.
    pub fn read(self, entry: &str) -> Option<Code> {
        // A code is at most 10 characters; 64 leave room for any spacing and bound the work.
        if entry.chars().count() > 64 {
            return None;
        }
        let kept: String = entry
            .nfkc()
            .filter(|c| !c.is_whitespace() && !is_dash(*c) && !is_invisible(*c))
            .flat_map(char::to_uppercase)
            .map(western_digit)
            .collect();
        let shaped = kept.len() == self.length && kept.bytes().all(|b| self.alphabet.symbols().contains(&b));
        shaped.then(|| Secret::new(kept))
    }
}

/// The digits of an Arabic or a Persian keyboard, which are no compatibility form of these.
fn western_digit(c: char) -> char {
    let digit = match c {
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        _ => return c,
    };
    char::from_digit(digit, 10).unwrap_or(c)
}

/// Hyphens, dashes and the marks that a Japanese keyboard puts in their place.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff70}' | '\u{fe63}')
}

/// Zero-width and direction marks that come along when a code is copied out of a message.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIX: CodeShape = CodeShape { alphabet: Alphabet::Numeric, length: 6 };

    #[test]
    fn people_type_a_code_in_many_ways() {
        for typed in [
            "482913",
            "４８２９１３",
            "482 913",
            " 482-913\n",
            "482　913",
            "４８２ー９１３",
            "\u{200e}482913",
            "٤٨٢٩١٣",
            "۴۸۲۹۱۳",
        ] {
            let read = SIX.read(typed);
            assert_eq!(read.map(|c| c.expose().clone()).as_deref(), Some("482913"), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_malformed() {
        let long = "1".repeat(100_000);
        for typed in ["", "48291", "4829133", "48291a", "４８２９１", "482.913", long.as_str()] {
            assert!(SIX.read(typed).is_none());
        }
    }

    #[test]
    fn letters_may_be_typed_small() {
        let shape = CodeShape { alphabet: Alphabet::Alphanumeric, length: 8 };
        assert_eq!(shape.read("acdf-3467").map(|c| c.expose().clone()).as_deref(), Some("ACDF3467"));
    }

    #[test]
    fn every_symbol_comes_up_equally_often() {
        // All 256 byte values in turn: exactly 250 are fair for ten digits, 25 for each.
        let mut next = 0u8;
        let mut counts = [0usize; 10];
        for _ in 0..2500 / 10 {
            let code = CodeShape { alphabet: Alphabet::Numeric, length: 10 }.draw(|pool| {
                for byte in pool {
                    *byte = next;
                    next = next.wrapping_add(1);
                }
            });
            for digit in code.expose().bytes() {
                counts[usize::from(digit - b'0')] += 1;
            }
        }
        let (low, high) = (counts.iter().min().copied(), counts.iter().max().copied());
        assert!(high.zip(low).is_some_and(|(h, l)| h - l < 60), "{counts:?}");
    }
}
