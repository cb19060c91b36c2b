//! What must hold for any bytes, one module a target. Each `judge` panics where it does not.
//!
//! A new target is a module here, its name in [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in `Cargo.toml`, and a
//! folder in `corpus/`. The modules use only what the gateway itself depends on: `tests/corpus.rs` includes them.

pub mod cookie;
pub mod form;
pub mod guard;
pub mod header;
pub mod models;
pub mod path;
pub mod smpp;

/// The body of a target.
pub type Judge = fn(&[u8]);

/// Every target, by its name.
pub const TARGETS: [(&str, Judge); 6] = [
    ("path", path::judge),
    ("cookie", cookie::judge),
    ("header", header::judge),
    ("form", form::judge),
    ("guard", guard::judge),
    ("smpp", smpp::judge),
];
