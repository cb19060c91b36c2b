//! `[voice]`, `[whatsapp]` and `[email]`: the channels beside SMS, and who hands their messages over.

use crate::config::section::Section;
use crate::delivery::settings::Provider;
use crate::domain::contact::Channel;

use super::provider;

/// A channel's providers, in order; `None` where one of them is wrong.
pub fn read(top: &Section<'_>, channel: Channel) -> Option<Vec<Provider>> {
    let section = top.table(channel.name());
    let written = section.tables("provider", false);
    let places: Vec<_> = written.iter().map(|provider| provider.place).collect();
    let priced: Vec<_> = written.into_iter().map(|written| provider::read(written, channel)).collect();
    provider::refuse_same_names(section.reader, &places, &priced);
    section.done();
    priced.into_iter().map(|priced| Some(priced?.provider)).collect()
}
