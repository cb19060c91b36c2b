//! Certificates and their keys.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        let files = Files { folder: tempfile::tempdir().expect("a folder") };
        for name in ["a", "b"] {
            let made = rcgen::generate_simple_self_signed([format!("{name}.jp")]).expect("a certificate");
            files.write(&format!("{name}.pem"), &made.cert.pem(), 0o644);
            files.write(&format!("{name}.key"), &made.signing_key.serialize_pem(), 0o600);
        }
        files
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
    }

    /// What is told of a listener with these two.
    fn told(&self, certificate: &str, key: &str) -> Vec<String> {
        let folder = self.folder.path().display();
        let lines = format!("[listen]\ncertificate = \"{folder}/{certificate}\"\nkey = \"{folder}/{key}\"");
        told(&loaded(&edited("[listen]", &lines)))
    }
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let files = Files::new();
    files.write("garbage", "-----BEGIN CERTIFICATE-----\n!!!\n", 0o600);
    files.write("empty", "", 0o600);
    assert_eq!(files.told("a.pem", "a.key"), Vec::<String>::new());
    assert_eq!(files.told("a.pem", "b.key"), ["E202 5:7"]);
    assert_eq!(files.told("a.key", "a.key"), ["E202 4:15"]);
    assert_eq!(files.told("garbage", "a.key"), ["E202 4:15"]);
    assert_eq!(files.told("a.pem", "empty"), ["E202 5:7"]);
    assert_eq!(files.told("x.pem", "x.key"), ["E202 4:15", "E202 5:7"]);
}

#[test]
fn a_key_that_others_can_read_is_noticed() {
    let files = Files::new();
    let key = fs::read_to_string(files.folder.path().join("a.key")).expect("read");
    files.write("open.key", &key, 0o644);
    files.write("group.key", &key, 0o640);
    assert_eq!(files.told("a.pem", "open.key"), ["W205 5:7"]);
    assert_eq!(files.told("a.pem", "group.key"), ["W205 5:7"]);
}

#[test]
fn a_certificate_without_its_key_is_useless() {
    assert_eq!(told(&loaded(&edited("[listen]", "[listen]\nkey = \"x\""))), ["E108 4:1"]);
    let misspelt = loaded(&edited("[listen]", "[listen]\nkey = \"x\"\ncertficate = \"y\""));
    assert_eq!(told(&misspelt), ["E103 5:1"], "told once, as what it is");
}
