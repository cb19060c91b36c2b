//! Three providers that make codes, on loopback, as their documentation describes them: what they demand, what they answer,
//! what they remember, and how they fail.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use http_body::Frame;
use tokio::runtime::Runtime;

use crate::support::{free_port, wait};
use crate::{engagelab, twilio, vonage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Twilio,
    Vonage,
    Engagelab,
}

impl Vendor {
    pub const ALL: [Vendor; 3] = [Vendor::Twilio, Vendor::Vonage, Vendor::Engagelab];

    /// The provider as it is configured.
    fn settings(self) -> &'static str {
        match self {
            Vendor::Twilio => twilio::SETTINGS,
            Vendor::Vonage => vonage::SETTINGS,
            Vendor::Engagelab => engagelab::SETTINGS,
        }
    }

    /// How many entries it judges, as far as we rely on it.
    pub fn tries(self) -> usize {
        if self == Vendor::Vonage { 3 } else { 5 }
    }
}

/// What is asked of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Begin,
    Check,
    Cancel,
}

/// How one request is met in its turn. Without one, it is answered as documented.
#[derive(Debug, Clone)]
pub enum Turn {
    /// Does what was asked and dies in the middle of saying so.
    DieHalfway,
    Error(u16, String),
}

/// Something that a provider began.
#[derive(Debug, Clone)]
pub struct Begun {
    pub id: String,
    pub to: String,
    pub code: String,
    pub checks: u32,
    pub sends: u32,
    pub standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Pending,
    Approved,
    Canceled,
    Expired,
    AskedTooOften,
}

/// What a provider remembers.
#[derive(Default)]
pub struct Desk {
    pub begun: Vec<Begun>,
    pub asked: Vec<What>,
    turns: BTreeMap<What, VecDeque<Turn>>,
    held: bool,
    busy: usize,
    busiest: usize,
}

impl Desk {
    /// A new one with a new code of so many digits.
    pub fn begin(&mut self, id: impl Fn(usize) -> String, to: &str, length: usize) -> &mut Begun {
        let number = self.begun.len() + 1;
        let code = format!("{:0length$}", (482_913 * number) % 10usize.pow(u32::try_from(length).expect("small")));
        let (to, standing) = (to.to_owned(), Standing::Pending);
        self.begun.push(Begun { id: id(number), to, code, checks: 0, sends: 1, standing });
        self.begun.last_mut().expect("just put there")
    }

    /// What is under way to somebody.
    pub fn pending(&mut self, to: &str) -> Option<&mut Begun> {
        self.begun.iter_mut().find(|begun| begun.to == to && begun.standing == Standing::Pending)
    }

    pub fn find(&mut self, id: &str) -> Option<&mut Begun> {
        self.begun.iter_mut().find(|begun| begun.id == id)
    }
}

/// One request, whole.
pub struct Request {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

struct Shared {
    vendor: Vendor,
    desk: Mutex<Desk>,
    released: Condvar,
}

/// A provider at work; it can be ended and started again, and remembers everything.
pub struct Sim {
    shared: Arc<Shared>,
    port: u16,
    runtime: Option<Runtime>,
}

impl Sim {
    pub fn start(vendor: Vendor) -> Sim {
        let shared = Arc::new(Shared { vendor, desk: Mutex::default(), released: Condvar::new() });
        let mut sim = Sim { shared, port: free_port(), runtime: None };
        sim.rise();
        sim
    }

    /// Nobody listens any more.
    pub fn fall(&mut self) {
        self.runtime.take().expect("it is up").shutdown_background();
        let address = format!("127.0.0.1:{}", self.port);
        wait::until("nobody to listen", || std::net::TcpStream::connect(&address).is_err().then_some(()));
    }

    pub fn rise(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(64)
            .enable_all()
            .build()
            .expect("a runtime");
        let router = Router::new().fallback(meet).with_state(self.shared.clone());
        let listener = wait::until("the port to be free again", || {
            runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", self.port))).ok()
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        self.runtime = Some(runtime);
    }

    /// How `[sms]` goes by it.
    pub fn providers(&self) -> String {
        format!(
            "codes = \"provider\"\n[[sms.provider]]\n{}base_url = \"http://127.0.0.1:{}\"\n",
            self.shared.vendor.settings(),
            self.port
        )
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.shared.desk.lock().expect("no thread panicked")
    }

    /// The code of the latest that it began.
    pub fn code(&self) -> String {
        wait::until("a code at the provider", || self.desk().begun.last().map(|begun| begun.code.clone()))
    }

    pub fn asked(&self, what: What) -> usize {
        self.desk().asked.iter().filter(|asked| **asked == what).count()
    }

    pub fn next(&self, what: What, turn: Turn) {
        self.desk().turns.entry(what).or_default().push_back(turn);
    }

    /// Everything that is under way comes to this end.
    pub fn end_all(&self, standing: Standing) {
        self.desk().begun.iter_mut().filter(|b| b.standing == Standing::Pending).for_each(|b| b.standing = standing);
    }

    /// Answers nothing until [`Sim::release`].
    pub fn hold(&self) {
        self.desk().held = true;
    }

    pub fn release(&self) {
        self.desk().held = false;
        self.shared.released.notify_all();
    }

    /// Requests that are being answered right now.
    pub fn busy(&self) -> usize {
        self.desk().busy
    }

    /// The most that there ever were at a time.
    pub fn busiest(&self) -> usize {
        self.desk().busiest
    }
}

async fn meet(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request = Request { method, path: uri.path().to_owned(), headers, body: body.to_vec() };
    let answered = tokio::task::spawn_blocking(move || answer(&shared, &request));
    let (status, body, halfway) = answered.await.expect("no provider panics");
    let answer = Response::builder().status(status).header("content-type", "application/json");
    match halfway {
        true => answer.header("content-length", body.len() + 400).body(Body::new(Half(Some(body)))),
        false => answer.body(Body::from(body)),
    }
    .expect("an answer")
}

/// Status, body, and whether it breaks off.
fn answer(shared: &Shared, request: &Request) -> (u16, String, bool) {
    let mut desk = shared.desk.lock().expect("no thread panicked");
    desk.busy += 1;
    desk.busiest = desk.busiest.max(desk.busy);
    while desk.held {
        desk = shared.released.wait(desk).expect("no thread panicked");
    }
    desk.busy -= 1;
    let route = match shared.vendor {
        Vendor::Twilio => twilio::route,
        Vendor::Vonage => vonage::route,
        Vendor::Engagelab => engagelab::route,
    };
    let (what, meet) = route(request);
    let turn = what.and_then(|what| {
        desk.asked.push(what);
        desk.turns.get_mut(&what)?.pop_front()
    });
    match turn {
        Some(Turn::Error(status, body)) => (status, body, false),
        turn => {
            let (status, body) = meet(&mut desk);
            (status, body, turn.is_some())
        }
    }
}

/// What a request asks for, and what comes of it.
pub type Route<'a> = (Option<What>, Box<dyn FnOnce(&mut Desk) -> (u16, String) + 'a>);

pub fn refuse<'a>(status: u16, body: String) -> Route<'a> {
    (None, Box::new(move |_| (status, body)))
}

/// An answer that breaks off.
struct Half(Option<String>);

impl http_body::Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(said) => Ok(Frame::data(Bytes::from(said))),
            None => Err(std::io::Error::other("dead")),
        }))
    }
}
