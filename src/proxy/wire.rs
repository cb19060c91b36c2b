//! Refuses header blocks that can be read in two ways. Runs before any rule, on every request.

use std::str::from_utf8;

use pingora::http::RequestHeader;

use crate::domain::refusal::Refusal;

use super::guard::head;
use super::guard::limits::Limits;

/// Judges size and framing. Over HTTP/1 the guard has done so on the raw bytes; what Pingora made of them is looked at
/// once more only where it decides how the message is framed.
pub fn check(header: &RequestHeader, http2: bool, limits: &Limits) -> Result<(), Refusal> {
    if http2 {
        check_fields(header, limits)?;
    }
    framing(header, http2)
}

fn check_fields(header: &RequestHeader, limits: &Limits) -> Result<(), Refusal> {
    let bytes: usize = header.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if header.headers.len() > limits.header_fields || bytes > limits.header_bytes {
        return Err(Refusal::HeadersTooLarge);
    }
    if header.headers.keys().any(|name| head::disguises(name.as_str().as_bytes())) {
        return Err(Refusal::Malformed("a header that frames the body is misspelled"));
    }
    let expects = header.headers.get_all(http::header::EXPECT).iter();
    if expects.into_iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Refusal::Malformed("only `Expect: 100-continue` is understood"));
    }
    Ok(())
}

fn framing(header: &RequestHeader, http2: bool) -> Result<(), Refusal> {
    let mut lengths = header.headers.get_all(http::header::CONTENT_LENGTH).iter();
    let length = lengths.next();
    if lengths.next().is_some() {
        return Err(Refusal::Malformed("there are several Content-Length fields"));
    }
    if length.is_some_and(|value| head::number(value.as_bytes()).is_none()) {
        return Err(Refusal::Malformed("Content-Length is not a number"));
    }
    let mut codings = header.headers.get_all(http::header::TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else { return Ok(()) };
    if http2 || codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        return Err(Refusal::Malformed("only Transfer-Encoding: chunked is taken"));
    }
    if length.is_some() || header.version != http::Version::HTTP_11 {
        return Err(Refusal::Malformed("Transfer-Encoding cannot be combined like this"));
    }
    Ok(())
}

/// The one authority of the request: `:authority` on HTTP/2, the single `Host` on HTTP/1.1. Two that differ are refused.
pub fn authority(header: &RequestHeader, http2: bool) -> Result<&str, Refusal> {
    let mut hosts = header.headers.get_all(http::header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refusal::Malformed("there are several Host fields"));
    }
    let host =
        host.map(|v| from_utf8(v.as_bytes()).map_err(|_| Refusal::Malformed("the host is not valid"))).transpose()?;
    let named = header.uri.authority().map(http::uri::Authority::as_str).filter(|_| http2);
    match (named, host) {
        (Some(named), Some(host)) if named != host => Err(Refusal::Malformed("Host differs from :authority")),
        (Some(named), _) => Ok(named),
        (None, Some(host)) => Ok(host),
        (None, None) => Err(Refusal::Malformed("there is no Host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(fields: &[(&'static str, &str)]) -> RequestHeader {
        let mut header = RequestHeader::build("POST", b"/", None).expect("builds");
        header.set_version(http::Version::HTTP_11);
        for (name, value) in fields {
            header.append_header(*name, *value).expect("appends");
        }
        header
    }

    #[test]
    fn framing_with_two_readings_is_refused() {
        for bad in [
            &[("content-length", "2"), ("content-length", "2")][..],
            &[("content-length", "2"), ("transfer-encoding", "chunked")],
            &[("content-length", "+2")],
            &[("content-length", "02")],
            &[("content-length", "-1")],
            &[("content-length", "0x2")],
            &[("content-length", "2, 3")],
            &[("content-length", "")],
            &[("content-length", "99999999999999999999")],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "xchunked")],
        ] {
            assert!(matches!(check(&header(bad), false, &Limits::default()), Err(Refusal::Malformed(_))), "{bad:?}");
        }
        assert_eq!(check(&header(&[("content-length", "2")]), false, &Limits::default()), Ok(()));
        assert_eq!(check(&header(&[("transfer-encoding", "Chunked")]), false, &Limits::default()), Ok(()));
        assert!(
            check(&header(&[("transfer-encoding", "chunked")]), true, &Limits::default()).is_err(),
            "HTTP/2 has no such thing"
        );
    }

    #[test]
    fn header_blocks_are_bounded() {
        let many: Vec<(&'static str, &str)> = vec![("x", "1"); 101];
        assert_eq!(check(&header(&many), true, &Limits::default()), Err(Refusal::HeadersTooLarge));
        let long = "a".repeat(33 * 1024);
        for disguised in ["content_length", "transfer.encoding"] {
            assert!(check(&header(&[(disguised, "1")]), true, &Limits::default()).is_err());
        }
        assert!(check(&header(&[("expect", "200-ok")]), true, &Limits::default()).is_err());
        assert_eq!(check(&header(&[("x", &long)]), true, &Limits::default()), Err(Refusal::HeadersTooLarge));
    }

    #[test]
    fn there_is_one_host() {
        assert!(authority(&header(&[]), false).is_err());
        assert!(authority(&header(&[("host", "a"), ("host", "a")]), false).is_err());
        assert_eq!(authority(&header(&[("host", "a:80")]), false), Ok("a:80"));
    }
}
