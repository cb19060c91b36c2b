//! `[limits]`: how often one address may ask, which addresses stand for many people, and how many failures are too many.

use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::diagnostic::{Code, Diagnostic};
use crate::config::network::network;
use crate::config::reader::Item;
use crate::config::section::Section;
use crate::config::source::Place;
use crate::config::values::{quota, quotas, some};
use crate::domain::quota::Quota;
use crate::identity::Directory;
use crate::store::settings::{Limits, Network, Rates};

use super::is_name;

const MINUTE: Duration = Duration::from_secs(60);

/// Messages that each address of a network may have sent to strangers, the narrowest network first.
pub type Messages = Vec<(IpNet, Vec<Quota>)>;

/// The limits by address, and how many failures over all accounts raise the alarm.
pub fn read(top: &Section<'_>, users: Option<&Path>) -> (Limits, Quota, Messages) {
    let section = top.table("limits");
    section
        .renamed("shared_networks", "write [limits.network.NAME] with `addresses` instead; it has limits of its own");
    let usual = rates(&section, [30, 60, 600, 6000]);
    let failures = section.or("failures", quota, Quota { limit: 100, per: 60 * MINUTE });
    let named_networks: Vec<_> =
        section.named("network").into_iter().filter_map(|(n, key, s)| named(n, key, s)).collect();
    let (networks, messages): (Vec<_>, Vec<_>) = named_networks.into_iter().unzip();
    refuse_twice(&section, &networks);
    // Whoever writes the table, and be it empty, has thought about it.
    if section.entry("network").is_none()
        && let Some(count) = users.and_then(Directory::count_in)
    {
        warn_of_crowd(&section, &usual, count);
    }
    section.done();
    let networks: Vec<Network> = networks.into_iter().map(|(network, _)| network).collect();
    let each = networks.iter().zip(messages);
    let mut messages: Messages =
        each.flat_map(|(network, quotas)| network.addresses.iter().map(move |net| (*net, quotas.clone()))).collect();
    messages.sort_by_key(|(net, _)| std::cmp::Reverse(net.prefix_len()));
    (Limits { usual, networks }, failures, messages)
}

fn rates(section: &Section<'_>, a_minute: [u64; 4]) -> Rates {
    let [begin, verify, page, receipts] = a_minute.map(|limit| Quota { limit, per: MINUTE });
    Rates {
        begin: section.or("begin", quota, begin),
        verify: section.or("verify", quota, verify),
        page: section.or("page", quota, page),
        receipts: section.or("receipts", quota, receipts),
    }
}

fn named(name: &str, key: Place, section: Section<'_>) -> Option<((Network, Place), Vec<Quota>)> {
    let good = is_name(name);
    if !good {
        let told =
            Diagnostic::new(Code::BadValue, key, format!("a network cannot be called `{}`", name.escape_debug()));
        section.reader.tell(told.expected("expected at most 64 letters, digits, `_` and `-`"));
    }
    let like = "[\"203.0.113.7\"]";
    let addresses = section.required("addresses", like, some(like, narrow));
    let rates = rates(&section, [600, 1200, 12_000, 6000]);
    let messages = section.or("messages", quotas, vec![Quota { limit: 6000, per: 60 * MINUTE }]);
    section.done();
    let network = Network { name: good.then(|| name.to_owned())?, addresses: addresses?, rates };
    Some(((network, key), messages))
}

fn narrow(item: Item<'_>) -> Option<IpNet> {
    let net = network(item)?;
    if net.prefix_len() == 0 {
        let message = "every address has the limits of this network, and as many connections as it likes";
        let help = "name the addresses that people of one house share";
        item.tell::<()>(Code::TrustsEverybody, message, |d| d.help(help));
    }
    Some(net)
}

/// One address has one limit. Of a network within another the narrower one counts.
fn refuse_twice(section: &Section<'_>, networks: &[(Network, Place)]) {
    for (index, (network, place)) in networks.iter().enumerate() {
        for (other, before) in &networks[..index] {
            let Some(both) = network.addresses.iter().find(|net| other.addresses.contains(net)) else { continue };
            let message = format!("{both} belongs to two networks, {} and {}", other.name, network.name);
            section.reader.tell(Diagnostic::new(Code::Conflict, *place, message).related(*before, "the other one"));
        }
    }
}

/// A hospital behind one address is not one attacker. More users than one address may begin in ten minutes would wait for
/// one another when a shift begins.
fn warn_of_crowd(section: &Section<'_>, usual: &Rates, users: u64) {
    let room = u128::from(usual.begin.limit) * 600_000 / usual.begin.per.as_millis().max(1);
    if u128::from(users) <= room {
        return;
    }
    let message = format!("{users} users and no named network: people behind one address share its limits");
    let help = "name it in [limits.network.NAME] with its `addresses`; if nobody shares one, write an empty \
                [limits.network]";
    section.reader.tell(Diagnostic::new(Code::Crowd, section.place, message).help(help));
}
