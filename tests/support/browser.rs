//! Headless Chromium before the gateway, driven by Debian's chromedriver with plain WebDriver calls.
//!
//! A person is played: clicks and typed fields are counted, since the product promises how few there are.

use super::certificate::Certificate;
use super::process::Running;
use super::wait;
use super::wire;
use super::{Gateway, folder, free_port, target};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What a browser is started with.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// What it asks pages for, as in `Accept-Language`.
    pub language: &'static str,
    pub script: bool,
}

impl Habits {
    pub const JAPANESE: Self = Self { language: "ja", script: true };
    pub const ENGLISH: Self = Self { language: "en-US", script: true };

    pub const fn speaking(language: &'static str) -> Self {
        Self { language, script: true }
    }

    pub fn without_script(self) -> Self {
        Self { script: false, ..self }
    }
}

pub struct Browser {
    pub clicks: Cell<usize>,
    pub typed: Cell<usize>,
    session: String,
    address: String,
    _driver: Running,
    _folder: tempfile::TempDir,
}

/// One element of the page that is open now.
#[derive(Debug, Clone)]
pub struct Element(String);

/// An authenticator that the browser plays.
#[derive(Debug, Clone)]
pub struct Authenticator(String);

impl Browser {
    pub fn start(habits: Habits) -> Self {
        Self::start_with(habits, &[])
    }

    /// One to which this certificate is as good as any authority's: without that, browsers make no passkeys.
    pub fn trusting(habits: Habits, certificate: &Certificate) -> Self {
        Self::start_with(habits, &[format!("--ignore-certificate-errors-spki-list={}", certificate.key_digest())])
    }

    fn start_with(habits: Habits, arguments: &[String]) -> Self {
        let folder = folder();
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("HOME", folder.path());
        let mut driver = Running::start("chromedriver", &mut command, folder.path());
        let address = format!("127.0.0.1:{port}");
        driver.wait_ready(|| call(&address, "GET", "/status", &Value::Null).ok());
        let opened =
            call(&address, "POST", "/session", &capabilities(habits, &folder.path().join("profile"), arguments))
                .unwrap_or_else(|error| panic!("Chromium does not start: {error}\n{}", driver.log()));
        let session = opened["sessionId"].as_str().expect("a session has an id").to_string();
        Self { clicks: Cell::new(0), typed: Cell::new(0), session, address, _driver: driver, _folder: folder }
    }

    pub fn open(&self, url: &str) {
        self.ask("POST", "/url", &json!({ "url": url }));
    }

    /// Opens a path behind the gateway.
    pub fn visit(&self, gateway: &Gateway, path: &str) {
        self.open(&format!("{}{path}", gateway.origin));
    }

    pub fn url(&self) -> String {
        self.ask("GET", "/url", &Value::Null).as_str().unwrap_or_default().to_string()
    }

    pub fn reload(&self) {
        self.ask("POST", "/refresh", &json!({}));
    }

    pub fn back(&self) {
        self.ask("POST", "/back", &json!({}));
    }

    pub fn forward(&self) {
        self.ask("POST", "/forward", &json!({}));
    }

    pub fn wait_for_path(&self, what: &str, fits: impl Fn(&str) -> bool) {
        let shown = || {
            let url = url::Url::parse(&self.url()).ok()?;
            fits(url.path()).then_some(())
        };
        wait::within(wait::PATIENCE, shown)
            .unwrap_or_else(|| panic!("never got to {what}, still at {}:\n{}", self.url(), self.text()));
    }

    /// Waits until something on the page fits.
    pub fn find(&self, css: &str) -> Element {
        wait::within(wait::PATIENCE, || self.all(css).into_iter().next())
            .unwrap_or_else(|| panic!("no `{css}` at {}:\n{}", self.url(), self.text()))
    }

    /// What fits now; between two pages, nothing does.
    pub fn all(&self, css: &str) -> Vec<Element> {
        let found = self.try_ask("POST", "/elements", &json!({ "using": "css selector", "value": css }));
        let name = |element: &Value| Some(Element(element[ELEMENT].as_str()?.to_string()));
        found.ok().and_then(|found| Some(found.as_array()?.iter().filter_map(name).collect())).unwrap_or_default()
    }

