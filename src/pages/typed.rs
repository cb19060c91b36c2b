//! The box of the code page: which code goes in, what else does, and what is safer than what was sent.

use crate::domain::code::Alphabet;
use crate::domain::factor::Factor;
use crate::gate::enrol::PRINTED;
use crate::gate::{Gate, View};
use crate::words::Page;

/// How a page of the code is asked for that has a box for letters.
pub const PRINTED_BOX: (&str, &str) = ("box", "printed");

/// What the box says of itself.
#[derive(Debug)]
pub struct Typed {
    /// Nothing was sent: what to look at instead.
    pub lead: Option<&'static str>,
    pub label: String,
    pub numeric: bool,
    /// Whether it is the box for printed codes.
    pub printed: bool,
    /// The words of the link to the other box, if this scope has two.
    pub switch: Option<&'static str>,
    /// Whether anything that is typed could be right by now.
    pub has_box: bool,
    /// What is safer, on a page whose code was sent.
    pub safer: Option<&'static str>,
}

impl Typed {
    pub fn of(gate: &Gate, view: &View, words: &Page, printed: bool) -> Typed {
        let takes = |factor| gate.settings.scopes.get(&view.scope).is_some_and(|scope| scope.takes(factor));
        let has = |factor| view.factors.contains(&factor);
        let own = &words.factors;
        // A help desk may have given one out just now.
        let can_print = takes(Factor::Backup) || takes(Factor::Bypass);
        let only_printed = view.is_quiet && !has(Factor::Totp) && !has(Factor::Token) && can_print;
        let asked_printed = printed;
        let printed = can_print && (printed || only_printed);
        // Nothing was sent, because a passkey is there: the button comes first, and what can be typed is another way.
        let by_key = view.is_quiet && view.passkey && !asked_printed;
        let numeric = gate.settings.challenge.shape.alphabet == Alphabet::Numeric;
        let lead = match (has(Factor::Totp), has(Factor::Token)) {
            (false, false) if by_key => Some(words.passkeys.lead),
            _ if printed => Some(own.printed),
            _ if !view.is_quiet => None,
            (true, true) => Some(own.either),
            (true, false) => Some(own.app),
            (false, true) => Some(own.token),
            (false, false) => Some(own.nothing),
        };
        let label = match () {
            () if printed => own.printed_label.fill(PRINTED.length),
            () if view.is_quiet => own.shown.to_owned(),
            () if numeric => words.code.digits.fill(view.length),
            () => words.code.characters.fill(view.length),
        };
        let safer = match () {
            () if has(Factor::Totp) || has(Factor::Token) => Some(own.also),
            () if takes(Factor::Totp) => Some(own.stronger),
            () => None,
        };
        Typed {
            lead,
            label,
            numeric: !printed && (numeric || view.is_quiet),
            printed,
            switch: match (can_print && !only_printed, printed) {
                (false, _) => None,
                (true, false) => Some(own.to_printed),
                (true, true) => Some(own.to_usual),
            },
            has_box: !by_key || can_print || has(Factor::Totp) || has(Factor::Token),
            safer: safer.filter(|_| !view.is_quiet && !printed),
        }
    }
}
