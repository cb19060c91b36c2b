//! Sekisho: a reverse proxy that asks for a one-time code before a sensitive route.
//!
//! ```text
//! domain ← gate ← { net, words } ← { store, delivery, identity, telemetry } ← pages ← { proxy, admin } ← config ← app ← cli ← main
//! ```
//!
//! A room imports only rooms to its left; rooms in one brace never import each other. `tests/layering.rs` holds it.
//!
//! | room | what it is for |
//! |---|---|
//! | [`domain`] | values and rules: no I/O, no async, no clock, no randomness |
//! | [`gate`] | the use cases (admit, begin, resend, verify, revoke) and the seams they need |
//! | [`net`] | the one door to the outside over HTTP |
//! | [`words`] | what people read, by language |
//! | [`store`] | where state lives |
//! | [`delivery`] | how a code reaches a phone |
//! | [`identity`] | who people are |
//! | [`telemetry`] | audit, metrics, log |
//! | [`pages`] | what callers see, as HTML or JSON |
//! | [`proxy`] | the wire guard before Pingora's parser, the Pingora glue behind it, and the decision service for servers that only ask |
//! | [`admin`] | health and metrics for operators |
//! | [`config`] | every room's settings out of one file, and what is wrong with it |
//! | [`app`] | the composition root |
//! | [`cli`] | the command line |
//!
//! Begin with [`gate`] and [`domain`]: whoever knows these knows the product.

pub mod admin;
pub mod app;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod gate;
pub mod identity;
pub mod net;
pub mod pages;
pub mod proxy;
pub mod store;
pub mod telemetry;
pub mod words;
