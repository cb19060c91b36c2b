//! `codes` of a channel: whether its codes are ours, or its provider makes and checks them.

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::reader::Placed;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::tree::Value;
use crate::config::values::choice;
use crate::delivery::provider::kind::KINDS;
use crate::delivery::settings::With;
use crate::domain::contact::Channel;

use super::provider::Priced;
use super::top::Users;

/// Who makes a channel's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Ours,
    Provider,
}

/// What the channel says, and where it does.
pub fn read(section: &Section<'_>) -> Option<Placed<Mode>> {
    const MODES: [(&str, Mode); 2] = [("ours", Mode::Ours), ("provider", Mode::Provider)];
    let mode = section.or("codes", choice(&MODES), Mode::Ours);
    let place = section.entry("codes").map_or(section.place, |entry| entry.node.place);
    section.is_sound("codes").then_some(Placed { value: mode, place })
}

/// A channel's codes are made in one place: by us and whoever hands them over, or by one provider that does both.
pub fn check(section: &Section<'_>, mode: Option<Placed<Mode>>, places: &[Place], providers: &[Option<Priced>]) {
    let Some(Placed { value: mode, place }) = mode else { return };
    let makes = |provider: &Priced| matches!(&provider.provider.with, With::Kind(kind, _) if kind.makes_codes());
    let named: Vec<_> = KINDS.iter().filter(|kind| kind.makes_codes()).map(|kind| kind.name).collect();
    let help = format!("providers that do: {}", named.join(", "));
    let tell = |place, message: String, help: &str| {
        section.reader.tell(Diagnostic::new(Code::Conflict, place, message).help(help));
    };
    let known = || places.iter().zip(providers).filter_map(|(place, one)| Some((*place, one.as_ref()?)));
    match mode {
        Mode::Ours => {
            for (place, provider) in known().filter(|(_, provider)| makes(provider)) {
                let message = format!("`{}` makes and checks codes itself", provider.provider.name);
                tell(place, message, &format!("add `codes = \"provider\"` to {}", section.title()));
            }
        }
        Mode::Provider => {
            for (place, provider) in known().filter(|(_, provider)| !makes(provider)) {
                tell(place, format!("`{}` does not make codes", provider.provider.name), &help);
            }
            match places {
                [] => tell(place, "there is no provider that would make codes".to_owned(), &help),
                [_] => {}
                [_, others @ ..] => others.iter().for_each(|other| {
                    let message = "a code that one provider made cannot be checked by another".to_owned();
                    tell(*other, message, "name one provider; what else it can do is set up there");
                }),
            }
        }
    }
}

/// Where each channel says that its provider makes the codes.
fn made(top: &Section<'_>) -> impl Iterator<Item = Place> {
    Channel::ALL.into_iter().filter_map(|channel| says(top, channel.name(), "codes", "provider"))
}

/// Where the key of this table holds this text.
fn says(top: &Section<'_>, table: &str, key: &str, text: &str) -> Option<Place> {
    let entry = top.entry(table)?.node.table()?.0.get(key)?;
    matches!(&entry.node.value, Value::Text(found) if found == text).then_some(entry.node.place)
}

/// What the page asks for is one thing: digits, where any channel's provider makes the codes.
pub fn refuse_letters(top: &Section<'_>) {
    let Some(made) = made(top).next() else { return };
    if let Some(letters) = says(top, "challenge", "alphabet", "alphanumeric") {
        let told = Diagnostic::new(Code::Conflict, letters, "the codes that providers make are digits");
        top.reader.tell(told.related(made, "made by the provider here").help("write `alphabet = \"numeric\"`"));
    }
}

/// Where a name is all that is asked for, a stranger's entries reach the provider, which counts them for the number: its
/// owner's tries are used up as well.
pub fn warn_of_names(top: &Section<'_>, users: Option<&Users>) {
    let Some(without) = users.and_then(|users| users.without) else { return };
    for place in made(top) {
        let message = "the provider counts tries for the number, and whoever knows a name can use them up";
        let help = "add `password = true` to [users], or let the codes be ours; docs/SECURITY.md says more";
        let told = Diagnostic::new(Code::SharedTries, place, message);
        top.reader.tell(told.related(without, "a name is enough here").help(help));
    }
}
