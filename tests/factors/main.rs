//! What people prove themselves with besides a code that is sent.
//!
//! | part | what |
//! |---|---|
//! | [`house`] | a stage on which people have more than a phone |
//! | [`typed`] | one box for every code: what opens, what is spent, what is counted |
//! | [`enrol`] | added, confirmed, taken away, by whom, and what the audit hears |

mod enrol;
mod house;
#[path = "../gate/stage.rs"]
#[allow(dead_code, reason = "other suites use the rest of it")]
mod stage;
mod typed;
