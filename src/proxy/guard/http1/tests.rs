//! The stream that Pingora reads, over a pipe in memory.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;

use super::*;
use crate::domain::time::Wall;

/// A clock that is moved by hand; whoever sleeps is woken by it.
#[derive(Default)]
struct Hand {
    seconds: AtomicU64,
    turned: tokio::sync::Notify,
}

impl Hand {
    fn turn(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
        self.turned.notify_waiters();
    }
}

#[async_trait]
impl World for Hand {
    fn wall(&self) -> Wall {
        Wall(0)
    }
    fn mono(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::SeqCst))
    }
    async fn sleep_until(&self, mono: Duration) {
        loop {
            let turned = self.turned.notified();
            if self.mono() >= mono {
                return;
            }
            turned.await;
        }
    }
    fn fill(&self, _: &mut [u8]) {}
}

struct Rig {
    wire: Http1,
    client: DuplexStream,
    world: Arc<Hand>,
    ends: watch::Sender<bool>,
}

fn rig() -> Rig {
    let (client, server) = duplex(1024);
    let world = Arc::new(Hand::default());
    let (ends, watch) = watch::channel(false);
    let seam: Arc<dyn World> = world.clone();
    let wire = Http1::new(Box::new(server), &seam, Arc::new(Limits::default()), &watch);
    Rig { wire, client, world, ends }
}

/// What can be read now, until the stream makes wait or ends.
async fn now(wire: &mut Http1) -> io::Result<Vec<u8>> {
    let mut got = Vec::new();
    loop {
        let mut part = [0; 7];
        let read = poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut part);
            match Pin::new(&mut *wire).poll_read(cx, &mut buf) {
                Poll::Ready(done) => Poll::Ready(done.map(|()| Some(buf.filled().len()))),
                Poll::Pending => Poll::Ready(Ok(None)),
            }
        });
        match read.await? {
            Some(count @ 1..) => got.extend_from_slice(&part[..count]),
            _ => return Ok(got),
        }
    }
}

const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED: &[u8] = b"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
const GET: &[u8] = b"GET /c HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn one_request_at_a_time_however_they_arrive() {
    let mut rig = rig();
    let all = [POST, CHUNKED, GET, GET].concat();
    rig.client.write_all(&all).await.expect("the pipe holds it");
    for (index, request) in [POST, CHUNKED, GET, GET].into_iter().enumerate() {
        assert_eq!(rig.wire.next(index == 0).await, Next::Request);
        assert_eq!(now(&mut rig.wire).await.expect("reads"), request, "exactly this one, and then silence");
    }
}

#[tokio::test]
async fn a_body_that_drips_in_is_the_same_body() {
    for request in [POST, CHUNKED] {
        let mut rig = rig();
        let (mut got, mut judged) = (Vec::new(), false);
        for (at, byte) in request.iter().enumerate() {
            rig.client.write_all(&[*byte]).await.expect("the pipe holds it");
            if !judged && request[..=at].ends_with(b"\r\n\r\n") {
                assert_eq!(rig.wire.next(true).await, Next::Request);
                judged = true;
            }
            if judged {
                got.extend(now(&mut rig.wire).await.expect("reads"));
            }
        }
        assert_eq!(got, request);
    }
}

#[tokio::test]
async fn what_comes_after_a_body_is_not_part_of_it() {
    let mut rig = rig();
    let head = b"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    rig.client.write_all(head).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    assert_eq!(now(&mut rig.wire).await.expect("reads"), head);
    rig.client.write_all(b"1\r\na\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHo").await.expect("the pipe holds it");
    assert_eq!(now(&mut rig.wire).await.expect("reads"), b"1\r\na\r\n0\r\n\r\n");
    rig.client.write_all(b"st: a\r\n\r\n").await.expect("the pipe holds it");
    assert_eq!(now(&mut rig.wire).await.expect("reads"), b"");
    assert_eq!(rig.wire.next(false).await, Next::Request);
    assert_eq!(now(&mut rig.wire).await.expect("reads"), GET);
}

#[tokio::test]
async fn a_malformed_body_is_an_error_and_no_byte_of_it_is_handed_on() {
    let mut rig = rig();
    let head = b"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    rig.client.write_all(&[&head[..], b"2;\nxx\r\nab\r\n0\r\n\r\n"].concat()).await.expect("the pipe holds it");
    assert!(matches!(rig.wire.next(true).await, Next::Refused(Refusal::Malformed(_))), "seen at once");
    let mut rig = self::rig();
    rig.client.write_all(head).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    assert_eq!(now(&mut rig.wire).await.expect("reads"), head);
    rig.client.write_all(b"2;\nxx\r\n").await.expect("the pipe holds it");
    assert_eq!(now(&mut rig.wire).await.map_err(|e| e.kind()), Err(ErrorKind::InvalidData));
}

