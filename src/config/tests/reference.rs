//! The files in `conf/`: the reference is held equal to what the reader knows.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

const SMALLEST: &str = include_str!("../../../conf/sekisho.toml");
const REFERENCE: &str = include_str!("../../../conf/reference.toml");
const BENCH: &str = include_str!("../../../conf/bench.toml");
const LOADTEST: &str = include_str!("../../../conf/loadtest.toml");

/// The folder `/etc/sekisho` of these tests, with everything in it that `conf/` names.
fn etc() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["records.example.jp".to_owned()]).expect("a certificate");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    };
    write("tls/fullchain.pem", &made.cert.pem());
    write("tls/key.pem", &made.signing_key.serialize_pem());
    write("tls/upstream-ca.pem", &made.cert.pem());
    write("tls/client.pem", &made.cert.pem());
    write("tls/client-key.pem", &made.signing_key.serialize_pem());
    write("secrets/twilio", "token\n");
    write("secrets/admin", "token\n");
    write("secrets/decision", "token\n");
    write("secrets/alerts", "token\n");
    write("secrets/smtp", "token\n");
    write("secrets/redis", "token\n");
    write("secrets/ldap", "token\n");
    write("secrets/sentinel", "token\n");
    write("secrets/camara", "token\n");
    write("tls/ldap-ca.pem", &made.cert.pem());
    write("secrets/oidc", "token\n");
    write("tls/redis-ca.pem", &made.cert.pem());
    folder
}

fn at(text: &str, etc: &tempfile::TempDir) -> String {
    text.replace("/etc/sekisho", &etc.path().display().to_string())
}

/// The reference with every key that is commented out put in force.
fn uncommented(text: &str) -> String {
    let key = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.contains(" = ") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let line = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.starts_with('[') || key(rest) => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|l| line(l) + "\n").collect()
}

#[test]
fn the_smallest_configuration_has_no_problem() {
    let etc = etc();
    let loaded = loaded(&at(SMALLEST, &etc));
    assert_eq!(told(&loaded), Vec::<String>::new());
    let config = loaded.config.expect("valid");
    assert_eq!(config.gate.public_url, "https://records.example.jp");
    assert!(config.pages.secure);
    assert_eq!(config.gate.sending.daily_budget, Some(30_000_000));
    assert_eq!(sms_price(&config), 100_000);
}

#[test]
fn the_bench_configuration_has_no_problem() {
    let loaded = from_text("conf/bench.toml", BENCH);
    assert_eq!(told(&loaded), Vec::<String>::new());
    let config = loaded.config.expect("valid");
    assert_eq!(config.proxy.workers, 1);
    assert!(config.data.starts_with("conf/"), "beside the file, so that anybody can run it");
}

#[test]
fn the_load_tests_configuration_has_no_problem() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let prepared = folder.path().join("target/load");
    fs::create_dir_all(folder.path().join("conf")).expect("made");
    fs::create_dir_all(&prepared).expect("made");
    fs::write(prepared.join("certificate.pem"), made.cert.pem()).expect("written");
    fs::write(prepared.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    fs::set_permissions(prepared.join("key.pem"), fs::Permissions::from_mode(0o600)).expect("mode");
    let name = folder.path().join("conf/loadtest.toml").display().to_string();
    let loaded = from_text(&name, LOADTEST);
    assert_eq!(told(&loaded), Vec::<String>::new());
    let config = loaded.config.expect("valid");
    assert!(config.pages.secure, "TLS, as in earnest");
    assert!(config.data.starts_with(folder.path().join("conf")), "beside the file, so that anybody can run it");
}

#[test]
fn every_key_stands_in_the_reference() {
    let etc = etc();
    let (active, all) = (loaded(&at(REFERENCE, &etc)), loaded(&at(&uncommented(REFERENCE), &etc)));
    let present = |loaded: &Loaded| -> BTreeSet<String> {
        loaded.asked.iter().filter(|asked| asked.place.is_some()).map(|asked| asked.path.clone()).collect()
    };
    let (active_keys, all_keys) = (present(&active), present(&all));
    let kinds = ["console", "file", "http", "twilio"];
    let alerts = ["webhook", "command", "mail"].map(|kind| format!("{BASE}[[alert]]\nkind = \"{kind}\"\n"));
    let known = kinds.iter().flat_map(|kind| loaded(&edited("console", kind)).asked);
    let known = known.chain(alerts.iter().flat_map(|alert| loaded(alert).asked));
    let known: BTreeSet<_> = known.map(|asked| (asked.path, asked.has_default)).collect();
    assert!(known.len() > 60, "{known:?}");
    for (path, has_default) in known {
        assert!(all_keys.contains(&path), "`{path}` is missing in conf/reference.toml");
        assert!(!has_default || active_keys.contains(&path), "`{path}` has a default, so it stands uncommented");
    }
}

#[test]
fn what_is_commented_out_would_be_understood() {
    let etc = etc();
    let found = loaded(&at(&uncommented(REFERENCE), &etc));
    let codes: BTreeSet<_> = found.diagnostics.iter().map(|d| d.code.text()).collect();
    assert_eq!(
        codes,
        BTreeSet::from(["E108", "W201", "W203", "W214"]),
        "only what excludes each other, texts of channels that have no provider, sources that no scope names, and an \
         application that is told of nobody\n{}",
        render::human(&found, false)
    );
}

#[test]
fn the_reference_is_what_is_the_case_without_it() {
    let etc = etc();
    let text = at(REFERENCE, &etc);
    let whole = loaded(&text);
    assert_eq!(told(&whole).iter().map(|t| &t[..4]).collect::<Vec<_>>(), ["W203"]);
    let mut bare = text.clone();
    let mut places: Vec<_> = whole.asked.iter().filter(|a| a.has_default).filter_map(|a| a.place).collect();
    places.sort();
    for place in places.into_iter().rev() {
        bare.replace_range(place.span(), "");
    }
    let without = loaded(&bare);
    let problems = render::human(&without, false);
    let (whole, without) = (whole.config.expect("valid"), without.config.unwrap_or_else(|| panic!("{problems}")));
    assert_eq!(format!("{whole:#?}"), format!("{without:#?}"));
}