    /// Clears the field and types into it, key by key.
    pub fn type_into(&self, css: &str, text: &str) {
        let Element(id) = self.find(css);
        self.ask("POST", &format!("/element/{id}/clear"), &json!({}));
        self.ask("POST", &format!("/element/{id}/value"), &json!({ "text": text }));
        self.typed.set(self.typed.get() + 1);
    }

    /// Clicks a form's button and waits until its page is gone: the next look must not meet the old one.
    pub fn submit(&self, css: &str) {
        let Element(id) = self.find(css);
        self.click(css);
        let gone = || self.try_ask("GET", &format!("/element/{id}/name"), &Value::Null).is_err().then_some(());
        wait::within(wait::PATIENCE, gone).unwrap_or_else(|| panic!("`{css}` led nowhere from {}", self.url()));
    }

    pub fn click(&self, css: &str) {
        let Element(id) = self.find(css);
        self.ask("POST", &format!("/element/{id}/click"), &json!({}));
        self.clicks.set(self.clicks.get() + 1);
    }

    /// Two clicks, as fast as an impatient hand.
    pub fn double_click(&self, css: &str) {
        let Element(id) = self.find(css);
        let (down, up) = (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
        let aim = json!({ "type": "pointerMove", "x": 0, "y": 0, "origin": { ELEMENT: id } });
        let hand = json!({ "type": "pointer", "id": "hand", "actions": [aim, down, up, down, up] });
        self.ask("POST", "/actions", &json!({ "actions": [hand] }));
    }

    pub fn text_of(&self, element: &Element) -> String {
        self.element(element, "text")
    }

    /// What a screen reader says for it.
    pub fn spoken_name(&self, element: &Element) -> String {
        self.element(element, "computedlabel")
    }

    pub fn role(&self, element: &Element) -> String {
        self.element(element, "computedrole")
    }

    pub fn attribute(&self, element: &Element, name: &str) -> String {
        self.element(element, &format!("attribute/{name}"))
    }

    fn element(&self, Element(id): &Element, what: &str) -> String {
        self.ask("GET", &format!("/element/{id}/{what}"), &Value::Null).as_str().unwrap_or_default().to_string()
    }

    /// The words on the page.
    pub fn text(&self) -> String {
        self.all("body").first().map(|body| self.text_of(body)).unwrap_or_default()
    }

    pub fn language(&self) -> String {
        self.attribute(&self.find("html"), "lang")
    }

    /// Runs a function body in the page, and waits for the promise it may return.
    pub fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// A screen of this size in CSS pixels, its owner fond of light or of dark.
    pub fn screen(&self, width: u32, height: u32, dark: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Keeps a picture of the whole page in `target/screenshots`.
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let folder = target().join("screenshots");
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let shot = self.devtools("Page.captureScreenshot", &json!({ "format": "png", "captureBeyondViewport": true }));
        let encoded = shot["data"].as_str().expect("a picture comes as text");
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).expect("it is base64");
        let path = folder.join(format!("{name}.png"));
        fs::write(&path, bytes).expect("the target folder can be written");
        path
    }

