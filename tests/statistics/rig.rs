//! What these tests share.

use crate::support::{Gateway, gateway};
use serde_json::Value;

/// A provider that nobody is behind.
pub fn dead_provider(name: &str) -> String {
    let url = format!("http://127.0.0.1:{}/send", crate::support::free_port());
    http_provider(name, &url)
}

pub fn http_provider(name: &str, url: &str) -> String {
    format!(
        "[[sms.provider]]\nkind = \"http\"\nname = \"{name}\"\nurl = \"{url}\"\nbody = '{{\"to\":\"{{to}}\",\"text\":\"{{text}}\"}}'\n"
    )
}

/// What a command came to.
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs a command on the gateway's own configuration.
pub fn command(gateway: &Gateway, arguments: &[&str]) -> Told {
    let config = gateway.config.display().to_string();
    let output = gateway::sekisho(&[arguments, &["--config", &config]].concat(), "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// `sekisho status` as programs read it.
pub fn status(gateway: &Gateway) -> Value {
    let told = command(gateway, &["status", "--format", "json"]);
    serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}{}", told.out, told.err))
}

/// One number of the last 24 hours.
pub fn today(gateway: &Gateway, part: &str, name: &str, what: &str) -> u64 {
    status(gateway)["statistics"]["day"][part][name][what].as_u64().unwrap_or(0)
}
