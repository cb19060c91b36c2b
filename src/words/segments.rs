//! How many SMS a text takes.

/// How a text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segments {
    pub encoding: Encoding,
    /// Septets in GSM-7, 16-bit units in UCS-2.
    pub units: usize,
    /// What the provider charges for.
    pub parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Gsm7,
    Ucs2,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Gsm7 => "GSM-7",
            Encoding::Ucs2 => "UCS-2",
        }
    }

    /// Units that fit one SMS alone, and units that each of several holds beside its header.
    fn capacity(self) -> (usize, usize) {
        match self {
            Encoding::Gsm7 => (160, 153),
            Encoding::Ucs2 => (70, 67),
        }
    }
}

impl Segments {
    /// Units that so many SMS hold.
    pub fn capacity(&self) -> usize {
        match (self.encoding.capacity(), self.parts) {
            ((single, _), 1) => single,
            ((_, part), parts) => part * parts,
        }
    }
}

/// The basic set of GSM 03.38, one septet each.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                         ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension, an escape and a septet each.
const GSM_EXTENSION: &str = "^{}\\[]~|€\u{c}";

/// Counts as providers do: GSM-7 if every character has a place there, else UCS-2 for the whole text.
pub fn segments(text: &str) -> Segments {
    let septets: Option<Vec<usize>> = text.chars().map(gsm_width).collect();
    match septets {
        Some(widths) => count(Encoding::Gsm7, &widths),
        None => count(Encoding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>()),
    }
}

/// The first character that has no place in GSM-7: because of it the whole text travels in UCS-2.
pub fn beyond_gsm(text: &str) -> Option<char> {
    text.chars().find(|c| gsm_width(*c).is_none())
}

fn gsm_width(c: char) -> Option<usize> {
    match c {
        c if GSM_BASIC.contains(c) => Some(1),
        c if GSM_EXTENSION.contains(c) => Some(2),
        _ => None,
    }
}

/// What does not fit one is cut into parts, never through one character.
fn count(encoding: Encoding, widths: &[usize]) -> Segments {
    let (single, part) = encoding.capacity();
    let units = widths.iter().sum();
    if units <= single {
        return Segments { encoding, units, parts: 1 };
    }
    let (mut parts, mut filled) = (1, 0);
    for width in widths {
        if filled + width > part {
            parts += 1;
            filled = 0;
        }
        filled += width;
    }
    Segments { encoding, units, parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_networks_do() {
        let a = |n: usize| "a".repeat(n);
        let cases = [
            (a(160), Encoding::Gsm7, 160, 1),
            (a(161), Encoding::Gsm7, 161, 2),
            (a(306), Encoding::Gsm7, 306, 2),
            (a(307), Encoding::Gsm7, 307, 3),
            ("€".repeat(80), Encoding::Gsm7, 160, 1),
            ("€".repeat(81), Encoding::Gsm7, 162, 2),
            // 306 septets, but the escape pair would straddle two parts.
            (format!("{}€{}", a(152), a(152)), Encoding::Gsm7, 306, 3),
            ("あ".repeat(70), Encoding::Ucs2, 70, 1),
            ("あ".repeat(71), Encoding::Ucs2, 71, 2),
            ("あ".repeat(134), Encoding::Ucs2, 134, 2),
            ("あ".repeat(135), Encoding::Ucs2, 135, 3),
            ("😀".repeat(35), Encoding::Ucs2, 70, 1),
            ("😀".repeat(36), Encoding::Ucs2, 72, 2),
            ("`code`".to_owned(), Encoding::Ucs2, 6, 1),
            (String::new(), Encoding::Gsm7, 0, 1),
        ];
        for (text, encoding, units, parts) in cases {
            assert_eq!(segments(&text), Segments { encoding, units, parts }, "{text:.20}…");
        }
    }

    #[test]
    fn the_character_to_blame_is_named() {
        assert_eq!(beyond_gsm("Gültig für 5 Minuten"), None);
        assert_eq!(beyond_gsm("válido por 5 minutos, código"), Some('á'));
        assert_eq!(segments(&"a".repeat(200)).capacity(), 306);
        assert_eq!(segments("あ").capacity(), 70);
    }

    #[test]
    fn the_gsm_table_is_whole() {
        // 128 places less the escape itself, and ten in the extension.
        assert_eq!((GSM_BASIC.chars().count(), GSM_EXTENSION.chars().count()), (127, 10));
    }
}
