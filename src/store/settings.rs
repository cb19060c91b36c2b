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
    pub begin: Quota,
    pub verify: Quota,
    pub page: Quota,
    /// Networks where many people share an address; not limited by address.
    pub shared_networks: Vec<IpNet>,
}
