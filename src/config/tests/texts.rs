//! What messages say instead of our own words: found where it counts, and told about where it is wrong.

use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::secret::Secret;
use crate::words::message::{Note, wording};

use super::*;

/// [`BASE`] with lines before the scope.
fn with(lines: &str) -> String {
    edited("[scope.records]", &format!("{lines}\n[scope.records]"))
}

fn hold(cases: &[(&str, &str, Option<&str>)]) {
    for (lines, expected, nearest) in cases {
        let loaded = loaded(&with(lines));
        assert_eq!(told(&loaded), [*expected], "{lines}\n{}", render::human(&loaded, false));
        assert_eq!(loaded.diagnostics[0].nearest.as_deref(), *nearest, "{lines}");
    }
}

#[test]
fn a_text_that_cannot_be_used_is_told_at_its_place() {
    let cases = [
        ("[text.sms]\nja = \"{cod}\"", "E106 16:6", Some("code")),
        ("[text.sms]\nja = \"{code} {brnd}\"", "E106 16:6", Some("brand")),
        ("[text.sms]\nja = \"{code} {xyz}\"", "E106 16:6", None),
        ("[text.sms]\nja = \"code\"", "E106 16:6", None),
        ("[text.sms]\nja = \"{code\"", "E106 16:6", None),
        ("[text.sms]\nja = \"{code}\\u0007\"", "E106 16:6", None),
        ("[text.sms]\nja = \"\"", "E106 16:6", None),
        ("[text.sms]\nja = 5", "E105 16:6", None),
        ("[text.sms]\njp = \"{code}\"", "E103 16:1", Some("ja")),
        ("[text.sms]\nzh-TW = \"{code}\"", "E103 16:1", Some("zh-Hant")),
        ("[text.sms]\npt = \"{code}\"", "E103 16:1", Some("pt-BR")),
        ("[text.sms]\ntlhingan = \"{code}\"", "E103 16:1", None),
        ("[text.voice]\nen = \"{code}\\n\"", "E106 16:6", None),
        ("[text.mail]\nen = \"{code}\"", "E103 15:7", Some("email")),
        ("[text.email]\nen = \"{code}\"", "E105 16:6", None),
        ("[text.email]\nen = { subject = \"{code}\" }", "E106 16:18", None),
        ("[text.email]\nen = { subjekt = \"Code\" }", "E103 16:8", Some("subject")),
        ("[text.email.en]\nbody = \"code\"", "E106 16:8", None),
        ("[scope.records.text.sms]\nja = \"code\"", "E106 16:6", None),
        ("[text.sms]\nen = \"{code} {host}\"", "E108 16:6", None),
    ];
    hold(&cases);
}

#[test]
fn what_a_text_costs_is_told() {
    let long = format!("{{code}} {}", "a".repeat(154));
    let four = format!("{{code}} {}", "a".repeat(460));
    hold(&[
        (&format!("[text.sms]\nen = \"{long}\""), "W220 16:6", None),
        (&format!("[text.sms]\nen = \"{four}\""), "E107 16:6", None),
        (&format!("[text.sms]\nes = \"{{code}} es su código. {}\"", "a".repeat(60)), "W220 16:6", None),
    ]);
    let accent = loaded(&with(&format!("[text.sms]\nes = \"{{code}} es su código. {}\"", "a".repeat(60))));
    let shown = render::human(&accent, false);
    assert!(shown.contains("`es` takes 2 SMS") && shown.contains("81 characters in UCS-2, because of `ó`"), "{shown}");
    let fits = format!("[text.sms]\nen = \"{{code}} {}\"", "a".repeat(153));
    assert_eq!(told(&loaded(&with(&fits))), Vec::<String>::new());
    // A call, a mail and WhatsApp are not counted in SMS.
    for channel in ["voice", "whatsapp"] {
        let provider = format!("[[{channel}.provider]]\nkind = \"console\"\n");
        let lines = format!("[text.{channel}]\nen = \"{four}\"\n{provider}");
        assert_eq!(told(&loaded(&with(&lines))), Vec::<String>::new());
    }
}

#[test]
fn the_nearest_text_is_sent() {
    let text = with(
        "[text.sms]\nja = \"一般 {code}\"\nen = \"general {code}\"\n\
         [text.email]\nja = { subject = \"件名\", body = \"\"\"\n{code}\n{minutes}分\"\"\" }\n\
         [text.voice]\nja = \"番号は {code}\"",
    );
    let text = text.replace("max_age = \"8h\"", "max_age = \"8h\"\ntext.sms.ja = \"範囲 {code}\"");
    let text = format!("{text}name = \"ward\"\n[route.text.sms]\nja = \"経路 {{code}}\"\n");
    let config = config(&text);
    let code = Secret::new("482913".to_owned());
    let note = Note { brand: "Demo", code: &code, life: std::time::Duration::from_secs(300), host: None };
    let said = |channel, locale, scope, route| {
        wording(channel, locale, &note, config.delivery.texts.of(scope, route)).text.expose().clone()
    };
    assert_eq!(said(Channel::Sms, Locale::Ja, "records", Some("ward")), "経路 482913");
    assert_eq!(said(Channel::Sms, Locale::Ja, "records", None), "範囲 482913");
    assert_eq!(said(Channel::Sms, Locale::Ja, "bills", Some("desk")), "一般 482913");
    assert_eq!(said(Channel::Sms, Locale::En, "records", Some("ward")), "general 482913");
    assert_eq!(said(Channel::Voice, Locale::Ja, "records", None), "番号は 4、8、2、9、1、3");
    assert_eq!(said(Channel::Email, Locale::Ja, "records", None), "482913\n5分");
}

#[test]
fn where_no_code_is_asked_for_a_text_does_nothing() {
    let open = edited("require = \"otp\"\nscope = \"records\"", "require = \"open\"\ntext.sms.en = \"{code}\"");
    assert!(told(&loaded(&open)).contains(&"E108 24:1".to_owned()), "{:?}", told(&loaded(&open)));
}

#[test]
fn a_text_that_nobody_hands_over_is_told() {
    let voice = "[text.voice]\nen = \"{code}\"";
    hold(&[
        (voice, "W201 15:7", None),
        ("[text.email.en]\nsubject = \"Code\"", "W201 15:7", None),
        ("[scope.records.text.whatsapp]\nen = \"{code}\"", "W201 15:21", None),
    ]);
    let spoken = format!("{voice}\n[[voice.provider]]\nkind = \"console\"\n");
    assert_eq!(told(&loaded(&with(&spoken))), Vec::<String>::new());
    let chat = edited("[[sms.provider]]", "[[whatsapp.provider]]");
    let chat = chat.replace("[scope.records]", "[text.sms]\nen = \"{code}\"\n[scope.records]");
    assert_eq!(told(&loaded(&chat)), Vec::<String>::new(), "WhatsApp says what an SMS would");
}
