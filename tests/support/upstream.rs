//! An application that says always the same and keeps every byte it was sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub struct Upstream {
    pub url: String,
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    over: Arc<AtomicBool>,
}

impl Upstream {
    /// Answers 200.
    pub fn start() -> Self {
        Self::saying("200 OK", "seen\n")
    }

    pub fn saying(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let kept = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (store, done) = (kept.clone(), over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                let store = store.clone();
                std::thread::spawn(move || serve(stream, &store, (status, body)));
            }
        });
        Self { url: format!("http://{address}"), address, kept, over }
    }

    /// The requests so far, each as its exact bytes.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.kept.lock().expect("no thread panicked while keeping a request").clone()
    }

    /// The last request as text, header names as they came.
    pub fn last(&self) -> String {
        let requests = self.requests();
        String::from_utf8_lossy(requests.last().expect("a request reached the upstream")).into_owned()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, store: &Mutex<Vec<Vec<u8>>>, (status, body): (&str, &str)) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        while let Some(length) = whole_request(&bytes) {
            let request: Vec<u8> = bytes.drain(..length).collect();
            let head_only = request.starts_with(b"HEAD ");
            store.lock().expect("no thread panicked while keeping a request").push(request);
            let length = body.len();
            let body = if head_only { "" } else { body };
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n");
            let answer = head + body;
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// How many bytes the first request takes, once all of it is there.
fn whole_request(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let value = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(|value| value.trim().to_string())
    };
    let body = if value("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        chunked(&bytes[head..])?
    } else {
        value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    };
    (bytes.len() >= head + body).then_some(head + body)
}

/// How many bytes a chunked body without trailers takes, once all of it is there.
fn chunked(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = bytes[at..].windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[at..at + line]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        at += line + 2 + size + 2;
        if bytes.len() < at {
            return None;
        }
        if size == 0 {
            return Some(at);
        }
    }
}
