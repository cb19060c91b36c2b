//! `factors` and `phishing_resistant` of a scope: what a pass for it can be earned with.

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::section::Section;
use crate::config::values::{choice, flag, some};
use crate::domain::factor::Factor;

const FACTORS: [(&str, Factor); 6] = [
    ("passkey", Factor::Passkey),
    ("token", Factor::Token),
    ("totp", Factor::Totp),
    ("code", Factor::Code),
    ("backup", Factor::Backup),
    ("bypass", Factor::Bypass),
];

/// Whatever somebody has enrolled is taken, unless the scope says less.
pub fn read(section: &Section<'_>) -> Vec<Factor> {
    let resistant = section.placed("phishing_resistant", flag);
    let named = section.placed("factors", some("[\"totp\", \"code\"]", choice(&FACTORS)));
    if let (Some(resistant), Some(named)) = (resistant.as_ref().filter(|r| r.value), &named)
        && let Some(weak) = named.value.iter().find(|factor| !factor.resists_phishing())
    {
        let message = format!("`{}` is taken here, and a false site can ask for it as well", weak.name());
        let told =
            Diagnostic::new(Code::Conflict, named.place, message).related(resistant.place, "this allows none such");
        section.reader.tell(told.help("leave `factors` out: then a passkey alone opens the scope"));
    }
    let factors = match (resistant, named) {
        (Some(resistant), _) if resistant.value => vec![Factor::Passkey],
        // In the order of strength, however they are written.
        (_, Some(named)) => Factor::ALL.into_iter().filter(|factor| named.value.contains(factor)).collect(),
        (_, None) => Factor::ALL.to_vec(),
    };
    refuse_idle(section, &factors);
    factors
}

/// Keys that say nothing, and a scope that nobody could open twice.
fn refuse_idle(section: &Section<'_>, factors: &[Factor]) {
    if !section.is_sound("factors") || !section.is_sound("phishing_resistant") {
        return;
    }
    if let Some(channels) = section.entry("channels").filter(|_| !factors.contains(&Factor::Code)) {
        let message = "`channels` never counts: no code is sent for this scope";
        let told = Diagnostic::new(Code::Conflict, channels.node.place, message);
        section.reader.tell(told.help("take it out, or add \"code\" to `factors`"));
    }
    let lasting = |factor: &Factor| !matches!(factor, Factor::Backup | Factor::Bypass);
    if !factors.iter().any(lasting)
        && let Some(entry) = section.entry("factors")
    {
        let message = "only codes that end are taken: when they are used up, nobody opens this scope";
        let told = Diagnostic::new(Code::Conflict, entry.node.place, message);
        section.reader.tell(told.help("add \"totp\", \"token\", \"passkey\" or \"code\""));
    }
}
