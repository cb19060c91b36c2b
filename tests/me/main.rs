//! One's own account through the real binary: looked at, changed behind a fresh code, told of, and closed to everybody else.

#[path = "../support/mod.rs"]
mod support;

mod factors;
mod forgery;
mod number;
mod person;
mod rig;
mod sessions;
