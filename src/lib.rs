//! Sekisho: a reverse proxy that asks for a one-time code before a sensitive route.
pub mod admin;
pub mod delivery;
pub mod domain;
pub mod gate;
pub mod identity;
pub mod pages;
pub mod proxy;
pub mod store;
pub mod telemetry;
