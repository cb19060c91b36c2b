//! The one outbound HTTP door: a deadline, a size cap, verified TLS, no redirects, no surprise from the environment.
//!
//! It knows no vendor. What it does know is whether a request that failed may have been taken all the same, because
//! that decides whether it may be sent again.

pub mod door;
pub mod trust;
mod watched;

pub use door::{Door, DoorError, NetError};
