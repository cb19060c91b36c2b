//! Where requests come in, and who is believed there.

use std::time::Duration;

use super::*;
use crate::proxy::settings::{Address, Carrier, Hsts, TlsVersion};

/// Two pairs in a folder, as `{a}` and `{b}` of a text.
fn with_pairs(text: &str) -> (tempfile::TempDir, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = text.to_owned();
    for name in ["a", "b"] {
        let made = rcgen::generate_simple_self_signed([format!("{name}.jp")]).expect("a certificate");
        let (certificate, key) = (folder.path().join(format!("{name}.pem")), folder.path().join(format!("{name}.key")));
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("mode");
        let pair = format!("certificate = \"{}\", key = \"{}\"", certificate.display(), key.display());
        text = text.replace(&format!("{{{name}}}"), &pair);
    }
    (folder, text)
}

const LISTEN: &str = "[listen]\naddress = \"127.0.0.1:8080\"\n";

fn listening(lines: &str) -> (tempfile::TempDir, String) {
    with_pairs(&edited(LISTEN, lines))
}

fn told_of(lines: &str) -> Vec<String> {
    let (_folder, text) = listening(lines);
    told(&loaded(&text))
}

#[test]
fn a_listener_has_several_certificates_and_a_lowest_version() {
    let lines = "[listen]\naddress = \"0.0.0.0:443\"\ncertificates = [{ {a} }, { {b} }]\nminimum_tls = \"1.3\"\n";
    let (folder, text) = listening(lines);
    let tls = config(&text).proxy.listeners.remove(0).tls.expect("TLS");
    let names: Vec<_> = tls.certificates.iter().map(|files| files.certificate.clone()).collect();
    assert_eq!(names, [folder.path().join("a.pem"), folder.path().join("b.pem")]);
    assert_eq!(tls.minimum, TlsVersion::V13);
}

#[test]
fn what_does_not_go_together_is_told() {
    let address = "[listen]\naddress = \"0.0.0.0:443\"\n";
    for (lines, expected) in [
        ("certificates = []", "E106 5:16"),
        ("certificates = [{ }]", "E104 5:17"),
        ("certificates = [{ key = \"x\" }]", "E108 5:19"),
        ("certificates = [{ {a}, name = \"x\" }]", "E103"),
        ("minimum_tls = \"1.3\"", "E108 5:1"),
        ("minimum_tls = \"1.1\"", "E106 5:15"),
        ("mode = \"660\"", "E108 5:8"),
        ("hsts = \"365d\"", "E108 3:1"),
        ("hsts = \"10000d\"", "E107 5:8"),
        ("hsts_subdomains = true", "E108 5:1"),
        ("proxy_protocol = true", "E108 3:1"),
    ] {
        let told = told_of(&format!("{address}{lines}\n"));
        assert!(told.iter().any(|told| told.starts_with(expected)), "{lines}: {told:?}");
    }
    let both = format!("{address}certificates = [{{ {{a}} }}]\ncertificate = \"x\"\nkey = \"y\"\n");
    assert!(told_of(&both).contains(&"E108 5:1".to_owned()), "{:?}", told_of(&both));
}

#[test]
fn a_unix_socket_is_an_address_with_permissions() {
    let address = |lines: &str| config(&edited(LISTEN, lines)).proxy.listeners.remove(0).address;
    let unix = |path: &str, mode| Address::Unix { path: path.into(), mode };
    assert_eq!(address("[listen]\naddress = \"unix:/run/s/h.sock\"\n"), unix("/run/s/h.sock", 0o660));
    assert_eq!(address("[listen]\naddress = \"unix:/run/s/h.sock\"\nmode = \"0666\"\n"), unix("/run/s/h.sock", 0o666));
    for (lines, expected) in [
        ("address = \"unix:\"", "E106 4:11"),
        ("address = \"unix:/h\"\nmode = \"rw\"", "E106 5:8"),
        ("address = \"unix:/h\"\nmode = \"066\"", "E106 5:8"),
        ("address = \"unix:/h\"\nmode = 660", "E105 5:8"),
        ("address = \"unix:/h\"\ncertificates = [{ {a} }]", "E108 3:1"),
    ] {
        assert_eq!(told_of(&format!("[listen]\n{lines}\n")), [expected], "{lines}");
    }
    let long = format!("[listen]\naddress = \"unix:/{}\"\n", "x".repeat(107));
    assert_eq!(told_of(&long), ["E107 4:11"]);
}

