//! What an edge is told that asks for a decision and then forwards by itself. Edges pass on few statuses (nginx: 401 and
//! 403; anything else is an error to it), so there is no redirect, and a refusal is 403, or 503 while a part is down.

use bytes::Bytes;
use http::header::{HeaderValue, LOCATION};
use http::{Response, StatusCode};

use crate::domain::id::RequestId;
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;

use super::{Desk, Face, answer, refusals};

impl Desk {
    /// 200 without a body. The proxy adds who is asking.
    pub fn grant_edge(&self, request: &RequestId) -> Response<Bytes> {
        answer::content(request, StatusCode::OK, "", "")
    }

    /// 401 as programs get it, with the address of the page for people in `Location`, for edges that can redirect.
    pub fn challenge_edge(&self, face: &Face, method: &str, target: &str, scope: &Scope) -> Response<Bytes> {
        let (mut answer, url) = self.front.demand(face, method, target, scope);
        if let Ok(url) = HeaderValue::try_from(url) {
            answer.headers_mut().insert(LOCATION, url);
        }
        answer
    }

    pub fn refuse_edge(&self, face: &Face, refusal: Refusal) -> Response<Bytes> {
        let mut row = refusals::row(&refusal, self.front.words(face));
        if row.status != StatusCode::SERVICE_UNAVAILABLE {
            row.status = StatusCode::FORBIDDEN;
        }
        answer::problem(&face.request, face.locale, &row, &[])
    }
}
