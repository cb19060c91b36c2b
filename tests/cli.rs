//! The commands an administrator types: `check`, `explain`, `user`, and their exit codes.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use support::certificate::Certificate;
use support::{folder, gateway};

/// PRODUCT §3's smallest configuration; only the paths are ours.
const SMALLEST: &str = r#"public_url = "https://records.example.jp"

[listen]
address = "0.0.0.0:443"
certificate = "FOLDER/certificate.pem"
key = "FOLDER/key.pem"

[upstream.orthanc]
url = "http://127.0.0.1:8042"

[users]
phone_region = "JP"
password = true

[sms]
countries = ["JP"]
daily_budget = "30 USD"

[[sms.provider]]
kind = "twilio"
account = "AC00000000000000000000000000000000"
from = "+15005550006"
token = { file = "FOLDER/twilio" }

[scope.records]
max_age = "8h"

[[route]]
path = "/**"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
upstream = "orthanc"
"#;

/// An administrator with one configuration file, its keys and its secrets.
struct Desk {
    folder: tempfile::TempDir,
    text: String,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
struct Done {
    code: i32,
    /// Standard output and standard error, as a terminal shows them.
    said: String,
    out: String,
}

impl Done {
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.said.to_lowercase().contains(&words.to_lowercase()), "`{words}` is not in\n{}", self.said);
        self
    }

    #[track_caller]
    fn hides(self, words: &str) -> Self {
        assert!(!self.said.contains(words), "`{words}` is in\n{}", self.said);
        self
    }
}

impl Desk {
    fn with(text: &str) -> Self {
        let folder = folder();
        Certificate::make(folder.path(), gateway::HOST);
        let secret = folder.path().join("twilio");
        fs::write(&secret, "0123456789abcdef0123456789abcdef\n").expect("the folder can be written");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("its mode can be set");
        let place = folder.path().display().to_string();
        let text = text.replace("FOLDER", &place);
        let text = format!("data = \"{place}/state\"\n{text}");
        let desk = Self { folder, text };
        fs::write(desk.config(), &desk.text).expect("the folder can be written");
        desk
    }

    fn smallest() -> Self {
        Self::with(SMALLEST)
    }

    /// The smallest configuration with one place changed.
    fn changed(from: &str, to: &str) -> Self {
        assert!(SMALLEST.contains(from), "{from}");
        Self::with(&SMALLEST.replace(from, to))
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("sekisho.toml")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("the folder can be written");
        path.display().to_string()
    }

    /// Runs `sekisho COMMAND --config FILE REST`.
    fn run(&self, command: &[&str], rest: &[&str]) -> Done {
        self.run_with(command, rest, "")
    }

    fn run_with(&self, command: &[&str], rest: &[&str], input: &str) -> Done {
        let config = self.config().display().to_string();
        run(&[command, &["--config", &config], rest].concat(), input)
    }

    fn check(&self) -> Done {
        self.run(&["check"], &[])
    }

    fn user(&self, verb: &str, rest: &[&str]) -> Done {
        self.run_with(&["user", verb], rest, "a long enough password\n")
    }

    /// Line and column (from 1) of the only place where this stands in the file.
    fn place(&self, needle: &str) -> (usize, usize) {
        let at = self.text.find(needle).unwrap_or_else(|| panic!("`{needle}` is not in the file"));
        assert_eq!(self.text.matches(needle).count(), 1, "`{needle}` stands there more than once");
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, self.text[line_start..at].chars().count() + 1)
    }
}

fn run(arguments: &[&str], input: &str) -> Done {
    let output = gateway::sekisho(arguments, input);
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = format!("{out}{}", String::from_utf8_lossy(&output.stderr));
    Done { code: output.status.code().expect("it was not killed"), said, out }
}

// --- check ------------------------------------------------------------------------------------------------------------

#[test]
fn the_smallest_configuration_is_valid() {
    Desk::smallest().check().expect(0);
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    for arguments in [&["check", "--nonsense"][..], &["nonsense"], &["user", "add"], &["explain"], &[]] {
        let done = run(arguments, "");
        assert_eq!(done.code, 2, "{arguments:?}\n{}", done.said);
    }
    run(&["--help"], "").expect(0).says("check");
    run(&["--version"], "").expect(0).says("sekisho");
}

