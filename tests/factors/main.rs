//! What people prove themselves with besides a code that is sent.
//!
//! | part | what |
//! |---|---|
//! | [`enrol`] | added, confirmed, taken away, by whom, and what the audit hears |

mod enrol;
#[path = "../gate/stage.rs"]
#[allow(dead_code, reason = "other suites use the rest of it")]
mod stage;
