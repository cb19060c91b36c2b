//! Where secrets come from, and that nobody is shown one.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::delivery::settings::With;
use crate::domain::contact::Channel;

use super::*;

/// A configuration whose Twilio token is what `token` says.
fn twilio(token: &str) -> String {
    let provider =
        format!("kind = \"twilio\"\naccount = \"AC{}\"\nfrom = \"+15005550006\"\ntoken = {token}", "0".repeat(32));
    edited("kind = \"console\"", &provider)
}

fn read_with(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Loaded {
    read("sekisho.toml", include::from_text("sekisho.toml", text), environment)
}

fn token(loaded: &Loaded) -> Option<String> {
    match &loaded.config.as_ref()?.delivery.providers[&Channel::Sms].first()?.with {
        With::Kind(_, given) => Some(given.secrets["token"].expose().clone()),
        _ => None,
    }
}

#[test]
fn a_secret_has_four_sources() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twilio");
    fs::write(&path, "from file\r\n\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
    let directory = folder.path().display().to_string();
    let environment = |name: &str| match name {
        "TWILIO" => Some("from env".to_owned()),
        "CREDENTIALS_DIRECTORY" => Some(directory.clone()),
        _ => None,
    };
    let file = format!("{{ file = \"{}\" }}", path.display());
    for (written, value) in [
        ("\"written out\"", "written out"),
        (file.as_str(), "from file"),
        ("{ env = \"TWILIO\" }", "from env"),
        ("{ credential = \"twilio\" }", "from file"),
    ] {
        let loaded = read_with(&twilio(written), &environment);
        assert_eq!(told(&loaded), Vec::<String>::new(), "{written}");
        assert_eq!(token(&loaded).as_deref(), Some(value));
        assert!(!format!("{:?}", loaded.config).contains(value));
    }
}

#[test]
fn what_is_no_secret_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
        format!("{{ file = \"{}\" }}", path.display())
    };
    let environment = |name: &str| (name == "EMPTY").then(String::new);
    let none = |_: &str| None;
    for (written, expected) in [
        ("\"\"", "E201 16:9"),
        ("17", "E105 16:9"),
        ("{ env = \"EMPTY\" }", "E201 16:9"),
        ("{ env = \"NOT_SET\" }", "E201 16:17"),
        ("{ credential = \"twilio\" }", "E201 16:24"),
        ("{ credential = \"../twilio\" }", "E106 16:24"),
        ("{ fil = \"x\" }", "E103 16:11"),
        ("{ }", "E106 16:9"),
        ("{ env = \"A\", file = \"b\" }", "E106 16:9"),
        ("{ file = \"/nowhere/twilio\" }", "E201 16:18"),
        ("{ file = \"/\" }", "E201 16:18"),
        (&file("empty", "\n"), "E201 16:9"),
        (&file("lines", "one\ntwo\n"), "E201 16:9"),
    ] {
        assert_eq!(told(&read_with(&twilio(written), &environment)), [expected], "{written}");
    }
    assert_eq!(told(&read_with(&twilio("{ env = \"EMPTY\" }"), &none)), ["E201 16:17"]);
}

#[test]
fn a_file_that_others_can_read_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twilio");
    fs::write(&path, "secret").expect("written");
    for (mode, whom) in [(0o600, None), (0o640, Some("its group")), (0o644, Some("everybody")), (0o400, None)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        let loaded = loaded(&twilio(&format!("{{ file = \"{}\" }}", path.display())));
        assert_eq!(loaded.diagnostics.first().map(|d| d.message.starts_with(whom.unwrap_or("?"))), whom.map(|_| true));
        assert!(loaded.config.is_some());
    }
}

#[test]
fn a_configuration_that_holds_secrets_is_not_for_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sekisho.toml");
    for (token, mode, expected) in [
        ("\"written out\"", 0o644, &["W210 16:9"][..]),
        ("\"written out\"", 0o640, &[]),
        ("{ env = \"PATH\" }", 0o644, &[]),
    ] {
        fs::write(&path, twilio(token)).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        assert_eq!(told(&load(&path)), expected, "{token} {mode:o}");
    }
}

#[test]
fn relative_paths_begin_at_the_folder_of_their_file() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("twilio"), "near").expect("written");
    fs::write(folder.path().join("sekisho.toml"), twilio("{ file = \"twilio\" }")).expect("written");
    assert_eq!(token(&load(&folder.path().join("sekisho.toml"))).as_deref(), Some("near"));
}

#[test]
fn no_mistake_shows_a_secret() {
    let good = twilio("\"hunter2\"");
    let header = "kind = \"http\"\nname = \"a\"\nurl = \"https://a.jp/?k=hunter2\"\nbody = '[\"{to}\",\"{text}\"]'\n";
    let broken = [
        good.replace("token =", "tokn ="),
        good.replace("token =", "zzz ="),
        good.replace("\"hunter2\"", "\"hunter2"),
        good.replace("\"hunter2\"", "hunter2"),
        good.replace("\"hunter2\"", "[\"hunter2\"]"),
        good.replace("\"hunter2\"", "{ fil = \"hunter2\" }"),
        good.replace("\"hunter2\"", "{ value = \"hunter2\", file = \"x\" }"),
        good.replace("\"hunter2\"", "\"hunter2\" \"x\""),
        good.replace("\"hunter2\"", "\"\"\"hunter2\nx\"\"\""),
        good.replace("\"hunter2\"", "\"hunter2\"\ntoken = \"hunter2\""),
        edited("kind = \"console\"", &format!("{header}headers = {{ Host = \"hunter2\" }}")),
        edited("kind = \"console\"", &format!("{header}headers = {{ X-Api-Key = \"hunter2\" \"b\" }}")),
        edited("kind = \"console\"", &format!("{header}headers = \"Bearer hunter2\"")),
        edited("kind = \"console\"", &format!("{header}headers = {{ A = \"hunter2\\u0007\" }}")),
        edited("kind = \"console\"", &header.replace("https", "http")),
        edited("[scope.records]", "[admin]\ntoken = \"hunter2\"\n[scope.records]"),
        edited("[scope.records]", "[admin]\nadress = \"hunter2\"\ntoken = \"hunter2\"\n[scope.records]"),
        edited("\"http://127.0.0.1:9100\"", "\"http://root:hunter2@app\""),
        edited("\"http://127.0.0.1:9100\"", "\"http//root:hunter2@app\""),
    ];
    for text in broken {
        let loaded = loaded(&text);
        assert!(!loaded.diagnostics.is_empty(), "{text}");
        for shown in [render::human(&loaded, false), render::json(&loaded), format!("{:?}", loaded.diagnostics)] {
            assert!(!shown.contains("hunter2"), "{text}\n{shown}");
        }
    }
}
