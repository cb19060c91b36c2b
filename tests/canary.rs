//! A whole life of the gate in which everything secret is a canary, and then a look into everything that it left behind.
//!
//! Looked into: the log at its most talkative, the audit, metrics, the database with its write-ahead log, and whatever
//! else lies in its folders. Left out: the key file, the configuration (which holds the secrets it was given), the keys of
//! TLS, and the outbox, which is the telephone.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use support::gateway::sekisho;
use support::outbox::wrong;
use support::{Ask, Caller, Gateway, Plan, Upstream, User, Wire, wait};

const ALICE: &User = &User::ALICE;
const BOB: &User = &User::BOB;
/// What everything that a test makes up begins with.
const CANARY: &str = "kanarienvogel";
/// Where the secrets themselves are at home.
const HOME: [&str; 6] = ["keys.json", "sekisho.toml", "key.pem", "outbox.jsonl", "certificate.pem", "clock"];

const SETTINGS: &str = r#"
[log]
level = "debug"
[[route]]
path = "/none"
require = "deny"
"#;

/// Long enough that no number of microseconds is one by chance.
const CODES: &str = "alphabet = \"alphanumeric\"\nlength = 10";

/// A secret and where it comes from.
type Secrets = BTreeMap<String, String>;

/// What must be nowhere.
#[derive(Default)]
struct Nest {
    secrets: Secrets,
    /// Numbers, which the directory of users has to have.
    numbers: Secrets,
}

impl Nest {
    fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 8, "{what} is too short to be looked for: {secret}");
        self.secrets.insert(secret.to_owned(), what.to_owned());
    }

    fn cookies(&mut self, what: &str, caller: &Caller) {
        for pair in caller.cookies().split("; ").filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.add(&format!("{what}: cookie {name}"), value);
            // Of a token, its signature is what opens; the rest is public.
            if let Some((_, signature)) = value.rsplit_once('.') {
                self.add(&format!("{what}: signature of {name}"), signature);
            }
        }
    }
}

/// Every way in which a secret may be spelled. Of base64 there are three, by where in its text the secret begins.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex = |upper: bool| -> String {
        bytes.iter().map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }).collect()
    };
    let each = |lead: &str| -> String { bytes.iter().map(|b| format!("{lead}{b:02x}")).collect() };
    let percent: String = url::form_urlencoded::byte_serialize(bytes).collect();
    let json = serde_json::Value::from(secret).to_string();
    let mut all = vec![secret.to_owned(), hex(true), hex(false), each("%"), each("%").to_uppercase(), each("\\u00")];
    all.extend([percent, json.trim_matches('"').to_owned(), secret.chars().rev().collect()]);
    for before in 0..3 {
        let text = STANDARD.encode([&vec![b'x'; before][..], bytes].concat());
        // What the neighbours of the secret have a part in says nothing.
        let (begin, end) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
        let inner = &text[begin..end];
        all.extend([inner.to_owned(), inner.replace('+', "-").replace('/', "_")]);
    }
    all.into_iter().map(String::into_bytes).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if HOME.contains(&name.as_str()) => {}
            false => found.push(path),
        }
    }
    found
}

/// Where a secret stands that should stand nowhere.
fn leaks(gateway: &Gateway, nest: &Nest, pages: &[String]) -> Vec<String> {
    let folder = gateway.config.parent().expect("a folder");
    let mut artefacts: Vec<(String, Vec<u8>)> = files(folder)
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read(path).unwrap_or_default()))
        .collect();
    let names: Vec<_> = artefacts.iter().map(|(name, _)| name.rsplit('/').next().expect("a name").to_owned()).collect();
    for wanted in ["audit.jsonl", "sekisho.log", "sekisho.db"] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} was not looked into: {names:?}");
    }
    artefacts.extend(pages.iter().map(|page| ("a page of the admin listener".to_owned(), page.clone().into_bytes())));
    let mut found = Vec::new();
    for (name, bytes) in &artefacts {
        let directory = name.contains("sekisho.db");
        let numbers = nest.numbers.iter().filter(|_| !directory);
        for (secret, what) in nest.secrets.iter().chain(numbers) {
            for spelling in spellings(secret) {
                if let Some(at) = memchr::memmem::find(bytes, &spelling) {
                    let around = String::from_utf8_lossy(&bytes[at.saturating_sub(200)..bytes.len().min(at + 80)]);
                    found.push(format!("{what} ({secret}) stands in {name}: …{around}…"));
                }
            }
        }
    }
    found
}

fn field(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no field {name}"));
    let rest = &page[at..];
    rest.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a value").to_owned()
}

