//! HTTP/1.1 as bytes, plain or in TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::gateway::HOST;
use crate::support::{Gateway, Wire};

/// Long enough for any answer, short enough for a test that hangs.
const LIMIT: Duration = Duration::from_secs(15);

pub trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// One connection.
pub struct Line(Box<dyn Both>);

impl Line {
    pub fn to(gateway: &Gateway, wire: Wire) -> Line {
        match wire {
            Wire::Http1 => Line(Box::new(connect(&gateway.plain))),
            Wire::Http1Tls => Line(Box::new(secured(gateway, "http/1.1"))),
            Wire::Http2 => unreachable!("frames.rs speaks HTTP/2"),
        }
    }

    /// Sends the bytes, reads so many final answers, and then whatever still comes once nothing more is sent.
    pub fn exchange(&mut self, bytes: &[u8], answers: usize) -> Vec<u16> {
        // An answer may come, and the connection end, before all was sent.
        let _ = self.0.write_all(bytes).and_then(|()| self.0.flush());
        let (mut got, mut taken) = (Vec::new(), Vec::new());
        let mut chunk = [0; 8192];
        let head_only = bytes.starts_with(b"HEAD ");
        loop {
            while let Some((status, length)) = answer(&got, head_only) {
                got.drain(..length);
                if status >= 200 {
                    taken.push(status);
                }
            }
            if taken.len() >= answers {
                // Anything that was smuggled would be answered before this one, which ends the connection.
                let last = format!("GET /open/last HTTP/9.9\r\nHost: {HOST}\r\n\r\n");
                if self.0.write_all(last.as_bytes()).and_then(|()| self.0.flush()).is_err() {
                    return taken;
                }
                let mut rest = got;
                let _ = self.0.read_to_end(&mut rest);
                while let Some((status, length)) = answer(&rest, false) {
                    rest.drain(..length);
                    taken.push(status);
                }
                if taken.len() == answers + 1 && taken.last() == Some(&400) {
                    taken.pop();
                }
                return taken;
            }
            match self.0.read(&mut chunk) {
                Ok(0) | Err(_) => return taken,
                Ok(count) => got.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the gateway listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a time limit can be set");
    stream.set_write_timeout(Some(LIMIT)).expect("a time limit can be set");
    stream.set_nodelay(true).expect("it is a TCP connection");
    stream
}

pub fn secured(gateway: &Gateway, protocol: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(&gateway.certificate.certificate).expect("the certificate is there")
    {
        roots.add(certificate.expect("the certificate can be read")).expect("it can be trusted");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.expect("ring has all versions").with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from(HOST).expect("it is a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("the settings are complete");
    StreamOwned::new(session, connect(&gateway.tls))
}

/// The status of the first answer in these bytes and its length, once all of it is there.
fn answer(bytes: &[u8], head_only: bool) -> Option<(u16, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status: u16 = text.split_whitespace().nth(1)?.parse().ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let chunked = text.contains("transfer-encoding: chunked");
    let body = match length {
        _ if head_only || status < 200 || matches!(status, 204 | 304) => 0,
        Some(length) => length,
        None if chunked => bytes[head..].windows(5).position(|window| window == b"0\r\n\r\n")? + 5,
        None => bytes.len() - head,
    };
    (bytes.len() >= head + body).then_some((status, head + body))
}

/// Names in lower case, with their values.
pub type Fields = Vec<(String, Vec<u8>)>;

/// Request line, fields, and body without its chunks, as an application saw them.
pub fn parts(request: &[u8]) -> (Vec<u8>, Fields, Vec<u8>) {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole request");
    let head = &request[..end];
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let line = lines.next().unwrap_or_default().to_vec();
    let fields: Vec<_> = lines.filter_map(field).collect();
    let body = &request[end + 4..];
    let chunked = fields.iter().any(|(name, value)| name == "transfer-encoding" && value == b"chunked");
    (line, fields, if chunked { unchunked(body) } else { body.to_vec() })
}

pub fn field(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
    Some((name, line[colon + 1..].trim_ascii().to_vec()))
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").expect("a chunk's size line");
        let size = std::str::from_utf8(&rest[..end]).expect("a number");
        let size = usize::from_str_radix(size, 16).expect("a hexadecimal number");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}
