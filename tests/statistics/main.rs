//! What sending came to, who is told when it goes wrong, and what the help desk sees, at the real binary.

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod desk;
mod figures;
mod rig;
