//! The door against servers that behave, and against those that do not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use super::*;

const PATIENT: Duration = Duration::from_secs(5);
const HASTY: Duration = Duration::from_millis(300);

/// A server of one answer a connection, on a thread of its own: it reads one request, then does as it is told.
fn server(serve: impl Fn(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("accepted");
            serve(&mut stream);
        }
    });
    address
}

/// Reads up to the end of a request with the body `hello`.
fn read_request(stream: &mut impl Read) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"hello") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        seen.push(byte[0]);
    }
    String::from_utf8(seen).expect("our own request is ASCII")
}

fn post(url: &str) -> http::Request<Bytes> {
    http::Request::post(url).header("x-key", "k-123").body(Bytes::from_static(b"hello")).expect("a valid request")
}

async fn send(url: String, deadline: Duration) -> Result<http::Response<Bytes>, NetError> {
    Door::new(None).expect("a door").send(post(&url), deadline).await
}

#[tokio::test]
async fn an_answer_comes_back_whole_whatever_its_status() {
    let address = server(|stream| {
        let request = read_request(stream);
        assert!(request.starts_with("POST /a?b=c HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("content-length: 5\r\n") && request.contains("x-key: k-123\r\n"), "{request}");
        assert!(!request.contains("transfer-encoding"), "{request}");
        let answer = b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 4\r\nConnection: close\r\n\r\nslow";
        stream.write_all(answer).expect("written");
    });
    let answer = send(format!("http://{address}/a?b=c"), PATIENT).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (429, &b"slow"[..]));
    assert_eq!(answer.headers().get("retry-after").map(|v| v.as_bytes()), Some(&b"7"[..]));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_an_errand() {
    let address = server(|stream| {
        read_request(stream);
        let answer =
            b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer).expect("written");
    });
    assert_eq!(send(format!("http://{address}/"), PATIENT).await.expect("an answer").status().as_u16(), 307);
}

#[tokio::test]
async fn what_never_left_is_refused() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port that is closed again");
    for url in [format!("http://{free}/?key=k-123"), "http://no-such-host.invalid/?key=k-123".to_owned()] {
        let error = send(url, PATIENT).await.expect_err("nobody is there");
        assert!(matches!(&error, NetError::Refused(text) if !text.contains("k-123")), "{error}");
    }
}

#[tokio::test]
async fn what_left_and_was_not_answered_is_ambiguous() {
    let silent = server(|stream| {
        read_request(stream);
        // Held open until the caller gives up.
        let _ = stream.read(&mut [0]);
    });
    let dies = server(|stream| {
        read_request(stream);
    });
    let dies_in_answer = server(|stream| {
        read_request(stream);
        stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 400\r\n\r\n{\"sid\":").expect("written");
    });
    let talks_nonsense = server(|stream| {
        read_request(stream);
        stream.write_all(b"220 smtp.example.jp ESMTP\r\n").expect("written");
    });
    for address in [silent, dies, dies_in_answer, talks_nonsense] {
        let error = send(format!("http://{address}/?key=k-123"), HASTY).await.expect_err("no answer");
        assert!(matches!(&error, NetError::Ambiguous(text) if !text.contains("k-123")), "{error}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let address = server(|stream| {
        read_request(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").expect("written");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let error = send(format!("http://{address}/"), PATIENT).await.expect_err("too long");
    assert_eq!(error, NetError::Ambiguous("the answer is too long".to_owned()));
}

#[tokio::test]
async fn connections_are_used_again() {
    let address = server(|stream| {
        for _ in 0..3 {
            read_request(stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("written");
        }
    });
    // The server serves one connection at a time: a second one would wait for ever.
    let door = Door::new(None).expect("a door");
    for _ in 0..3 {
        assert!(door.send(post(&format!("http://{address}/")), PATIENT).await.is_ok());
    }
}

#[tokio::test]
async fn a_proxy_is_used_when_configured() {
    let proxy = server(|stream| {
        let request = read_request(stream);
        assert!(request.starts_with("POST http://sms.example.invalid/send HTTP/1.1\r\n"), "{request}");
        stream.write_all(b"HTTP/1.1 202 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").expect("written");
    });
    let door = Door::new(Some(&format!("http://{proxy}"))).expect("a door");
    let answer = door.send(post("http://sms.example.invalid/send"), PATIENT).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 202);
    assert!(Door::new(Some("not a url")).is_err());
}

/// A TLS server for `localhost` with a certificate of its own making, and that certificate.
fn tls_server() -> (SocketAddr, Vec<u8>) {
    use_ring();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.der().to_vec();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server configuration");
    let config = Arc::new(config);
    let address = server(move |stream| {
        let mut tls = rustls::ServerConnection::new(config.clone()).expect("a server connection");
        let mut tls = rustls::Stream::new(&mut tls, stream);
        if read_request(&mut tls).is_empty() {
            return;
        }
        tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("written");
    });
    (address, certificate)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent() {
    let (address, _) = tls_server();
    let error = send(format!("https://localhost:{}/", address.port()), PATIENT).await.expect_err("untrusted");
    assert!(matches!(&error, NetError::Refused(text) if text.contains("certificate")), "{error}");
}

#[tokio::test]
async fn verified_tls_works_with_ring() {
    let (address, certificate) = tls_server();
    let root = reqwest::Certificate::from_der(&certificate).expect("a certificate");
    let client = builder(None).expect("a builder").tls_certs_only([root]).build().expect("a client");
    let door = Door { client };
    let url = format!("https://localhost:{}/", address.port());
    assert_eq!(door.send(post(&url), PATIENT).await.map(|a| a.status().as_u16()), Ok(200));
    // The same server under a name that is not in its certificate.
    let url = format!("https://127.0.0.1:{}/", address.port());
    assert!(matches!(door.send(post(&url), PATIENT).await, Err(NetError::Refused(_))));
}

#[tokio::test]
async fn a_deadline_that_passes_before_there_is_a_connection_is_a_refusal() {
    // Takes the connection and never says a word of TLS.
    let mute = server(|stream| while stream.read(&mut [0; 512]).is_ok_and(|n| n > 0) {});
    let error = send(format!("https://{mute}/"), HASTY).await.expect_err("no handshake");
    assert!(matches!(&error, NetError::Refused(_)), "{error}");
}
