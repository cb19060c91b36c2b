//! Who may ask for decisions.

use super::*;

/// [`BASE`] with this in `[decision]`.
fn with(lines: &str) -> String {
    format!("{BASE}\n[decision]\n{lines}")
}

#[test]
fn nobody_may_ask_as_long_as_nobody_is_named() {
    assert!(config(BASE).proxy.decision.is_none());
}

#[test]
fn named_callers_may_ask_with_the_secret() {
    let decision = config(&with("callers = [\"127.0.0.1\", \"10.1.2.3/8\"]\nsecret = \"between us\""));
    let decision = decision.proxy.decision.expect("there is one");
    let callers: Vec<_> = decision.callers.iter().map(ToString::to_string).collect();
    assert_eq!(callers, ["127.0.0.1/32", "10.0.0.0/8"]);
    assert_eq!(decision.secret.expose(), "between us");
    assert!(!format!("{decision:?}").contains("between us"));
}

#[test]
fn both_are_required() {
    assert_eq!(told(&loaded(&with(""))), ["E104 26:1", "E104 26:1"]);
    assert_eq!(told(&loaded(&with("secret = \"s\""))), ["E104 26:1"]);
    assert_eq!(told(&loaded(&with("callers = [\"127.0.0.1\"]"))), ["E104 26:1"]);
    assert_eq!(told(&loaded(&with("callers = []\nsecret = \"s\""))), ["E106 27:11"]);
    assert_eq!(told(&loaded(&with("callers = [\"localhost\"]\nsecret = \"s\""))), ["E106 27:12"]);
    assert_eq!(told(&loaded(&BASE.replace("[listen]", "decision = true\n[listen]"))), ["E105 3:12"]);
}

#[test]
fn everybody_is_noticed() {
    let found = loaded(&with("callers = [\"0.0.0.0/0\"]\nsecret = \"s\""));
    assert_eq!(told(&found), ["W208 27:12"]);
    assert!(found.config.is_some());
}

#[test]
fn a_secret_that_no_header_carries_is_refused_and_not_shown() {
    for secret in ["密", " between us ", "a\\tb"] {
        let found = loaded(&with(&format!("callers = [\"127.0.0.1\"]\nsecret = \"{secret}\"")));
        assert_eq!(told(&found), ["E201 28:10"], "{secret}");
        assert!(!render::human(&found, false).contains(secret));
    }
    let found = loaded(&with("callers = [\"127.0.0.1\"]\nsecret = \"s\"\nsecrt = \"between us\""));
    assert_eq!(told(&found), ["E103 29:1"]);
    assert!(!render::human(&found, false).contains("between us"));
}
