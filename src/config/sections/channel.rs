//! `[voice]`, `[whatsapp]` and `[email]`: the channels beside SMS, and who hands their messages over.

use crate::config::diagnostic::Code;
use crate::config::reader::Item;
use crate::config::section::Section;
use crate::config::values::choice;
use crate::delivery::settings::Provider;
use crate::domain::contact::Channel;

use super::provider;

/// Whether a channel's providers are asked in the order of their recent success.
pub fn by_success(section: &Section<'_>) -> bool {
    section.or("order", choice(&[("listed", false), ("success", true)]), false)
}

/// A channel's providers, in order, and whether success changes it; `None` where one of them is wrong.
pub fn read(top: &Section<'_>, channel: Channel) -> Option<(Vec<Provider>, bool)> {
    let section = top.table(channel.name());
    let written = section.tables("provider", false);
    let places: Vec<_> = written.iter().map(|provider| provider.place).collect();
    let priced: Vec<_> = written.into_iter().map(|written| provider::read(written, channel)).collect();
    provider::refuse_same_names(section.reader, &places, &priced);
    let by_success = by_success(&section);
    section.done();
    let providers: Option<_> = priced.into_iter().map(|priced| Some(priced?.provider)).collect();
    Some((providers?, by_success))
}

/// The channels that somebody is named for who hands messages over, rightly or wrongly.
pub fn configured(top: &Section<'_>) -> Vec<Channel> {
    let named = |channel: &Channel| {
        let table = top.entry(channel.name()).and_then(|entry| entry.node.table());
        table.is_some_and(|table| table.0.contains_key("provider"))
    };
    Channel::ALL.into_iter().filter(named).collect()
}

/// What a scope's codes go by where it does not say so: every channel that is configured but e-mail, which is weaker and has
/// to be asked for.
pub fn usual(configured: &[Channel]) -> Vec<Channel> {
    let usual: Vec<_> = configured.iter().copied().filter(|channel| *channel != Channel::Email).collect();
    if usual.is_empty() { vec![Channel::Sms] } else { usual }
}

/// A channel that somebody hands messages over for.
pub fn one<'a>(configured: &'a [Channel]) -> impl Fn(Item<'a>) -> Option<Channel> {
    const CHANNELS: [(&str, Channel); 4] =
        [("sms", Channel::Sms), ("voice", Channel::Voice), ("whatsapp", Channel::Whatsapp), ("email", Channel::Email)];
    move |item| {
        let channel = choice(&CHANNELS)(item)?;
        if !configured.contains(&channel) {
            let message = format!("nobody hands over messages by {}", channel.name());
            return item.tell(Code::NoProvider, message, |d| d.help(format!("add [[{}.provider]]", channel.name())));
        }
        Some(channel)
    }
}
