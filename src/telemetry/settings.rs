//! What telemetry goes by.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Settings {
    /// JSON lines.
    pub audit_file: PathBuf,
    pub keeping: Keeping,
    pub log_level: Level,
    pub log_format: LogFormat,
}

/// How the audit is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// What this node is called; the host's name where nothing is said.
    pub node: Option<String>,
    /// A file holds what was written within one such span, counted from 1970.
    pub rotate: Duration,
    /// And is put aside before that when it has so many bytes.
    pub rotate_size: u64,
    pub keep: Duration,
}

impl Default for Keeping {
    fn default() -> Keeping {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Keeping { node: None, rotate: DAY, rotate_size: 1 << 30, keep: 400 * DAY }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}
