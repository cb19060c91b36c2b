//! `[wire]`: how much and for how long a client may ask before anything is known of it.

use std::time::Duration;

use crate::config::section::Section;
use crate::config::values::{DAY, span, whole};
use crate::proxy::settings::Limits;

pub fn read(top: &Section<'_>) -> Limits {
    let section = top.table("wire");
    let usual = Limits::default();
    let time = |key, default| {
        let bounds = Duration::from_secs(1)..=DAY;
        section.or(key, span(bounds, "without a limit, one client could hold all connections"), default)
    };
    let header_timeout = time("header_timeout", usual.header_timeout);
    let idle_timeout = time("idle_timeout", usual.idle_timeout);
    let patience = time("patience", usual.patience);
    let count = |key, bounds, why, default| section.or(key, whole::<usize>(bounds, why), default);
    let limits = Limits {
        header_bytes: count(
            "header_bytes",
            1024..=524_288,
            "every connection may use so much memory",
            usual.header_bytes,
        ),
        header_fields: count("header_fields", 10..=256, "browsers send some twenty", usual.header_fields),
        header_timeout,
        idle_timeout,
        patience,
        least_rate: section.or("least_rate", whole(1..=1_000_000, "bytes a second"), usual.least_rate),
        connections_per_client: count(
            "connections_per_client",
            1..=1_000_000,
            "a browser opens up to six over HTTP/1.1 and one over HTTP/2",
            usual.connections_per_client,
        ),
        connections: count("connections", 0..=1_000_000, "0 means as many as open files allow", usual.connections),
    };
    section.done();
    limits
}
