//! What every catalogue owes, whichever its language.

use std::collections::BTreeSet;

use crate::domain::locale::Locale;

use super::Page;
use super::count::Category::{self, Few, Many, One, Other, Two, Zero};

/// Every text of a catalogue: all that its `Debug` shows between quotation marks.
fn texts(page: &Page) -> Vec<String> {
    let shown = format!("{page:?}");
    let mut texts = Vec::new();
    let mut rest = shown.as_str();
    while let Some(begin) = rest.find('"') {
        let end = rest[begin + 1..].find('"').expect("a closing mark");
        let text = unescaped(&rest[begin + 1..begin + 1 + end]);
        assert!(!text.contains('\\'), "a straight quotation mark or a control character: {text}");
        texts.push(text);
        rest = &rest[begin + 2 + end..];
    }
    texts
}

/// `Debug` writes marks above and below letters as `\u{64b}`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, after) = part.split_once('}').expect("an escape ends");
        whole.extend(u32::from_str_radix(hex, 16).ok().and_then(char::from_u32).filter(|c| !c.is_control()));
        whole.push_str(after);
    }
    whole
}

#[test]
fn every_text_says_something_and_is_clean() {
    for locale in Locale::ALL {
        let all = texts(Page::of(locale));
        assert!(all.len() > 140, "{locale:?} has {}", all.len());
        for text in all {
            assert!(text.chars().any(char::is_alphabetic), "{locale:?}: {text:?}");
            assert!(text.trim() == text && !text.contains("  "), "{locale:?}: {text:?}");
            assert!(!text.contains('\''), "a typewriter's apostrophe in {locale:?}: {text}");
            let holes = text.matches("{}").count();
            assert!(holes <= 1 && !text.replace("{}", "").contains(['{', '}']), "{locale:?}: {text}");
        }
    }
}

#[test]
fn nothing_is_left_in_english() {
    // Words that are the same in both, and names.
    const SHARED: &[&str] = &[
        "{} (SMS)",
        "{} (WhatsApp)",
        "{} (e-mail)",
        "Status",
        "Continue",
        "Error: {}",
        "{} minute",
        "{} minutes",
        "Passkey",
    ];
    let english: BTreeSet<String> = texts(Page::of(Locale::En)).into_iter().collect();
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::En) {
        let own: BTreeSet<String> = texts(Page::of(locale)).into_iter().collect();
        let left: Vec<_> = own.intersection(&english).filter(|text| !SHARED.contains(&text.as_str())).collect();
        assert!(left.is_empty(), "{locale:?}: {left:?}");
    }
}

