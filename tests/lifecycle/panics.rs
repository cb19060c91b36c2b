//! A panic, in a real Pingora server with our hook: the product has no way to cause one on request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::Response;
use pingora::apps::http_app::{HttpServer, ServeHttp};
use pingora::protocols::http::ServerSession;
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::services::listening::Service;
use sekisho::app::lifecycle::count_panics;
use sekisho::telemetry::Metrics;

use crate::support::{free_port, wait, wire};

struct Fragile(Arc<AtomicUsize>);

/// Counts itself out however the request ends, as the gateway's own count of requests does.
struct Count(Arc<AtomicUsize>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl ServeHttp for Fragile {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let _count = Count(self.0.clone());
        assert!(session.req_header().uri.path() != "/panic", "somebody asked for it");
        Response::builder().header("Content-Length", 5).body(b"whole".to_vec()).expect("an answer")
    }
}

fn serve() -> (String, Arc<AtomicUsize>) {
    let address = format!("127.0.0.1:{}", free_port());
    let under_way = Arc::new(AtomicUsize::new(0));
    let mut service = Service::new("fragile".to_owned(), HttpServer::new_app(Fragile(under_way.clone())));
    service.add_tcp(&address);
    std::thread::spawn(move || {
        let conf = ServerConf { threads: 1, work_stealing: false, ..ServerConf::default() };
        let mut server = Server::new_with_opt_and_conf(None, conf);
        server.bootstrap();
        server.add_service(service);
        server.run(RunArgs::default());
    });
    wait::until("the server", || TcpStream::connect(&address).ok());
    (address, under_way)
}

#[test]
fn a_panic_ends_one_connection_and_is_counted() {
    let metrics = Arc::new(Metrics::new());
    count_panics(metrics.clone());
    let (address, under_way) = serve();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut other = TcpStream::connect(&address).expect("it listens");
    other.set_read_timeout(Some(Duration::from_secs(20))).expect("a deadline");
    let mut ask_other = || {
        other.write_all(get("/").as_bytes()).expect("sent");
        let mut text = String::new();
        let mut byte = [0];
        while !text.ends_with("whole") {
            assert_eq!(other.read(&mut byte).expect("an answer"), 1, "closed after {text}");
            text.push(char::from(byte[0]));
        }
    };
    ask_other();
    for before in 0..3 {
        assert!(metrics.page().contains(&format!("sekisho_panics_total {before}\n")), "{}", metrics.page());
        let answer = wire::exchange(&address, get("/panic").as_bytes());
        assert!(answer.is_err(), "{answer:?}");
        wire::exchange(&address, get("/").as_bytes()).expect("others are served").expect(200);
        ask_other();
    }
    assert!(metrics.page().contains("sekisho_panics_total 3\n"), "{}", metrics.page());
    assert_eq!(under_way.load(Ordering::SeqCst), 0);
}