#[test]
fn a_missing_file_is_named() {
    run(&["check", "--config", "/nowhere/sekisho.toml"], "").expect(1).says("/nowhere/sekisho.toml");
}

/// Mistakes that do not depend on each other: what is changed, into what, the place, and the right name nearby.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("address = ", "adress = ", "adress", "address"),
    ("max_age = \"8h\"", "max_age = \"8 hourz\"", "\"8 hourz\"", ""),
    ("[[route]]\n", "[[route]]\npath = \"/x\"\nrequire = \"denied\"\n\n[[route]]\n", "\"denied\"", "deny"),
    ("scope = \"records\"", "scope = \"record\"", "\"record\"", "records"),
    ("upstream = \"orthanc\"", "upstream = \"orthnac\"", "\"orthnac\"", "orthanc"),
];

fn mistaken() -> Desk {
    let text = MISTAKES.iter().fold(SMALLEST.to_string(), |text, (from, to, ..)| text.replace(from, to));
    Desk::with(&text)
}

#[test]
fn every_mistake_is_told_at_once_with_its_place_and_the_nearest_name() {
    let desk = mistaken();
    let done = desk.check().expect(1);
    for (_, _, place, nearest) in MISTAKES {
        let (line, column) = desk.place(place);
        // At the opening quote, or at what stands in it.
        let shown = [column, column + 1].map(|column| format!("sekisho.toml:{line}:{column}"));
        assert!(shown.iter().any(|shown| done.said.contains(shown)), "no {shown:?} in\n{}", done.said);
        assert!(done.said.contains(place.trim_matches('"')), "the offending line is shown:\n{}", done.said);
        assert!(done.said.contains(nearest), "`{nearest}` is offered:\n{}", done.said);
    }
    assert!(done.said.matches('^').count() >= MISTAKES.len(), "a caret under each:\n{}", done.said);
}

