//! Who makes a channel's codes.

use super::*;

const MAKER: &str = "kind = \"vonage-verify\"\napi_key = \"abcd1234\"\napi_secret = \"secret\"\nbrand = \"Hospital\"";

#[test]
fn a_provider_that_makes_codes_is_there_by_itself_and_by_word() {
    let made = edited("kind = \"console\"", MAKER).replace("[sms]", "[sms]\ncodes = \"provider\"");
    assert!(told(&loaded(&made)).is_empty());
    let found = loaded(&made.replace("codes = \"provider\"\n", ""));
    assert_eq!(told(&found)[0], "E108 12:1", "without the word");
    assert!(found.diagnostics[0].help.as_deref().is_some_and(|help| help.contains("codes = \"provider\"")));
    let two = made.replace("[[sms.provider]]", "[[sms.provider]]\nkind = \"console\"\n[[sms.provider]]");
    assert_eq!(
        told(&loaded(&two))[..2],
        ["E108 13:1", "E108 15:1"],
        "neither beside another nor with one that makes none"
    );
    let twice = format!("{MAKER}\n[[sms.provider]]\nname = \"second\"\n{MAKER}");
    assert!(told(&loaded(&made.replace(MAKER, &twice))).contains(&"E108 18:1".to_owned()), "a second one");
}

#[test]
fn the_word_alone_makes_no_codes() {
    assert_eq!(told(&loaded(&edited("[sms]", "[sms]\ncodes = \"provider\""))), ["E108 13:1"]);
    let none = edited("[[sms.provider]]\nkind = \"console\"\n", "").replace("[sms]", "[sms]\ncodes = \"provider\"");
    assert!(told(&loaded(&none)).contains(&"E108 10:9".to_owned()));
    let found = loaded(&edited("[sms]", "[sms]\ncodes = \"porvider\""));
    assert_eq!(
        (told(&found), found.diagnostics[0].nearest.as_deref()),
        (vec!["E106 10:9".to_owned()], Some("provider"))
    );
}

#[test]
fn other_channels_have_the_word_too() {
    let voice = format!("[voice]\ncodes = \"provider\"\n[[voice.provider]]\n{MAKER}\n\n[scope.records]");
    assert!(told(&loaded(&edited("[scope.records]", &voice))).is_empty());
    assert_eq!(told(&loaded(&edited("[scope.records]", &voice.replace("codes = \"provider\"\n", ""))))[0], "E108 16:1");
}

#[test]
fn codes_of_providers_are_digits() {
    let made = edited("kind = \"console\"", MAKER).replace("[sms]", "[sms]\ncodes = \"provider\"");
    let letters = format!("{made}\n[challenge]\nalphabet = \"alphanumeric\"\n");
    assert!(told(&loaded(&letters)).iter().any(|told| told.starts_with("E108")));
    assert!(!told(&loaded(&letters.replace("alphanumeric", "numeric"))).iter().any(|told| told.starts_with('E')));
}

#[test]
fn what_a_maker_cannot_be_made_of_is_told_at_its_key() {
    let twilio = "kind = \"twilio-verify\"\naccount = \"AC1\"\ntoken = \"secret\"\nservice = \"VA1\"";
    let made = edited("kind = \"console\"", twilio).replace("[sms]", "[sms]\ncodes = \"provider\"");
    assert!(told(&loaded(&made)).contains(&"E106 15:11".to_owned()), "{:?}", told(&loaded(&made)));
}

#[test]
fn a_name_alone_and_tries_that_the_vendor_counts_do_not_go_together() {
    let made = edited("kind = \"console\"", MAKER).replace("[sms]", "[sms]\ncodes = \"provider\"");
    let names = made.replace("phone_region = \"JP\"", "phone_region = \"JP\"\npassword = false");
    assert_eq!(told(&loaded(&names)), ["W204 8:12", "W212 11:9"]);
    assert_eq!(told(&loaded(&names.replace("= false", "= true"))), Vec::<String>::new());
}