#[tokio::test]
async fn a_websocket_opens_with_the_answer_and_not_before() {
    let upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    for (answers, opens) in [
        (&["HTTP/1.1 101 Switching Protocols\r\n\r\n"][..], true),
        (&["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"], true),
        (&["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"], false),
    ] {
        let mut rig = rig();
        rig.client.write_all(&[&upgrade[..], GET].concat()).await.expect("the pipe holds it");
        assert_eq!(rig.wire.next(true).await, Next::Request);
        assert_eq!(now(&mut rig.wire).await.expect("reads"), upgrade);
        for answer in answers {
            rig.wire.write_all(answer.as_bytes()).await.expect("the pipe holds it");
        }
        let after = now(&mut rig.wire).await.expect("reads");
        assert_eq!(after, if opens { GET } else { b"" }, "{answers:?}");
        if !opens {
            assert_eq!(rig.wire.next(false).await, Next::Over, "what was meant for another protocol is no request");
        }
    }
}

#[tokio::test]
async fn a_header_has_one_deadline_whatever_drips_in() {
    let mut rig = rig();
    let next = tokio::spawn(async move { (rig.wire.next(true).await, rig.wire) });
    for byte in b"GET / HTTP" {
        rig.client.write_all(&[*byte]).await.expect("the pipe holds it");
        tokio::task::yield_now().await;
        rig.world.turn(1);
    }
    let (next, _) = next.await.expect("ends");
    assert_eq!(next, Next::Refused(Refusal::TooSlow));
}

#[tokio::test]
async fn an_idle_connection_ends_without_a_word() {
    let mut rig = rig();
    rig.client.write_all(GET).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    assert_eq!(now(&mut rig.wire).await.expect("reads"), GET);
    let next = tokio::spawn(async move { rig.wire.next(false).await });
    while !next.is_finished() {
        tokio::task::yield_now().await;
        rig.world.turn(10);
        assert!(rig.world.mono() < Duration::from_secs(1000), "it never ends");
    }
    assert_eq!(next.await.expect("ends"), Next::Over);
}

#[tokio::test]
async fn a_server_that_ends_lets_idle_connections_go() {
    let mut rig = rig();
    rig.client.write_all(GET).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    assert_eq!(now(&mut rig.wire).await.expect("reads"), GET);
    let next = tokio::spawn(async move { rig.wire.next(false).await });
    tokio::task::yield_now().await;
    rig.ends.send(true).expect("somebody listens");
    assert_eq!(next.await.expect("ends"), Next::Over);
}

#[tokio::test]
async fn who_takes_an_answer_too_slowly_is_cut() {
    let mut rig = rig();
    rig.client.write_all(GET).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    let writing = tokio::spawn(async move { rig.wire.write_all(&[b'x'; 100_000]).await });
    while !writing.is_finished() {
        tokio::task::yield_now().await;
        rig.world.turn(1);
        assert!(rig.world.mono() < Duration::from_secs(1000), "it never ends");
    }
    let error = writing.await.expect("ends").expect_err("nobody reads");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn one_empty_line_before_a_request_is_forgiven() {
    let mut rig = rig();
    rig.client.write_all(b"\r").await.expect("the pipe holds it");
    let next = tokio::spawn(async move { (rig.wire.next(true).await, rig.wire) });
    tokio::task::yield_now().await;
    rig.client.write_all(&[b"\n", GET].concat()).await.expect("the pipe holds it");
    let (next, mut wire) = next.await.expect("ends");
    assert_eq!(next, Next::Request);
    assert_eq!(now(&mut wire).await.expect("reads"), GET);
    rig.client.write_all(b"\r\n\r\n").await.expect("the pipe holds it");
    assert!(matches!(wire.next(false).await, Next::Refused(_)), "two are not");
}

#[tokio::test]
async fn an_unread_body_ends_the_connection() {
    let mut rig = rig();
    rig.client.write_all(&POST[..POST.len() - 1]).await.expect("the pipe holds it");
    assert_eq!(rig.wire.next(true).await, Next::Request);
    assert_eq!(rig.wire.next(false).await, Next::Over, "what follows cannot be told from the body");
    drop(rig.ends);
    let mut rest = Vec::new();
    drop(rig.wire);
    rig.client.read_to_end(&mut rest).await.expect("closed");
}

/// A client that leaves no room for a last word.
struct Deaf {
    inner: DuplexStream,
}

crate::proxy::guard::delegate!(Deaf);

impl AsyncRead for Deaf {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Deaf {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[async_trait]
impl Shutdown for Deaf {
    async fn shutdown(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_connection_that_cannot_be_closed_in_order_is_closed_without() {
    let mut rig = rig();
    let (_client, server) = duplex(64);
    rig.wire.inner = Box::new(Deaf { inner: server });
    let mut ending = Shutdown::shutdown(&mut rig.wire);
    assert!(futures_now(&mut ending).await.is_pending(), "it is given some time");
    rig.world.turn(2);
    ending.await;
}

/// Whether it is over by now.
async fn futures_now(future: &mut Pin<Box<dyn Future<Output = ()> + Send + '_>>) -> Poll<()> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
