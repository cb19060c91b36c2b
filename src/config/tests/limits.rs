//! Who stands for many, and who is warned of it.

use crate::domain::quota::Quota;
use crate::domain::time::Wall;
use crate::domain::user::User;
use crate::identity::{Directory, Settings as DirectorySettings, Write};

use super::*;

fn with(limits: &str) -> String {
    format!("{BASE}\n{limits}")
}

#[test]
fn a_named_network_has_limits_of_its_own() {
    let config = config(&with(
        "[limits]\nbegin = \"10/m\"\nfailures = \"7/5m\"\n[limits.network.hospital]\naddresses = [\"203.0.113.7\", \"2001:db8::/48\"]\npage = \"9/s\"\n",
    ));
    let limits = &config.store.limits;
    let [hospital] = limits.networks.as_slice() else { panic!("{limits:?}") };
    assert_eq!((limits.usual.begin.limit, hospital.rates.begin.limit, hospital.rates.page.limit), (10, 600, 9));
    assert_eq!(config.proxy.shared_networks, hospital.addresses);
    assert_eq!(config.gate.failures, Quota { limit: 7, per: std::time::Duration::from_secs(300) });
}

#[test]
fn the_key_of_before_is_answered_with_what_to_write_instead() {
    let loaded = loaded(&with("[limits]\nshared_networks = [\"203.0.113.7\"]\n"));
    assert_eq!(told(&loaded), ["E103 27:1"]);
    assert!(render::human(&loaded, false).contains("[limits.network.NAME]"));
}

#[test]
fn mistakes_in_a_network_are_told() {
    let named = |name: &str, addresses: &str| format!("[limits.network.{name}]\naddresses = {addresses}\n");
    for (limits, code) in [
        ("[limits.network.a]\nbegin = \"1/m\"\n".to_owned(), "E104"),
        (named("a", "[]"), "E106"),
        (named("a", "[\"hospital\"]"), "E106"),
        (named("\"a b\"", "[\"203.0.113.7\"]"), "E106"),
        (named("a", "[\"0.0.0.0/0\"]"), "W208"),
        (named("a", "[\"203.0.113.7\"]") + "adresses = []\n", "E103"),
        (named("a", "[\"203.0.113.7\"]") + &named("b", "[\"203.0.113.7\"]"), "E108"),
    ] {
        let loaded = loaded(&with(&limits));
        let codes: Vec<_> = told(&loaded).iter().map(|told| told[..4].to_owned()).collect();
        assert_eq!(codes, [code], "{limits}\n{}", render::human(&loaded, false));
    }
}

#[test]
fn many_users_and_no_named_network_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sekisho.db");
    let region = crate::domain::contact::Region::parse("JP").expect("JP");
    let directory = Directory::open(&DirectorySettings::own(region, true, file)).expect("a directory");
    let user = |n: u16| User {
        id: crate::domain::id::UserId::from_random([n.to_be_bytes(); 8].concat().try_into().expect("16 bytes")),
        login: format!("user {n}"),
        name: None,
        phone: None,
        email: None,
        groups: Vec::new(),
        locale: None,
        channels: Vec::new(),
        disabled: false,
    };
    let add = |range: std::ops::Range<u16>| {
        let writes: Vec<_> = range.map(|n| Write::Add { user: user(n), password: None }).collect();
        directory.apply(&writes, Wall::EPOCH).expect("writes");
    };
    let data = format!("data = \"{}\"\n", folder.path().display());
    let codes = |limits: &str| {
        let loaded = loaded(&(data.clone() + &with(limits)));
        told(&loaded).iter().map(|told| told[..4].to_owned()).collect::<Vec<_>>()
    };
    add(0..300);
    assert_eq!(codes(""), Vec::<String>::new(), "ten minutes' worth of one address");
    add(300..301);
    assert_eq!(codes(""), ["W211"]);
    assert_eq!(codes("[limits]\nbegin = \"31/m\"\n"), Vec::<String>::new());
    assert_eq!(codes("[limits.network.house]\naddresses = [\"203.0.113.7\"]\n"), Vec::<String>::new());
    assert_eq!(codes("[limits.network]\n"), Vec::<String>::new(), "whoever writes that has thought about it");
}
