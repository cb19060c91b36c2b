//! `[challenge]`: what a code is like and how long it holds.

use std::time::Duration;

use crate::config::section::Section;
use crate::config::values::{MINUTE, SECOND, choice, span, whole};
use crate::domain::challenge::ChallengeRules;
use crate::domain::code::{Alphabet, CodeShape};

/// The rules, and how long after its request each begin is answered.
pub fn read(top: &Section<'_>) -> (ChallengeRules, Duration) {
    const ALPHABETS: [(&str, Alphabet); 2] = [("numeric", Alphabet::Numeric), ("alphanumeric", Alphabet::Alphanumeric)];
    let section = top.table("challenge");
    let length = "fewer than 4 characters are guessed, more than 10 are mistyped";
    let life = "under a minute a message may come too late; NIST SP 800-63B-4 allows at most 10 minutes";
    let tries = "each try is a chance to guess; NIST SP 800-63B-4 wants them few";
    let delay = "shorter, and the time of an answer tells which users exist; longer, and people wait";
    let rules = ChallengeRules {
        shape: CodeShape {
            alphabet: section.or("alphabet", choice(&ALPHABETS), Alphabet::Numeric),
            length: section.or("length", whole(4..=10, length), 6),
        },
        life: section.or("life", span(MINUTE..=10 * MINUTE, life), 5 * MINUTE),
        tries: section.or("tries", whole(1..=10, tries), 5),
        sends: section.or("sends", whole(1..=10, "every message costs money and patience"), 4),
        resend_after: section.or(
            "resend_after",
            span(SECOND..=10 * MINUTE, "at once would send twice what is still on its way"),
            Duration::from_secs(30),
        ),
    };
    let hundred = Duration::from_millis(100);
    let answer_delay = section.or("answer_delay", span(hundred..=5 * SECOND, delay), Duration::from_millis(400));
    section.done();
    (rules, answer_delay)
}
