//! `[upstream.NAME]`: several servers, their health, TLS, and what routes add.

use std::time::Duration;

use super::*;
use crate::domain::route::Bounds;
use crate::proxy::settings::{Balance, Http, Upstream};

const URL: &str = "url = \"http://127.0.0.1:9100\"";

fn app(text: &str) -> Upstream {
    config(&edited(URL, text)).proxy.upstreams["app"].clone()
}

fn wrong(text: &str) -> Vec<String> {
    told(&loaded(&edited(URL, text)))
}

#[test]
fn one_server_is_all_it_takes() {
    let one = app(URL);
    assert_eq!((one.servers.len(), one.balance, one.http), (1, Balance::RoundRobin, Http::One));
    assert_eq!((one.health.path, one.health.fails, one.health.interval), (None, 2, Duration::from_secs(5)));
    assert!(one.rewrite_location && !one.forwarded && one.tls.ca.is_none());
}

#[test]
fn several_servers_have_one_scheme_and_are_several() {
    let two = app("servers = [\"https://a.internal\", \"https://10.0.0.2:8443\"]\nserver_name = \"app.internal\"");
    let names: Vec<_> = two.servers.iter().map(|s| (s.authority(), s.name.as_deref())).collect();
    assert_eq!(
        names,
        [("a.internal".to_owned(), Some("app.internal")), ("10.0.0.2:8443".to_owned(), Some("app.internal"))]
    );
    let own = app("servers = [\"https://a.internal\", \"https://b.internal\"]");
    let names: Vec<_> = own.servers.iter().filter_map(|s| s.name.as_deref()).collect();
    assert_eq!(names, ["a.internal", "b.internal"], "each is verified under its own name");
    for (text, expected) in [
        ("servers = [\"http://a\", \"https://b\"]", "E108 19:24"),
        ("servers = [\"http://a\", \"http://A:80\"]", "E303 19:24"),
        ("servers = [\"https://a\", \"https://10.0.0.2\"]", "E108 19:25"),
        ("servers = []", "E106 19:11"),
        ("servers = \"http://a\"", "E105 19:11"),
        ("servers = [\"http://a/b\"]", "E106 19:12"),
        ("url = \"http://a\"\nservers = [\"http://b\"]", "E108 20:1"),
        ("servers = [\"http://a\"]\nbalanse = \"client\"", "E103 20:1"),
    ] {
        assert_eq!(wrong(text).first().map(String::as_str), Some(expected), "{text}\n{:?}", wrong(text));
    }
}

#[test]
fn health_is_a_table_of_its_own() {
    let text = format!("{URL}\nhealth = {{ path = \"/up?x=1\", status = 204, interval = \"1s\", fails = 1 }}");
    let health = app(&text).health;
    assert_eq!((health.path.as_deref(), health.status, health.fails, health.passes), (Some("/up?x=1"), 204, 1, 1));
    for bad in ["path = \"up\"", "path = \"/a/../b\"", "status = 99", "interval = \"1ms\"", "fails = 0", "pass = 1"] {
        assert_eq!(wrong(&format!("{URL}\nhealth = {{ {bad} }}")).len(), 1, "{bad}");
    }
}

#[test]
fn files_for_tls_are_read_before_anybody_connects() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["app".to_owned()]).expect("a certificate");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (ca, key) = (write("ca.pem", &made.cert.pem()), write("key.pem", &made.signing_key.serialize_pem()));
    let (empty, none) = (write("empty.pem", ""), folder.path().join("none.pem").display().to_string());
    let tls = |more: &str| format!("url = \"https://app\"\n{more}");
    let good = app(&tls(&format!("ca = \"{ca}\"\nclient_certificate = \"{ca}\"\nclient_key = \"{key}\"")));
    assert!(good.tls.ca.is_some() && good.tls.client.is_some());
    for (text, expected) in [
        (tls(&format!("ca = \"{none}\"")), "E202"),
        (tls(&format!("ca = \"{empty}\"")), "E202"),
        (tls(&format!("ca = \"{key}\"")), "E202"),
        (tls(&format!("client_certificate = \"{ca}\"\nclient_key = \"{ca}\"")), "E202"),
        (tls(&format!("client_certificate = \"{ca}\"")), "E108"),
        (tls(&format!("client_key = \"{key}\"")), "E108"),
        (format!("url = \"http://app\"\nca = \"{ca}\""), "E108"),
    ] {
        assert_eq!(wrong(&text).first().map(|told| &told[..4]), Some(expected), "{text}");
    }
}

#[test]
fn a_route_bounds_what_it_forwards() {
    let bounds = |more: &str| {
        let scope = "scope = \"records\"\n";
        config(&edited(scope, &format!("{scope}{more}\n"))).gate.routes.routes().next().expect("a route").bounds
    };
    assert_eq!(bounds(""), Bounds::default());
    assert_eq!(bounds("body_limit = 0").body, Some(0));
    assert_eq!(bounds("body_limit = \"100 MB\"").body, Some(100_000_000));
    assert_eq!(bounds("body_limit = \"2GiB\"").body, Some(2 << 30));
    assert_eq!(bounds("timeout = \"5m\"").silence, Some(Duration::from_secs(300)));
    for bad in ["body_limit = -1", "body_limit = \"1\"", "body_limit = \"1 XB\"", "body_limit = \"MB\"", "timeout = 5"]
    {
        let scope = "scope = \"records\"\n";
        assert_eq!(told(&loaded(&edited(scope, &format!("{scope}{bad}\n")))).len(), 1, "{bad}");
    }
}
