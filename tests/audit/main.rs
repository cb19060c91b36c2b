//! The audit of the real binary: written by several processes, cut off, out of space, searched and judged.

#[path = "../support/mod.rs"]
mod support;

mod asked;
mod full;
mod killed;
mod life;
mod rig;
mod year;
