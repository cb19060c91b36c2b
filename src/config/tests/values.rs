//! What good values become.

use std::time::Duration;

use crate::admin;
use crate::delivery::settings::{BodyType, With};
use crate::domain::contact::Channel;
use crate::domain::quota::Quota;
use crate::domain::route::Need;

use super::*;
use crate::domain::path::allow::Case;
use crate::gate::keys::Algorithm;

#[test]
fn every_room_gets_its_own() {
    let config = config(BASE);
    assert_eq!(config.gate.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.gate.hosts, ["127.0.0.1"]);
    assert_eq!(config.delivery.site_host, None, "no code is bound to a host over plain http");
    assert_eq!(config.delivery.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.delivery.receipts, "/.sekisho/receipts/");
    assert!(!config.pages.secure && config.identity.password);
    assert_eq!(config.identity.file, config.store.file);
    assert_eq!(config.store.file, Path::new("/var/lib/sekisho/sekisho.db"));
    assert_eq!(config.key_file, Path::new("/var/lib/sekisho/keys.json"));
    assert_eq!(config.gate.sending.limits.number.quotas.len(), 2);
    assert_eq!(config.gate.sending.limits.all.quotas, [Quota { limit: 1000, per: Duration::from_secs(3600) }]);
    assert!(matches!(config.admin, admin::Settings::Socket(_)));
    let route = config.gate.routes.routes().next().expect("a route");
    assert_eq!(&*route.name, "route 1");
    assert!(matches!(&route.need, Need::Otp(scope) if scope.max_age == Duration::from_secs(8 * 3600)));
}

#[test]
fn state_follows_the_data_folder() {
    let text =
        edited("[listen]", "data = \"state\"\n[audit]\nfile = \"{data}/a.jsonl\"\n[keys]\nfile = \"k.json\"\n[listen]");
    let config = from_text("/srv/gate/sekisho.toml", &text).config.expect("valid");
    assert_eq!(config.data, Path::new("/srv/gate/state"));
    assert_eq!(config.telemetry.audit_file, Path::new("/srv/gate/state/a.jsonl"));
    assert_eq!(config.store.file, Path::new("/srv/gate/state/sekisho.db"));
    assert_eq!(config.key_file, Path::new("/srv/gate/k.json"));
}

#[test]
fn hosts_and_urls_are_canonical() {
    let text = edited(
        "\"http://127.0.0.1:8080\"",
        "\"http://LocalHost:80/\"\nhosts = [\"例え.jp\", \"[::1]\", \"LOCALHOST\"]",
    );
    let config = config(&text);
    assert_eq!(config.gate.public_url, "http://localhost");
    assert_eq!(config.gate.hosts, ["localhost", "xn--r8jz45g.jp", "[::1]"]);
    assert_eq!(config.proxy.upstreams["app"].servers[0].port, 9100);
}

#[test]
fn a_provider_by_template_is_read_whole() {
    let provider = r#"kind = "http"
name = "gateway"
url = "https://sms.example.jp/send"
content = "form"
body = "to={to}&text={text}"
headers = { X-Client = "sekisho" }
price = "12 JPY""#;
    let text = edited("kind = \"console\"", provider).replace("[sms]", "[sms]\ndaily_budget = \"3000 JPY\"");
    let config = config(&text);
    assert_eq!((sms_price(&config), config.gate.sending.daily_budget), (12_000_000, Some(3_000_000_000)));
    let provider = &config.delivery.providers[&Channel::Sms][0];
    let With::Http(http) = &provider.with else { panic!("an http provider") };
    assert_eq!((provider.name.as_str(), http.body_type), ("gateway", BodyType::Form));
    assert_eq!(http.headers[0].0, "X-Client");
    assert_eq!(http.headers[0].1.expose(), "sekisho");
}

#[test]
fn the_dearest_provider_sets_the_price() {
    let text = edited(
        "kind = \"console\"",
        "kind = \"console\"\nprice = \"0.02 USD\"\n[[sms.provider]]\nkind = \"file\"\npath = \"out\"",
    );
    assert_eq!(sms_price(&config(&text)), 100_000, "one names no price, and is taken to cost the general one");
    let text = edited("kind = \"console\"", "kind = \"console\"\nprice = \"0.02 USD\"");
    assert_eq!(sms_price(&config(&text)), 20_000);
}

#[test]
fn only_named_groups_travel() {
    let text = edited("max_age = \"8h\"", "groups = [\"doctors\", \"nurses\"]\n[scope.b]\ngroups = [\"doctors\"]");
    assert_eq!(config(&text).gate.named_groups, ["doctors", "nurses"]);
}

#[test]
fn how_paths_are_read_is_said_by_the_upstream_and_by_routes_that_differ() {
    let route = |upstream: &str, route: &str| {
        let text = edited("9100\"\n", &format!("9100\"\n{upstream}\n"));
        let text = text.replace("\"/records/**\"", &format!("\"/records/**\"\n{route}"));
        let allow = config(&text).gate.routes.routes().next().expect("a route").allow;
        let case = if allow.case == Case::Insensitive { "insensitive" } else { "sensitive" };
        format!("{:?} {} {case}", allow.leave.names().collect::<Vec<_>>(), allow.charset.name())
    };
    assert_eq!(route("", ""), "[] UTF-8 sensitive");
    assert_eq!(route("kind = \"tomcat\"", ""), "[\"path_params\"] UTF-8 sensitive");
    assert_eq!(route("kind = \"tomcat\"\npath_params = false", ""), "[] UTF-8 sensitive");
    assert_eq!(
        route("kind = \"php\"", "encoded_slash = true"),
        "[\"encoded_slash\", \"empty_segments\"] UTF-8 sensitive"
    );
    assert_eq!(route("kind = \"iis\"\ncharset = \"CP932\"", "case = \"sensitive\""), "[] Shift_JIS sensitive");
    assert_eq!(route("kind = \"iis\"", "kind = \"generic\""), "[] UTF-8 sensitive");
    assert_eq!(route("charset = \"euc-jp\"", "kind = \"iis\""), "[] UTF-8 insensitive");
}

#[test]
fn the_applications_logout_and_the_algorithm_are_read() {
    let text = edited("\"/records/**\"", "\"/records/**\"\nend_on = [\"/records/logout\", \"POST /records/{id}/end\"]");
    let route = config(&text).gate.routes.routes().next().expect("a route").clone();
    let seen: Vec<_> = route.end_on.iter().map(|e| (e.method.as_deref(), e.path.as_str())).collect();
    assert_eq!(seen, [(None, "/records/logout"), (Some("POST"), "/records/{id}/end")]);
    for (name, algorithm) in [("HS256", Algorithm::Hs256), ("EdDSA", Algorithm::EdDsa), ("ES256", Algorithm::Es256)] {
        let text = edited("[scope.records]", &format!("[pass]\nalgorithm = \"{name}\"\n[scope.records]"));
        assert_eq!((config(&text).pass_algorithm, algorithm.name()), (algorithm, name));
    }
    assert_eq!(config(BASE).pass_algorithm, Algorithm::Hs256);
}
