//! A text cut into the parts in which a phone network carries it (3GPP TS 23.038, TS 23.040).

/// The basic set of GSM 03.38 at the places where it stands; the place of the escape holds nothing.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE: u8 = 0x1b;
/// What stands behind an escape.
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

/// How characters become octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// GSM 03.38, one septet an octet.
    Gsm,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16, most significant octet first.
    Ucs2,
}

impl Alphabet {
    /// Octets of a message in one part, and of each of several, whose header takes the rest.
    fn room(self) -> (usize, usize) {
        match self {
            Alphabet::Gsm => (160, 153),
            Alphabet::Latin1 => (140, 134),
            Alphabet::Ucs2 => (140, 134),
        }
    }

    fn encode(self, c: char) -> Option<Vec<u8>> {
        match self {
            Alphabet::Gsm => match EXTENSION.iter().find(|(known, _)| *known == c) {
                Some((_, octet)) => Some(vec![ESCAPE, *octet]),
                None => {
                    let place = BASIC.chars().position(|known| known == c && c != '\0')?;
                    u8::try_from(place).ok().map(|octet| vec![octet])
                }
            },
            Alphabet::Latin1 => u8::try_from(c).ok().map(|octet| vec![octet]),
            Alphabet::Ucs2 => {
                let mut units = [0; 2];
                Some(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect())
            }
        }
    }
}

/// A text in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub alphabet: Alphabet,
    pub parts: Vec<Part>,
}

/// What one part carries, in octets and as it reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    pub octets: Vec<u8>,
    pub text: String,
}

/// Cuts a text: in `narrow` where all of it can be written so, else in UCS-2. No character is cut.
pub fn split(text: &str, narrow: Alphabet) -> Split {
    match cut(text, narrow) {
        Some(parts) => Split { alphabet: narrow, parts },
        None => Split { alphabet: Alphabet::Ucs2, parts: cut(text, Alphabet::Ucs2).unwrap_or_default() },
    }
}

fn cut(text: &str, alphabet: Alphabet) -> Option<Vec<Part>> {
    let (alone, among) = alphabet.room();
    let letters: Vec<(char, Vec<u8>)> = text.chars().map(|c| Some((c, alphabet.encode(c)?))).collect::<Option<_>>()?;
    let whole: usize = letters.iter().map(|(_, octets)| octets.len()).sum();
    let room = if whole <= alone { alone } else { among };
    let mut parts = vec![Part::default()];
    for (c, octets) in letters {
        if parts.last().is_some_and(|part| part.octets.len() + octets.len() > room) {
            parts.push(Part::default());
        }
        if let Some(part) = parts.last_mut() {
            part.octets.extend_from_slice(&octets);
            part.text.push(c);
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str) -> Vec<usize> {
        split(text, Alphabet::Gsm).parts.iter().map(|part| part.octets.len()).collect()
    }

    #[test]
    fn parts_are_cut_where_phones_expect_it() {
        let long = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        for (text, expected) in [
            ("a".repeat(160), vec![160]),
            ("a".repeat(161), vec![153, 8]),
            ("a".repeat(306), vec![153, 153]),
            ("a".repeat(307), vec![153, 153, 1]),
            ("€".repeat(80), vec![160]),
            ("€".repeat(81), vec![152, 10]),
            (long, vec![152, 153, 1]),
            ("あ".repeat(70), vec![140]),
            ("あ".repeat(71), vec![134, 8]),
            ("あ".repeat(135), vec![134, 134, 2]),
            ("😀".repeat(35), vec![140]),
            ("😀".repeat(36), vec![132, 12]),
            (String::new(), vec![0]),
        ] {
            assert_eq!(sizes(&text), expected, "{text}");
        }
    }

    #[test]
    fn octets_are_those_of_the_alphabet() {
        let one = |text: &str, narrow| split(text, narrow).parts[0].octets.clone();
        assert_eq!(one("@£é_{€à", Alphabet::Gsm), [0, 1, 5, 0x11, 0x1b, 0x28, 0x1b, 0x65, 0x7f]);
        assert_eq!(one("A a\n¿", Alphabet::Gsm), [0x41, 0x20, 0x61, 0x0a, 0x60]);
        assert_eq!(one("é", Alphabet::Latin1), [0xe9]);
        assert_eq!(one("あ", Alphabet::Gsm), [0x30, 0x42]);
        for text in ["`code`", "ç", "“x”", "\u{1b}", "\0"] {
            assert_eq!(split(text, Alphabet::Gsm).alphabet, Alphabet::Ucs2, "{text}");
        }
    }

    #[test]
    fn nothing_is_lost_between_parts() {
        let text = "48€[あ😀".repeat(60);
        let split = split(&text, Alphabet::Gsm);
        assert_eq!(split.parts.iter().map(|part| part.text.as_str()).collect::<String>(), text);
    }
}
