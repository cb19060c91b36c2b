//! An application whose answers stay open until the test lets them end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use crate::support::wait;

pub struct Held {
    pub url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    begun: usize,
    released: bool,
}

impl Held {
    pub fn start() -> Held {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new((Mutex::new(State::default()), Condvar::new()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Held { url, state }
    }

    /// Waits until so many requests have arrived.
    pub fn begun(&self, count: usize) {
        wait::until("requests to arrive", || (self.state.0.lock().expect("no panic").begun >= count).then_some(()));
    }

    pub fn release(&self) {
        self.state.0.lock().expect("no panic").released = true;
        self.state.1.notify_all();
    }
}

/// `/quick` is answered at once, `/live` becomes a WebSocket, `/events` a stream, and all others wait.
fn serve(mut stream: TcpStream, (state, changed): &(Mutex<State>, Condvar)) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(count @ 1..) => bytes.extend_from_slice(&chunk[..count]),
            _ => return,
        }
    }
    let head: &[u8] = match () {
        () if bytes.starts_with(b"GET /quick") => b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nquick",
        () if bytes.starts_with(b"GET /live") => {
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello"
        }
        () if bytes.starts_with(b"GET /events") => {
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"
        }
        () => b"",
    };
    if stream.write_all(head).is_err() || bytes.starts_with(b"GET /quick") {
        return;
    }
    let mut now = state.lock().expect("no panic");
    now.begun += 1;
    let _now = changed.wait_while(now, |state| !state.released).expect("no panic");
    if head.is_empty() {
        // Whoever is gone by now is not told.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate");
    }
}
