//! Which text a message has: the route's, else the scope's, else the general one, else ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::contact::Channel;
use crate::domain::locale::Locale;
use crate::domain::route::called;

use super::template::{Letter, Level, Template};

/// Every text that an operator wrote. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct Texts(Arc<Written>);

#[derive(Debug, Default)]
struct Written {
    general: Level,
    scopes: BTreeMap<String, Level>,
    routes: BTreeMap<String, Level>,
}

/// The texts that count for one message, the nearest first.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a>([Option<&'a Level>; 3]);

impl Texts {
    /// `routes` by the names that audit and `explain` call them by.
    pub fn new(general: Level, scopes: BTreeMap<String, Level>, routes: BTreeMap<String, Level>) -> Texts {
        Texts(Arc::new(Written { general, scopes, routes }))
    }

    /// For a code that opens this scope and was asked for by this route, where that is known.
    pub fn of(&self, scope: &str, route: Option<&str>) -> Chosen<'_> {
        let route = route.and_then(|name| self.0.routes.get(name));
        Chosen([route, self.0.scopes.get(scope), Some(&self.0.general)])
    }

    pub fn general(&self) -> Chosen<'_> {
        Chosen([None, None, Some(&self.0.general)])
    }

    /// Every set of texts that a message may be worded by.
    pub fn all(&self) -> impl Iterator<Item = Chosen<'_>> {
        std::iter::once(self.general()).chain(self.places().into_iter().map(|(_, _, all)| all))
    }

    /// The scopes and routes that have texts of their own: what each is called, those texts, and all that count there.
    pub fn places(&self) -> Vec<(String, Chosen<'_>, Chosen<'_>)> {
        let general = Some(&self.0.general);
        let place =
            |called: String, level| (called, Chosen([Some(level), None, None]), Chosen([Some(level), None, general]));
        let scopes = self.0.scopes.iter().map(|(name, level)| place(format!("scope {name}"), level));
        scopes.chain(self.0.routes.iter().map(|(name, level)| place(called(name).into_owned(), level))).collect()
    }
}

impl<'a> Chosen<'a> {
    /// Whether the operator worded messages of this kind.
    pub fn words(&self, channel: Channel, locale: Locale) -> bool {
        match channel {
            Channel::Email => self.letter(locale, |letter| letter.subject.as_ref().or(letter.body.as_ref())).is_some(),
            _ => self.text(channel, locale).is_some(),
        }
    }

    fn nearest<T>(&self, find: impl Fn(&'a Level) -> Option<T>) -> Option<T> {
        self.0.iter().flatten().find_map(|level| find(level))
    }

    /// What an SMS, a WhatsApp message or a call says. WhatsApp says what the SMS would, unless it has its own words.
    pub(super) fn text(&self, channel: Channel, locale: Locale) -> Option<&'a Template> {
        self.nearest(|level| match channel {
            Channel::Sms => level.sms.get(&locale),
            Channel::Whatsapp => level.whatsapp.get(&locale).or_else(|| level.sms.get(&locale)),
            Channel::Voice => level.voice.get(&locale),
            Channel::Email => None,
        })
    }

    pub(super) fn letter(
        &self,
        locale: Locale,
        part: impl Fn(&'a Letter) -> Option<&'a Template>,
    ) -> Option<&'a Template> {
        self.nearest(|level| part(level.email.get(&locale)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::template::Use;

    fn level(text: &str) -> Level {
        let template = Template::read(text, Use::Message).expect("a text");
        Level { sms: BTreeMap::from([(Locale::Ja, template)]), ..Level::default() }
    }

    #[test]
    fn the_nearest_text_counts_and_languages_do_not_mix() {
        let (scopes, routes) = (
            BTreeMap::from([("records".to_owned(), level("scope {code}"))]),
            BTreeMap::from([("ward".to_owned(), level("route {code}"))]),
        );
        let texts = Texts::new(level("general {code}"), scopes, routes);
        let read = |text: &str| Template::read(text, Use::Message).ok();
        let sms = |scope, route| texts.of(scope, route).text(Channel::Sms, Locale::Ja).cloned();
        assert_eq!(sms("records", Some("ward")), read("route {code}"));
        assert_eq!(sms("records", Some("desk")), read("scope {code}"));
        assert_eq!(sms("records", None), read("scope {code}"));
        assert_eq!(sms("bills", None), read("general {code}"));
        assert_eq!(texts.of("records", None).text(Channel::Whatsapp, Locale::Ja).cloned(), read("scope {code}"));
        assert!(texts.of("records", None).text(Channel::Sms, Locale::En).is_none());
        assert!(texts.of("records", None).text(Channel::Voice, Locale::Ja).is_none());
        assert!(Texts::default().of("records", None).text(Channel::Sms, Locale::Ja).is_none());
    }
}
