//! A whole gate for the pages to stand in front of: the real store, a directory of one, and messages that stay here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use crate::domain::challenge::ChallengeRules;
use crate::domain::code::{Alphabet, CodeShape};
use crate::domain::contact::Region;
use crate::domain::id::RequestId;
use crate::domain::locale::Locale;
use crate::domain::quota::Quota;
use crate::domain::route::RouteTable;
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::gate::keys::KeyRing;
use crate::gate::{Caller, Gate, Seams, Sending, Settings as GateSettings};
use crate::pages::front::Front;
use crate::pages::{Desk, Face, Settings};
use crate::store::embedded::Embedded;

use super::fakes::{Directory, Eyes, HandWorld, Mail, Open};
use super::receipts::receipts;

pub const SITE: &str = "https://records.example.jp";
pub const PREFIX: &str = "/.sekisho/";

/// A desk, and everything around it that a test looks at or moves.
pub struct House {
    pub desk: Desk,
    pub world: Arc<HandWorld>,
    pub mail: Arc<Mail>,
    /// What the browser keeps: cookies by name.
    jar: Mutex<BTreeMap<String, String>>,
    locale: Locale,
    _folder: tempfile::TempDir,
}

pub fn settings() -> Settings {
    Settings {
        brand: "城東病院 <Records>".to_owned(),
        help: "IT desk & reception, ext. 1234".to_owned(),
        secure: true,
        prefix: PREFIX.to_owned(),
        login_pages: BTreeMap::new(),
    }
}

pub fn front() -> Front {
    Front::new(SITE, &[], settings())
}

pub fn scope(name: &str) -> Scope {
    Scope::named(name, Duration::from_secs(8 * 3600))
}

pub fn face(html: bool, locale: Locale) -> Face {
    let mut headers = HeaderMap::new();
    if html {
        headers.insert("sec-fetch-mode", http::HeaderValue::from_static("navigate"));
    }
    Face::of(&headers, locale, RequestId::from_random([3; 16]))
}

impl House {
    pub async fn new() -> House {
        House::with(true, SITE).await
    }

    pub async fn with(password: bool, public_url: &str) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let world = Arc::<HandWorld>::default();
        let mail = Arc::<Mail>::default();
        let keys = KeyRing::generate(world.as_ref());
        let seams = Seams {
            world: world.clone(),
            store: Arc::new(Embedded::open(&folder.path().join("state.db")).expect("opens")),
            identity: Arc::new(Directory { password }),
            outbox: mail.clone(),
            witness: Arc::new(Eyes),
            turnstile: Arc::new(Open),
        };
        let gate = Gate::new(gate_settings(public_url), seams, &keys);
        gate.pulse().await.expect("the store answers");
        let settings = Settings { secure: public_url.starts_with("https"), ..settings() };
        let desk = Desk::new(Arc::new(gate), settings, receipts(public_url), Arc::default());
        House { desk, world, mail, jar: Mutex::default(), locale: Locale::En, _folder: folder }
    }

    pub fn speaking(self, locale: Locale) -> House {
        House { locale, ..self }
    }

    /// Sends a request as the browser would, and keeps the cookies that come back.
    pub async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.desk.serve(&self.caller(), &request).await;
        for set in answer.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().expect("ASCII").split_once('=').expect("a name");
            let value = value.split(';').next().unwrap_or_default();
            self.jar().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    pub fn caller(&self) -> Caller {
        let cookie = |name: &str| self.jar().get(name).filter(|v| !v.is_empty()).cloned().map(Secret::new);
        let secure = self.desk.front.settings.secure;
        Caller {
            client: [192, 0, 2, 7].into(),
            request: RequestId::from_random([3; 16]),
            browser: cookie(crate::pages::cookies::browser_name(secure)),
            device: cookie(crate::pages::cookies::device_name(secure)),
            token: cookie(crate::pages::cookies::pass_name(secure)),
            locale: self.locale,
            arrived: Duration::ZERO,
            evidence: std::sync::Arc::default(),
        }
    }

    pub fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A person goes to a page.
    pub async fn visit(&self, path: &str) -> Response<Bytes> {
        self.send(request("GET", path, &[("sec-fetch-mode", "navigate"), ("host", "records.example.jp")], "")).await
    }

    /// A person presses the button of a form; its hidden token is added.
    pub async fn press(&self, path: &str, fields: &str) -> Response<Bytes> {
        let browser = self.caller().browser;
        let token = browser.map(|b| self.desk.gate.form_token(&b)).unwrap_or_default();
        self.send(form(path, &format!("{fields}&token={token}"))).await
    }

    /// A program calls the API.
    pub async fn call(&self, path: &str, body: &str) -> Response<Bytes> {
        self.send(request("POST", path, &[("content-type", "application/json")], body)).await
    }

    pub async fn ask(&self, path: &str) -> Response<Bytes> {
        self.send(request("GET", path, &[], "")).await
    }

    /// Signs in and comes to the code page; gives its path.
    pub async fn sign_in(&self) -> String {
        self.visit("/.sekisho/challenge?return_to=%2Frecords%2F1&scope=records").await;
        let answer = self.press("/.sekisho/challenge", SIGN_IN).await;
        assert_eq!(answer.status(), 303, "{}", text(&answer));
        without_query(&location(&answer))
    }
}

pub const SIGN_IN: &str = "username=alice&password=demo&return_to=%2Frecords%2F1&scope=records";

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_owned())).expect("a request")
}

pub fn form(path: &str, fields: &str) -> Request<Bytes> {
    let headers = [
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("origin", SITE),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    request("POST", path, &headers, fields)
}

pub fn text(answer: &Response<Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).expect("UTF-8")
}

pub fn json(answer: &Response<Bytes>) -> serde_json::Value {
    serde_json::from_slice(answer.body()).expect("JSON")
}

pub fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

pub fn location(answer: &Response<Bytes>) -> String {
    header(answer, "location").to_owned()
}

/// The page itself, without the way back that a tab carries along.
pub fn without_query(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

fn gate_settings(public_url: &str) -> GateSettings {
    let scopes = ["records", "billing"].map(|name| (name.to_owned(), Arc::new(scope(name))));
    GateSettings {
        public_url: public_url.to_owned(),
        hosts: vec!["records.example.jp".to_owned()],
        prefix: PREFIX.to_owned(),
        routes: RouteTable::default(),
        scopes: scopes.into_iter().collect(),
        challenge: ChallengeRules {
            shape: CodeShape { alphabet: Alphabet::Numeric, length: 6 },
            life: Duration::from_secs(300),
            tries: 5,
            sends: 3,
            resend_after: Duration::from_secs(30),
            next_after: None,
        },
        answer_delay: Duration::ZERO,
        named_groups: Vec::new(),
        outage_grace: Duration::ZERO,
        failures: Quota { limit: 1000, per: Duration::from_secs(3600) },
        sending: Sending::to(vec![Region::parse("JP").expect("JP")]),
    }
}
