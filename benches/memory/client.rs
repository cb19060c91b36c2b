//! Clients: HTTP/1.1 plain or in TLS, and HTTP/2 in TLS.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use h2::client::SendRequest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::house::{House, source};
use crate::support::gateway::HOST;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Wire {
    Plain,
    Tls1,
    Tls2,
}

impl Wire {
    pub const ALL: [Wire; 3] = [Wire::Plain, Wire::Tls1, Wire::Tls2];

    pub fn name(self) -> &'static str {
        match self {
            Wire::Plain => "HTTP/1.1",
            Wire::Tls1 => "TLS, HTTP/1.1",
            Wire::Tls2 => "TLS, HTTP/2",
        }
    }
}

pub trait Both: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

/// How to reach the gateway; cheap to clone.
#[derive(Clone)]
pub struct Client {
    tls: SocketAddr,
    plain: SocketAddr,
    authority: Arc<str>,
    http1: TlsConnector,
    http2: TlsConnector,
}

/// A connection that is open.
pub enum Line {
    Http1(Box<dyn Both>),
    Http2(SendRequest<bytes::Bytes>),
}

/// An answer, as far as it matters here.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub cookies: Vec<String>,
    pub body: Vec<u8>,
}

/// A request; header names in lower case.
pub struct Ask<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a str,
}

impl<'a> Ask<'a> {
    pub fn get(path: &'a str, headers: &'a [(&'a str, &'a str)]) -> Ask<'a> {
        Ask { method: "GET", path, headers, body: "" }
    }
}

impl Client {
    pub fn new(house: &House) -> Client {
        let mut roots = RootCertStore::empty();
        let ours = CertificateDer::from_pem_file(&house.gateway.certificate.certificate).expect("a certificate");
        roots.add(ours).expect("it can be trusted");
        let connector = |protocol: &[u8]| {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let mut config =
                config.expect("ring has all versions").with_root_certificates(roots.clone()).with_no_client_auth();
            config.alpn_protocols = vec![protocol.to_vec()];
            // Every connection is a stranger's: whole handshakes only.
            config.resumption = rustls::client::Resumption::disabled();
            TlsConnector::from(Arc::new(config))
        };
        Client {
            tls: house.tls,
            plain: house.plain,
            authority: house.authority().into(),
            http1: connector(b"http/1.1"),
            http2: connector(b"h2"),
        }
    }

    /// Connected, shaken hands, and on HTTP/2 exchanged settings.
    pub async fn open(&self, wire: Wire) -> io::Result<Line> {
        if wire == Wire::Plain {
            return Ok(Line::Http1(Box::new(connect(self.plain).await?)));
        }
        if wire == Wire::Tls1 {
            return Ok(Line::Http1(Box::new(self.secure(&self.http1).await?)));
        }
        let (requests, connection) = h2::client::handshake(self.connect2().await?).await.map_err(io::Error::other)?;
        tokio::spawn(async move {
            // How it ends is seen by whoever asks over it.
            let _ = connection.await;
        });
        Ok(Line::Http2(requests.ready().await.map_err(io::Error::other)?))
    }

    /// As far as TLS, for whoever speaks HTTP/2 in its own way.
    pub async fn connect2(&self) -> io::Result<TlsStream<TcpStream>> {
        self.secure(&self.http2).await
    }

    async fn secure(&self, how: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(HOST).expect("it is a name");
        how.connect(name, connect(self.tls).await?).await
    }

    /// Sends it and reads the whole answer.
    pub async fn ask(&self, line: &mut Line, ask: &Ask<'_>) -> io::Result<Answer> {
        match line {
            Line::Http1(stream) => {
                stream.write_all(self.spell(ask).as_bytes()).await?;
                read_answer(stream).await
            }
            Line::Http2(requests) => self.ask2(requests, ask).await,
        }
    }

    pub fn spell(&self, ask: &Ask<'_>) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", ask.method, ask.path, self.authority);
        for (name, value) in ask.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if ask.method == "POST" {
            text.push_str(&format!("content-length: {}\r\n", ask.body.len()));
        }
        text + "\r\n" + ask.body
    }

    pub fn request(&self, ask: &Ask<'_>) -> http::Request<()> {
        let mut request =
            http::Request::builder().method(ask.method).uri(format!("https://{}{}", self.authority, ask.path));
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("it is well formed")
    }

    async fn ask2(&self, requests: &mut SendRequest<bytes::Bytes>, ask: &Ask<'_>) -> io::Result<Answer> {
        let empty = ask.body.is_empty();
        let (answer, mut body) = requests.send_request(self.request(ask), empty).map_err(io::Error::other)?;
        if !empty {
            body.send_data(ask.body.to_owned().into(), true).map_err(io::Error::other)?;
        }
        let answer = answer.await.map_err(io::Error::other)?;
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let cookies = answer.headers().get_all("set-cookie").iter().map(text).collect();
        let mut taken = Answer { status: answer.status().as_u16(), cookies, body: Vec::new() };
        let mut body = answer.into_body();
        while let Some(part) = body.data().await {
            let part = part.map_err(io::Error::other)?;
            taken.body.extend_from_slice(&part);
            body.flow_control().release_capacity(part.len()).map_err(io::Error::other)?;
        }
        Ok(taken)
    }
}

pub async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(source())?;
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One whole answer whose length is told.
async fn read_answer(stream: &mut Box<dyn Both>) -> io::Result<Answer> {
    let mut held = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).await?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        held.extend_from_slice(&part[..count]);
        let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else { continue };
        let head = String::from_utf8_lossy(&held[..end]).into_owned();
        let value = |line: &str, name: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        let length = head.lines().find_map(|line| value(line, "content-length")).and_then(|text| text.parse().ok());
        let chunked = head.lines().any(|line| value(line, "transfer-encoding").is_some());
        let whole = if chunked { held.ends_with(b"0\r\n\r\n") } else { held.len() >= end + length.unwrap_or(0) };
        if whole {
            let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
            return Ok(Answer {
                status: status.ok_or(ErrorKind::InvalidData)?,
                cookies: head.lines().filter_map(|line| value(line, "set-cookie")).collect(),
                body: held.split_off(end),
            });
        }
    }
}
