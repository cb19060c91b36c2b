//! `[enrol]`: what people may change of themselves.

use crate::config::section::Section;
use crate::config::values::{choice, flag};
use crate::gate::me::{EnrolRules, NumberRule};

/// The region of numbers without a country code is that of `[users]`.
pub fn read(top: &Section<'_>) -> EnrolRules {
    const NUMBER: [(&str, NumberRule); 3] =
        [("off", NumberRule::Off), ("proof", NumberRule::Proof), ("proof+approval", NumberRule::Approval)];
    let section = top.table("enrol");
    let usual = EnrolRules::default();
    let rules = EnrolRules {
        totp: section.or("totp", flag, usual.totp),
        backup: section.or("backup", flag, usual.backup),
        number: section.or("number", choice(&NUMBER), usual.number),
        unique_number: section.or("unique_number", flag, usual.unique_number),
        region: None,
    };
    section.done();
    rules
}
