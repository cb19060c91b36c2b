//! One question to the admin listener of a running gate.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value};

use crate::admin::Settings;

/// A gate that is there answers much sooner.
const PATIENCE: Duration = Duration::from_secs(10);
/// Far more than all figures take.
const LONGEST: usize = 16 << 20;

pub enum Answer {
    Told(Map<String, Value>),
    /// No gate runs here; the reason.
    Nobody(String),
}

/// What the gate says of itself.
pub fn status(admin: &Settings) -> Result<Answer> {
    let (answer, whom) = match admin {
        Settings::Socket(path) => {
            let whom = path.display().to_string();
            match UnixStream::connect(path) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    (exchange(stream, None), whom)
                }
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    bail!("{whom} cannot be opened: {error}; ask as root or as the gate's own user")
                }
                Err(error) => return Ok(Answer::Nobody(format!("nobody answers at {whom}: {error}"))),
            }
        }
        Settings::Loopback { address, token } => {
            let whom = address.to_string();
            match TcpStream::connect_timeout(address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    (exchange(stream, token.as_ref().map(|token| token.expose().as_str())), whom)
                }
                Err(error) => return Ok(Answer::Nobody(format!("nobody answers at {whom}: {error}"))),
            }
        }
    };
    let told = answer.with_context(|| format!("asking the gate at {whom}"))?;
    match told {
        Value::Object(told) => Ok(Answer::Told(told)),
        _ => bail!("what answers at {whom} is no gate of this version"),
    }
}

fn exchange(mut stream: impl Read + Write, token: Option<&str>) -> Result<Value> {
    let token = token.map_or(String::new(), |token| format!("Authorization: Bearer {token}\r\n"));
    let question = format!("GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n{token}Connection: close\r\n\r\n");
    stream.write_all(question.as_bytes())?;
    let (mut answer, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    while !is_whole(&answer) && answer.len() < LONGEST {
        match stream.read(&mut chunk)? {
            0 => break,
            got => answer.extend_from_slice(&chunk[..got]),
        }
    }
    let (head, body) = split(&answer).ok_or_else(|| anyhow!("the answer is no HTTP"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("it answered with status {status}: {}", String::from_utf8_lossy(body).trim());
    }
    serde_json::from_slice(body).context("the answer is no JSON")
}

/// Whether as much is there as the header announces.
fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split(answer) else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

/// The header, and what came of the body.
fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    Some((head, answer.get(end + 4..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Wire(std::io::Cursor<Vec<u8>>, Vec<u8>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Read for Wire {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }

    #[test]
    fn a_gates_answer_is_read_and_another_ones_is_told() {
        let wire = |text: &str| Wire(std::io::Cursor::new(text.as_bytes().to_vec()), Vec::new());
        let mut good = wire("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"at\":1}\n");
        assert_eq!(exchange(&mut good, Some("t0ken")).expect("reads")["at"], 1);
        assert!(String::from_utf8_lossy(&good.1).contains("Authorization: Bearer t0ken\r\n"));
        let refused = exchange(&mut wire("HTTP/1.1 404 Not Found\r\n\r\nthere is /healthz\n"), None);
        assert!(refused.expect_err("refused").to_string().contains("404: there is /healthz"));
        assert!(exchange(&mut wire("SSH-2.0\r\n"), None).is_err());
    }
}
