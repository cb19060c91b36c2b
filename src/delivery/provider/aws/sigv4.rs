//! AWS's signature of requests, version 4: an HMAC over the request's canonical form, with a key of this day, region and
//! service.

use ::http::{HeaderName, HeaderValue};
use ring::hmac;

use super::super::jwt::sha256_hex;
use super::super::kind::Given;
use super::super::{ProviderFault, Request, header_value};
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

pub struct Credentials {
    access_key: String,
    secret_key: Secret<String>,
    token: Option<HeaderValue>,
    region: String,
    service: &'static str,
}

impl Credentials {
    /// Of the keys `region`, `access_key`, `secret_key` and `session_token`.
    pub fn read(given: &Given, service: &'static str) -> Result<Credentials, ProviderFault> {
        let (region, access_key) = (given.text("region")?, given.text("access_key")?);
        if !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(ProviderFault::of("region", "a region is written like \"ap-northeast-1\""));
        }
        if !access_key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(ProviderFault::of("access_key", "an access key is letters and digits, such as \"AKIA…\""));
        }
        let token = given.secrets.get("session_token").map(|token| header_value(token.expose())).transpose();
        Ok(Credentials {
            access_key: access_key.to_owned(),
            secret_key: given.secret("secret_key")?.clone(),
            token: token.map_err(|fault| ProviderFault::of("session_token", fault.text))?,
            region: region.to_owned(),
            service,
        })
    }

    /// Adds the date, the token where there is one, and the signature over everything the request has by then. Its URL has
    /// no query, and its path nothing to encode.
    pub fn sign(&self, request: &mut Request, now: Wall) {
        let date: String = now.rfc3339().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
        let date = format!("{date}Z");
        let headers = request.headers_mut();
        headers.insert(DATE, HeaderValue::try_from(&date).unwrap_or(HeaderValue::from_static("")));
        if let Some(token) = &self.token {
            headers.insert(TOKEN, token.clone());
        }
        let (canonical, signed) = canonical(request);
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        let tag = hmac::sign(&self.key(&date[..8]), text.as_bytes());
        let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let access_key = &self.access_key;
        let header =
            format!("{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={signed}, Signature={signature}");
        // All of it is ASCII that headers carry.
        if let Ok(value) = header_value(&header) {
            request.headers_mut().insert(::http::header::AUTHORIZATION, value);
        }
    }

    fn key(&self, day: &str) -> hmac::Key {
        let first = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{}", self.secret_key.expose()).as_bytes());
        [day, &self.region, self.service, "aws4_request"]
            .into_iter()
            .fold(first, |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()))
    }
}

/// The request as it is signed, and the names of its headers.
fn canonical(request: &Request) -> (String, String) {
    let host = request.uri().authority().map(|authority| authority.as_str()).unwrap_or_default();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
    let mut headers: Vec<_> = request.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    headers.push(("host", host.to_owned()));
    headers.sort();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let (method, path, hash) = (request.method(), request.uri().path(), sha256_hex(request.body()));
    (format!("{method}\n{path}\n\n{lines}\n{names}\n{hash}"), names)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::super::tests::given;
    use super::*;

    const NOW: Wall = Wall(1_790_000_000_000);

    /// Region, service, token, URL, headers, body, and the signature that an independent program (hashes of Python's
    /// library) made.
    type Vector =
        (&'static str, &'static str, Option<&'static str>, &'static str, &'static str, &'static str, &'static str);

    const VECTORS: [Vector; 3] = [
        (
            "ap-northeast-1",
            "sms-voice",
            None,
            "https://sms-voice.ap-northeast-1.amazonaws.com/",
            "application/x-amz-json-1.0",
            r#"{"DestinationPhoneNumber":"+819012345678","MessageBody":"コード 482913"}"#,
            "437983812dc569372a513d346fd720ada5a53e77cb7e5b8e16e48e1b22e7970a",
        ),
        (
            "us-east-1",
            "sns",
            Some("FwoGZXIvYXdzEXAMPLE//token+=="),
            "https://sns.us-east-1.amazonaws.com/",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Action=Publish&Version=2010-03-31",
            "2e30390b8db5b66e4a5ae2da3ea8bec8cbeea2fe086382600d352417ef816f07",
        ),
        (
            "us-east-1",
            "sns",
            None,
            "http://127.0.0.1:9911/",
            "text/plain",
            "",
            "5be55e16926560ce7a8fb883b38fac61dad76ae762e5fbcab3095415c7088d70",
        ),
    ];

    #[test]
    fn signatures_are_what_an_independent_program_makes() {
        for (region, service, token, url, media, body, signature) in VECTORS {
            let mut keys = vec![
                ("region", region),
                ("access_key", "AKIDEXAMPLE"),
                ("secret_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ];
            keys.extend(token.map(|token| ("session_token", token)));
            let credentials = Credentials::read(&given(&keys, &["secret_key", "session_token"]), service);
            let mut request = ::http::Request::post(url).header("content-type", media);
            if service == "sms-voice" {
                request = request.header("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage");
            }
            let mut request = request.body(Bytes::from(body)).expect("a request");
            credentials.expect("good").sign(&mut request, NOW);
            let header = request.headers()["authorization"].to_str().expect("ASCII").to_owned();
            assert_eq!(header.rsplit_once("Signature=").map(|(_, s)| s), Some(signature), "{header}");
            assert!(header.contains(&format!("Credential=AKIDEXAMPLE/20260921/{region}/{service}/aws4_request")));
            assert_eq!(request.headers()["x-amz-date"], "20260921T141320Z");
            assert!(request.headers()["authorization"].is_sensitive());
        }
    }

    #[test]
    fn the_vendors_published_example_is_met() {
        // "post-vanilla" of the test suite that AWS publishes for this signature.
        let keys = [
            ("region", "us-east-1"),
            ("access_key", "AKIDEXAMPLE"),
            ("secret_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        ];
        let credentials = Credentials::read(&given(&keys, &["secret_key"]), "service").expect("good");
        let mut request =
            ::http::Request::post("https://example.amazonaws.com/").body(Bytes::new()).expect("a request");
        credentials.sign(&mut request, Wall(1_440_938_160_000));
        assert_eq!(
            request.headers()["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }

    #[test]
    fn keys_that_cannot_be_are_named() {
        let fault = |region: &str, key: &str| {
            let keys = [("region", region), ("access_key", key), ("secret_key", "s")];
            Credentials::read(&given(&keys, &["secret_key"]), "sns").map(|_| ()).map_err(|fault| fault.key)
        };
        assert_eq!(fault("eu-west-1", "AKID"), Ok(()));
        assert_eq!(fault("eu/west", "AKID"), Err(Some("region")));
        assert_eq!(fault("eu-west-1", "AKID/../"), Err(Some("access_key")));
    }
}
