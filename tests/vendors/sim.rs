//! A server on loopback that judges requests as a vendor's documentation does, and can be told to fail.

#![allow(dead_code, reason = "every vendor uses its own part")]

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body::Frame;

use crate::world::lock;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as a form; of a name that comes twice the last value.
    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    pub fn params(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// Whether it is authorised by this name and password (HTTP Basic).
    pub fn knows(&self, name: &str, password: &str) -> bool {
        self.header("authorization") == format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
    }
}

/// What is said to it.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    pub fn json(status: u16, body: serde_json::Value) -> Reply {
        Reply::text(status, "application/json", &body.to_string())
    }

    pub fn text(status: u16, media: &str, body: &str) -> Reply {
        Reply { status, headers: vec![("content-type", media.to_owned())], body: body.to_owned() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Reply {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// How a request that was found good is met instead.
pub enum Turn {
    Say(Reply),
    /// Takes it and never says so.
    Hang,
    /// Takes it and dies in the middle of saying so.
    DieHalfway,
}

/// What the documentation demands: `Ok` for a request that is taken, `Err` for one that is not.
type Judge = Box<dyn Fn(&Asked) -> Result<Reply, Reply> + Send + Sync>;

/// The simulator, and what it was asked.
pub struct Sim {
    pub base_url: String,
    desk: Arc<Desk>,
}

struct Desk {
    judge: Judge,
    turns: Mutex<VecDeque<Turn>>,
    taken: Mutex<Vec<Asked>>,
    asked: Mutex<Vec<Asked>>,
}

impl Sim {
    pub async fn start(judge: impl Fn(&Asked) -> Result<Reply, Reply> + Send + Sync + 'static) -> Sim {
        let desk =
            Desk { judge: Box::new(judge), turns: Mutex::default(), taken: Mutex::default(), asked: Mutex::default() };
        let desk = Arc::new(desk);
        let router = Router::new().fallback(meet).with_state(desk.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Sim { base_url: format!("http://{address}"), desk }
    }

    /// The next good requests are met so.
    pub fn turns(&self, turns: impl IntoIterator<Item = Turn>) {
        lock(&self.desk.turns).extend(turns);
    }

    pub fn say(&self, reply: Reply) {
        self.turns([Turn::Say(reply)]);
    }

    /// The requests that it took, those that it was told to fail included.
    pub fn taken(&self) -> Vec<Asked> {
        lock(&self.desk.taken).clone()
    }

    /// All that it saw, good or bad.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.desk.asked).clone()
    }
}

async fn meet(State(desk): State<Arc<Desk>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        return Response::builder().status(400).body(Body::empty()).expect("an answer");
    };
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    lock(&desk.asked).push(asked.clone());
    let reply = match (desk.judge)(&asked) {
        Err(reply) => return said(reply),
        Ok(reply) => reply,
    };
    lock(&desk.taken).push(asked);
    let turn = lock(&desk.turns).pop_front();
    match turn {
        None => said(reply),
        Some(Turn::Say(reply)) => said(reply),
        Some(Turn::Hang) => std::future::pending().await,
        Some(Turn::DieHalfway) => {
            let (status, length) = (reply.status, reply.body.len() + 100);
            let answer = Response::builder().status(status).header("content-length", length);
            answer.body(Body::new(Half(Some(reply.body)))).expect("an answer")
        }
    }
}

fn said(reply: Reply) -> Response<Body> {
    let start = Response::builder().status(reply.status);
    let answer = reply.headers.iter().fold(start, |answer, (name, value)| answer.header(*name, value));
    answer.body(Body::from(reply.body)).expect("an answer")
}

/// An answer that breaks off.
struct Half(Option<String>);

impl http_body::Body for Half {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(text) => Ok(Frame::data(Bytes::from(text))),
            None => Err(std::io::Error::other("dead")),
        }))
    }
}
