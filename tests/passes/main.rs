//! Passes through the real binary: keys that rotate, passes that are ended, and both on two nodes with one state.

#[path = "../support/mod.rs"]
mod support;

mod leaving;
mod limits;
mod revocation;
mod rig;
mod rotation;
