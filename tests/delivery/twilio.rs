//! Twilio on loopback, as its documentation describes it: what it demands, what it answers, and how it fails.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body::Frame;
use tokio::sync::Notify;

use crate::world::lock;

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TOKEN: &str = "test_auth_token_0123456789abcdef";
pub const SENDER: &str = "+15005550006";
pub const SERVICE: &str = "MG00000000000000000000000000000001";

/// How one request is met, once it is found good. Without a turn, the message is taken.
pub enum Turn {
    Error {
        status: u16,
        code: u32,
        retry_after: Option<u64>,
    },
    /// Takes the message and never says so.
    Hang,
    /// Takes the message and dies in the middle of saying so.
    DieHalfway,
    /// Says something else altogether.
    Garbage {
        status: u16,
        body: &'static str,
    },
}

/// A simulator, and what it was asked.
pub struct Twilio {
    pub base_url: String,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    turns: Mutex<VecDeque<Turn>>,
    taken: Mutex<Vec<BTreeMap<String, String>>>,
    asked: AtomicUsize,
    /// Requests that are being answered right now, and the most there ever were.
    busy: AtomicUsize,
    busiest: AtomicUsize,
    held: Mutex<bool>,
    released: Notify,
}

impl Twilio {
    pub async fn start(turns: impl IntoIterator<Item = Turn>) -> Twilio {
        let desk = Arc::new(Desk { turns: Mutex::new(turns.into_iter().collect()), ..Desk::default() });
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(messages))
            .fallback(async || error(404, 20404, None))
            .with_state(desk.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Twilio { base_url: format!("http://{address}"), desk }
    }

    /// The forms of the messages that it took.
    pub fn taken(&self) -> Vec<BTreeMap<String, String>> {
        lock(&self.desk.taken).clone()
    }

    /// How many requests it saw, good or bad.
    pub fn asked(&self) -> usize {
        self.desk.asked.load(Ordering::SeqCst)
    }

    pub fn busiest(&self) -> usize {
        self.desk.busiest.load(Ordering::SeqCst)
    }

    /// Lets no answer out until [`Twilio::release`].
    pub fn hold(&self) {
        *lock(&self.desk.held) = true;
    }

    pub fn release(&self) {
        *lock(&self.desk.held) = false;
        self.desk.released.notify_waiters();
    }
}

async fn messages(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    desk.asked.fetch_add(1, Ordering::SeqCst);
    let busy = desk.busy.fetch_add(1, Ordering::SeqCst) + 1;
    desk.busiest.fetch_max(busy, Ordering::SeqCst);
    loop {
        let released = desk.released.notified();
        if !*lock(&desk.held) {
            break;
        }
        released.await;
    }
    let answer = match judge(&account, &headers, &body) {
        Ok(form) => desk.meet(form).await,
        Err((status, code)) => error(status, code, None),
    };
    desk.busy.fetch_sub(1, Ordering::SeqCst);
    answer
}

/// What the documentation demands of a request.
fn judge(account: &str, headers: &HeaderMap, body: &[u8]) -> Result<BTreeMap<String, String>, (u16, u32)> {
    let header = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let expected = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")));
    if account != ACCOUNT || header("authorization") != expected {
        return Err((401, 20003));
    }
    if header("content-type") != "application/x-www-form-urlencoded" {
        return Err((415, 20011));
    }
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let is_e164 =
        |s: &str| s.len() >= 9 && s.len() <= 16 && s.starts_with('+') && s[1..].bytes().all(|b| b.is_ascii_digit());
    match (field("From"), field("MessagingServiceSid")) {
        ("", "") => return Err((400, 21603)),
        (SENDER, "") | ("", SERVICE) => {}
        _ => return Err((400, 21606)),
    }
    let validity = field("ValidityPeriod").parse::<u32>().ok();
    match () {
        () if field("To").is_empty() => Err((400, 21604)),
        () if !is_e164(field("To")) => Err((400, 21211)),
        () if field("Body").is_empty() => Err((400, 21602)),
        () if field("Body").chars().count() > 1600 => Err((400, 21617)),
        () if !validity.is_some_and(|v| (1..=36_000).contains(&v)) => Err((400, 20001)),
        () => Ok(form),
    }
}

impl Desk {
    async fn meet(&self, form: BTreeMap<String, String>) -> Response<Body> {
        let turn = lock(&self.turns).pop_front();
        let take = || {
            let mut taken = lock(&self.taken);
            taken.push(form.clone());
            taken.len()
        };
        match turn {
            None => created(take(), &form),
            Some(Turn::Error { status, code, retry_after }) => error(status, code, retry_after),
            Some(Turn::Hang) => {
                take();
                std::future::pending().await
            }
            Some(Turn::DieHalfway) => {
                take();
                let answer = Response::builder().status(201).header("content-length", 400);
                answer.body(Body::new(Half::Unsaid)).expect("an answer")
            }
            Some(Turn::Garbage { status, body }) => {
                Response::builder().status(status).body(Body::from(body)).expect("an answer")
            }
        }
    }
}

fn created(number: usize, form: &BTreeMap<String, String>) -> Response<Body> {
    let service = form.get("MessagingServiceSid");
    let message = serde_json::json!({
        "account_sid": ACCOUNT,
        "sid": format!("SM{number:032}"),
        "status": if service.is_some() { "accepted" } else { "queued" },
        "to": form["To"],
        "from": form.get("From"),
        "messaging_service_sid": service,
        "body": form["Body"],
        "num_segments": "1",
        "error_code": null,
        "error_message": null,
        "price": null,
    });
    json(201, None, &message)
}

fn error(status: u16, code: u32, retry_after: Option<u64>) -> Response<Body> {
    // Real ones quote the number they were given.
    let message = format!("The 'To' number +819012345678 met error {code}");
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = serde_json::json!({"code": code, "message": message, "more_info": more, "status": status});
    json(status, retry_after, &body)
}

fn json(status: u16, retry_after: Option<u64>, body: &serde_json::Value) -> Response<Body> {
    let mut answer = Response::builder().status(status).header("content-type", "application/json");
    if let Some(seconds) = retry_after {
        answer = answer.header("retry-after", seconds);
    }
    answer.body(Body::from(body.to_string())).expect("an answer")
}

/// An answer that breaks off.
enum Half {
    Unsaid,
    Said,
}

impl http_body::Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match *self {
            Half::Unsaid => {
                *self = Half::Said;
                Ok(Frame::data(Bytes::from_static(br#"{"sid":"SM0"#)))
            }
            Half::Said => Err(std::io::Error::other("dead")),
        }))
    }
}
