//! `[scope.NAME]`: what a pass opens, and for how long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::Placed;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{DAY, HOUR, MINUTE, SECOND, flag, list, some, span, word};
use crate::domain::contact::Channel;
use crate::domain::emergency::EmergencyRules;
use crate::domain::scope::{FORM, Scope};

use super::text::Gathering;
use super::{channel, factors, is_name, source};

/// Every scope that is defined; `None` where its definition is wrong, so that whoever names it is not told twice.
pub type Scopes = BTreeMap<String, Placed<Option<Arc<Scope>>>>;

pub fn read<'a>(top: &Section<'a>, configured: &'a [Channel], texts: &mut Gathering) -> Scopes {
    let sources = source::names(top);
    let one = |(name, key, section): (&str, Place, Section<'a>)| {
        (name.to_owned(), scope(name, key, section, (configured, &sources), texts))
    };
    top.named("scope").into_iter().map(one).collect()
}

fn scope<'a>(
    name: &str,
    key: Place,
    section: Section<'a>,
    (configured, known): (&'a [Channel], &[String]),
    texts: &mut Gathering,
) -> Placed<Option<Arc<Scope>>> {
    let good = is_name(name);
    if !good {
        let told = Diagnostic::new(Code::BadValue, key, format!("a scope cannot be called `{}`", name.escape_debug()));
        section.reader.tell(told.expected("expected at most 64 letters, digits, `_` and `-`"));
    }
    let why = "a pass is meant to be confirmed anew now and then";
    let max_age = section.or("max_age", span(SECOND..=30 * DAY, why), 8 * HOUR);
    let idle = section.placed("idle", span(SECOND..=30 * DAY, why));
    let groups = section.or("groups", list("[\"doctors\"]", word(128)), Vec::new());
    if let Some(idle) = idle.as_ref().filter(|idle| idle.value > max_age && section.is_sound("max_age")) {
        let message = "`idle` is longer than `max_age` and so never counts";
        section.reader.tell(Diagnostic::new(Code::Conflict, idle.place, message));
    }
    if configured == [Channel::Email] && section.entry("channels").is_none() {
        let message = "codes would go by e-mail alone, which has to be asked for: it is the weakest way";
        let told = Diagnostic::new(Code::NoProvider, key, message).help("add `channels = [\"email\"]`");
        section.reader.lack(section.spot("channels"), told);
    }
    let channels =
        section.or("channels", some("[\"sms\", \"voice\"]", channel::one(configured)), channel::usual(configured));
    let factors = factors::read(&section);
    let sources = section.or("sources", some("[\"form\"]", source::known(known)), vec![FORM.into()]);
    let emergency = emergency(&section, max_age);
    texts.scope(name, &section);
    section.done();
    let idle = idle.map(|idle| idle.value);
    let scope = Scope { name: name.into(), max_age, idle, groups, channels, sources, factors, emergency };
    Placed { value: good.then(|| Arc::new(scope)), place: key }
}

/// Off where it is not there.
fn emergency(scope: &Section<'_>, max_age: Duration) -> Option<EmergencyRules> {
    let there = scope.entry("emergency").is_some();
    let section = scope.table("emergency");
    if !there {
        return None;
    }
    let why = "it is for one night, and everything that is done then is looked at afterwards";
    let life = section.placed("for", span(MINUTE..=12 * HOUR, why));
    let second_person = section.optional("second_person", flag).unwrap_or(false);
    if let Some(life) = life.as_ref().filter(|life| life.value > max_age && scope.is_sound("max_age")) {
        let message = "`for` is longer than the scope's `max_age`, which ends it before";
        section.reader.tell(Diagnostic::new(Code::Conflict, life.place, message));
    }
    section.done();
    let life = life.map_or(30 * MINUTE, |life| life.value).min(max_age);
    Some(EmergencyRules { life, second_person })
}
