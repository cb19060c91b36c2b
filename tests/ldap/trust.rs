//! Encryption, and whom it is with.

use crate::slapd::Slapd;
use crate::support::certificate::Certificate;
use crate::support::{Upstream, Wire, folder};
use crate::{command, plan, sign_in, told};

#[test]
fn only_the_server_whose_name_it_is_hears_anything() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let apart = folder();
    let other = Certificate::make(apart.path(), "localhost").certificate;
    let own = slapd.certificate.certificate.display().to_string();
    let ca = |file: &str| format!("ca = \"{file}\"\n");
    let good = slapd.table("hospital", &[slapd.ldaps()], &ca(&own));
    let gateway = plan(&upstream, &good).start();
    sign_in(&mut gateway.caller(Wire::Http1), &gateway, "hanako", "hanako no himitsu");
    let asks = |servers: &str, more: &str| {
        let config = std::fs::read_to_string(&gateway.config).expect("it is there");
        let changed = config.replace(&format!("{:?}", [slapd.ldaps()]), servers).replace(&ca(&own), more);
        let file = gateway.file("other.toml");
        std::fs::write(&file, changed).expect("the folder can be written");
        told(&["check", "--online", "--config", &file.display().to_string()])
    };
    let line = |said: &str| said.lines().find(|line| line.contains("directory hospital")).unwrap_or(said).to_owned();
    let (by_name, by_address) =
        (format!("[\"ldaps://localhost:{}\"]", slapd.tls_port), format!("[\"ldaps://127.0.0.2:{}\"]", slapd.tls_port));
    let plain = format!("[\"{}\"]", slapd.url());
    for (servers, more, verdict, says) in [
        (&by_name, ca(&own), "ok", "people can be found"),
        (&plain, format!("starttls = true\n{}", ca(&own)), "ok", "people can be found"),
        (&by_address, ca(&own), "FAILED", "certificate"),
        (&by_name, ca(&other.display().to_string()), "FAILED", "certificate"),
        (&plain, format!("starttls = true\n{}", ca(&other.display().to_string())), "FAILED", "certificate"),
    ] {
        let (_, said) = asks(servers, &more);
        let line = line(&said);
        assert!(line.starts_with(verdict) && line.contains(says), "{servers} {more}\n{said}");
    }
    // Whom we search as must be let in, and see something.
    let asks = |from: &str, to: &str| {
        let config = std::fs::read_to_string(&gateway.config).expect("it is there").replace(from, to);
        let file = gateway.file("other.toml");
        std::fs::write(&file, config).expect("the folder can be written");
        told(&["check", "--online", "--config", &file.display().to_string()]).1
    };
    let said = asks("only-reads", "something-else");
    assert!(line(&said).contains("does not let `bind_dn` in"), "{said}");
    let said = asks("base = \"dc=example,dc=jp\"", "base = \"ou=nowhere,dc=example,dc=jp\"");
    assert!(line(&said).contains("there is no `ou=nowhere,dc=example,dc=jp`"), "{said}");
    let said = asks("kind = \"openldap\"", "kind = \"ad\"");
    assert!(line(&said).contains("has no `objectGUID`"), "{said}");
    assert!(command(&gateway, &["check", "--online"]).1.contains("ok      directory hospital"));
}

#[test]
fn a_configuration_that_would_send_passwords_in_clear_is_refused() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let gateway = plan(&upstream, &slapd.table("hospital", &[slapd.url()], "")).start();
    let check = |from: &str, to: &str| {
        let config = std::fs::read_to_string(&gateway.config).expect("it is there").replace(from, to);
        let file = gateway.file("other.toml");
        std::fs::write(&file, config).expect("the folder can be written");
        told(&["check", "--config", &file.display().to_string()])
    };
    let own = slapd.url();
    for (from, to, says) in [
        (own.as_str(), "ldap://dc1.example.jp", "would travel unencrypted"),
        (own.as_str(), "http://dc1.example.jp", "is not a URL of a directory"),
        (own.as_str(), "ldaps://admin:secret@dc1.example.jp", "is not a URL of a directory"),
        (own.as_str(), "ldaps://[2001:db8::1]", "write the server's name"),
        ("kind = \"openldap\"", "kind = \"opnldap\"", "expected one of"),
        ("kind = \"openldap\"", "", "lacks `kind`"),
        ("bind_password = \"only-reads\"", "", "`bind_dn` goes with `bind_password`"),
        ("phones = ", "phone = ", "did you mean `phones`?"),
        ("phones = [\"mobile\",", "phones = [\"mobile)(uid=*\",", "is not the name of an attribute"),
        ("base = \"dc=example,dc=jp\"", "base = \"example.jp\"", "is not a distinguished name"),
        ("[ldap.hospital]", "[ldap.hospital]\nfilter = \"(uid=a)(uid=b)\"", "is no filter of LDAP"),
        ("[ldap.hospital]", "[ldap.hospital]\npassword = \"none\"", "anybody's word"),
        ("[ldap.hospital]", "[ldap.hospital]\nca = \"/nowhere.pem\"", "`ca` does nothing without TLS"),
    ] {
        let (good, said) = check(from, to);
        assert!(!good && said.contains(says), "{to}\n{said}");
        assert!(!said.contains("only-reads"), "{said}");
    }
}
