//! Somebody with a browser: an address, cookies, and one connection that is opened again when it is lost.

use super::meter::{Meter, Step, Who};
use super::phones::Phones;
use super::wire::{Answer, Line, Trouble};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderName, Method, Request};
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsConnector;
use url::form_urlencoded;

/// What everybody lives in.
pub struct World {
    /// Where the gates are; people go to another when theirs is gone.
    pub gates: Vec<SocketAddr>,
    /// Host and port as people see them.
    pub authority: String,
    pub tls: TlsConnector,
    pub phones: Phones,
    pub meter: Meter,
}

impl World {
    pub fn origin(&self) -> String {
        format!("https://{}", self.authority)
    }

    fn host(&self) -> &str {
        self.authority.rsplit_once(':').map_or(&*self.authority, |(host, _)| host)
    }
}

/// What to ask for.
#[derive(Debug, Clone)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(HeaderName, &'static str)>,
    body: Bytes,
    with_origin: bool,
}

impl Ask {
    fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Bytes::new(), with_origin: false }
    }

    /// A page, as a browser goes to it.
    pub fn page(path: &str) -> Self {
        Self::new(Method::GET, path).navigating()
    }

    /// A form, as a browser sends it from a page of the gate.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut ask = Self::new(Method::POST, path).navigating();
        ask.headers.push((CONTENT_TYPE, "application/x-www-form-urlencoded"));
        Self { body: text.into(), with_origin: true, ..ask }
    }

    /// What a program sends.
    pub fn json(path: &str, value: &serde_json::Value) -> Self {
        let mut ask = Self::new(Method::POST, path);
        ask.headers.push((CONTENT_TYPE, "application/json"));
        Self { body: value.to_string().into(), ..ask }
    }

    fn navigating(mut self) -> Self {
        self.headers.push((ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        self.headers.push((HeaderName::from_static("sec-fetch-mode"), "navigate"));
        self.headers.push((HeaderName::from_static("sec-fetch-dest"), "document"));
        self
    }
}

pub struct Person {
    pub world: Arc<World>,
    pub who: Who,
    pub dice: StdRng,
    /// Of what they received, in bytes.
    pub received: u64,
    pub asked: u64,
    address: IpAddr,
    gate: usize,
    jar: BTreeMap<String, String>,
    line: Option<Line>,
}

impl Person {
    /// Somebody at this address, who goes to this gate first.
    pub fn new(world: Arc<World>, who: Who, address: IpAddr, gate: usize, dice: StdRng) -> Self {
        let jar = BTreeMap::new();
        Self { world, who, dice, received: 0, asked: 0, address, gate, jar, line: None }
    }

    /// The same with cookies from before.
    pub fn with_jar(self, jar: BTreeMap<String, String>) -> Self {
        Self { jar, ..self }
    }

    /// As a new browser.
    pub fn forget(&mut self) {
        self.jar.clear();
    }

    pub fn jar(&self) -> &BTreeMap<String, String> {
        &self.jar
    }

    /// Asks at the moment it is due, or at once if that is over, and counts the time from then on.
    pub async fn ask(
        &mut self,
        step: Step,
        due: Instant,
        ask: &Ask,
        good: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Trouble> {
        sleep_until(due).await;
        let world = self.world.clone();
        let _open = world.meter.step();
        let came = self.send(due, ask).await;
        let fine = came.as_ref().is_ok_and(&good);
        world.meter.record(self.who, step, due, came.as_ref().map(|a| a.status).map_err(|t| *t), fine);
        match &came {
            Ok(answer) => {
                self.asked += 1;
                self.received += answer.body.len() as u64;
                world.meter.received(answer.body.len());
                self.keep(answer);
            }
            Err(_) => self.go_elsewhere(),
        }
        came
    }

    async fn send(&mut self, due: Instant, ask: &Ask) -> Result<Answer, Trouble> {
        let world = self.world.clone();
        if self.line.is_none() {
            let to = world.gates[self.gate % world.gates.len()];
            // Where that fails, it is the step that failed.
            self.line = Some(Line::open(self.address, to, world.host(), &world.tls).await?);
            world.meter.note(self.who, Step::Connect, due, "connected".to_owned(), true);
        }
        let request = self.spelled(ask).map_err(|_| Trouble::Protocol)?;
        let Some(line) = &mut self.line else { return Err(Trouble::Lost) };
        line.ask(request, ask.body.clone()).await
    }

    fn spelled(&self, ask: &Ask) -> http::Result<Request<()>> {
        let uri = format!("{}{}", self.world.origin(), ask.path);
        let mut request = Request::builder().method(&ask.method).uri(uri);
        for (name, value) in &ask.headers {
            request = request.header(name, *value);
        }
        if ask.with_origin {
            request = request.header(ORIGIN, self.world.origin());
        }
        if !self.jar.is_empty() {
            let all: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, all.join("; "));
        }
        request.body(())
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            if value.is_empty() || line.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn go_elsewhere(&mut self) {
        self.line = None;
        self.gate += 1;
    }
}

/// Where a redirect leads.
pub fn leads_to(answer: &Answer) -> &str {
    if answer.status == 303 { answer.header(LOCATION.as_str()).unwrap_or_default() } else { "" }
}

/// A hidden field's value, out of a page of the gate.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let start = format!("name=\"{name}\" value=\"");
    let rest = &page[page.find(&start)? + start.len()..];
    // The gate's tokens are base64url: nothing in them is escaped.
    Some(rest[..rest.find('"')?].to_owned())
}