    /// What axe-core has against the page that is open, one line a finding.
    pub fn axe(&self) -> Vec<String> {
        let file = target().join("tools/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error} (tests/run fetches it)", file.display()));
        self.run(&axe);
        let result = self.run("return axe.run(document, { rules: { 'target-size': { enabled: true } } })");
        assert!(result["passes"].as_array().is_some_and(|passes| !passes.is_empty()), "axe judged nothing: {result}");
        let line = |violation: &Value, node: &Value| {
            format!("{}: {} at {}", violation["id"], violation["help"], node["html"].as_str().unwrap_or_default())
        };
        let violations = result["violations"].as_array().cloned().unwrap_or_default();
        let nodes = |violation: &Value| violation["nodes"].as_array().cloned().unwrap_or_default();
        violations.iter().flat_map(|v| nodes(v).iter().map(|node| line(v, node)).collect::<Vec<_>>()).collect()
    }

    /// Complaints in the console so far, such as content that the page's own policy blocked.
    pub fn console(&self) -> Vec<String> {
        let entries = self.ask("POST", "/se/log", &json!({ "type": "browser" }));
        let text = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_string();
        entries.as_array().map(|entries| entries.iter().map(text).collect()).unwrap_or_default()
    }

    pub fn tab(&self) -> String {
        self.ask("GET", "/window", &Value::Null).as_str().expect("a tab has a handle").to_string()
    }

    /// Opens another tab and goes there.
    pub fn new_tab(&self) -> String {
        let opened = self.ask("POST", "/window/new", &json!({ "type": "tab" }));
        let handle = opened["handle"].as_str().expect("a tab has a handle").to_string();
        self.go_to_tab(&handle);
        handle
    }

    pub fn go_to_tab(&self, handle: &str) {
        self.ask("POST", "/window", &json!({ "handle": handle }));
    }

    /// Plugs in an authenticator whose owner is at hand and verified: `internal` lies in the device, `usb` is a stick.
    pub fn plug_in(&self, transport: &str) -> Authenticator {
        let kind = json!({
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserConsenting": true,
            "isUserVerified": true,
        });
        let id = self.ask("POST", "/webauthn/authenticator", &kind);
        Authenticator(id.as_str().expect("an authenticator has an id").to_string())
    }

    pub fn unplug(&self, Authenticator(id): &Authenticator) {
        self.ask("DELETE", &format!("/webauthn/authenticator/{id}"), &Value::Null);
    }

    /// Whether its owner passes its check from now on.
    pub fn verify_owner(&self, Authenticator(id): &Authenticator, verified: bool) {
        let path = format!("/webauthn/authenticator/{id}/uv");
        self.ask("POST", &path, &json!({ "isUserVerified": verified }));
    }

    /// The keys that it holds.
    pub fn keys_of(&self, Authenticator(id): &Authenticator) -> Vec<Value> {
        let held = self.ask("GET", &format!("/webauthn/authenticator/{id}/credentials"), &Value::Null);
        held.as_array().cloned().unwrap_or_default()
    }

    /// Puts a key into it, as [`Browser::keys_of`] showed it.
    pub fn put_key(&self, Authenticator(id): &Authenticator, key: &Value) {
        self.ask("POST", &format!("/webauthn/authenticator/{id}/credential"), key);
    }

    pub fn cookies(&self) -> Vec<Value> {
        self.ask("GET", "/cookie", &Value::Null).as_array().cloned().unwrap_or_default()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        call(&self.address, method, &format!("/session/{}{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let at = self.try_ask("GET", "/url", &Value::Null);
            eprintln!("--- the browser was at {at:?}");
        }
        // Ends Chromium itself; the driver goes with its own guard.
        let _ = self.try_ask("DELETE", "", &Value::Null);
    }
}

fn call(address: &str, method: &str, path: &str, body: &Value) -> Result<Value, String> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let length = body.len();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{body}");
    let answer = wire::exchange(address, request.as_bytes()).map_err(|error| error.to_string())?;
    let value = answer.json()["value"].take();
    if answer.status == 200 { Ok(value) } else { Err(value["message"].as_str().unwrap_or("no reason").to_string()) }
}

fn capabilities(habits: Habits, profile: &Path, more: &[String]) -> Value {
    let mut arguments = vec![
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-dev-shm-usage".into(),
        "--disable-quic".into(),
        "--no-first-run".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        "--hide-scrollbars".into(),
        format!("--lang={}", habits.language),
        format!("--accept-lang={}", habits.language),
        format!("--user-data-dir={}", profile.display()),
    ];
    arguments.extend_from_slice(more);
    // Whatever name a page has, it is on this machine, and nothing leaves it.
    arguments.push("--host-resolver-rules=MAP * 127.0.0.1".into());
    let mut preferences = json!({
        "intl.accept_languages": habits.language,
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
    });
    if !habits.script {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "acceptInsecureCerts": true,
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
    } } })
}
