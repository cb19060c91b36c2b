//! An answer that comes before the request was read to its end. What is left of the body is never taken for another
//! request: Pingora ends the connection with the answer. Here nobody waits long for what may never come.

use std::time::Duration;

use http::Method;
use http::header::CONTENT_LENGTH;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;

/// Between two parts of a body, once its answer is out. Enough for what is on its way, so that the client can read the
/// answer before the connection is gone.
const REST: Duration = Duration::from_secs(2);

/// An answer begins. Over HTTP/2 there is nothing to mistake: each request has a stream of its own.
pub fn begins(session: &mut Session, response: &ResponseHeader) {
    if response.status.is_informational() || !is_unread(session) {
        return;
    }
    let empty = response.headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0");
    if empty || matches!(response.status.as_u16(), 204 | 304) || session.req_header().method == Method::HEAD {
        ended(session);
    }
}

/// The answer is out.
pub fn ended(session: &mut Session) {
    if is_unread(session) && !session.was_upgraded() {
        session.set_read_timeout(Some(REST));
    }
}

fn is_unread(session: &mut Session) -> bool {
    !session.is_http2() && !session.is_body_done()
}
