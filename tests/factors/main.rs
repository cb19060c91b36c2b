//! What people prove themselves with besides a code that is sent.
//!
//! | part | what |
//! |---|---|
//! | [`house`] | a stage on which people have more than a phone |
//! | [`typed`] | one box for every code: what opens, what is spent, what is counted |
//! | [`enrol`] | added, confirmed, taken away, by whom, and what the audit hears |
//! | [`gates`] | a gateway whose people have more than a phone |
//! | [`wires`] | through the real binary: each wire, two nodes, either store |
//! | [`pages`] | a person with an authenticator app, at a browser |
//! | [`commands`] | what an operator types |

mod commands;
mod enrol;
mod gates;
mod house;
mod pages;
#[path = "../gate/stage.rs"]
#[allow(dead_code, reason = "other suites use the rest of it")]
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod typed;
mod wires;
