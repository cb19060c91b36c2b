//! The three wires a caller can come over, and what comes back.
//!
//! Plain HTTP/1.1 is spoken here byte by byte, as a small program would; the two over TLS are left to `curl`, as an
//! administrator would.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Http1,
    Http1Tls,
    Http2,
}

impl Wire {
    pub const ALL: [Self; 3] = [Self::Http1, Self::Http1Tls, Self::Http2];

    /// As `curl` names the version in the status line.
    pub fn version(self) -> &'static str {
        match self {
            Self::Http1 | Self::Http1Tls => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// One response, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub version: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().next()
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}) in the {} answer: {}", self.status, self.text()))
    }

    /// # Panics
    /// With the answer's text, when the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#?}\n{}", self.headers, self.text());
        self
    }
}

/// Sends these bytes and reads one response.
pub fn exchange(address: &str, request: &[u8]) -> io::Result<Answer> {
    let mut stream = connect(address)?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    loop {
        let closed = read_some(&mut stream, &mut bytes)? == 0;
        if let Some(answer) = parse(&bytes, request.starts_with(b"HEAD "), closed) {
            return Ok(answer);
        }
        if closed {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// Sends these bytes and returns whatever comes until the other side closes, or says nothing for a second.
pub fn raw(address: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = connect(address).expect("the gateway listens");
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a time limit can be set");
    let mut bytes = Vec::new();
    if stream.write_all(request).is_ok() {
        while matches!(read_some(&mut stream, &mut bytes), Ok(1..)) {}
    }
    bytes
}

/// What `curl` is asked to do.
pub struct Curl<'a> {
    pub wire: Wire,
    pub authority: &'a str,
    /// The real `host:port` behind the authority.
    pub address: &'a str,
    pub trust: &'a Path,
    /// A certificate of its own, and the key.
    pub shows: Option<(&'a Path, &'a Path)>,
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl Curl<'_> {
    /// The answer.
    ///
    /// # Panics
    /// Where there is none.
    pub fn run(&self) -> Answer {
        self.try_run().unwrap_or_else(|error| panic!("no answer to {} {}: {error}", self.method, self.path))
    }

    /// The answer, or what `curl` says of there being none.
    pub fn try_run(&self) -> Result<Answer, String> {
        let mut command = Command::new("curl");
        // -q: no settings of whoever runs the tests.
        command.args(["-q", "--silent", "--show-error", "--include", "--path-as-is", "--globoff", "--max-time", "20"]);
        command.args(["--noproxy", "*", "--connect-to", &format!("::{}", self.address)]);
        command.arg("--cacert").arg(self.trust);
        if let Some((certificate, key)) = self.shows {
            command.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        command.arg(if self.wire == Wire::Http2 { "--http2" } else { "--http1.1" });
        match self.method {
            "HEAD" => command.arg("--head"),
            method => command.args(["--request", method]),
        };
        for (name, value) in self.headers {
            // A semicolon is how `curl` is told to send a header without a value.
            let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            command.args(["--header", &line]);
        }
        if !self.body.is_empty() {
            command.args(["--header", "Expect:", "--data-binary", "@-"]);
        }
        command.arg(format!("https://{}{}", self.authority, self.path));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("curl starts (tests/run installs it)");
        let mut stdin = child.stdin.take().expect("its input is a pipe");
        // An answer may come before all of the body was read; what counts is the answer.
        let _ = stdin.write_all(self.body);
        drop(stdin);
        let output = child.wait_with_output().expect("curl ends");
        let answer =
            after_interim(&output.stdout).and_then(|bytes| head(bytes).map(|(answer, body)| (answer, body.to_vec())));
        let Some((answer, body)) = answer else {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        };
        Ok(Answer { body, ..answer })
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn read_some(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = [0; 16 * 1024];
    let count = stream.read(&mut chunk)?;
    bytes.extend_from_slice(&chunk[..count]);
    Ok(count.min(1))
}

/// The response in these bytes, if all of it is there.
fn parse(bytes: &[u8], head_only: bool, closed: bool) -> Option<Answer> {
    let (answer, rest) = head(after_interim(bytes)?)?;
    let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
    let body = if head_only || matches!(answer.status, 204 | 304) {
        Vec::new()
    } else if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        unchunk(rest)?
    } else if let Some(length) = length {
        rest.get(..length)?.to_vec()
    } else if closed {
        rest.to_vec()
    } else {
        return None;
    };
    Some(Answer { body, ..answer })
}

/// Skips `100 Continue` and `103 Early Hints`.
fn after_interim(mut bytes: &[u8]) -> Option<&[u8]> {
    while let (Answer { status: 100..=199, .. }, rest) = head(bytes)? {
        bytes = rest;
    }
    Some(bytes)
}

fn head(bytes: &[u8]) -> Option<(Answer, &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split_whitespace();
    let version = first.next()?.to_string();
    let status = first.next()?.parse().ok()?;
    let pair = |line: &str| line.split_once(':').map(|(name, value)| (name.to_string(), value.trim().to_string()));
    let headers = lines.filter_map(pair).collect();
    Some((Answer { version, status, headers, body: Vec::new() }, &bytes[end + 4..]))
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[end + 2..];
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
        if size == 0 {
            return Some(body);
        }
    }
}
