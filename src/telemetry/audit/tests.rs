//! Lines that must not be lost, and changes that must not go unseen.

mod house;
mod tampering;
mod writing;
