//! What telemetry goes by.

use std::path::PathBuf;

#[derive(Debug, Clone)]
pub struct Settings {
    /// JSON lines.
    pub audit_file: PathBuf,
    pub log_level: Level,
    pub log_format: LogFormat,
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
