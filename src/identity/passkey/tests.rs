//! Which sites can have passkeys, and what is no answer.

use super::*;

fn site() -> SiteKeys {
    SiteKeys::new("https://records.example.jp:8443", "Records").expect("a site")
}

fn owner() -> KeyOwner {
    KeyOwner { handle: [7; 16], login: "alice".to_owned(), name: "Alice".to_owned() }
}

#[test]
fn only_a_site_that_browsers_make_passkeys_for_has_any() {
    for good in ["https://records.example.jp", "https://r.example:8443", "http://localhost:8080", "https://localhost"] {
        assert_eq!(site_of(good).err(), None, "{good}");
    }
    for (bad, why) in [
        ("https://192.0.2.1", NoPasskeys::Address),
        ("https://[2001:db8::1]:8443", NoPasskeys::Address),
        ("http://127.0.0.1:8080", NoPasskeys::Address),
        ("http://records.example.jp", NoPasskeys::Unencrypted),
        ("records", NoPasskeys::NoSite),
    ] {
        assert_eq!(SiteKeys::new(bad, "Records").err(), Some(why), "{bad}");
    }
}

#[test]
fn a_new_key_is_asked_for_with_verification_and_without_attestation() {
    let question = site().ask_new(&owner(), &[]).expect("a question");
    let options: serde_json::Value = serde_json::from_str(&question.options).expect("JSON");
    let key = &options["publicKey"];
    assert_eq!(key["rp"]["id"], "records.example.jp");
    assert_eq!(key["rp"]["name"], "Records");
    assert_eq!(key["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(key["attestation"], "none");
    assert_eq!(key["timeout"], 300_000);
    let again = site().ask_new(&owner(), &[]).expect("a question");
    assert_ne!(question.options, again.options, "something new each time");
}

#[test]
fn what_no_authenticator_writes_is_malformed_and_a_broken_record_is_nobodys_answer() {
    let question = site().ask_new(&owner(), &[]).expect("a question");
    for answer in ["", "{}", "[]", "null", r#"{"id":"x"}"#] {
        assert_eq!(site().take_new(&question.state, answer), Err(KeyFault::Malformed), "{answer}");
    }
    assert!(matches!(site().take_new("{}", "{}"), Err(KeyFault::Broken(_))));
    let broken = Passkey {
        id: "a".to_owned(),
        label: String::new(),
        credential: "{}".to_owned(),
        added: crate::domain::time::Wall::EPOCH,
        used: None,
    };
    assert!(matches!(site().ask(&[broken]), Err(KeyFault::Broken(_))));
}
