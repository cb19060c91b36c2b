//! What docs/IDENTITY.md shows is a configuration as it stands.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rcgen::{CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod, KeyPair};

const AROUND: &str = r#"
public_url = "https://records.example.jp"

[client]
trusted_proxies = ["10.0.0.5"]

[users]
phone_region = "JP"

[sms]
countries = ["JP"]

[[sms.provider]]
kind = "console"

[upstream.app]
url = "http://127.0.0.1:9100"
"#;

#[test]
fn every_recipe_is_valid_as_it_stands() {
    let folder = super::support::folder();
    let etc = folder.path().display().to_string();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    };
    let mut params = CertificateParams::new(vec!["records.example.jp".to_owned()]).expect("parameters");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    write("tls/key.pem", &key.serialize_pem());
    let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
    write("tls/fullchain.pem", &issuer.pem());
    write("tls/clients-ca.pem", &issuer.pem());
    let list = CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update: rcgen::date_time_ymd(2090, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    write("tls/clients-crl.pem", &list.signed_by(&issuer).expect("a list").pem().expect("PEM"));
    write("secrets/oidc", "a secret\n");

    let recipes = super::support::book::recipes(include_str!("../../docs/IDENTITY.md"), "Sources");
    assert_eq!(recipes.len(), 6, "one for each kind");
    for recipe in recipes {
        let recipe = recipe.replace("/etc/sekisho", &etc);
        let listen = match recipe.contains("[listen]") {
            true => String::new(),
            false => format!(
                "[listen]\naddress = \"0.0.0.0:443\"\ncertificate = \"{etc}/tls/fullchain.pem\"\nkey = \"{etc}/tls/key.pem\"\n"
            ),
        };
        let scopes = recipe.lines().filter_map(|line| line.strip_prefix("[scope.")?.strip_suffix(']'));
        let route = |name: &str| format!("[[route]]\npath = \"/{name}/**\"\nrequire = \"otp\"\nscope = \"{name}\"\n");
        let routes: String = scopes.map(route).collect();
        let whole = format!("{AROUND}{listen}{recipe}{routes}");
        let loaded = sekisho::config::from_text("sekisho.toml", &whole);
        let told: Vec<_> = loaded.diagnostics.iter().map(|told| format!("{told:?}")).collect();
        assert!(told.is_empty() && loaded.config.is_some(), "{recipe}\n{told:#?}");
    }
}
