//! The end of the real binary, in order and in haste; who is told; and what a panic leaves standing.

#[path = "../support/mod.rs"]
mod support;

mod ending;
mod held;
mod http2;
mod manager;
mod panics;
