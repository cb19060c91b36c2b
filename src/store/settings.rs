//! What the store goes by.

use std::path::PathBuf;

use ipnet::IpNet;

use crate::domain::quota::Quota;

use super::redis;

#[derive(Debug, Clone)]
pub struct Settings {
    /// The SQLite file of the embedded store.
    pub file: PathBuf,
    /// Where state lies instead, if it does.
    pub redis: Option<redis::Settings>,
    pub limits: Limits,
}

/// Requests by client address (IPv6 by /64), in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub usual: Rates,
    /// Networks where many people share an address.
    pub networks: Vec<Network>,
}

/// How often one address may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    pub begin: Quota,
    pub verify: Quota,
    pub page: Quota,
    /// Of each provider.
    pub receipts: Quota,
}

/// A network of a known house, whose addresses each stand for many people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub name: String,
    pub addresses: Vec<IpNet>,
    pub rates: Rates,
}
