//! Scopes that only passkeys open.

use super::*;
use crate::config::diagnostic::Code;

fn strict(site: &str) -> Loaded {
    let text = edited("max_age = \"8h\"\n", "max_age = \"8h\"\n\n[scope.vault]\nphishing_resistant = true\n");
    let route = "[[route]]\npath = \"/vault/**\"\nrequire = \"otp\"\nscope = \"vault\"\n";
    loaded(&format!("{}\n{route}", text.replacen("http://127.0.0.1:8080", site, 1)))
}

#[test]
fn a_site_that_can_have_no_passkeys_has_no_scope_that_only_they_open() {
    assert_eq!(strict("http://127.0.0.1:8080").diagnostics.iter().filter(|d| d.code == Code::NoPasskeys).count(), 1);
    let loaded = strict("http://localhost:8080");
    assert!(loaded.diagnostics.iter().all(|d| d.code != Code::NoPasskeys), "{:?}", told(&loaded));
}

#[test]
fn somebody_has_to_get_in_before_they_can_enrol() {
    let text = edited("max_age = \"8h\"\n", "max_age = \"8h\"\nphishing_resistant = true\n");
    let loaded = loaded(&text.replacen("http://127.0.0.1:8080", "http://localhost:8080", 1));
    assert!(loaded.diagnostics.iter().any(|d| d.code == Code::NobodyEnrols), "{:?}", told(&loaded));
    let loaded = strict("http://localhost:8080");
    assert!(loaded.diagnostics.iter().all(|d| d.code != Code::NobodyEnrols), "{:?}", told(&loaded));
}
