//! The application behind the gateway: small answers, one that is large, and bodies taken.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The size of `/open/large`.
pub const LARGE: usize = 64 * 1024 * 1024;
/// Sent at once.
const PART: usize = 64 * 1024;

static ANSWERS: AtomicU64 = AtomicU64::new(0);

/// Begins to listen on loopback, for as long as the runtime lives.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// One connection, request by request; it ends with the first that is not understood.
async fn serve(mut stream: TcpStream) -> Option<()> {
    let mut held = Vec::new();
    let mut part = vec![0; PART];
    loop {
        let end = loop {
            if let Some(at) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            read(&mut stream, &mut part, &mut held).await?;
        };
        let head = String::from_utf8_lossy(&held[..end]).to_ascii_lowercase();
        held.drain(..end);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let mut left: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
        loop {
            let taken = left.min(held.len());
            held.drain(..taken);
            left -= taken;
            if left == 0 {
                break;
            }
            read(&mut stream, &mut part, &mut held).await?;
        }
        let size = if head.starts_with("get /open/large") { LARGE } else { 5 };
        // As most applications have it, one header says something else each time.
        let answer = ANSWERS.fetch_add(1, Ordering::Relaxed);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Answer: {answer:032}\r\nContent-Length: {size}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        let body = vec![b'x'; size.min(PART)];
        for _ in 0..size.div_ceil(PART) {
            stream.write_all(&body).await.ok()?;
        }
    }
}

async fn read(stream: &mut TcpStream, part: &mut [u8], held: &mut Vec<u8>) -> Option<()> {
    let count = stream.read(part).await.ok()?;
    held.extend_from_slice(&part[..count]);
    (count > 0).then_some(())
}
