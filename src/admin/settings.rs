//! Where operators and their tools ask.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::domain::secret::Secret;

#[derive(Debug, Clone)]
pub enum Settings {
    /// Guarded by the file's permissions.
    Socket(PathBuf),
    /// Loopback only. With a token, `/metrics` needs `Authorization: Bearer`; health checks never do.
    Loopback { address: SocketAddr, token: Option<Secret<String>> },
}
