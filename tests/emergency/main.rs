//! The bad night: store, provider and more are down, and somebody with a sealed code gets in. Once.

#[path = "../support/mod.rs"]
mod support;

mod drill;
mod nights;
mod nodes;
mod once;
mod pages;
mod rig;
mod typed;
