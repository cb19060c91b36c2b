//! The test house: what a test needs around the real binary, started fresh, on ports and in folders of its own.
//!
//! | part | what |
//! |---|---|
//! | [`gateway`] | the real binary with a configuration, users and, by choice, a clock that a test moves |
//! | [`caller`] | somebody who calls it over any of the three wires and keeps cookies |
//! | [`wire`] | the three wires, and raw bytes for what no decent client would send |
//! | [`browser`] | headless Chromium, driven over WebDriver |
//! | [`orthanc`], [`upstream`] | a real application to stand before, and one that keeps every byte it got |
//! | [`nginx`] | a real server that only asks the gateway |
//! | [`redis`] | one server, a group under Sentinels, a Cluster |
//! | [`book`] | the configurations that a manual shows |
//! | [`outbox`], [`certificate`], [`process`], [`wait`] | the phone, the TLS files, child processes, patience |
//!
//! Nothing here sleeps: whatever takes time is polled until a deadline, and says what it was waiting for.

#![allow(dead_code, unused_imports, reason = "every test file uses its own part of the house")]

pub mod book;
pub mod browser;
pub mod caller;
pub mod certificate;
pub mod gateway;
pub mod nginx;
pub mod orthanc;
pub mod outbox;
pub mod process;
pub mod redis;
pub mod upstream;
pub mod wait;
pub mod wire;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

pub use caller::{Ask, Caller};
pub use gateway::{Gateway, Plan, User};
pub use nginx::Nginx;
pub use orthanc::Orthanc;
pub use outbox::Outbox;
pub use upstream::Upstream;
pub use wire::{Answer, Wire};

/// A folder that goes when its owner does.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder below the target folder can be made")
}

/// The folder Cargo builds into, where tools and screenshots lie too.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the temporary folder lies in the target folder").into()
}

/// A port on loopback that nobody listens on. They come from below the range that the system hands to outgoing
/// connections, else one of those could take it before the server does.
pub fn free_port() -> u16 {
    const FIRST: u16 = 11_000;
    const COUNT: u16 = 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Each process begins elsewhere, so that tests in separate processes do not race for the same one.
    let start = (std::process::id().wrapping_mul(97) % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (start + step) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port on loopback");
}
