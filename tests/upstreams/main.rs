//! What an application behind the gate is told, how it is reached, and what becomes of its answers.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod bonds;
mod bulk;
mod rig;
mod servers;
mod sockets;
mod streams;
mod tls;
mod words;
