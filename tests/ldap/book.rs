//! The configurations of the chapter on directories, held against the real `sekisho check`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::book::recipes;
use crate::support::certificate::Certificate;
use crate::support::{folder, gateway};
use crate::told;

const BOOK: &str = include_str!("../../docs/IDENTITY.md");

const AROUND: &str = r#"public_url = "https://records.example.jp"
data = "/etc/sekisho/state"
[listen]
address = "0.0.0.0:443"
certificate = "/etc/sekisho/certificate.pem"
key = "/etc/sekisho/key.pem"
[upstream.app]
url = "http://127.0.0.1:8042"
[users]
phone_region = "JP"
[sms]
countries = ["JP"]
[[sms.provider]]
kind = "console"
[scope.records]
max_age = "8h"
[[route]]
path = "/**"
require = "otp"
scope = "records"
"#;

#[test]
fn every_recipe_for_a_directory_is_valid() {
    let directories = recipes(BOOK, "Directories");
    assert_eq!(directories.len(), 3, "one for each kind");
    let folder = folder();
    let place = folder.path().display().to_string();
    let certificate = Certificate::make(folder.path(), gateway::HOST);
    fs::create_dir(folder.path().join("secrets")).expect("the folder can be written");
    fs::create_dir(folder.path().join("tls")).expect("the folder can be written");
    let secret = folder.path().join("secrets/ldap");
    fs::write(&secret, "something\n").expect("the folder can be written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("its mode can be set");
    for name in ["hospital-ca.pem", "ldap-ca.pem", "ipa-ca.pem"] {
        fs::copy(&certificate.certificate, folder.path().join("tls").join(name)).expect("the folder can be written");
    }
    // Alone, and all of them together.
    let together = directories.concat();
    for block in directories.iter().chain([&together]) {
        let config = folder.path().join("sekisho.toml");
        fs::write(&config, format!("{AROUND}{block}").replace("/etc/sekisho", &place))
            .expect("the folder can be written");
        let (good, said) = told(&["check", "--config", &config.display().to_string()]);
        assert!(good && said.contains("no problems"), "{block}\n{said}");
    }
}
