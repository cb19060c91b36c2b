//! One connection of one browser: TLS with HTTP/2, from an address of its own, with an end to its patience.

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

/// How long anybody waits for a connection, and again for an answer.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nobody listens there.
    Refused,
    /// The connection ended before the answer did.
    Lost,
    Timeout,
    Tls,
    /// An answer that is none.
    Protocol,
    /// No port or no file handle is left on this side.
    Exhausted,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Refused => "connection refused",
            Trouble::Lost => "connection lost",
            Trouble::Timeout => "timeout",
            Trouble::Tls => "TLS failed",
            Trouble::Protocol => "not HTTP/2",
            Trouble::Exhausted => "no port or file handle left here",
        })
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Trouble::Refused,
            ErrorKind::InvalidData => Trouble::Tls,
            ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => Trouble::Exhausted,
            _ if error.raw_os_error() == Some(libc::EMFILE) => Trouble::Exhausted,
            _ => Trouble::Lost,
        }
    }
}

impl From<h2::Error> for Trouble {
    fn from(error: h2::Error) -> Self {
        let library = error.is_library() && !error.is_io();
        if library { Trouble::Protocol } else { Trouble::Lost }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Whom browsers trust, and that they speak HTTP/2. Nobody resumes somebody else's session: each connection is new.
pub fn connector(certificate: &Path) -> Result<TlsConnector, String> {
    let fault = |error: &dyn fmt::Display| format!("{}: {error}", certificate.display());
    let mut roots = RootCertStore::empty();
    for der in CertificateDer::pem_file_iter(certificate).map_err(|e| fault(&e))? {
        roots.add(der.map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = versions.map_err(|e| fault(&e))?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// An open connection.
pub struct Line {
    requests: SendRequest<Bytes>,
    driver: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Line {
    pub async fn open(from: IpAddr, to: SocketAddr, host: &str, tls: &TlsConnector) -> Result<Line, Trouble> {
        tokio::time::timeout(PATIENCE, Self::dial(from, to, host, tls)).await.unwrap_or(Err(Trouble::Timeout))
    }

    async fn dial(from: IpAddr, to: SocketAddr, host: &str, tls: &TlsConnector) -> Result<Line, Trouble> {
        let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if from.is_ipv4() == to.is_ipv4() {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Trouble::Tls)?;
        let stream = tls.connect(name, stream).await?;
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(Trouble::Protocol);
        }
        let (requests, connection) = h2::client::handshake(stream).await?;
        // Its end shows at the requests that are under way.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Line { requests, driver })
    }

    pub async fn ask(&mut self, request: Request<()>, body: Bytes) -> Result<Answer, Trouble> {
        tokio::time::timeout(PATIENCE, self.exchange(request, body)).await.unwrap_or(Err(Trouble::Timeout))
    }

    async fn exchange(&mut self, request: Request<()>, body: Bytes) -> Result<Answer, Trouble> {
        let mut requests = self.requests.clone().ready().await?;
        let (answer, mut stream) = requests.send_request(request, body.is_empty())?;
        if !body.is_empty() {
            stream.send_data(body, true)?;
        }
        let (head, mut incoming) = answer.await?.into_parts();
        let mut whole = BytesMut::new();
        while let Some(piece) = incoming.data().await {
            let piece = piece?;
            incoming.flow_control().release_capacity(piece.len())?;
            whole.extend_from_slice(&piece);
        }
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: whole.freeze() })
    }
}
