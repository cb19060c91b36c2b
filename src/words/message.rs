//! The text of a message with a code, and how many SMS it takes.

use std::time::Duration;

use crate::domain::code::Code;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;

/// What a message says.
#[derive(Debug, Clone)]
pub struct Note<'a> {
    /// Who sends.
    pub brand: &'a str,
    pub code: &'a Code,
    /// How long the code still holds.
    pub life: Duration,
    /// The host that the code belongs to, where people meet it over https.
    pub host: Option<&'a str>,
}

/// The message: the code first (it is what a lock screen shows), how long it holds, a warning, and last the line that
/// binds the code to our host, so that a browser fills it in there and nowhere else (WICG origin-bound one-time codes:
/// one space, nothing after it, no final newline).
pub fn text(locale: Locale, note: &Note<'_>) -> Secret<String> {
    let Note { brand, code, .. } = note;
    let (code, minutes) = (code.expose(), minutes(note.life));
    let plural = if minutes == 1 { "" } else { "s" };
    let mut text = match locale {
        Locale::En => {
            format!("{code} is your {brand} code. Valid for {minutes} minute{plural}. Never tell anyone.")
        }
        _ => format!("{code} が{brand}の確認コードです。{minutes}分間有効。誰にも教えないでください。"),
    };
    if let Some(host) = note.host.filter(|host| is_dns_name(host)) {
        text.push_str(&format!("\n\n@{host} #{code}"));
    }
    Secret::new(text)
}

/// Whole minutes, not more than are left, but at least one. Ten seconds are let pass: the time in the queue does not turn
/// five minutes into four.
fn minutes(life: Duration) -> u64 {
    ((life.as_secs() + 10) / 60).max(1)
}

/// Whether a host can stand in an origin-bound line: a name with a domain, not an address, without a port.
pub fn is_dns_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    match host.rsplit_once('.') {
        Some((_, top)) => {
            host.len() <= 253 && host.split('.').all(is_label) && top.bytes().any(|b| b.is_ascii_alphabetic())
        }
        None => false,
    }
}

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

/// The basic set of GSM 03.38, one septet each.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                         ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension, an escape and a septet each.
const GSM_EXTENSION: &str = "^{}\\[]~|€\u{c}";

/// Counts as providers do: GSM-7 if every character has a place there, else UCS-2 for the whole text.
pub fn segments(text: &str) -> Segments {
    let septets: Option<Vec<usize>> = text.chars().map(gsm_width).collect();
    match septets {
        Some(widths) => count(Encoding::Gsm7, &widths, 160, 153),
        None => count(Encoding::Ucs2, &text.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

fn gsm_width(c: char) -> Option<usize> {
    match c {
        c if GSM_BASIC.contains(c) => Some(1),
        c if GSM_EXTENSION.contains(c) => Some(2),
        _ => None,
    }
}

/// `single` units fit alone; more are cut into parts of `part` units, never through one character.
fn count(encoding: Encoding, widths: &[usize], single: usize, part: usize) -> Segments {
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

    fn message(locale: Locale, brand: &str, seconds: u64, host: Option<&str>) -> String {
        let code = Secret::new("482913".to_owned());
        text(locale, &Note { brand, code: &code, life: Duration::from_secs(seconds), host }).expose().clone()
    }

    #[test]
    fn the_code_comes_first_and_the_bound_line_last() {
        assert_eq!(
            message(Locale::En, "Chuo Hospital", 300, Some("records.example.jp")),
            "482913 is your Chuo Hospital code. Valid for 5 minutes. Never tell anyone.\n\n@records.example.jp #482913"
        );
        assert_eq!(
            message(Locale::Ja, "中央病院", 300, Some("records.example.jp")),
            "482913 が中央病院の確認コードです。5分間有効。誰にも教えないでください。\n\n@records.example.jp #482913"
        );
    }

    #[test]
    fn each_language_fits_one_sms_for_a_short_brand_and_host() {
        let host = Some("records.example.jp");
        let japanese = segments(&message(Locale::Ja, "中央病院", 300, host));
        assert_eq!(japanese, Segments { encoding: Encoding::Ucs2, units: 69, parts: 1 });
        assert_eq!(segments(&message(Locale::Ja, "中央病院", 600, host)).units, 70);
        let english = segments(&message(Locale::En, "Chuo Hospital", 600, host));
        assert_eq!(english, Segments { encoding: Encoding::Gsm7, units: 104, parts: 1 });
    }

    #[test]
    fn an_address_or_plain_http_gets_no_bound_line() {
        for host in
            [None, Some("127.0.0.1"), Some("[::1]"), Some("localhost"), Some(""), Some("a b.jp"), Some("x.jp:8443")]
        {
            let text = message(Locale::En, "Demo", 300, host);
            assert!(!text.contains('@') && text.ends_with("anyone."), "{host:?} {text}");
        }
    }

    #[test]
    fn a_message_never_promises_more_minutes_than_are_left() {
        for (seconds, said) in [
            (300, "5 minutes"),
            (295, "5 minutes"),
            (289, "4 minutes"),
            (200, "3 minutes"),
            (61, "1 minute."),
            (20, "1 minute."),
        ] {
            assert!(message(Locale::En, "Demo", seconds, None).contains(&format!("for {said}")), "{seconds}");
        }
    }

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
    fn the_gsm_table_is_whole() {
        // 128 places less the escape itself, and ten in the extension.
        assert_eq!((GSM_BASIC.chars().count(), GSM_EXTENSION.chars().count()), (127, 10));
    }
}
