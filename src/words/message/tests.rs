//! Every message on every channel, read as those who get it read it.

use std::collections::BTreeMap;

use super::*;
use crate::words::Texts;
use crate::words::segments::{Encoding, Segments};
use crate::words::template::{Letter, Level, Use};

fn worded(channel: Channel, locale: Locale, brand: &str, seconds: u64, host: Option<&str>, texts: &Texts) -> Wording {
    let code = Secret::new("482913".to_owned());
    let note = Note { brand, code: &code, life: Duration::from_secs(seconds), host };
    wording(channel, locale, &note, texts.general())
}

fn message(locale: Locale, brand: &str, seconds: u64, host: Option<&str>) -> String {
    worded(Channel::Sms, locale, brand, seconds, host, &Texts::default()).text.expose().clone()
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
    for locale in Locale::ALL {
        let text = message(locale, "Demo", 300, Some("records.example.jp"));
        assert!(text.starts_with("482913 ") && text.ends_with("\n\n@records.example.jp #482913"), "{text}");
    }
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
fn each_language_fits_one_sms_alone_and_two_with_the_bound_line() {
    let own_script =
        [Locale::Ja, Locale::ZhHans, Locale::ZhHant, Locale::Ko, Locale::Vi, Locale::Ar].map(|locale| (locale, ()));
    let own_script = BTreeMap::from(own_script);
    for locale in Locale::ALL {
        for seconds in [60, 120, 300, 600] {
            let alone = segments(&message(locale, "Stadtspital9", seconds, None));
            let encoding = if own_script.contains_key(&locale) { Encoding::Ucs2 } else { Encoding::Gsm7 };
            assert_eq!((alone.encoding, alone.parts), (encoding, 1), "{locale:?} takes {} units", alone.units);
            let bound = message(locale, "Stadtspital9", seconds, Some("records.clinic.example.jp"));
            assert!(bound.contains("\n\n@records") && segments(&bound).parts <= 2, "{locale:?}");
        }
    }
}

#[test]
fn an_address_or_plain_http_gets_no_bound_line() {
    for host in [None, Some("127.0.0.1"), Some("[::1]"), Some("localhost"), Some(""), Some("a b.jp"), Some("x.jp:8443")]
    {
        let text = message(Locale::En, "Demo", 300, host);
        assert!(!text.contains('@') && text.ends_with("anyone."), "{host:?} {text}");
        let mail = worded(Channel::Email, Locale::En, "Demo", 300, host, &Texts::default());
        assert!(!mail.text.expose().contains('@'), "{host:?}");
    }
}

#[test]
fn the_bound_line_never_makes_an_sms_too_long() {
    let host = format!("{}.example.jp", "a".repeat(60));
    let brand = "あ".repeat(60);
    let text = message(Locale::Ja, &brand, 300, Some(&host));
    assert!(text.contains(&host) && segments(&text).parts == 3, "{}", segments(&text).parts);
    let longer = format!("{}.{}.example.jp", "a".repeat(60), "b".repeat(60));
    let text = message(Locale::Ja, &brand, 300, Some(&longer));
    assert!(!text.contains('@') && segments(&text).parts == 2);
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
    for (seconds, said) in [(60, "دقيقة واحدة"), (120, "دقيقتين"), (300, "5 دقائق"), (600, "10 دقائق")]
    {
        assert!(message(Locale::Ar, "Demo", seconds, None).contains(said), "{seconds}");
    }
}

#[test]
fn a_call_asks_for_a_key_first_and_says_the_code_twice_digit_by_digit() {
    for locale in Locale::ALL {
        let call = worded(Channel::Voice, locale, "Demo", 300, Some("records.example.jp"), &Texts::default());
        let pause = Standard::of(locale).pause;
        let spoken = ["4", "8", "2", "9", "1", "3"].join(pause);
        assert_eq!(call.text.expose().matches(&spoken).count(), 2, "{locale:?}");
        assert!(!call.text.expose().contains("482913") && !call.text.expose().contains('@'), "{locale:?}");
        let prompt = call.prompt.expect("a prompt");
        assert!(prompt.contains("Demo") && !prompt.contains('4'), "{locale:?}: {prompt}");
        assert_eq!(call.subject, None);
    }
}

#[test]
fn a_mail_has_no_code_in_its_subject_and_the_bound_line_last() {
    for locale in Locale::ALL {
        let mail = worded(Channel::Email, locale, "Demo", 300, Some("records.example.jp"), &Texts::default());
        let subject = mail.subject.expect("a subject");
        assert!(subject.contains("Demo") && !subject.contains("482913"), "{locale:?}: {subject}");
        let text = mail.text.expose();
        assert!(
            text.starts_with("482913 ")
                && text.ends_with(".\n\n@records.example.jp #482913")
                    | text.ends_with("。\n\n@records.example.jp #482913"),
            "{text}"
        );
        assert!(text.contains('5') && !text.contains(['{', '}']), "{text}");
    }
}

#[test]
fn whatsapp_says_what_the_sms_says_and_binds_nothing() {
    for locale in Locale::ALL {
        let said = worded(Channel::Whatsapp, locale, "Demo", 300, Some("records.example.jp"), &Texts::default());
        assert_eq!(*said.text.expose(), message(locale, "Demo", 300, None));
    }
}

#[test]
fn every_text_of_ours_is_one_an_operator_could_have_written() {
    for locale in Locale::ALL {
        let ours = Standard::of(locale);
        for (text, purpose) in [
            (ours.sms, Use::Message),
            (ours.speech, Use::Speech),
            (ours.subject, Use::Subject),
            (ours.body, Use::Message),
        ] {
            let template = Template::read(text, purpose).unwrap_or_else(|flaw| panic!("{locale:?} {flaw:?}: {text}"));
            // A call has said who calls before.
            assert!(purpose == Use::Speech || template.names("brand"), "{locale:?}: {text}");
            let timed = template.names("life") || template.names("minutes");
            assert!(purpose == Use::Subject || timed, "{locale:?}: {text}");
        }
        assert!(ours.prompt.contains("{brand}") && !ours.prompt.contains("{code}"), "{locale:?}");
    }
}

#[test]
fn an_operators_words_come_in_place_of_ours() {
    let text = |text: &str, purpose| Template::read(text, purpose).expect("a text");
    let general = Level {
        sms: BTreeMap::from([
            (Locale::Ja, text("{code}（{brand}、{minutes}分）", Use::Message)),
            (Locale::En, text("{code} for {host}", Use::Message)),
        ]),
        voice: BTreeMap::from([(Locale::Ja, text("{code}。{code}。", Use::Speech))]),
        email: BTreeMap::from([(
            Locale::Ja,
            Letter { subject: None, body: Some(text("{code}\n\n{life}\n", Use::Message)) },
        )]),
        ..Level::default()
    };
    let texts = Texts::new(general, BTreeMap::new(), BTreeMap::new());
    let worded = |channel, locale| worded(channel, locale, "中央病院", 300, Some("records.example.jp"), &texts);
    let said = |channel, locale| worded(channel, locale).text.expose().clone();
    assert_eq!(said(Channel::Sms, Locale::Ja), "482913（中央病院、5分）\n\n@records.example.jp #482913");
    assert_eq!(said(Channel::Sms, Locale::En), "482913 for records.example.jp");
    assert_eq!(said(Channel::Whatsapp, Locale::Ja), "482913（中央病院、5分）");
    assert_eq!(said(Channel::Voice, Locale::Ja), "4、8、2、9、1、3。4、8、2、9、1、3。");
    assert_eq!(said(Channel::Email, Locale::Ja), "482913\n\n5 分\n\n@records.example.jp #482913");
    let subject = worded(Channel::Email, Locale::Ja).subject;
    assert_eq!(subject.as_deref(), Some("【中央病院】ワンタイムコードのお知らせ"));
}

#[test]
fn nothing_shows_the_code_by_accident() {
    let said = worded(Channel::Sms, Locale::En, "Demo", 300, None, &Texts::default());
    assert!(!format!("{said:?}").contains("482913"));
}
