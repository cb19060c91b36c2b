//! Tokens that nobody of ours made: published vectors through the verify function that the mint uses, and every attack on
//! a token that is known, on all three algorithms and through the real binary.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod forge;
mod mint;
mod wires;
mod wycheproof;
