//! Applications of every temper, and connections to the gateway that are spelled out byte by byte.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::support::gateway::HOST;
use crate::support::{Gateway, Plan, Wire};

/// A byte stream, with TLS or without.
pub trait Pipe: Read + Write + Send {}
impl<T: Read + Write + Send> Pipe for T {}

/// One request as an application saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Which connection it came over, from 1.
    pub connection: usize,
    pub head: String,
    pub body: Vec<u8>,
}

impl Seen {
    /// The values of this header, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    pub fn one(&self, name: &str) -> &str {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in\n{}", self.head);
        all[0]
    }
}

/// An application whose every connection is handled by one function.
pub struct App {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicUsize,
    over: AtomicBool,
}

/// One connection of an application.
pub struct Line {
    pub connection: usize,
    pub stream: Box<dyn Pipe>,
    bytes: Vec<u8>,
    shared: Arc<Shared>,
}

impl App {
    pub fn start(serve: impl Fn(&mut Line) + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), None, serve)
    }

    pub fn with_tls(config: ServerConfig, serve: impl Fn(&mut Line) + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), Some(Arc::new(config)), serve)
    }

    pub fn at(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        serve: impl Fn(&mut Line) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared::default());
        let (kept, serve) = (shared.clone(), Arc::new(serve));
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if kept.over.load(Ordering::SeqCst) {
                    break;
                }
                lock(&kept.open).push(stream.try_clone().expect("a socket can be doubled"));
                let connection = kept.connections.fetch_add(1, Ordering::SeqCst) + 1;
                let (shared, serve, tls) = (kept.clone(), serve.clone(), tls.clone());
                std::thread::spawn(move || {
                    let stream: Box<dyn Pipe> = match tls {
                        None => Box::new(stream),
                        Some(config) => {
                            let session = ServerConnection::new(config).expect("TLS can be served");
                            Box::new(StreamOwned::new(session, stream))
                        }
                    };
                    serve(&mut Line { connection, stream, bytes: Vec::new(), shared });
                });
            }
        });
        Self { address, shared, listening: Some(listening) }
    }

    /// Answers 200 with this text.
    pub fn saying(text: &'static str) -> Self {
        Self::start(move |line| line.serve(|_| plain(200, text)))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    pub fn last(&self) -> Seen {
        self.seen().pop().expect("a request reached the application")
    }

    /// Listens no more and cuts every connection.
    pub fn stop(self) -> SocketAddr {
        self.address
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
        // Whoever connects from now on is refused.
        let _ = self.listening.take().map(JoinHandle::join);
        for stream in lock(&self.shared.open).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panicked while it had this")
}

impl Line {
    /// Answers every request by this function, until the other side closes.
    pub fn serve(&mut self, answer: impl Fn(&Seen) -> String) {
        while let Some(seen) = self.request() {
            self.say(answer(&seen));
        }
    }

    pub fn say(&mut self, bytes: impl AsRef<[u8]>) {
        // Whoever asked may be gone, which is what some tests are about.
        let _ = self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush());
    }

    /// Ends this connection, whoever else holds its socket.
    pub fn close(&mut self) {
        let end = lock(&self.shared.open).get(self.connection - 1).map(|stream| stream.shutdown(Shutdown::Both));
        drop(end);
    }

    /// The next request, whole.
    pub fn request(&mut self) -> Option<Seen> {
        let head = self.head()?;
        let seen = Seen { connection: self.connection, head, body: Vec::new() };
        let body = match (seen.all("transfer-encoding").first(), seen.all("content-length").first()) {
            (Some(_), _) => self.chunked()?,
            (None, Some(length)) => self.take(length.parse().expect("a length"))?,
            (None, None) => Vec::new(),
        };
        let seen = Seen { body, ..seen };
        lock(&self.shared.seen).push(seen.clone());
        Some(seen)
    }

    /// The head of the next request alone.
    pub fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.bytes.drain(..end + 4).collect();
                return Some(head.iter().map(|b| char::from(*b)).collect::<String>().trim_end().to_owned());
            }
            self.more()?;
        }
    }

    pub fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.bytes.len() < count {
            self.more()?;
        }
        Some(self.bytes.drain(..count).collect())
    }

    /// Drops so many bytes, and keeps none of them.
    pub fn skip(&mut self, mut count: u64) -> Option<()> {
        let held = count.min(self.bytes.len() as u64);
        self.bytes.drain(..usize::try_from(held).expect("held in memory"));
        count -= held;
        let mut part = vec![0; 64 * 1024];
        while count > 0 {
            let most = part.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            count -= self.stream.read(&mut part[..most]).ok().filter(|read| *read > 0)? as u64;
        }
        Some(())
    }

    fn chunked(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            while !self.bytes.windows(2).any(|window| window == b"\r\n") {
                self.more()?;
            }
            let end = self.bytes.windows(2).position(|window| window == b"\r\n")?;
            let size = usize::from_str_radix(std::str::from_utf8(&self.bytes[..end]).ok()?, 16).ok()?;
            self.take(end + 2)?;
            body.extend(self.take(size)?);
            self.take(2)?;
            if size == 0 {
                return Some(body);
            }
        }
    }

    fn more(&mut self) -> Option<()> {
        let mut part = [0; 16 * 1024];
        let read = self.stream.read(&mut part).ok().filter(|read| *read > 0)?;
        self.bytes.extend_from_slice(&part[..read]);
        Some(())
    }
}