/// Signs in as people do, by forms.
fn by_forms(gateway: &Gateway, nest: &mut Nest) -> Caller {
    let mut caller = gateway.caller(Wire::Http2);
    let place = "/.sekisho/challenge?return_to=%2Fpatients%2F4711&scope=records";
    let page = caller.send(Ask::get(place).navigating()).expect(200).text();
    let token = field(&page, "token");
    nest.add("the form's token", &token);
    nest.cookies("before the code", &caller);
    let origin = gateway.origin.clone();
    let send = |caller: &mut Caller, path: &str, fields: &[(&str, &str)]| {
        caller.send(Ask::post(path).navigating().header("Origin", &origin).form(fields))
    };
    let common = [("token", token.as_str()), ("return_to", "/patients/4711"), ("scope", "records")];
    let with = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        common.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let post = |caller: &mut Caller, path: &str, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        send(caller, path, &fields)
    };
    let wrong_password = format!("{CANARY}-wrong-password");
    post(&mut caller, "/.sekisho/challenge", with(&[("username", "alice"), ("password", &wrong_password)]));
    // A password typed into the wrong field.
    let misplaced = format!("{CANARY}-in-the-name");
    post(&mut caller, "/.sekisho/challenge", with(&[("username", &misplaced), ("password", "x y z x y z")]));
    let begun = with(&[("username", "alice"), ("password", ALICE.password)]);
    let begun = post(&mut caller, "/.sekisho/challenge", begun).expect(303);
    let place = begun.header("location").expect("a place").split('?').next().expect("a path").to_owned();
    let place = place.strip_prefix(origin.as_str()).unwrap_or(&place).to_owned();
    let code = gateway.outbox.next().code;
    nest.add("a code by form", &code);
    nest.add("a wrong code by form", &wrong(&code));
    post(&mut caller, &place, with(&[("code", &wrong(&code))]));
    post(&mut caller, &place, with(&[("code", &code)])).expect(303);
    nest.cookies("after the code", &caller);
    caller
}

/// The API with everything that can go wrong, and requests that carry what nobody else is to see.
fn by_api(gateway: &mut Gateway, nest: &mut Nest, wire: Wire) {
    let mut caller = gateway.caller(wire);
    let (id, message) = caller.challenged(gateway, BOB);
    nest.add("a code", &message.code);
    nest.add("a wrong code", &wrong(&message.code));
    nest.cookies("a challenge", &caller);
    caller.verify(&id, &wrong(&message.code)).expect(403);
    caller.verify(&id, &format!("{CANARY}-is-no-code")).expect(400);
    gateway.advance(Duration::from_secs(31));
    caller.send(Ask::post(&format!("/.sekisho/challenges/{id}/resend")).json(&serde_json::json!({}))).expect(200);
    assert_eq!(gateway.outbox.next().code, message.code);
    // A code without its question, a body that is none, a code in an address, a receipt from nowhere.
    gateway.caller(wire).verify(&id, &message.code).expect(404);
    let broken = format!("{{\"code\":\"{CANARY}-broken");
    caller.send(Ask::post(&format!("/.sekisho/challenges/{id}/verify")).body("application/json", broken.into()));
    caller.send(Ask::get(&format!("/.sekisho/challenge?code={}", message.code)).navigating());
    caller.send(Ask::post("/.sekisho/receipts/twilio").form(&[("Body", &format!("{CANARY}-receipt"))]));
    caller.verify(&id, &message.code).expect(200);
    caller.verify(&id, &message.code).expect(410);
    nest.cookies("a pass", &caller);
    let secret = |what: &str| format!("{CANARY}-{what}-{wire:?}");
    let post = Ask::post(&format!("/patients/4711?key={}", secret("query")))
        .header("Authorization", &format!("Bearer {}", secret("authorization")))
        .header("Cookie", &format!("{}; session={}", caller.cookies(), secret("cookie")))
        .header("X-Api-Key", &secret("header"));
    caller.send(post.form(&[("diagnosis", &secret("body"))])).expect(200);
    let dead = Ask::post("/dead/1").body("text/plain", secret("dead-body").into_bytes());
    caller.send(dead).expect(502);
    caller
        .send(Ask::get("/none").header("Cookie", &format!("{}; a={}", caller.cookies(), secret("denied"))))
        .expect(403);
    // A pass with one byte changed is nobody's, and still not to be written down.
    let mut forger = caller.clone();
    let pass = caller.cookie(support::gateway::COOKIE).expect("a pass").to_owned();
    forger.put_cookie(support::gateway::COOKIE, &format!("{pass}{CANARY}"));
    forger.send(Ask::get("/patients/4711")).expect(401);
    caller.send(Ask::post("/.sekisho/logout").header("Origin", &gateway.origin)).expect(204);
    caller.send(Ask::get("/patients/4711")).expect(401);
    // One number gets only so many messages in ten minutes.
    gateway.advance(Duration::from_secs(660));
}

