//! Streams without an end in sight: HTTP/2 both ways with trailers, and more than fits into memory.

use std::sync::Arc;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustls::pki_types::ServerName;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::rig::{Entry, client_tls, open};
use crate::support::gateway::HOST;

pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A client of HTTP/2 whose frames go out one by one.
pub async fn http2(entry: &Entry) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(&entry.tls).await.expect("the gateway listens");
    stream.set_nodelay(true).expect("a socket option");
    let connector = TlsConnector::from(client_tls(&entry.trust, &[b"h2"]));
    let stream = connector.connect(ServerName::try_from(HOST).expect("a name"), stream).await.expect("TLS");
    let mut builder = h2::client::Builder::new();
    let builder = builder.initial_window_size(1 << 20).initial_connection_window_size(1 << 20);
    let (client, connection) = builder.handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    client.ready().await.expect("ready")
}

pub fn request(entry: &Entry, method: &str, path: &str) -> Request<()> {
    let uri = format!("https://{}{path}", entry.authority);
    Request::builder().method(method).uri(uri).header("te", "trailers").body(()).expect("a request")
}

/// Reads three events, and tells of each before the next.
pub fn events(entry: &Entry, mut tell: impl FnMut(usize)) {
    runtime().block_on(async {
        tell(0);
        let mut client = http2(entry).await;
        let (answer, _) = client.send_request(request(entry, "GET", "/events"), true).expect("it is sent");
        let mut body = answer.await.expect("an answer").into_body();
        for number in 1..=3 {
            let event = body.data().await.expect("an event").expect("whole");
            body.flow_control().release_capacity(event.len()).expect("room");
            assert_eq!(event, format!("data: {number}\n\n"));
            tell(number);
        }
        assert!(body.data().await.is_none_or(|end| end.expect("whole").is_empty()));
    });
}

/// Echoes each message as it comes, and ends with trailers, as gRPC does.
async fn serve_echo(listener: TcpListener, tls: Option<TlsAcceptor>) {
    while let Ok((stream, _)) = listener.accept().await {
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => echo(h2::server::handshake(stream).await.expect("HTTP/2")).await,
                Some(tls) => {
                    let stream = tls.accept(stream).await.expect("TLS");
                    echo(h2::server::handshake(stream).await.expect("HTTP/2")).await;
                }
            }
        });
    }
}

async fn echo<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(
    mut connection: h2::server::Connection<T, Bytes>,
) {
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        tokio::spawn(async move {
            let (head, mut body) = request.into_parts();
            let mut answer = http::Response::builder().header("content-type", "application/grpc");
            for name in ["te", "remote-user", "x-forwarded-host"] {
                if let Some(value) = head.headers.get(name) {
                    answer = answer.header(format!("seen-{name}"), value);
                }
            }
            let answer = answer.header("seen-authority", head.uri.authority().map_or("", |a| a.as_str()));
            let mut out = respond.send_response(answer.body(()).expect("an answer"), false).expect("it is sent");
            while let Some(Ok(part)) = body.data().await {
                body.flow_control().release_capacity(part.len()).expect("room");
                if out.send_data(part, false).is_err() {
                    return;
                }
            }
            let theirs = body.trailers().await.ok().flatten();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
            trailers.insert("seen-trailers", http::HeaderValue::from(theirs.map_or(0, |t| t.len())));
            let _ = out.send_trailers(trailers);
        });
    }
}

