//! One notice on its way: a webhook, a program, or a letter.

use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Uri};
use ring::hmac;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::gate::seams::World;
use crate::net::Door;

use super::mail;
use super::settings::To;
use super::topic::Notice;

const DEADLINE: Duration = Duration::from_secs(10);
/// What a webhook is signed in: `t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY`.
const SIGNATURE: &str = "sekisho-signature";

/// Sends a notice; the error is for the operator and names no secret.
pub async fn send(to: &To, notice: &Notice, door: &Door, world: &dyn World) -> Result<(), String> {
    let body = serde_json::to_string(notice).map_err(|error| error.to_string())?;
    match to {
        To::Webhook { url, secret } => {
            let request = request(url, secret.as_ref(), body, world.wall())?;
            let answer = door.send(request, DEADLINE).await.map_err(|error| error.to_string())?;
            match answer.status() {
                status if status.is_success() => Ok(()),
                status => Err(format!("it was answered with {status}")),
            }
        }
        To::Command { program, arguments, deadline } => tokio::select! {
            done = run(program, arguments, &body) => done,
            () = world.sleep_until(world.mono() + *deadline) => {
                Err(format!("it did not end within {}", humantime::format_duration(*deadline)))
            }
        },
        To::Mail(letter) => tokio::select! {
            done = mail::send(letter, notice, world) => done,
            () = world.sleep_until(world.mono() + DEADLINE) => Err("the mail server did not answer in time".to_owned()),
        },
    }
}

fn request(url: &str, secret: Option<&Secret<String>>, body: String, now: Wall) -> Result<Request<Bytes>, String> {
    let uri: Uri = url.parse().map_err(|_| "the URL is none".to_owned())?;
    let signature = secret.map(|secret| signature(secret, &body, now));
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(signature) = signature.and_then(|text| HeaderValue::from_str(&text).ok()) {
        request.headers_mut().insert(SIGNATURE, signature);
    }
    Ok(request)
}

fn signature(secret: &Secret<String>, body: &str, now: Wall) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{}.{body}", now.secs()).as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={},v1={hex}", now.secs())
}

/// No shell, and an environment with nothing in it but where programs are. Dropped before its end, it is killed.
async fn run(program: &str, arguments: &[String], input: &str) -> Result<(), String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it does not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read what it is told is no failure.
        let _ = stdin.write_all(format!("{input}\n").as_bytes()).await;
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_signed_over_time_and_body() {
        let secret = Secret::new("whsec".to_owned());
        let request =
            request("https://ops.example.jp/hook", Some(&secret), "{}".to_owned(), Wall::from_secs(1_800_000_000));
        let request = request.expect("a request");
        // printf '1800000000.{}' | openssl dgst -sha256 -hmac whsec
        let expected = "t=1800000000,v1=77b7eef0d31630eb2979f9c5a7773983688ccf849f9d5a79d0a01c0a8bbaffa0";
        assert_eq!(request.headers().get(SIGNATURE).and_then(|v| v.to_str().ok()), Some(expected));
        assert!(super::request("not a url", None, String::new(), Wall::EPOCH).is_err());
    }
}
