//! Configurations of several files.

use std::fs;

use super::*;

/// A folder with these files, and what `main.toml` in it gives.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }
    let loaded = load(&folder.path().join("main.toml"));
    (folder, loaded)
}

fn main(names: &str) -> String {
    format!("include = [{names}]\n{BASE}")
}

#[test]
fn tables_of_all_files_flow_together() {
    let more = "[scope.admin]\nmax_age = \"10m\"\n[challenge]\nlength = 8\n";
    let deep = "include = [\"../c.toml\"]\n[audit]\nfile = \"audit.jsonl\"\n";
    let (dir, loaded) = folder(&[
        ("main.toml", &main("\"a.toml\", \"sub/b.toml\"")),
        ("a.toml", more),
        ("sub/b.toml", deep),
        ("c.toml", "[page]\nbrand = \"Example\"\n"),
    ]);
    assert_eq!(told(&loaded), ["W201 1:8"], "{}", render::human(&loaded, false));
    let config = loaded.config.expect("valid");
    assert_eq!(config.gate.challenge.shape.length, 8);
    assert_eq!(config.gate.scopes.len(), 2);
    assert_eq!(config.pages.brand, "Example");
    assert_eq!(config.telemetry.audit_file, dir.path().join("sub/audit.jsonl"), "from the folder of its own file");
}

#[test]
fn a_key_in_two_files_names_both_places() {
    let (_dir, loaded) = folder(&[
        ("main.toml", &main("\"a.toml\"")),
        ("a.toml", "[scope.records]\nmax_age = \"1h\"\n[[route]]\npath = \"/x\"\nrequire = \"deny\"\n"),
    ]);
    assert_eq!(told(&loaded), ["E102 2:1", "E102 3:3"]);
    let shown = render::human(&loaded, false);
    for part in
        ["a.toml:2:1", "main.toml:17:1", "max_age = \"1h\"", "max_age = \"8h\"", "first defined here", "main.toml:1:12"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}

#[test]
fn spans_stay_with_their_file_and_the_chain_is_shown() {
    let (_dir, loaded) = folder(&[("main.toml", &main("\"a.toml\"")), ("a.toml", "\n[challenge]\nlenght = 8\n")]);
    assert_eq!(told(&loaded), ["E103 3:1"]);
    let shown = render::human(&loaded, false);
    assert!(
        shown.contains("a.toml:3:1") && shown.contains("included from") && shown.contains("main.toml:1:12"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_included_is_told_where_it_is_asked_for() {
    let alone = |names: &str| told(&folder(&[("main.toml", &main(names))]).1);
    assert_eq!(alone("\"nowhere.toml\""), ["E001 1:12"]);
    assert_eq!(alone("\"main.toml\""), ["E003 1:12"]);
    assert_eq!(alone("7"), ["E105 1:12"]);
    let (_dir, ring) = folder(&[("main.toml", &main("\"a.toml\"")), ("a.toml", "include = [\"main.toml\"]")]);
    assert_eq!(told(&ring), ["E003 1:12"]);
    let (_dir, broken) = folder(&[("main.toml", &main("\"a.toml\"")), ("a.toml", "x = \ny = 1\n")]);
    assert_eq!(told(&broken), ["E101 1:5"]);
    let huge = "#".repeat(5 << 20);
    let (_dir, huge) = folder(&[("main.toml", &main("\"a.toml\"")), ("a.toml", &huge)]);
    assert_eq!(told(&huge), ["E003 1:12"]);
}

#[test]
fn a_device_without_end_is_no_configuration() {
    assert_eq!(told(&load(Path::new("/dev/zero"))), ["E003 ?"]);
}

#[test]
fn depth_is_limited() {
    let files: Vec<_> = (0..12).map(|n| (format!("{n}.toml"), format!("include = [\"{}.toml\"]", n + 1))).collect();
    let start = main("\"0.toml\"");
    let mut all: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    all.push(("main.toml", &start));
    let (_dir, loaded) = folder(&all);
    assert_eq!(told(&loaded), ["E003 1:12"]);
}

#[test]
fn a_file_in_another_encoding_says_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.toml");
    fs::write(&path, b"# ok\n# \x93\xfa\x96{\n").expect("written");
    assert_eq!(told(&load(&path)), ["E002 2:3"]);
    fs::write(&path, format!("\u{feff}{}", edited("public_url", "publicurl"))).expect("written");
    assert_eq!(told(&load(&path)), ["E103 1:1"], "a byte order mark is no part of the text");
}
