//! Providers that keep a connection of their own or hand over otherwise, against software that others wrote: mail servers,
//! an SMPP server, a modem's daemon, an SMS gateway.

#[path = "../support/mod.rs"]
mod support;

mod centre;
mod gammu;
mod kannel;
mod rig;
mod smpp;
mod smtp;
