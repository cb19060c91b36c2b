//! An application with logins of every kind, spoken byte by byte. It keeps every request, whatever comes of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The password that is right, for everybody.
pub const RIGHT: &str = "right";
/// What a right password earns.
pub const SESSION: &str = "session=s3cret; Path=/; HttpOnly";

pub struct Clerk {
    pub url: String,
    address: SocketAddr,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    over: Arc<AtomicBool>,
}

impl Clerk {
    pub fn start() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let (kept, over) = (Arc::<Mutex<Vec<Vec<u8>>>>::default(), Arc::<AtomicBool>::default());
        let (store, done) = (kept.clone(), over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                let store = store.clone();
                std::thread::spawn(move || serve(stream, &store));
            }
        });
        Self { url: format!("http://{address}"), address, kept, over }
    }

    /// Stops listening; says where that was.
    pub fn end(self) -> SocketAddr {
        self.address
    }

    /// Every request whose line begins so.
    pub fn got(&self, line: &str) -> Vec<String> {
        let all = self.kept.lock().expect("no thread panicked").clone();
        all.iter().map(|r| String::from_utf8_lossy(r).into_owned()).filter(|r| r.starts_with(line)).collect()
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, store: &Mutex<Vec<Vec<u8>>>) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        while let Some((head, length)) = whole(&bytes) {
            let request: Vec<u8> = bytes.drain(..head + length).collect();
            let answer = answer(&String::from_utf8_lossy(&request));
            store.lock().expect("no thread panicked").push(request);
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

/// The bytes of the first request's head and body, once all of it is there.
fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    (bytes.len() >= head + length).then_some((head, length))
}

fn answer(request: &str) -> String {
    let mut line = request.split(' ');
    let (method, target) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let right = request.contains(RIGHT);
    match (method, path, right) {
        ("POST", "/app/login", true) => say("302 Found", &[("Location", "home.php"), ("Set-Cookie", SESSION)], ""),
        ("POST", "/page/login", true) => {
            say("200 OK", &[("Set-Cookie", SESSION)], "<h1>Welcome</h1><a href=\"next\">on</a>")
        }
        ("POST", "/api/login", true) => {
            let kind = ("Content-Type", "application/json");
            say("200 OK", &[("Set-Cookie", SESSION), kind], "{\"welcome\":true}")
        }
        ("POST", "/app/large", true) => {
            let headers = [("Location", "home.php"), ("Set-Cookie", SESSION)];
            say("302 Found", &headers, &"x".repeat(300_000))
        }
        ("POST", _, false) if path.ends_with("/login") => say("200 OK", &[], "Wrong name or password"),
        ("POST", "/app/wrong-and-large", _) => say("200 OK", &[], &"y".repeat(300_000)),
        ("POST", "/reset", _) => say("200 OK", &[], "A mail is on its way"),
        _ => say("200 OK", &[], &format!("{method} {target} is open")),
    }
}

fn say(status: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}
