//! One request that is carried to the application apart from the client's own exchange, so that its answer can be looked
//! at before anybody sees it. It goes over a connection of its own and is never sent twice.

use std::net::IpAddr;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, Method, Uri, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::*;
use pingora::protocols::http::client::HttpSession;

use crate::domain::permit::Permit;
use crate::proxy::client::Origin;
use crate::proxy::upstream::{Call, Trip};
use crate::proxy::{Gateway, cookies, hops};

pub struct Errand<'a> {
    pub gateway: &'a Gateway,
    pub permit: &'a Permit,
    pub origin: &'a Origin,
    /// The client's socket; none over a Unix socket.
    pub peer: Option<IpAddr>,
}

/// Why there is no answer.
pub enum Lost {
    /// The application has nothing of it.
    Unsent(Box<Error>),
    /// It may have done what it was asked to.
    Unknown(Box<Error>),
}

/// An answer whose header is there.
pub struct Reply {
    session: HttpSession,
    /// As the client may have it: addresses of the application's own and cookies of ours are out of it.
    pub header: ResponseHeader,
}

impl Errand<'_> {
    /// Sends a request as it came in, but for what every request loses and gains here. `header` names its host.
    pub async fn go(&self, mut header: RequestHeader, body: Bytes) -> Result<Reply, Lost> {
        let mut trip = Trip::default();
        let (mut session, tls) = self.connect(&header, &mut trip).await.map_err(Lost::Unsent)?;
        self.dress(&mut header, &trip, body.len()).map_err(Lost::Unsent)?;
        if matches!(session, HttpSession::H2(_)) {
            to_http2(&mut header, tls).map_err(Lost::Unsent)?;
        }
        let sent = send(&mut session, header, body).await;
        // Some answer before they have read everything, and close.
        let mut header = match (read_header(&mut session).await, sent) {
            (Ok(header), _) => header,
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(Lost::Unknown(error)),
        };
        hops::end_response(&mut header);
        for name in [&CONNECTION, &TRANSFER_ENCODING] {
            header.remove_header(name);
        }
        let cleaned = cookies::refuse_theirs(&mut header)
            .and_then(|()| self.gateway.upstreams.outward(self.permit, &trip, self.origin, &mut header));
        cleaned.map_err(Lost::Unknown)?;
        Ok(Reply { session, header })
    }

    /// Nothing is sent before a connection stands, so another server may have it if one cannot be reached.
    async fn connect(&self, header: &RequestHeader, trip: &mut Trip) -> Result<(HttpSession, bool)> {
        let (upstreams, metrics) = (&self.gateway.upstreams, &self.gateway.metrics);
        let call = Call { permit: self.permit, client: self.origin.client, header, upgrade: false };
        loop {
            let mut peer = upstreams.peer(&call, trip).await?;
            peer.options.max_h2_streams = 1;
            let opened = upstreams.open(&peer).await;
            if let Some((upstream, server)) = upstreams.unchecked(self.permit, trip) {
                metrics.server(upstream, &server.to_string(), opened.is_ok());
            }
            match opened {
                Ok(session) => return Ok((session, !peer.sni.is_empty())),
                Err(error) if !upstreams.failed(self.permit, self.origin.client, trip) => return Err(error),
                Err(error) => tracing::warn!(%error, "another server is tried"),
            }
        }
    }

    fn dress(&self, header: &mut RequestHeader, trip: &Trip, length: usize) -> Result<()> {
        let had_body = header.headers.contains_key(CONTENT_LENGTH) || length > 0;
        for name in hops::named(&header.headers) {
            header.remove_header(&name);
        }
        for name in [&CONNECTION, &CONTENT_LENGTH, &EXPECT, &TRANSFER_ENCODING, &UPGRADE] {
            header.remove_header(name);
        }
        header.set_version(Version::HTTP_11);
        self.gateway.dress(header, self.permit, trip, self.origin, self.peer)?;
        if had_body || header.method == Method::POST {
            header.insert_header(CONTENT_LENGTH, length)?;
        }
        Ok(())
    }
}

impl Reply {
    pub async fn part(&mut self) -> Result<Option<Bytes>> {
        self.session.read_response_body().await
    }

    /// The body, if it is no larger than `most`.
    pub async fn whole(&mut self, most: usize) -> Result<Option<Bytes>> {
        let mut body = BytesMut::new();
        while let Some(part) = self.part().await? {
            if body.len() + part.len() > most {
                return Ok(None);
            }
            body.extend_from_slice(&part);
        }
        Ok(Some(body.freeze()))
    }
}

async fn send(session: &mut HttpSession, header: RequestHeader, body: Bytes) -> Result<()> {
    session.write_request_header(Box::new(header)).await?;
    if !body.is_empty() {
        session.write_request_body(body, false).await?;
    }
    session.finish_request_body().await
}

/// The final answer's header; interim ones say nothing that counts here.
async fn read_header(session: &mut HttpSession) -> Result<ResponseHeader> {
    loop {
        session.read_response_header().await?;
        let header = session.response_header().cloned();
        let header = header.ok_or_else(|| Error::explain(ReadError, "there is no answer"))?;
        match header.status.as_u16() {
            101 => return Error::e_explain(InvalidHTTPHeader, "it switches protocols unasked"),
            100..=199 => {}
            _ => return Ok(header),
        }
    }
}

/// HTTP/2 names its host in `:authority`, and nowhere else.
fn to_http2(header: &mut RequestHeader, tls: bool) -> Result<()> {
    let host = header.remove_header(&HOST);
    let authority = host.as_ref().map_or(&b""[..], |host| host.as_bytes());
    let path = std::str::from_utf8(header.raw_path()).or_err(InvalidHTTPHeader, "the target is not UTF-8")?;
    let uri = Uri::builder().scheme(if tls { "https" } else { "http" }).authority(authority).path_and_query(path);
    let uri = uri.build().or_err(InvalidHTTPHeader, "the target fits no address")?;
    header.set_uri(uri);
    header.set_version(Version::HTTP_2);
    Ok(())
}

/// A request that was kept, to be sent now.
pub fn rebuilt(method: &str, target: &[u8], headers: Vec<(Vec<u8>, Vec<u8>)>) -> Result<RequestHeader> {
    let mut header = RequestHeader::build(method, target, Some(headers.len()))?;
    for (name, value) in headers {
        let name = String::from_utf8(name).or_err(InvalidHTTPHeader, "a kept header")?;
        header.append_header(name, value)?;
    }
    Ok(header)
}

/// A header's fields, each under the name as it came.
pub fn fields(header: &RequestHeader) -> Vec<(Vec<u8>, Vec<u8>)> {
    if header.has_case() {
        return header.case_header_iter().map(|(n, v)| (n.as_slice().to_vec(), v.as_bytes().to_vec())).collect();
    }
    all(&header.headers)
}

pub fn all(headers: &HeaderMap) -> Vec<(Vec<u8>, Vec<u8>)> {
    let field = |(name, value): (&HeaderName, &http::HeaderValue)| {
        (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec())
    };
    headers.iter().map(field).collect()
}