#[test]
fn messages_go_both_ways_at_once_and_trailers_come_back() {
    let authority = crate::tls::Authority::new();
    let mut config = authority.serves("app.example.jp");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let files = format!("server_name = \"app.example.jp\"\nca = {:?}", authority.file());
    let runtime = runtime();
    for tls in [None, Some(TlsAcceptor::from(Arc::new(config)))] {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("loopback can be listened on");
        let address = listener.local_addr().expect("an address");
        let upstream = match &tls {
            None => format!("url = \"http://{address}\"\nhttp = \"2\""),
            Some(_) => format!("url = \"https://{address}\"\nhttp = \"2\"\n{files}"),
        };
        runtime.spawn(serve_echo(listener, tls));
        let gateway = open(&upstream);
        let entry = Entry::of(&gateway);
        runtime.block_on(async {
            let mut client = http2(&entry).await;
            let (answer, mut out) =
                client.send_request(request(&entry, "POST", "/pkg.Service/Chat"), false).expect("sent");
            out.send_data(Bytes::from_static(b"message 0"), false).expect("it is sent");
            let answer = answer.await.expect("an answer before the request ends");
            let headers = answer.headers().clone();
            let seen = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            assert_eq!(seen("seen-te"), "trailers");
            assert_eq!(
                (seen("seen-authority"), seen("seen-x-forwarded-host")),
                (entry.authority.clone(), entry.authority.clone())
            );
            let mut body = answer.into_body();
            for number in 0..5 {
                let message = body.data().await.expect("a message").expect("whole");
                body.flow_control().release_capacity(message.len()).expect("room");
                assert_eq!(message, format!("message {number}"), "each is answered before the next is sent");
                out.send_data(Bytes::from(format!("message {}", number + 1)), false).expect("it is sent");
            }
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", http::HeaderValue::from_static("5"));
            out.send_trailers(trailers).expect("they are sent");
            while let Some(rest) = body.data().await {
                body.flow_control().release_capacity(rest.expect("whole").len()).expect("room");
            }
            let trailers = body.trailers().await.expect("whole").expect("trailers");
            assert_eq!(trailers["grpc-status"], "0");
            // Pingora 0.9.1 has no way for the trailers of a request; the day it does, this says so.
            assert_eq!(trailers["seen-trailers"], "0");
        });
        // Over HTTP/1.1 the same application answers too.
        let mut caller = gateway.caller(crate::support::Wire::Http1);
        let answer = caller.send(crate::support::Ask::post("/a").form(&[("a", "b")])).expect(200);
        assert_eq!((answer.text(), answer.header("seen-te")), ("a=b".to_owned(), None));
    }
}

#[test]
fn a_body_without_a_length_is_counted_on_the_way() {
    let app = crate::rig::App::saying("took it");
    let route = "[[route]]\npath = \"/**\"\nrequire = \"open\"\nupstream = \"app\"\nbody_limit = 10000\n";
    let gateway = crate::rig::routed(&format!("url = {:?}", app.url()), route);
    let entry = Entry::of(&gateway);
    let send = async |size: usize| {
        let mut client = http2(&entry).await;
        let (answer, mut out) = client.send_request(request(&entry, "POST", "/"), false).expect("it is sent");
        out.send_data(Bytes::from(vec![b'a'; size]), true).expect("it is sent");
        answer.await.expect("an answer").status().as_u16()
    };
    runtime().block_on(async {
        assert_eq!(send(10_000).await, 200);
        assert_eq!(send(10_001).await, 413);
        assert_eq!(send(50_000).await, 413);
    });
    assert_eq!(app.seen().len(), 1, "nothing else arrived whole");
}

#[test]
fn an_early_answer_arrives_while_the_body_is_still_on_its_way() {
    let app = crate::rig::App::start(|line| {
        if line.head().is_some() {
            line.say(crate::rig::plain(403, "enough"));
            // Neither reads on nor closes until the other side has.
            line.request();
        }
    });
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    runtime().block_on(async {
        let mut client = http2(&entry).await;
        let (answer, mut out) = client.send_request(request(&entry, "POST", "/"), false).expect("it is sent");
        out.send_data(Bytes::from_static(b"part"), false).expect("it is sent");
        let answer = answer.await.expect("an answer");
        assert_eq!(answer.status(), 403);
        let mut body = answer.into_body();
        assert_eq!(body.data().await.expect("a body").expect("whole"), "enough");
    });
}

#[test]
fn tunnels_are_not_dug_over_http2_either() {
    let app = crate::rig::App::saying("plain");
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    runtime().block_on(async {
        let mut client = http2(&entry).await;
        assert!(!client.is_extended_connect_protocol_enabled(), "no WebSocket over HTTP/2 is offered");
        let ask = Request::builder().method("CONNECT").uri("127.0.0.1:22").body(()).expect("a request");
        let (answer, _) = client.send_request(ask, true).expect("it is sent");
        match answer.await {
            Ok(answer) => assert!(matches!(answer.status().as_u16(), 400 | 405), "{answer:?}"),
            Err(error) => assert!(error.is_reset(), "{error}"),
        }
    });
    assert!(app.seen().is_empty());
}
