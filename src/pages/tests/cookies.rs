//! Our cookies, and nobody else's.

use crate::domain::secret::Secret;
use crate::pages::cookies::*;

#[test]
fn a_pass_is_kept_from_scripts_and_other_sites() {
    let token = Secret::new("a.b.c".to_owned());
    let secure = set_pass(&token, true).expect("a header");
    assert_eq!(secure, "__Host-sekisho=a.b.c; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert!(secure.is_sensitive());
    assert_eq!(set_pass(&token, false).expect("a header"), "sekisho=a.b.c; Path=/; HttpOnly; SameSite=Lax");
    let browser = set_browser(&token, true).expect("a header");
    assert_eq!(browser, "__Host-sekisho-browser=a.b.c; Path=/; HttpOnly; SameSite=Lax; Secure");
}

#[test]
fn removal_names_the_same_cookie_and_the_same_place() {
    for secure in [true, false] {
        let removed = remove_pass(secure);
        let removed = removed.to_str().expect("ASCII");
        let set = set_pass(&Secret::new(String::new()), secure).expect("a header");
        assert!(removed.starts_with(set.to_str().expect("ASCII")), "{removed}");
        assert!(removed.contains("Max-Age=0; Expires=Thu, 01 Jan 1970"), "{removed}");
    }
}

#[test]
fn ours_are_told_in_any_case() {
    for ours in [
        "sekisho",
        "sekisho-browser",
        "sekisho_x",
        "__sekisho",
        "__sekisho-ticket",
        "__Host-sekisho",
        "__Host-sekisho-browser",
        "Sekisho",
        "__host-SEKISHO",
        "__Host-__sekisho",
    ] {
        assert!(is_ours(ours.as_bytes()), "{ours}");
    }
    for theirs in ["", "session", "__Secure-sekisho", "_sekisho", "x-sekisho", "__Host-", "__", "sekish"] {
        assert!(!is_ours(theirs.as_bytes()), "{theirs}");
    }
    for secure in [true, false] {
        assert!(is_ours(pass_name(secure).as_bytes()) && is_ours(browser_name(secure).as_bytes()));
    }
}
