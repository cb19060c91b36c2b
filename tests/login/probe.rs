//! `sekisho login-probe` against applications as they are; what it proposes is a configuration that works.

use crate::apps::{App, django, dokuwiki, password_file};
use crate::clerk::{Clerk, RIGHT};
use crate::support::folder;
use crate::support::gateway::sekisho;

fn probe(arguments: &[&str]) -> (i32, String) {
    let output = sekisho(&[&["login-probe"], arguments].concat(), "");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().expect("it ended by itself"), text)
}

fn proposed(app: &App, path: &str, more: &[&str]) -> String {
    let folder = folder();
    let file = password_file(folder.path()).display().to_string();
    let url = format!("{}{path}", app.url);
    let (code, text) = probe(&[&[url.as_str(), "--user", "alice", "--password-file", &file], more].concat());
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains(crate::support::User::ALICE.password), "{text}");
    text
}

#[test]
fn what_tells_a_yes_from_a_no_is_found_in_real_applications() {
    let text = proposed(&django(), "/admin/login/", &[]);
    let line = "login = { form = \"username\", success = { status = [302], location = \"/admin/*\", set_cookie = \"sessionid\" } }";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("Log in | Django site admin") && !text.contains("Mind:"), "{text}");
    let text = proposed(&dokuwiki(), "/doku.php?id=start&do=login", &["--field", "u", "--password-field", "p"]);
    let line =
        "login = { form = \"u\", success = { status = [302], location = \"/doku.php*\", set_cookie = \"DW*\" } }";
    assert!(text.contains(line), "{text}");
}

#[test]
fn what_cannot_be_found_out_is_said() {
    let clerk = Clerk::start();
    let folder = folder();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{RIGHT}\n")).expect("written");
    let file = file.display().to_string();
    let url = |path: &str| format!("{}{path}", clerk.url);
    let (code, text) = probe(&[&url("/api/login"), "--json", "--user", "alice", "--password-file", &file]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("login = { json = \"/username\", success = { set_cookie = \"session\" } }"), "{text}");
    let (code, text) = probe(&[&url("/app/login"), "--user", "alice", "--password-file", &file]);
    assert!(code == 1 && text.contains("has a field `username`"), "{text}");
    std::fs::write(&file, "not it\n").expect("written");
    let (code, text) = probe(&[&url("/api/login"), "--json", "--user", "alice", "--password-file", &file]);
    assert!(code == 1 && text.contains("Was the password right?"), "{text}");
    let (code, text) = probe(&["ftp://x/", "--user", "alice"]);
    assert!(code == 2 && text.contains("http://"), "{text}");
    let (code, text) = probe(&["http://127.0.0.1:1/", "--user", "alice", "--password-file", &file]);
    assert!(code == 1 && text.contains("nothing was sent"), "{text}");
}
