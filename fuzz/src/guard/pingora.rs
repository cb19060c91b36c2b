//! Pingora's own reader of requests, fed from memory: the stream gives what it has, and then keeps silent.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pingora::http::RequestHeader;
use pingora::protocols::http::v1::server::HttpSession;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl, Stream, TimingDigest,
    UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::head::Line;

/// A client who sends these pieces, one with each read, and stays connected.
#[derive(Debug)]
pub struct Client(VecDeque<Vec<u8>>);

impl Client {
    pub fn sends<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Box<Client> {
        Box::new(Client(pieces.map(<[u8]>::to_vec).collect()))
    }
}

/// What a future comes to without waiting for anybody.
pub fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

pub enum Heard {
    Request(Session),
    /// It takes the header for unfinished.
    Waits,
    Refused,
}

pub fn hear<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Heard {
    hear_from(Client::sends(pieces))
}

pub fn hear_from(stream: Stream) -> Heard {
    let mut session = Box::new(HttpSession::new(stream));
    // No timer is needed where nothing is waited for.
    session.set_read_timeout(None);
    match now(session.read_request()) {
        None => Heard::Waits,
        Some(Ok(Some(_))) => Heard::Request(Session(session)),
        Some(_) => Heard::Refused,
    }
}

pub struct Session(Box<HttpSession>);

/// Spellings and values, by name.
type Fields = BTreeMap<Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>>;

/// A body as far as it could be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    pub bytes: Vec<u8>,
    pub over: bool,
    pub failed: bool,
}

impl Session {
    /// It has this request line and these fields.
    pub fn reads(&self, line: &Line) {
        let header: &RequestHeader = self.0.req_header();
        assert_eq!(header.method.as_str(), line.method);
        assert_eq!(header.version, line.version);
        // A fragment, which no client sends, is dropped before anything is judged or forwarded.
        let target = line.target.split(|b| *b == b'#').next().unwrap_or_default();
        let raw = header.raw_path();
        assert!(raw == line.target || raw == target, "{} for {}", raw.escape_ascii(), line.target.escape_ascii());
        // It keeps fields by name, so what is compared is each name's spellings and values in their order.
        let mut ours: Fields = BTreeMap::new();
        for (name, value) in &line.fields {
            ours.entry(name.to_ascii_lowercase()).or_default().push((name.clone(), value.clone()));
        }
        let mut theirs: Fields = BTreeMap::new();
        for (name, value) in header.case_header_iter() {
            let spelled = name.as_slice().to_vec();
            theirs.entry(spelled.to_ascii_lowercase()).or_default().push((spelled, value.as_bytes().to_vec()));
        }
        assert_eq!(ours, theirs);
    }

    pub fn upgrades(&self) -> bool {
        self.0.is_upgrade_req()
    }

    pub fn body(mut self) -> Read {
        self.read()
    }

    /// The body, and the stream behind it.
    pub fn finish(mut self) -> (Read, Stream) {
        let read = self.read();
        (read, self.0.into_inner())
    }

    fn read(&mut self) -> Read {
        let mut read = Read { bytes: Vec::new(), over: false, failed: false };
        loop {
            match now(self.0.read_body_bytes()) {
                None => return read,
                Some(Err(_)) => return Read { failed: true, ..read },
                Some(Ok(None)) => return Read { over: true, ..read },
                Some(Ok(Some(bytes))) => read.bytes.extend_from_slice(&bytes),
            }
        }
    }
}

impl AsyncRead for Client {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pieces = &mut self.get_mut().0;
        let Some(mut piece) = pieces.pop_front() else { return Poll::Pending };
        let rest = piece.split_off(piece.len().min(buf.remaining()));
        buf.put_slice(&piece);
        if !rest.is_empty() {
            pieces.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[async_trait::async_trait]
impl Shutdown for Client {
    async fn shutdown(&mut self) {}
}
impl UniqueID for Client {
    fn id(&self) -> UniqueIDType {
        0
    }
}
impl Ssl for Client {}
impl Peek for Client {}
impl GetTimingDigest for Client {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}
impl GetProxyDigest for Client {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        None
    }
}
impl GetSocketDigest for Client {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        None
    }
}
