//! How much a client may ask of us before it has asked for anything.

use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Names and values and the request line together.
    pub header_bytes: usize,
    pub header_fields: usize,
    /// From the first byte of a request to the end of its header, and for a TLS handshake: in all, not for each byte.
    pub header_timeout: Duration,
    /// How long a connection is kept between two requests.
    pub idle_timeout: Duration,
    /// Bytes each second that a body must bring, and that a client must take of an answer, on average.
    pub least_rate: u64,
    /// How long a client may stand still before `least_rate` counts.
    pub patience: Duration,
    /// Open connections from one address (IPv6: one /64); peers in `trusted_proxies` are not counted.
    pub connections_per_client: usize,
    /// Open connections in all; 0 leaves room for the process's other files under its limit of open files.
    pub connections: usize,
}

impl Limits {
    /// How long so many bytes may take on their way at most.
    pub fn time_for(&self, bytes: u64) -> Duration {
        self.patience + Duration::from_secs(bytes / self.least_rate.max(1))
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            header_bytes: 32 * 1024,
            header_fields: 100,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            least_rate: 500,
            patience: Duration::from_secs(20),
            connections_per_client: 1000,
            connections: 0,
        }
    }
}
