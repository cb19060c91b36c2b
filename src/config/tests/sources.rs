//! Where requests themselves show who is calling.

use std::fs;

use super::*;

const SOURCE: &str = "max_age = \"8h\"\nsources = [\"portal\", \"form\"]\n\n[source.portal]\n";

/// What is told of a scope with this one source.
fn of(source: &str) -> Loaded {
    loaded(&edited("max_age = \"8h\"\n", &format!("{SOURCE}{source}\n")))
}

#[test]
fn scopes_name_sources_that_are_there() {
    for (sources, expected, nearest) in [
        ("[\"form\"]", None, None),
        ("[\"from\"]", Some("E301 17:12"), Some("form")),
        ("[\"form\", \"portal\"]", Some("E301 17:20"), None),
        ("[]", Some("E106 17:11"), None),
        ("\"form\"", Some("E105 17:11"), None),
    ] {
        let found = loaded(&edited("max_age = \"8h\"", &format!("max_age = \"8h\"\nsources = {sources}")));
        assert_eq!(told(&found), expected.into_iter().collect::<Vec<_>>(), "{sources}");
        assert_eq!(found.diagnostics.first().and_then(|d| d.nearest.as_deref()), nearest, "{sources}");
    }
}

#[test]
fn a_header_is_believed_from_somebody() {
    assert_eq!(told(&of("kind = \"header\"\nheader = \"X-User\"\nfrom = [\"10.0.0.5\"]")), Vec::<String>::new());
    assert_eq!(told(&of("kind = \"header\"\nheader = \"X-User\"")), ["E108 19:9"]);
    assert_eq!(told(&of("kind = \"header\"\nfrom = [\"10.0.0.5\"]")), ["E104 19:1"]);
    assert_eq!(told(&of("kind = \"header\"\nheader = \"Cookie\"\nfrom = [\"10.0.0.5\"]")), ["E106 21:10"]);
    assert_eq!(told(&of("kind = \"header\"\nheader = \"X-User\"\nfrom = [\"0.0.0.0/0\"]")), ["E106 22:9"]);
    assert_eq!(told(&of("kind = \"heder\"")), ["E106 20:8"]);
    assert_eq!(told(&of("header = \"X-User\"")), ["E104 19:1"]);
    assert_eq!(told(&of("kind = \"basic\"\nheader = \"X-User\"")), ["E103 21:1"]);
    assert_eq!(told(&of("kind = \"basic\"\ndomain = \"a@b\"")), ["E106 21:10"]);
}

#[test]
fn a_header_of_a_source_reaches_no_upstream() {
    let found = of("kind = \"header\"\nheader = \"X-User\"\nfrom = [\"10.0.0.5\"]");
    let names = found.config.expect("valid").proxy.headers.sources;
    assert_eq!(names.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["x-user"]);
}

#[test]
fn a_source_that_nobody_asks_and_one_that_cannot_be_called_so() {
    let unused = edited("[upstream.app]", "[source.portal]\nkind = \"basic\"\n\n[upstream.app]");
    assert_eq!(told(&loaded(&unused)), ["W201 18:9"]);
    let form = edited("[upstream.app]", "[source.form]\nkind = \"basic\"\n\n[upstream.app]");
    assert_eq!(told(&loaded(&form)), ["E106 18:9"]);
    assert_eq!(told(&loaded(&unused.replace("phone_region", "password = false\nphone_region"))).len(), 3);
}

