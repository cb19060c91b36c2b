//! What a scope is opened with.

use super::*;
use crate::domain::factor::Factor;

/// Under a name, for which browsers make passkeys.
fn with(lines: &str) -> String {
    let text = edited("max_age = \"8h\"", &format!("max_age = \"8h\"\n{lines}"));
    text.replacen("http://127.0.0.1:8080", "http://localhost:8080", 1)
}

/// What is wrong with it, whatever else is said.
fn wrong(lines: &str) -> Vec<String> {
    told(&loaded(&with(lines))).into_iter().filter(|one| one.starts_with('E')).collect()
}

fn of(text: &str) -> Vec<Factor> {
    config(text).gate.scopes["records"].factors.clone()
}

#[test]
fn whatever_is_enrolled_is_taken_unless_the_scope_says_less() {
    assert_eq!(of(BASE), Factor::ALL);
    assert_eq!(of(&with("factors = [\"code\", \"totp\"]")), [Factor::Totp, Factor::Code], "the strongest first");
    assert_eq!(of(&with("phishing_resistant = true")), [Factor::Passkey]);
    assert_eq!(of(&with("phishing_resistant = true\nfactors = [\"passkey\"]")), [Factor::Passkey]);
    assert_eq!(of(&with("phishing_resistant = false")), Factor::ALL);
}

#[test]
fn what_contradicts_itself_is_told() {
    assert_eq!(wrong("phishing_resistant = true\nfactors = [\"passkey\", \"totp\"]"), ["E108 18:11"]);
    assert_eq!(told(&loaded(&with("factors = [\"totp\"]\nchannels = [\"sms\"]"))), ["E108 18:12"]);
    assert_eq!(wrong("phishing_resistant = true\nchannels = [\"sms\"]"), ["E108 18:12"]);
    assert_eq!(told(&loaded(&with("factors = [\"backup\", \"bypass\"]"))), ["E108 17:11"]);
    assert_eq!(told(&loaded(&with("factors = []"))), ["E106 17:11"]);
    let found = loaded(&with("factors = [\"topt\"]"));
    assert_eq!(told(&found), ["E106 17:12"]);
    assert_eq!(found.diagnostics[0].nearest.as_deref(), Some("totp"));
}

#[test]
fn nobody_has_to_send_what_is_not_sent() {
    let without = |text: &str| text.replace("[[sms.provider]]\nkind = \"console\"\n", "");
    assert_eq!(told(&loaded(&without(BASE))).first().map(|first| &first[..4]), Some("E304"));
    let told = told(&loaded(&without(&with("factors = [\"totp\", \"backup\"]"))));
    assert!(!told.iter().any(|one| one.starts_with("E304")), "{told:?}");
}
