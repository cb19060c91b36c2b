//! An idle HTTP/2 connection is told to go.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::gateway::HOST;
use crate::support::{Gateway, Plan, Upstream};

const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

struct Connection(StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    /// Connects and exchanges settings.
    fn open(gateway: &Gateway) -> Connection {
        let mut roots = RootCertStore::empty();
        let ours = CertificateDer::from_pem_file(&gateway.certificate.certificate).expect("a certificate");
        roots.add(ours).expect("it can be trusted");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tls = ClientConnection::new(Arc::new(config), ServerName::try_from(HOST).expect("a name")).expect("TLS");
        let tcp = TcpStream::connect(&gateway.tls).expect("it listens");
        tcp.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
        let mut stream = StreamOwned::new(tls, tcp);
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").expect("sent");
        let mut connection = Connection(stream);
        while connection.next().expect("settings come") != SETTINGS {}
        connection
    }

    /// The kind of the next frame; none when the other side has closed.
    fn next(&mut self) -> Option<u8> {
        let mut head = [0; 9];
        match self.0.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nothing more comes"),
            Err(_) => return None,
            Ok(()) => {}
        }
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        self.0.read_exact(&mut vec![0; length]).ok()?;
        Some(head[3])
    }
}

#[test]
fn an_idle_connection_is_told_to_go_and_keeps_nobody_waiting() {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).with_top("drain = \"1h\"").start();
    let mut connection = Connection::open(&gateway);
    gateway.process.signal("TERM");
    let frames: Vec<u8> = std::iter::from_fn(|| connection.next()).collect();
    assert!(frames.contains(&GOAWAY), "{frames:?}");
    let status = gateway.process.ended().unwrap_or_else(|| panic!("it goes on\n{}", gateway.log()));
    assert!(status.success(), "{status}");
}
