//! Listeners through the real binary: certificates, plain http beside https, Unix sockets, and who is asking.

#[path = "../support/mod.rs"]
mod support;

mod announced;
mod certificates;
mod client;
mod plain;
mod unix;

/// Everything is let through to the application.
const OPEN: &str = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"application\"\n";
