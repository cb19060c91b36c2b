//! What every connection passes before Pingora parses a byte of it.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use pingora::protocols::Stream;
use sekisho::proxy::guard::frames::{Census, Http2};
use sekisho::proxy::guard::head::{self, Finder};
use sekisho::proxy::guard::http1::{Http1, Next};
use sekisho::proxy::guard::limits::Limits;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::watch;

use super::house::{self, House, now};
use super::wire::Wire;
use super::{Row, Work};

pub fn rows() -> Vec<Row> {
    vec![
        Row::once("guard/http1/head of 12 fields", || connection(house::head(&House::small().passes.valid))),
        Row::once("guard/http1/head of 3 fields", || {
            connection(format!("GET / HTTP/1.1\r\nHost: {}\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n", house::HOST))
        }),
        Row::again("guard/judge/head of 12 fields", || {
            let (bytes, limits) = (house::head(&House::small().passes.valid).into_bytes(), Limits::default());
            Box::new(move || {
                let end = Finder::default().end(black_box(&bytes), &limits).expect("good");
                assert_eq!(end, Some(bytes.len()));
                head::judge(&bytes, &limits).expect("good");
            })
        }),
        Row::once("guard/http2/10 requests", || {
            let mut stream: Http2 = Http2::new(wire(frames()), &House::small().parts.world, Arc::default());
            let mut room = vec![0; 8192];
            Box::new(move || assert!(read(&mut stream, &mut room) > 1000))
        }),
        Row::again("guard/http2/frames of 10 requests", || {
            let bytes = frames();
            Box::new(move || {
                Census::default().note(black_box(&bytes), Duration::from_secs(1), 0).expect("within bounds");
            })
        }),
    ]
}

/// A new HTTP/1.1 connection, until Pingora has the head of its first request.
fn connection(sent: String) -> Work {
    let (_, shutdown) = watch::channel(false);
    let mut http1 = Http1::new(wire(sent.into_bytes()), &House::small().parts.world, Arc::default(), &shutdown);
    let mut room = vec![0; 8192];
    Box::new(move || {
        assert_eq!(now(http1.next(true)), Next::Request);
        assert!(read(&mut http1, &mut room) > 50);
    })
}

fn wire(sent: Vec<u8>) -> Stream {
    Box::new(Wire::new(sent))
}

fn read(stream: &mut (impl AsyncRead + Unpin), room: &mut [u8]) -> usize {
    let mut buf = ReadBuf::new(room);
    let done = Pin::new(stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut buf);
    assert!(done.is_ready(), "there is something to read");
    black_box(buf.filled().len())
}

/// What a browser sends: the begin of a connection, and ten requests, each with a window for its answer.
fn frames() -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    };
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[0; 18]));
    bytes.extend(frame(8, 0, 0, &[0, 1, 0, 0]));
    for request in 0..10 {
        bytes.extend(frame(1, 5, 2 * request + 1, &[0x82; 150]));
        bytes.extend(frame(8, 0, 2 * request + 1, &[0, 1, 0, 0]));
    }
    bytes
}