#[test]
fn two_listeners_that_cannot_be_there_together_are_told() {
    let two = |a: &str, b: &str| told_of(&format!("[[listen]]\naddress = \"{a}\"\n[[listen]]\naddress = \"{b}\"\n"));
    for (a, b) in [
        ("10.0.0.9:80", "10.0.0.9:80"),
        ("0.0.0.0:80", "[::]:80"),
        ("[::]:80", "0.0.0.0:80"),
        ("[::]:80", "10.0.0.9:80"),
        ("10.0.0.9:80", "0.0.0.0:80"),
        ("[::]:80", "[2001:db8::9]:80"),
        ("[::ffff:10.0.0.9]:80", "10.0.0.9:80"),
        ("unix:/run/a", "unix:/run/a"),
    ] {
        assert_eq!(two(a, b), ["E303 5:1"], "{a} {b}");
    }
    for (a, b) in [
        ("0.0.0.0:80", "0.0.0.0:443"),
        ("10.0.0.9:80", "10.0.0.8:80"),
        ("0.0.0.0:80", "[2001:db8::9]:80"),
        ("unix:/run/a", "unix:/run/b"),
    ] {
        assert_eq!(two(a, b), Vec::<String>::new(), "{a} {b}");
    }
}

#[test]
fn who_may_say_where_connections_come_from_must_be_named() {
    let trusting = |lines: &str, proxies: &str| told_of(&format!("{lines}[client]\ntrusted_proxies = {proxies}\n"));
    let tcp = "[listen]\naddress = \"0.0.0.0:80\"\nproxy_protocol = true\n";
    assert_eq!(trusting(tcp, "[]"), ["E108 3:1"]);
    assert_eq!(trusting(tcp, "[\"10.0.0.5\"]"), Vec::<String>::new());
    assert_eq!(trusting(tcp, "[\"unix\"]"), ["E108 3:1"], "those are others");
    let unix = "[listen]\naddress = \"unix:/h\"\nproxy_protocol = true\n";
    assert_eq!(trusting(unix, "[\"unix\"]"), Vec::<String>::new());
    assert_eq!(trusting(unix, "[\"10.0.0.5\"]"), ["E108 3:1"]);
    assert_eq!(trusting(tcp, "[\"10.0.0.5\", \"tcp\"]"), ["E106 7:32"]);
}

#[test]
fn what_a_proxy_is_believed_is_chosen() {
    let text = format!(
        "{LISTEN}[client]\ntrusted_proxies = [\"unix\", \"10.0.0.0/8\"]\nheader = \"forwarded\"\nhost = true\n"
    );
    let proxy = config(&edited(LISTEN, &text)).proxy;
    assert!(proxy.trusts(None) && proxy.trusts("10.1.2.3".parse().ok()) && !proxy.trusts("11.1.2.3".parse().ok()));
    assert_eq!(proxy.forwarding.header, Carrier::Forwarded);
    assert!(proxy.forwarding.host && proxy.forwarding.proto);
    assert!(!config(BASE).proxy.trusts(None));
    assert_eq!(told_of(&format!("{LISTEN}[client]\nheader = \"cf-connecting-ip\"\n")), ["E106 6:10"]);
}

#[test]
fn plain_http_beside_tls_is_a_way_to_https_and_alone_it_is_a_mistake() {
    let https = |lines: &str| {
        let (_folder, text) = listening(lines);
        told(&loaded(&text.replace("\"http://127.0.0.1:8080\"", "\"https://a.jp\"")))
    };
    let tls =
        "[[listen]]\naddress = \"0.0.0.0:443\"\ncertificates = [{ {a} }]\nhsts = \"1d\"\nhsts_subdomains = true\n";
    let plain = "[[listen]]\naddress = \"0.0.0.0:80\"\n";
    assert_eq!(https(&format!("{tls}{plain}")), Vec::<String>::new());
    assert_eq!(https(plain), ["W206 3:1"]);
    assert_eq!(https(&format!("{plain}[client]\ntrusted_proxies = [\"10.0.0.5\"]\n")), Vec::<String>::new());
    let (_folder, text) = listening(tls);
    let config = config(&text.replace("\"http://127.0.0.1:8080\"", "\"https://a.jp\""));
    let hsts = config.proxy.listeners[0].hsts.expect("chosen");
    assert_eq!(hsts, Hsts { max_age: Duration::from_secs(86_400), subdomains: true });
    assert_eq!(hsts.value(), "max-age=86400; includeSubDomains");
}
