//! `[challenge]`: what a code is like and how long it holds.

use std::time::Duration;

use crate::config::reader::Item;
use crate::config::section::Section;
use crate::config::tree::Value;
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
        next_after: section.or("next_channel_after", next_after, Some(Duration::from_secs(45))),
    };
    let hundred = Duration::from_millis(100);
    let answer_delay = section.or("answer_delay", span(hundred..=5 * SECOND, delay), Duration::from_millis(400));
    section.done();
    (rules, answer_delay)
}

/// A span, or never.
fn next_after(item: Item<'_>) -> Option<Option<Duration>> {
    match &item.node.value {
        Value::Text(text) if text == "never" => Some(None),
        _ => span(10 * SECOND..=5 * MINUTE, "sooner, and most messages are still on their way")(item).map(Some),
    }
}
