//! The configurations of docs/PROVIDERS.md, held against the real `sekisho check`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::book::blocks;
use crate::support::certificate::Certificate;
use crate::support::{folder, gateway};

const BOOK: &str = include_str!("../../docs/PROVIDERS.md");
const KEY: &str = include_str!("keys/rsa-key.pem");
const CERTIFICATE: &str = include_str!("keys/rsa-cert.pem");

/// Around each block: everything else that a configuration needs.
const AROUND: &str = r#"public_url = "https://records.example.jp"
data = "FOLDER/state"
[listen]
address = "0.0.0.0:443"
certificate = "FOLDER/certificate.pem"
key = "FOLDER/key.pem"
[upstream.app]
url = "http://127.0.0.1:8042"
[users]
phone_region = "JP"
password = true
[sms]
countries = ["JP"]
[scope.records]
max_age = "8h"
[[route]]
path = "/**"
require = "otp"
scope = "records"
"#;
const TABLE: &str = "[sms]\ncountries = [\"JP\"]\n";
const SOMEBODY: &str = "[[sms.provider]]\nkind = \"console\"\n";

/// What `check` says of a configuration, every file that it names being there.
fn check(block: &str) -> (bool, String) {
    let folder = folder();
    Certificate::make(folder.path(), gateway::HOST);
    let place = folder.path().display().to_string();
    let block = block.replace("/etc/sekisho", &place);
    for name in block.split('"').filter(|text| text.starts_with(&place)) {
        let content = match name {
            _ if name.contains("/tls/") => CERTIFICATE,
            _ if name.ends_with(".pem") => KEY,
            _ => "0123456789abcdef0123456789abcdef\n",
        };
        let name = std::path::Path::new(name);
        fs::create_dir_all(name.parent().expect("a parent")).expect("the folder can be written");
        fs::write(name, content).expect("the folder can be written");
        fs::set_permissions(name, fs::Permissions::from_mode(0o600)).expect("its mode can be set");
    }
    let config = folder.path().join("sekisho.toml");
    // Codes need somebody who sends them, whatever channel the block is about.
    let sms = if block.contains("[[sms.provider]]") { "" } else { SOMEBODY };
    // A block may have the table itself.
    let around = if block.contains("[sms]\n") { AROUND.replace(TABLE, "") } else { AROUND.to_owned() };
    fs::write(&config, format!("{}{sms}{block}", around.replace("FOLDER", &place))).expect("the folder can be written");
    let output = gateway::sekisho(&["check", "--config", &config.display().to_string()], "");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success() && said.contains("no problems"), said)
}

/// Whether the configuration has providers of this channel.
fn reads(channel: &str) -> bool {
    check(&format!("[[{channel}.provider]]\nkind = \"console\"\n")).0
}

#[test]
fn every_configuration_in_the_book_is_valid() {
    let blocks = blocks(BOOK);
    assert!(!blocks.is_empty());
    for (line, block) in &blocks {
        let channel = ["sms", "voice", "whatsapp", "email"]
            .into_iter()
            .find(|channel| block.contains(&format!("[[{channel}.provider]]")));
        let channel = channel.unwrap_or_else(|| panic!("line {line}: the block has no [[channel.provider]]"));
        assert!(block.lines().count() <= 14, "line {line}: about ten lines");
        let (good, said) = check(block);
        assert!(good || !reads(channel), "docs/PROVIDERS.md, line {line}:\n{said}");
    }
}

#[test]
fn every_kind_is_in_the_book_with_a_configuration_and_what_it_was_tried_against() {
    for kind in sekisho::delivery::provider::kind::KINDS {
        let block = blocks(BOOK).into_iter().find(|(_, block)| block.contains(&format!("kind = \"{}\"", kind.name)));
        assert!(block.is_some(), "{} has no configuration", kind.name);
        let row = BOOK.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", kind.name));
        for channel in kind.channels {
            assert!(row.contains(channel.name()), "{} serves {}", kind.name, channel.name());
        }
    }
}
