//! Sekisho: a reverse proxy that asks for a one-time code before a sensitive route.
pub mod domain;
