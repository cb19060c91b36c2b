//! Passkeys through the real binary: with Chromium and its virtual authenticators, and with one of our own that lies.

#[path = "../support/mod.rs"]
mod support;

mod attacks;
mod authenticator;
mod browser;
mod nodes;
mod rig;
mod scopes;
