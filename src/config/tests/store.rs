//! `[store]` with `kind = "redis"`.

use super::*;
use crate::store::redis::settings::{Address, Mode, Settings};

fn text(keys: &str) -> String {
    edited("[scope.records]", &format!("[store]\nkind = \"redis\"\n{keys}\n[scope.records]"))
}

fn redis(keys: &str) -> Settings {
    config(&text(keys)).store.redis.expect("it is redis")
}

fn wrong(keys: &str) -> Vec<String> {
    told(&loaded(&text(keys)))
}

fn address(host: &str, port: u16) -> Address {
    Address { host: host.to_owned(), port }
}

#[test]
fn one_server_is_named_by_its_url() {
    let one = redis("url = \"redis://127.0.0.1\"");
    assert_eq!((one.mode, one.nodes), (Mode::Single, vec![address("127.0.0.1", 6379)]));
    assert_eq!((one.database, one.prefix.as_str(), one.wait_replicas, one.tls), (0, "sekisho", 0, None));
    let other = redis("url = \"redis://[::1]:7000/3\"\nprefix = \"gate-2\"\nwait_replicas = 2");
    assert_eq!((other.nodes, other.database), (vec![address("::1", 7000)], 3));
    assert_eq!((other.prefix.as_str(), other.wait_replicas), ("gate-2", 2));
    assert!(config(BASE).store.redis.is_none());
}

#[test]
fn sentinels_and_members_are_several_nodes() {
    let nodes = "nodes = [\"redis://127.0.0.1\", \"redis://localhost:7000\"]";
    let sentinel = redis(&format!("mode = \"sentinel\"\nmaster_name = \"gate\"\n{nodes}"));
    assert!(matches!(sentinel.mode, Mode::Sentinel { master_name, .. } if master_name == "gate"));
    assert_eq!(sentinel.nodes, [address("127.0.0.1", 26379), address("localhost", 7000)]);
    let cluster = redis(&format!("mode = \"cluster\"\n{nodes}"));
    assert_eq!((cluster.mode, cluster.nodes[0].port), (Mode::Cluster, 6379));
}

#[test]
fn mistakes_have_their_place() {
    let url = "url = \"redis://127.0.0.1\"\n";
    for (keys, expected) in [
        (String::new(), "E104 15:1"),
        ("url = \"http://127.0.0.1\"".to_owned(), "E106 17:7"),
        ("url = \"redis:///0\"".to_owned(), "E106 17:7"),
        ("url = \"redis://127.0.0.1/x\"".to_owned(), "E106 17:7"),
        ("url = \"redis://127.0.0.1?db=1\"".to_owned(), "E106 17:7"),
        ("url = \"redis://u:p@127.0.0.1\"".to_owned(), "E106 17:7"),
        ("url = \"redis://redis.internal\"".to_owned(), "W207 17:7"),
        (format!("{url}nodes = [\"redis://127.0.0.1\"]"), "E108 18:1"),
        (format!("mode = \"cluster\"\n{url}"), "E104 15:1"),
        ("mode = \"cluster\"\nnodes = []".to_owned(), "E106 18:9"),
        ("mode = \"cluster\"\nnodes = [\"redis://127.0.0.1\", \"rediss://127.0.0.1\"]".to_owned(), "E108 18:9"),
        ("mode = \"cluster\"\nnodes = [\"redis://127.0.0.1/2\"]".to_owned(), "E108 18:9"),
        ("mode = \"sentinel\"\nnodes = [\"redis://127.0.0.1\"]".to_owned(), "E104 15:1"),
        ("mode = \"clutser\"".to_owned(), "E104 15:1"),
        (format!("{url}master_name = \"x\""), "E108 18:1"),
        (format!("{url}user = \"x\""), "E108 18:1"),
        (format!("{url}ca = \"x\""), "E108 18:6"),
        (format!("{url}prefix = \"a b\""), "E106 18:10"),
        (format!("{url}wait_replicas = 10"), "E107 18:17"),
        (format!("{url}password = \"\""), "E201 18:12"),
        (format!("{url}prefxi = \"x\""), "E103 18:1"),
        ("url = \"rediss://127.0.0.1\"\nca = \"/nowhere.pem\"".to_owned(), "E202 18:6"),
    ] {
        assert_eq!(wrong(&keys).first().map(String::as_str), Some(expected), "{keys}\n{:?}", wrong(&keys));
    }
    let embedded = edited("[scope.records]", "[store]\nprefix = \"x\"\n[scope.records]");
    assert_eq!(told(&loaded(&embedded)), ["E108 16:1"]);
    let misspelt = edited("[scope.records]", "[store]\nkind = \"rediss\"\n[scope.records]");
    assert_eq!(loaded(&misspelt).diagnostics[0].nearest.as_deref(), Some("redis"));
}

#[test]
fn no_password_is_ever_shown() {
    for keys in [
        "url = \"redis://u:hunter2@127.0.0.1\"",
        "url = \"redis://u:hunter2@\"",
        "url = \"redis://127.0.0.1\"\npassword = \"hunter2\"\nwait_replicas = 10",
        "url = \"redis://127.0.0.1\"\npasword = \"hunter2\"",
    ] {
        let loaded = loaded(&text(keys));
        assert!(!loaded.diagnostics.is_empty(), "{keys}");
        assert!(!render::human(&loaded, false).contains("hunter2"), "{}", render::human(&loaded, false));
    }
}
