//! More than fits into memory, both ways, over every wire. 256 MiB by default; for the whole 2 GiB
//!
//! ```sh
//! SEKISHO_STREAM_MIB=2048 cargo test --test upstreams bulk -- --nocapture
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use crate::rig::{App, Entry, Line, Pipe, open, plain, read_until};
use crate::streams::{http2, request, runtime};
use crate::support::Wire;
use crate::support::wait::{until, within};

const BLOCK: usize = 64 * 1024;
/// What a debug build may need on top.
const ROOM: u64 = 100 << 20;

fn size() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more than usual")]
    let asked = std::env::var("SEKISHO_STREAM_MIB");
    asked.map_or(256, |text| text.parse().expect("a number of MiB")) << 20
}

/// The byte at this place of the stream.
fn byte(at: u64) -> u8 {
    (at / BLOCK as u64) as u8
}

fn block(at: u64) -> Bytes {
    Bytes::from(vec![byte(at); BLOCK])
}

/// Checks both ends of a part that begins at this place.
fn check(at: u64, part: &[u8]) {
    if let (Some(first), Some(last)) = (part.first(), part.last()) {
        assert_eq!((*first, *last), (byte(at), byte(at + part.len() as u64 - 1)), "at {at}");
    }
}

/// Takes uploads and gives downloads, and counts what it could write.
fn vault(written: Arc<AtomicU64>) -> App {
    App::start(move |line: &mut Line| {
        while let Some(head) = line.head() {
            let head = head.to_ascii_lowercase();
            if head.starts_with("get ") {
                let size: u64 = head.split(['/', ' ']).nth(2).and_then(|n| n.parse().ok()).expect("a size");
                line.say(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"));
                for at in (0..size).step_by(BLOCK) {
                    if line.stream.write_all(&block(at)).is_err() {
                        return;
                    }
                    written.fetch_add(BLOCK as u64, Ordering::SeqCst);
                }
            } else {
                let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).expect("a length");
                let length: u64 = length.trim().parse().expect("a number");
                line.skip(length).expect("the whole body");
                line.say(plain(200, &length.to_string()));
            }
        }
    })
}

fn up(entry: &Entry, wire: Wire, size: u64) {
    if wire == Wire::Http2 {
        return runtime().block_on(up2(entry, size));
    }
    let mut stream = entry.dial(wire);
    let head = format!("POST /up HTTP/1.1\r\nHost: {}\r\nContent-Length: {size}\r\n\r\n", entry.authority);
    stream.write_all(head.as_bytes()).expect("it is sent");
    for at in (0..size).step_by(BLOCK) {
        stream.write_all(&block(at)).expect("it is taken");
    }
    let answer = read_until(&mut *stream, b"\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

async fn up2(entry: &Entry, size: u64) {
    let mut client = http2(entry).await;
    let mut ask = request(entry, "POST", "/up");
    ask.headers_mut().insert("content-length", http::HeaderValue::from(size));
    let (answer, mut out) = client.send_request(ask, false).expect("it is sent");
    for at in (0..size).step_by(BLOCK) {
        let mut left = block(at);
        while !left.is_empty() {
            out.reserve_capacity(left.len());
            let room = std::future::poll_fn(|cx| out.poll_capacity(cx)).await.expect("open").expect("room");
            let part = left.split_to(room.min(left.len()));
            out.send_data(part, left.is_empty() && at + BLOCK as u64 >= size).expect("it is taken");
        }
    }
    assert_eq!(answer.await.expect("an answer").status(), 200);
}

fn down(entry: &Entry, wire: Wire, size: u64) {
    if wire == Wire::Http2 {
        return runtime().block_on(down2(entry, size));
    }
    let mut stream = ask_down(entry, wire, size);
    let answer = read_until(&mut *stream, b"\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    read_down(&mut *stream, size);
}

fn ask_down(entry: &Entry, wire: Wire, size: u64) -> Box<dyn Pipe> {
    let mut stream = entry.dial(wire);
    let head = format!("GET /{size} HTTP/1.1\r\nHost: {}\r\n\r\n", entry.authority);
    stream.write_all(head.as_bytes()).expect("it is sent");
    stream
}

fn read_down(stream: &mut dyn Pipe, size: u64) {
    let (mut at, mut part) = (0, vec![0; BLOCK]);
    while at < size {
        let read = stream.read(&mut part).expect("it goes on");
        assert!(read > 0, "it ended at {at}");
        check(at, &part[..read]);
        at += read as u64;
    }
}

async fn down2(entry: &Entry, size: u64) {
    let mut client = http2(entry).await;
    let (answer, _) = client.send_request(request(entry, "GET", &format!("/{size}")), true).expect("it is sent");
    let mut body = answer.await.expect("an answer").into_body();
    let mut at = 0;
    while let Some(part) = body.data().await {
        let part = part.expect("it goes on");
        check(at, &part);
        at += part.len() as u64;
        body.flow_control().release_capacity(part.len()).expect("room");
    }
    assert_eq!(at, size);
}

#[test]
fn bulk_flows_both_ways_in_bounded_memory() {
    let app = vault(Arc::default());
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    let size = size();
    for wire in Wire::ALL {
        for (way, flow) in [("up", up as fn(&Entry, Wire, u64)), ("down", down)] {
            let before = gateway.peak_memory();
            flow(&entry, wire, size);
            let grown = gateway.peak_memory().saturating_sub(before);
            println!("{wire:?} {way} {} MiB: {} MiB more memory", size >> 20, grown >> 20);
            assert!(grown < ROOM, "{grown} bytes more over {wire:?} {way}");
        }
    }
}

#[test]
fn bulk_waits_for_whoever_reads_slowly() {
    let written = Arc::new(AtomicU64::new(0));
    let app = vault(written.clone());
    let gateway = open(&format!("url = {:?}", app.url()));
    let entry = Entry::of(&gateway);
    let size: u64 = 256 << 20;
    for wire in [Wire::Http1, Wire::Http1Tls] {
        written.store(0, Ordering::SeqCst);
        let mut stream = ask_down(&entry, wire, size);
        until("something was written", || (written.load(Ordering::SeqCst) > 0).then_some(()));
        // Nobody reads: the application comes to a halt, instead of our memory filling.
        let halted = || {
            let before = written.load(Ordering::SeqCst);
            within(Duration::from_millis(500), || (written.load(Ordering::SeqCst) != before).then_some(())).is_none()
        };
        until("the application waits", || halted().then_some(()));
        let held = written.load(Ordering::SeqCst);
        assert!(held < 64 << 20, "{held} bytes are on the way over {wire:?}");
        read_until(&mut *stream, b"\r\n\r\n");
        read_down(&mut *stream, size);
    }
}