const ROUTES: &str = r#"
[[route]]
path = "/dead/**"
require = "otp"
scope = "records"
upstream = "dead"
[[route]]
path = "/patients/**"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
upstream = "application"
"#;

/// The first provider fails and says back what it should not.
fn start(upstream: &Upstream, provider: &Upstream) -> Gateway {
    let providers = format!(
        "[[sms.provider]]\nkind = \"http\"\nname = \"failing\"\nurl = \"{}/send\"\nbody = '{{\"to\":\"{{to}}\",\"text\":\"{{text}}\"}}'\n\
         headers = {{ Authorization = \"Bearer {CANARY}-provider-token\" }}\n\
         [[sms.provider]]\nkind = \"file\"\npath = \"{{folder}}/outbox.jsonl\"\n",
        provider.url
    );
    Plan::before(&upstream.url)
        .with_movable_clock()
        .with_challenge(CODES)
        .with_routes(ROUTES)
        .with_providers(providers)
        .with_more(format!("{SETTINGS}\n[upstream.dead]\nurl = \"http://127.0.0.1:9\"\n"))
        .start()
}

#[test]
fn nothing_that_the_gate_leaves_behind_holds_a_secret() {
    let upstream = Upstream::start();
    let provider = Upstream::saying("503 Service Unavailable", "+819012345678 +818087654321 kanarienvogel-answer");
    let mut gateway = start(&upstream, &provider);
    let mut nest = Nest::default();
    nest.add("what tests make up", CANARY);
    for user in [ALICE, BOB] {
        nest.add("a password", user.password);
        let number = user.e164();
        let digits = number.trim_start_matches('+');
        for spelled in [number.as_str(), digits, &digits[2..], user.phone, &user.phone.replace('-', "")] {
            nest.numbers.insert(spelled.to_owned(), format!("the number of {}", user.name));
        }
    }
    let person = by_forms(&gateway, &mut nest);
    for wire in Wire::ALL {
        by_api(&mut gateway, &mut nest, wire);
    }
    let config = gateway.config.display().to_string();
    let issue = ["pass", "issue", "--config", &config, "--user", "bob", "--scope", "records", "--for", "4h"];
    let issued = sekisho(&[&issue[..], &["--reason", "phone lost"]].concat(), "");
    let token = String::from_utf8_lossy(&issued.stdout).trim().to_owned();
    nest.add("a pass by an operator", &token);
    gateway.caller(Wire::Http1).send(Ask::get("/patients/4711").header("Sekisho-Pass", &token)).expect(200);
    let failed = provider.requests().len();
    assert!(failed >= 4, "the failing provider was asked: {failed}");
    wait::until("the accesses", || (gateway.audit().matches("\"access\"").count() >= 4).then_some(()));
    let admin: Vec<String> = ["/metrics", "/readyz", "/healthz", "/"].map(|path| gateway.admin(path).text()).into();
    // While it runs, the database has its log beside it; once it has ended, what was removed from it may be left over.
    assert_eq!(leaks(&gateway, &nest, &admin), Vec::<String>::new());
    drop(person);
    assert!(gateway.process.end().success());
    assert_eq!(leaks(&gateway, &nest, &admin), Vec::<String>::new());
    assert!(gateway.log().contains("DEBUG"), "the log said all that it can say");
}

#[test]
fn a_secret_is_found_however_it_is_spelled() {
    let secret = "AB12CD34EF";
    let hidden = [
        format!("x{secret}y"),
        STANDARD.encode(format!("{{\"code\":\"{secret}\"}}")),
        STANDARD.encode(format!("a{secret}")),
        STANDARD.encode(format!("ab{secret}c")),
        secret.bytes().map(|b| format!("%{b:02X}")).collect(),
        secret.bytes().map(|b| format!("{b:02x}")).collect(),
        secret.bytes().map(|b| format!("\\u00{b:02x}")).collect(),
    ];
    for text in hidden {
        let found = spellings(secret).iter().any(|spelling| memchr::memmem::find(text.as_bytes(), spelling).is_some());
        assert!(found, "{text}");
    }
    assert!(!spellings(secret).iter().any(|spelling| memchr::memmem::find(b"AB12CD34EG", spelling).is_some()));
}

#[test]
fn what_it_has_in_memory_is_never_written_down() {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", gateway.pid())).expect("Linux tells it");
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(cores.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{cores}");
    gateway.process.signal("ABRT");
    let status = gateway.process.ended().expect("it ended");
    assert!(!std::os::unix::process::ExitStatusExt::core_dumped(&status), "{status}");
}
