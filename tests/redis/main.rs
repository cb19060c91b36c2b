//! The gateway on Redis, and what becomes of people when Redis is away, slow, full or somebody else.

#[path = "../support/mod.rs"]
mod support;

mod faults;
mod nodes;

use support::redis::Server;
use support::{Gateway, Plan, Upstream};

const ROUTES: &str = r#"
[[route]]
path = "/open/**"
require = "open"
upstream = "application"

[[route]]
path = "/**"
require = "otp"
scope = "records"
upstream = "application"
"#;

/// Many people here share one address.
const LIMITS: &str = "[limits.network.here]\naddresses = [\"127.0.0.1\"]\nverify = \"10000/m\"\n";

pub fn plan(upstream: &Upstream, server: &Server) -> Plan {
    let store = format!("[store]\nkind = \"redis\"\nurl = \"redis://{}\"\n{LIMITS}", server.address());
    Plan::before(&upstream.url).with_routes(ROUTES).with_more(store)
}

pub fn is_ready(gateway: &Gateway) -> bool {
    gateway.admin("/readyz").status == 200
}
