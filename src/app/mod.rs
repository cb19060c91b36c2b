//! The composition root: a configuration becomes live parts, the parts become Pingora services.

pub mod build;
pub mod bureau;
pub mod demo;
mod entrance;
pub mod keys;
pub mod keywatch;
pub mod lifecycle;
pub mod listen;
pub mod notify;
pub mod process;
pub mod renewal;
mod renewal_clients;
pub mod sample;
pub mod serve;
pub mod tasks;
pub mod tls;
pub mod world;

pub use build::Parts;
