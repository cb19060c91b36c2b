//! What a change would alter, in words: for the operator who asks first, and for the audit.

use std::fmt;

use super::directory::Entry;
use crate::domain::contact::{Channel, Phone};
use crate::domain::locale::Locale;

/// One thing that is not as it was. A number is shown masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: &'static str,
    before: String,
    after: String,
    /// A name or an address: the audit says that it changed, and not what it is.
    personal: bool,
}

/// Everything that differs, the name first.
pub fn between(before: &Entry, after: &Entry) -> Vec<Difference> {
    let (old, new) = (&before.user, &after.user);
    let phone = |phone: &Option<Phone>| phone.as_ref().map_or(none(), Phone::masked);
    let locale = |locale: Option<Locale>| locale.map_or(none(), |locale| locale.tag().to_owned());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(none);
    let groups = |groups: &[String]| if groups.is_empty() { none() } else { groups.join(" ") };
    let password = |entry: &Entry| if entry.password.is_some() { "set".to_owned() } else { none() };
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    [
        (old.login != new.login, "user", old.login.clone(), new.login.clone(), false),
        (old.name != new.name, "name", text(&old.name), text(&new.name), true),
        (old.phone != new.phone, "phone", phone(&old.phone), phone(&new.phone), false),
        (old.email != new.email, "email", text(&old.email), text(&new.email), true),
        (old.groups != new.groups, "groups", groups(&old.groups), groups(&new.groups), false),
        (old.locale != new.locale, "locale", locale(old.locale), locale(new.locale), false),
        (old.channels != new.channels, "channels", channels(&old.channels), channels(&new.channels), false),
        (old.disabled != new.disabled, "disabled", yes(old.disabled), yes(new.disabled), false),
        (before.password != after.password, "password", password(before), password(after), false),
    ]
    .into_iter()
    .filter(|(differs, ..)| *differs)
    .map(|(_, field, before, after, personal)| Difference { field, before, after, personal })
    .collect()
}

/// The same for the audit, which names no person.
pub fn for_audit(differences: &[Difference]) -> String {
    let told = differences.iter().map(|d| if d.personal { format!("{} changed", d.field) } else { d.to_string() });
    told.collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.before == self.after {
            // Two numbers with the same mask, or one password after another.
            return write!(f, "{} {}, another one", self.field, self.after);
        }
        write!(f, "{} {} -> {}", self.field, self.before, self.after)
    }
}

fn channels(channels: &[Channel]) -> String {
    match channels {
        [] => none(),
        some => some.iter().map(|channel| channel.name()).collect::<Vec<_>>().join(" "),
    }
}

fn none() -> String {
    "none".to_owned()
}
