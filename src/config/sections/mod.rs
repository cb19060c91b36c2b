//! One file for each part of the configuration. What a section reads is what it checks; what concerns several of them
//! is checked in [`super::cross`].

pub mod admin;
pub mod alert;
pub mod app_form;
pub mod bill;
pub mod challenge;
pub mod channel;
pub mod codes;
pub mod decision;
pub mod enrol;
pub mod factors;
pub mod headers;
pub mod ldap;
pub mod limits;
pub mod listen;
pub mod path;
pub mod provider;
pub mod redis;
pub mod route;
pub mod scope;
pub mod sim_swap;
pub mod sms;
pub mod source;
pub mod state;
pub mod text;
pub mod top;
pub mod upstream;
pub mod wire;

/// Whether `name` can stand in a URL, a pass and a log line as it is.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
