//! Answers over HTTP/2, set apart from what they were read from.
//!
//! Header values as Pingora reads them are parts of one buffer of 4 KiB or more. HPACK remembers those that may come again,
//! for as long as the connection lives, and each would keep its whole buffer: after some sixty answers that differ in one
//! header, an idle connection would hold a quarter of a megabyte.

use std::mem;

use http::HeaderValue;
use http::header::{CONTENT_LENGTH, ETAG, LOCATION, SET_COOKIE};
use http::response::Parts;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;

/// Gives each value that HPACK may remember its own few bytes. Over HTTP/1 nothing is remembered.
pub fn set(session: &Session, response: &mut ResponseHeader) -> pingora::Result<()> {
    if session.is_http2() { own(response) } else { Ok(()) }
}

fn own(response: &mut ResponseHeader) -> pingora::Result<()> {
    // Only whole headers let their values be changed in place; case and reason phrase, which are lost on the way, are
    // HTTP/1's.
    let empty = ResponseHeader::build_no_case(response.status, Some(0))?;
    let mut parts = Parts::from(mem::replace(response, empty));
    for (name, value) in &mut parts.headers {
        // These are never remembered.
        if [CONTENT_LENGTH, ETAG, LOCATION, SET_COOKIE].contains(name) {
            continue;
        }
        if let Ok(mut copy) = HeaderValue::from_bytes(value.as_bytes()) {
            copy.set_sensitive(value.is_sensitive());
            *value = copy;
        }
    }
    *response = ResponseHeader::from(parts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn no_value_keeps_the_buffer_that_it_came_in() {
        let buffer = Bytes::from(vec![b'x'; 4096]);
        let inside = |value: &HeaderValue| buffer.as_ptr_range().contains(&value.as_bytes().as_ptr());
        let part = |from: usize| HeaderValue::from_maybe_shared(buffer.slice(from..from + 10)).expect("it is text");
        let mut response = ResponseHeader::build(404, None).expect("a header");
        for at in [0, 10] {
            response.append_header("X-Part", part(at)).expect("a header");
        }
        let mut secret = part(20);
        secret.set_sensitive(true);
        response.insert_header("X-Secret", secret).expect("a header");
        assert!(response.headers.values().all(inside));
        own(&mut response).expect("it can be set apart");
        assert!(!response.headers.values().any(inside));
        assert_eq!(response.status, 404);
        assert_eq!(response.headers.get_all("x-part").iter().count(), 2);
        assert!(response.headers.values().all(|value| value.as_bytes() == b"xxxxxxxxxx"));
        assert!(response.headers["x-secret"].is_sensitive() && !response.headers["x-part"].is_sensitive());
    }
}