pub fn plain(status: u16, text: &str) -> String {
    with(status, "", text)
}

/// An answer with further header lines, each ended.
pub fn with(status: u16, more: &str, text: &str) -> String {
    format!("HTTP/1.1 {status} So\r\n{more}Content-Length: {}\r\n\r\n{text}", text.len())
}

/// A gateway before `[upstream.app]` with these lines, open to all.
pub fn open(upstream: &str) -> Gateway {
    routed(upstream, "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\n")
}

/// The same with a pass for everything.
pub fn guarded(upstream: &str) -> Gateway {
    routed(upstream, "[[route]]\npath = \"/**\"\nrequire = \"otp\"\nscope = \"records\"\nupstream = \"app\"\n")
}

pub fn routed(upstream: &str, routes: &str) -> Gateway {
    plan(upstream, routes).start()
}

pub fn plan(upstream: &str, routes: &str) -> Plan {
    Plan::before("http://127.0.0.1:9").with_routes(routes).with_more(format!("[upstream.app]\n{upstream}\n"))
}

/// A connection to the gateway that is spelled out: HTTP/1.1, plain or over TLS.
pub fn dial(gateway: &Gateway, wire: Wire) -> Box<dyn Pipe> {
    Entry::of(gateway).dial(wire)
}

/// Where a gateway is come in by; unlike that, many threads can have it.
#[derive(Clone)]
pub struct Entry {
    plain: String,
    pub tls: String,
    pub trust: PathBuf,
    /// What stands in `Host`.
    pub authority: String,
}

impl Entry {
    pub fn of(gateway: &Gateway) -> Self {
        let authority = gateway.origin.trim_start_matches("https://").to_owned();
        let trust = gateway.certificate.certificate.clone();
        Self { plain: gateway.plain.clone(), tls: gateway.tls.clone(), trust, authority }
    }

    pub fn dial(&self, wire: Wire) -> Box<dyn Pipe> {
        let address = if wire == Wire::Http1 { &self.plain } else { &self.tls };
        let stream = TcpStream::connect(address).expect("the gateway listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a deadline");
        stream.set_write_timeout(Some(Duration::from_secs(60))).expect("a deadline");
        stream.set_nodelay(true).expect("a socket option");
        match wire {
            Wire::Http1 => Box::new(stream),
            _ => {
                let config = client_tls(&self.trust, &[b"http/1.1"]);
                let name = ServerName::try_from(HOST).expect("a name");
                let session = ClientConnection::new(config, name).expect("TLS can be spoken");
                Box::new(StreamOwned::new(session, stream))
            }
        }
    }
}

/// Trust in one certificate, offering these protocols.
pub fn client_tls(trust: &Path, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trust).expect("a certificate")).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = builder.expect("usual versions").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

/// Everything up to and with `end`.
pub fn read_until(stream: &mut dyn Pipe, end: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(end) {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            other => panic!("{other:?} instead of {:?} after {}", String::from_utf8_lossy(end), lossy(&bytes)),
        }
    }
    lossy(&bytes)
}

/// Everything until the other side closes, however it does.
pub fn read_all(stream: &mut dyn Pipe) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                panic!("the connection is still open after {}", lossy(&bytes));
            }
            Err(_) => break,
        }
    }
    lossy(&bytes)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