#[test]
fn a_program_can_read_the_mistakes_too() {
    let desk = mistaken();
    let done = desk.run(&["check"], &["--format", "json"]).expect(1);
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(&done.out).into_iter::<Value>() {
        collect(&value.unwrap_or_else(|error| panic!("no JSON ({error}):\n{}", done.out)), &mut found);
    }
    for (_, _, place, _) in MISTAKES {
        let (line, column) = desk.place(place);
        let here = |value: &&Value| {
            value["line"] == line && value["column"].as_u64().is_some_and(|at| at.abs_diff(column as u64) <= 1)
        };
        let problem = found.iter().find(here).unwrap_or_else(|| panic!("nothing at {line}:{column} in {}", done.out));
        assert!(problem["message"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    let fine = Desk::smallest().run(&["check"], &["--format", "json"]).expect(0);
    assert!(serde_json::Deserializer::from_str(&fine.out).into_iter::<Value>().all(|value| value.is_ok()));
}

/// Every object that names a line, however deep it lies.
fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            if value["line"].is_u64() {
                found.push(value.clone());
            }
            fields.values().for_each(|field| collect(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[test]
fn what_is_no_toml_is_shown_where_it_breaks() {
    let desk = Desk::changed("[upstream.orthanc]", "[upstream.orthanc");
    let (line, _) = desk.place("[upstream.orthanc");
    desk.check().expect(1).says(&format!("sekisho.toml:{line}:"));
}

#[test]
fn mistakes_in_values_are_errors() {
    for (from, to) in [
        ("https://records.example.jp", "records.example.jp"),
        ("0.0.0.0:443", "0.0.0.0:99999"),
        ("http://127.0.0.1:8042", "ftp://127.0.0.1:8042"),
        ("countries = [\"JP\"]", "countries = [\"Japan\"]"),
        ("phone_region = \"JP\"", "phone_region = \"XX\""),
        ("daily_budget = \"30 USD\"", "daily_budget = \"much\""),
        ("kind = \"twilio\"", "kind = \"twillio\""),
        ("FOLDER/twilio", "FOLDER/not-there"),
        ("FOLDER/certificate.pem", "FOLDER/not-there.pem"),
        ("FOLDER/key.pem", "FOLDER/certificate.pem"),
        ("path = \"/**\"", "path = \"records\""),
        ("path = \"/**\"", "path = \"/../x\""),
        ("/patients/{id}", "/patients/{id"),
        ("[scope.records]", "[scope.records]\nmax_age = \"1h\""),
    ] {
        let done = Desk::changed(from, to).check();
        assert_eq!(done.code, 1, "{to} was taken:\n{}", done.said);
        assert!(done.said.contains("sekisho.toml:"), "no place for {to}:\n{}", done.said);
    }
}

#[test]
fn what_is_valid_but_unwise_is_warned_of() {
    let shadowed = "upstream = \"orthanc\"\n\n[[route]]\npath = \"/patients/**\"\nrequire = \"deny\"\n";
    Desk::changed("upstream = \"orthanc\"\n", shadowed).check().expect(0).says("warning").says("/patients/**");
    Desk::changed("countries = [\"JP\"]\n", "").check().expect(0).says("warning").says("countries");
    Desk::changed("password = true", "password = false").check().expect(0).says("warning").says("password");
    let plain = "address = \"0.0.0.0:80\"\n";
    let tls = "address = \"0.0.0.0:443\"\ncertificate = \"FOLDER/certificate.pem\"\nkey = \"FOLDER/key.pem\"\n";
    Desk::changed(tls, plain).check().expect(0).says("warning").says("trusted_proxies");

    let desk = Desk::smallest();
    let open = desk.folder.path().join("key.pem");
    fs::set_permissions(open, fs::Permissions::from_mode(0o644)).expect("its mode can be set");
    desk.check().expect(0).says("warning").says("key.pem");
}

#[test]
fn a_secret_never_stands_in_a_message() {
    let inline = "token = \"0123456789abcdef0123456789abcdef\"\nextra = 1";
    let desk = Desk::changed("token = { file = \"FOLDER/twilio\" }", inline);
    desk.check().expect(1).says("extra").hides("0123456789abcdef0123456789abcdef");
}

// --- explain ----------------------------------------------------------------------------------------------------------

#[test]
fn explain_says_what_a_request_would_meet_and_why() {
    let desk = Desk::smallest();
    let explain = |rest: &[&str]| desk.run(&["explain"], rest);
    let done = explain(&["GET", "https://records.example.jp/patients/4711"]).expect(0);
    done.says("otp").says("records").says("orthanc").says("4711").says("8h").says("route 1");
    explain(&["GET", "https://other.example/"]).says("other.example");
    explain(&["GET", "https://records.example.jp/a%2fb"]).says("400");
    explain(&["NONSENSE"]).expect(2);
}

#[test]
fn explain_tells_networks_and_methods_apart() {
    let routes = r#"[[route]]
path = "/status"
methods = ["GET"]
from = ["192.0.2.0/24"]
require = "open"
upstream = "orthanc"

[[route]]
path = "/**"
"#;
    let desk = Desk::changed("[[route]]\npath = \"/**\"\n", routes);
    let explain = |method: &str, from: &str| {
        desk.run(&["explain"], &[method, "https://records.example.jp/status", "--from", from]).expect(0)
    };
    explain("GET", "192.0.2.7").says("open");
    explain("GET", "198.51.100.7").says("records");
    explain("POST", "192.0.2.7").says("records");
}

// --- user -------------------------------------------------------------------------------------------------------------

#[test]
fn a_user_is_added_shown_changed_and_removed() {
    let desk = Desk::smallest();
    let phone = ["alice", "--name", "有栖川 花子", "--phone", "０９０−１２３４−５６７８", "--locale", "ja"];
    desk.user("add", &[&phone[..], &["--group", "doctors", "--group", "night", "--password-stdin"]].concat()).expect(0);
    desk.user("list", &[]).expect(0).says("alice").hides("12345678").hides("1234-5678");
    let shown = desk.user("show", &["alice"]).expect(0).says("有栖川 花子").says("doctors").says("ja").says("78");
    shown.hides("12345678").hides("1234-5678").hides("a long enough password");
    desk.user("add", &["alice", "--phone", "090-1234-5678"]).expect(1).says("alice");
    desk.user("set", &["alice", "--phone", "+81 80 8765 4321"]).expect(0);
    desk.user("show", &["alice"]).expect(0).says("21").says("doctors").hides("87654321");
    desk.user("remove", &["alice"]).expect(0);
    desk.user("show", &["alice"]).expect(1).says("alice");
    desk.user("remove", &["alice"]).expect(1).says("alice");
}

#[test]
fn a_number_that_is_none_is_refused() {
    let desk = Desk::smallest();
    for phone in ["12", "090-1234", "no number", "+999 123 456 789"] {
        desk.user("add", &["bob", "--phone", phone]).expect(1);
    }
    desk.user("list", &[]).expect(0).hides("bob");
}

const CSV: &str = "user,name,phone,email,groups,locale\n\
                   takahashi,髙橋 健,090-1111-2222,ken@example.jp,doctors;night,ja\n\
                   smith,\"Smith, Anna\",+81 80 3333 4444,,office,en\n";

#[test]
fn a_spreadsheet_is_imported_whatever_it_was_saved_as() {
    let (cp932, _, lossy) = encoding_rs::SHIFT_JIS.encode(CSV);
    assert!(!lossy, "the test's names exist in CP932");
    let windows = CSV.replace('\n', "\r\n");
    let forms: [(&str, Vec<u8>); 4] = [
        ("utf8", CSV.into()),
        ("bom", [b"\xef\xbb\xbf", CSV.as_bytes()].concat()),
        ("cp932", cp932.into_owned()),
        ("crlf", windows.into_bytes()),
    ];
    for (form, bytes) in forms {
        let desk = Desk::smallest();
        let file = desk.file("users.csv", &bytes);
        let tried = desk.user("import", &[&file, "--dry-run"]).expect(0);
        assert!(tried.said.contains('2'), "{form}: two users\n{}", tried.said);
        desk.user("list", &[]).expect(0).hides("takahashi");
        desk.user("import", &[&file]).expect(0);
        desk.user("list", &[]).expect(0).says("takahashi").says("smith");
        desk.user("show", &["takahashi"]).expect(0).says("髙橋 健").says("doctors").says("22").hides("11112222");
        desk.user("show", &["smith"]).expect(0).says("Smith, Anna").says("44");
        // Once more changes them, and doubles nobody.
        desk.user("import", &[&file]).expect(0);
        let list = desk.user("list", &[]).expect(0);
        assert_eq!(list.said.matches("takahashi").count(), 1, "{form}\n{}", list.said);
    }
}

#[test]
fn a_zero_that_the_spreadsheet_lost_is_noticed() {
    let desk = Desk::smallest();
    let file = desk.file("users.csv", b"user,name,phone,email,groups,locale\nsato,Sato,9011112222,,,ja\n");
    desk.user("import", &[&file, "--dry-run"]).says("zero").says("line 2");
}

#[test]
fn every_bad_row_is_told_and_none_of_the_file_is_taken() {
    let desk = Desk::smallest();
    let rows = "user,name,phone,email,groups,locale\n\
                good,Good,090-1111-2222,,,ja\n\
                bad,Bad,12,,,ja\n\
                worse,Worse,090-1111-2223,not an address,,ja\n\
                good,Twice,090-1111-2224,,,ja\n";
    let file = desk.file("users.csv", rows.as_bytes());
    let done = desk.user("import", &[&file]).expect(1);
    for line in [3, 4, 5] {
        assert!(done.said.contains(&format!("line {line}")), "line {line} is named:\n{}", done.said);
    }
    desk.user("list", &[]).expect(0).hides("good");
    let file = desk.file("columns.csv", b"user,telephone\nx,090-1111-2222\n");
    desk.user("import", &[&file]).expect(1).says("telephone").says("phone");
}
