//! `[sms]`: who may be sent to, how often, for how much, and through whom.

use std::time::Duration;

use crate::config::reader::Spot;
use crate::config::section::Section;
use crate::config::values::{MINUTE, SECOND, span, whole};
use crate::delivery::simswap::Settings as SimSwap;
use crate::domain::contact::Channel;

use super::bill::{self, Bill};
use super::channel::Way;
use super::sim_swap;

pub struct Sms {
    pub bill: Bill,
    pub way: Way,
    pub queue: usize,
    pub workers: usize,
    pub deadline: Duration,
    /// `None` where it is wrong; `Some(None)` where nothing is asked.
    pub sim_swap: Option<Option<SimSwap>>,
}

pub fn read(top: &Section<'_>) -> Sms {
    let section = top.table("sms");
    let bill = bill::read(&section);
    let queue = section.or("queue", whole(1..=100_000, "each message that waits takes memory"), 1000);
    let workers = section.or("workers", whole(1..=1024, "each takes a connection to the provider"), 64);
    let why = "people wait for it, and give up";
    let deadline = section.or("deadline", span(SECOND..=MINUTE, why), 10 * SECOND);
    let sim_swap = sim_swap::read(&section);
    let way = Way::of(&section, Channel::Sms, None);
    section.done();
    Sms { bill, way, queue, workers, deadline, sim_swap }
}

/// Where nobody is named who hands messages over, by no channel, be it right or wrong: the spot where one would be.
pub fn no_provider(top: &Section<'_>, configured: &[Channel]) -> Option<Spot> {
    let place = top.entry("sms").map_or(top.place, |sms| sms.node.place);
    configured.is_empty().then(|| ("sms.provider".to_owned(), place))
}