#[test]
fn certificates_are_asked_for_and_vouched_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["records.example.jp".to_owned()]).expect("a certificate");
    for (name, text) in [("c.pem", made.cert.pem()), ("k.pem", made.signing_key.serialize_pem()), ("bad", "x".into())] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let shown = folder.path().display();
    let card = "kind = \"certificate\"\nlogin = \"email\"";
    let with = |lines: &str| {
        let listen = format!("[listen]\ncertificate = \"{shown}/c.pem\"\nkey = \"{shown}/k.pem\"\n{lines}");
        let text = edited("max_age = \"8h\"\n", &format!("{SOURCE}{card}\n")).replacen("[listen]", &listen, 1);
        told(&loaded(&text)).into_iter().filter(|told| !told.starts_with("W205")).collect::<Vec<_>>()
    };
    let ca = format!("client_ca = \"{shown}/c.pem\"\n");
    assert_eq!(told(&of(card)), ["E108 19:9"], "no listener asks");
    assert_eq!(with(&format!("client_certificates = \"optional\"\n{ca}")), Vec::<String>::new());
    assert_eq!(with(&format!("client_certificates = \"required\"\n{ca}")), Vec::<String>::new());
    assert_eq!(with(&ca), ["E108 6:1"], "asked for by nobody");
    assert_eq!(with("client_certificates = \"optional\"\n"), ["E104 3:1"]);
    assert_eq!(with(&format!("client_certificates = \"maybe\"\n{ca}")), ["E106 6:23"]);
    assert_eq!(with(&format!("client_certificates = \"optional\"\nclient_ca = \"{shown}/bad\"\n")), ["E202 7:13"]);
    let list = format!("client_certificates = \"optional\"\n{ca}client_crl = \"{shown}/bad\"\n");
    assert_eq!(with(&list), ["E202 8:14"]);
    let plain = edited("[listen]", &format!("[listen]\nclient_certificates = \"optional\"\n{ca}"));
    assert_eq!(told(&loaded(&plain)), ["E108 4:1"], "there is no TLS");
}

const BEARER: &str =
    "kind = \"bearer\"\njwks = \"https://a.example/k\"\nissuer = \"i\"\naudience = \"a\"\nclaim = \"sub\"";
const WHOAMI: &str = "kind = \"whoami\"\nurl = \"http://127.0.0.1:1/me\"\ncookies = [\"sessionid\"]\njson = \"/name\"";
const OIDC: &str = "kind = \"oidc\"\nissuer = \"https://a.example\"\nclient_id = \"sekisho\"\nclaim = \"sub\"";

#[test]
fn tokens_and_providers_are_whole_and_their_keys_travel_encrypted() {
    for good in [BEARER, WHOAMI, OIDC] {
        assert_eq!(told(&of(good)), Vec::<String>::new(), "{good}");
    }
    for (source, from, to, expected) in [
        (BEARER, "jwks = \"https://a.example/k\"", "jwks = \"/etc/keys.json\"", None),
        (BEARER, "https://a", "http://127.0.0.1:9/a", None),
        (BEARER, "https://a", "http://a", Some("E106 21:8")),
        (BEARER, "https://a", "ftp://a", Some("E106 21:8")),
        (BEARER, "audience = \"a\"\n", "", Some("E104 19:1")),
        (BEARER, "issuer = \"i\"\n", "", Some("E104 19:1")),
        (WHOAMI, "http://127.0.0.1:1", "http://app.example", Some("W207 21:7")),
        (WHOAMI, "[\"sessionid\"]", "[]", Some("E106 22:11")),
        (WHOAMI, "\"sessionid\"", "\"__Host-sekisho\"", Some("E106 22:12")),
        (WHOAMI, "\"sessionid\"", "\"a=b\"", Some("E106 22:12")),
        (WHOAMI, "json = \"/name\"", "", Some("E104 19:1")),
        (WHOAMI, "json = \"/name\"", "json = \"/name\"\nheader = \"X-User\"", Some("E108 23:8")),
        (OIDC, "https://a", "http://a", Some("E106 21:10")),
        (OIDC, "claim", "clam", Some("E103 23:1")),
        (OIDC, "claim = \"sub\"", "claim = \"sub\"\nscopes = [\"profile\"]", Some("E108 24:10")),
    ] {
        assert!(source.contains(from), "{from}");
        let found = of(&source.replacen(from, to, 1));
        assert_eq!(told(&found), expected.into_iter().collect::<Vec<_>>(), "{to}\n{}", render::human(&found, false));
    }
}
