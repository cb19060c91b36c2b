//! What operators write, and what they are told.

mod app_forms;
mod bill;
mod codes;
mod cross;
mod decision;
mod emergency;
mod factors;
mod includes;
mod limits;
mod listeners;
mod mistakes;
mod passkeys;
mod reference;
mod rendering;
mod secrets;
mod sources;
mod store;
mod texts;
mod tls;
mod upstreams;
mod values;

use super::*;

/// The smallest configuration for a test: nothing is wrong with it.
const BASE: &str = r#"public_url = "http://127.0.0.1:8080"

[listen]
address = "127.0.0.1:8080"

[users]
phone_region = "JP"

[sms]
countries = ["JP"]

[[sms.provider]]
kind = "console"

[scope.records]
max_age = "8h"

[upstream.app]
url = "http://127.0.0.1:9100"

[[route]]
path = "/records/**"
require = "otp"
scope = "records"
"#;

/// [`BASE`] with one edit, which must find something to edit.
fn edited(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    BASE.replacen(from, to, 1)
}

fn loaded(text: &str) -> Loaded {
    from_text("sekisho.toml", text)
}

/// The configuration, or all that is wrong with it.
fn config(text: &str) -> Config {
    let loaded = loaded(text);
    let told = render::human(&loaded, false);
    loaded.config.unwrap_or_else(|| panic!("{told}"))
}

/// What an SMS is taken to cost where no country has a price of its own.
fn sms_price(config: &Config) -> u64 {
    config.gate.sending.lanes[&crate::domain::contact::Channel::Sms].prices.usual
}

/// Each diagnostic as `E103 16:1`, in order.
fn told(loaded: &Loaded) -> Vec<String> {
    let at = |d: &Diagnostic| d.place.and_then(|place| loaded.sources.position(place));
    let place = |d: &Diagnostic| at(d).map_or_else(|| "?".to_owned(), |at| format!("{}:{}", at.line, at.column));
    loaded.diagnostics.iter().map(|d| format!("{} {}", d.code.text(), place(d))).collect()
}
