//! Somebody who signs tokens, and a small server of documents that change.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair,
};
use serde_json::{Value, json};

/// What a server says now.
#[derive(Debug, Clone)]
pub enum Says {
    /// Status, further header lines, body.
    This(u16, String, String),
    /// By how the path begins, the first that fits.
    Paths(Vec<(&'static str, Value)>),
    /// It takes the request and never answers.
    Nothing,
}

/// A server whose answer a test changes.
pub struct Server {
    pub url: String,
    address: SocketAddr,
    says: Arc<Mutex<Says>>,
    asked: Arc<AtomicUsize>,
    seen: Arc<Mutex<String>>,
    over: Arc<AtomicBool>,
}

impl Server {
    pub fn saying(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        let address = listener.local_addr().expect("an address");
        let server = Self {
            url: format!("http://{address}"),
            address,
            says: Arc::new(Mutex::new(says)),
            asked: Arc::default(),
            seen: Arc::default(),
            over: Arc::default(),
        };
        let (says, asked, seen, over) =
            (server.says.clone(), server.asked.clone(), server.seen.clone(), server.over.clone());
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for mut stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                    head.push(byte[0]);
                }
                // What is left unread would take the answer with it.
                let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
                let length =
                    text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
                let mut body = vec![0; length.unwrap_or(0)];
                if stream.read_exact(&mut body).is_err() {
                    continue;
                }
                asked.fetch_add(1, Ordering::SeqCst);
                *seen.lock().expect("unbroken") = String::from_utf8_lossy(&head).into_owned();
                let now = says.lock().expect("unbroken").clone();
                let now = match now {
                    Says::Paths(paths) => {
                        let path = seen.lock().expect("unbroken").split(' ').nth(1).unwrap_or_default().to_owned();
                        let found = paths.into_iter().find(|(begin, _)| path.starts_with(begin));
                        found.map_or(Says::This(404, String::new(), String::new()), |(_, body)| {
                            Says::This(200, String::new(), body.to_string())
                        })
                    }
                    now => now,
                };
                match now {
                    Says::Nothing | Says::Paths(_) => held.push(stream),
                    Says::This(status, lines, body) => {
                        let length = body.len();
                        let answer = format!(
                            "HTTP/1.1 {status} X\r\n{lines}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                        );
                        // Whoever hung up does not want it.
                        let _ = stream.write_all(answer.as_bytes());
                    }
                }
            }
        });
        server
    }

    pub fn json(body: &Value) -> Self {
        Self::saying(Says::This(200, String::new(), body.to_string()))
    }

    pub fn now(&self, says: Says) {
        *self.says.lock().expect("unbroken") = says;
    }

    pub fn now_json(&self, body: &Value) {
        self.now(Says::This(200, String::new(), body.to_string()));
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The head of the latest request.
    pub fn seen(&self) -> String {
        self.seen.lock().expect("unbroken").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key that tokens are signed with.
pub struct Signer {
    pub id: String,
    pub algorithm: &'static str,
    how: How,
}

enum How {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    /// PEM of the private key, and the modulus.
    Rsa(std::path::PathBuf, Vec<u8>, tempfile::TempDir),
}

impl Signer {
    pub fn new(algorithm: &'static str, id: &str) -> Self {
        let random = SystemRandom::new();
        let ec = |how: &'static EcdsaSigningAlgorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(how, &random).expect("a key");
            How::Ec(EcdsaKeyPair::from_pkcs8(how, pkcs8.as_ref(), &random).expect("a key"))
        };
        let how = match algorithm {
            "EdDSA" => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
                How::Ed(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key"))
            }
            "ES256" => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
            _ => rsa(),
        };
        Self { id: id.to_owned(), algorithm, how }
    }

    pub fn jwk(&self) -> Value {
        let mut key = match &self.how {
            How::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())}),
            How::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": curve, "x": encoded(x), "y": encoded(y)})
            }
            How::Rsa(_, modulus, _) => json!({"kty": "RSA", "n": encoded(modulus), "e": "AQAB"}),
        };
        key["kid"] = json!(self.id);
        key["alg"] = json!(self.algorithm);
        key["use"] = json!("sig");
        key
    }

    /// A token with this header and these claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = match &self.how {
            How::Ed(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            How::Ec(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).expect("it signs").as_ref().to_vec(),
            How::Rsa(key, _, folder) => {
                let file = folder.path().join("message");
                std::fs::write(&file, &message).expect("written");
                let mut openssl = Command::new("openssl");
                openssl.args(["dgst", "-sha256", "-sign"]).arg(key);
                if self.algorithm == "PS256" {
                    openssl.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]);
                }
                run(openssl.arg(&file))
            }
        };
        format!("{message}.{}", encoded(signature))
    }

    /// The same with the header that belongs to it.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.algorithm, "typ": "JWT", "kid": self.id}), claims)
    }
}

/// ring makes no RSA keys.
fn rsa() -> How {
    let folder = super::support::folder();
    let key = folder.path().join("key.pem");
    run(Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&key));
    let told = run(Command::new("openssl").args(["rsa", "-noout", "-modulus", "-in"]).arg(&key));
    let told = String::from_utf8(told).expect("text");
    let hex = told.trim().trim_start_matches("Modulus=");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    How::Rsa(key, (0..hex.len()).step_by(2).map(byte).collect(), folder)
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("openssl is there (tests/run installs it)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let told = String::from_utf8(run(Command::new("date").arg("+%s"))).expect("text");
    told.trim().parse().expect("a number")
}
