//! The use cases on the embedded store, driven by a hand-moved clock: what a person and what an attacker gets.

mod bill;
mod channels;
mod conversion;
mod counting;
mod endings;
mod flow;
mod many;
mod races;
mod rotation;
mod stage;