/// Whether a character belongs to the script that a language has to itself; `None` for those that write in Latin letters.
fn own_script(locale: Locale) -> Option<fn(char) -> bool> {
    match locale {
        Locale::Ja => Some(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')),
        Locale::ZhHans | Locale::ZhHant => Some(|c| matches!(c, '\u{4e00}'..='\u{9fff}')),
        Locale::Ko => Some(|c| matches!(c, '\u{ac00}'..='\u{d7a3}')),
        Locale::Ar => Some(|c| matches!(c, '\u{600}'..='\u{6ff}')),
        Locale::En | Locale::Es | Locale::Fr | Locale::De | Locale::PtBr | Locale::Vi => None,
    }
}

#[test]
fn every_text_is_in_the_script_of_its_language() {
    for locale in Locale::ALL {
        for text in texts(Page::of(locale)) {
            // A name and its brackets say nothing of the language.
            let bare = text.replace("WhatsApp", "").replace("SMS", "");
            if let Some(own) = own_script(locale).filter(|_| bare.chars().any(char::is_alphabetic)) {
                assert!(text.chars().any(own), "{locale:?}: {text}");
            }
            let foreign =
                Locale::ALL.into_iter().filter_map(|l| own_script(l).filter(|_| own_script(locale).is_none()));
            for is_foreign in foreign {
                assert!(!text.chars().any(is_foreign), "{locale:?}: {text}");
            }
        }
    }
}

#[test]
fn simplified_and_traditional_characters_are_kept_apart() {
    const SIMPLIFIED: &str = "验证码发请输错误试过页网账号关闭读听说开务时间这们个会为从无";
    const TRADITIONAL: &str = "驗證碼發請輸錯誤試過頁網帳號關閉讀聽說開務時間這們個會為從無";
    for (locale, foreign) in
        [(Locale::ZhHans, TRADITIONAL), (Locale::ZhHant, SIMPLIFIED), (Locale::Ja, "验证码发请输错误试页这们")]
    {
        for text in texts(Page::of(locale)) {
            let strays: Vec<char> = text.chars().filter(|c| foreign.contains(*c)).collect();
            assert!(strays.is_empty(), "{locale:?}: {strays:?} in {text}");
        }
    }
}

/// Languages that count alike, and the categories of some numbers.
type Table = (&'static [Locale], &'static [(u64, Category)]);

/// CLDR 48, `supplemental/plurals.xml`, type cardinal, for whole numbers.
const PLURALS: &[Table] = &[
    (
        &[Locale::Ja, Locale::ZhHans, Locale::ZhHant, Locale::Ko, Locale::Vi],
        &[(0, Other), (1, Other), (2, Other), (5, Other), (11, Other), (1_000_000, Other)],
    ),
    (&[Locale::En, Locale::De], &[(0, Other), (1, One), (2, Other), (11, Other), (101, Other), (1_000_000, Other)]),
    (&[Locale::Es], &[(0, Other), (1, One), (2, Other), (21, Other), (1_000_000, Many), (2_000_000, Many)]),
    (
        &[Locale::Fr, Locale::PtBr],
        &[(0, One), (1, One), (2, Other), (17, Other), (1_000_000, Many), (1_000_001, Other)],
    ),
    (
        &[Locale::Ar],
        &[
            (0, Zero),
            (1, One),
            (2, Two),
            (3, Few),
            (10, Few),
            (11, Many),
            (26, Many),
            (99, Many),
            (100, Other),
            (102, Other),
            (103, Few),
            (110, Few),
            (111, Many),
            (200, Other),
        ],
    ),
];

#[test]
fn numbers_take_the_forms_that_cldr_gives_them() {
    for locale in Locale::ALL {
        let (_, table) = PLURALS.iter().find(|(locales, _)| locales.contains(&locale)).expect("a table");
        let page = Page::of(locale);
        for counted in [page.spans.seconds, page.spans.minutes, page.spans.hours, page.me.days, page.no.wrong_code.left]
        {
            for (n, category) in *table {
                assert_eq!(counted.rule().category(*n), *category, "{locale:?} {n}");
            }
            let forms: Vec<_> = counted.forms().map(|(name, _)| name).collect();
            let expected: &[&str] = match locale {
                Locale::Ar => &["one", "two", "few", "many", "other"],
                Locale::Ja | Locale::ZhHans | Locale::ZhHant | Locale::Ko | Locale::Vi => &["other"],
                _ => &["one", "other"],
            };
            assert_eq!(forms, expected, "{locale:?}");
            for (name, text) in counted.forms() {
                let says_it_in_words = locale == Locale::Ar && matches!(name, "one" | "two");
                assert_eq!(text.contains("{}"), !says_it_in_words, "{locale:?} {name}: {text}");
            }
        }
    }
}

#[test]
fn waits_and_tries_read_as_people_say_them() {
    let wait = |locale, seconds| Page::of(locale).spans.wait(seconds);
    for (locale, seconds, said) in [
        (Locale::De, 1, "1 Sekunde"),
        (Locale::De, 120, "2 Minuten"),
        (Locale::Fr, 0, "0 seconde"),
        (Locale::Fr, 120, "2 minutes"),
        (Locale::Es, 60, "60 segundos"),
        (Locale::PtBr, 7200, "2 horas"),
        (Locale::Ko, 300, "5분"),
        (Locale::Vi, 300, "5 phút"),
        (Locale::ZhHans, 300, "5 分钟"),
        (Locale::ZhHant, 300, "5 分鐘"),
        (Locale::Ar, 1, "ثانية واحدة"),
        (Locale::Ar, 2, "ثانيتين"),
        (Locale::Ar, 9, "9 ثوانٍ"),
        (Locale::Ar, 30, "30 ثانية"),
        (Locale::Ar, 120, "دقيقتين"),
        (Locale::Ar, 600, "10 دقائق"),
        (Locale::Ar, 900, "15 دقيقة"),
        (Locale::Ar, 24 * 3600, "24 ساعة"),
    ] {
        assert_eq!(wait(locale, seconds), said, "{locale:?}");
    }
    let tries = |locale, left| Page::of(locale).no.wrong_code.left(left);
    assert!(tries(Locale::Ar, 2).ends_with("بقيت محاولتان."));
    assert!(tries(Locale::Ar, 4).ends_with("بقيت 4 محاولات."));
    assert!(tries(Locale::Es, 1).ends_with("Queda 1 intento."));
    assert!(tries(Locale::De, 4).ends_with("Es sind noch 4 Versuche übrig."));
    for locale in Locale::ALL {
        assert_eq!(tries(locale, 0), Page::of(locale).no.wrong_code.none);
    }
}
