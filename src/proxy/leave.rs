//! The application's own logout (`end_on`): whoever leaves the application leaves us too.
//!
//! | the application's answer | what becomes of the session |
//! |---|---|
//! | below 400 | ended, before the answer is handed on; the answer takes the cookie away |
//! | 400 and above | stays: they are still signed in there |
//! | none (502, 504, or they hung up) | ended: they asked to leave, and at worst type a code again |
//!
//! When the end cannot be made durable the answer is 503, and whoever asks again gets it done: nobody is told that they are
//! out when they are not. A request that does not show that it comes from this site ends nothing, so no other site logs
//! anybody out, also where the application would let it.

use bytes::Bytes;
use http::header::SET_COOKIE;
use pingora::http::ResponseHeader;
use pingora::prelude::*;
use pingora::proxy::Session;

use crate::domain::permit::Permit;
use crate::gate::Caller;
use crate::pages::cookies as names;

use super::cookies::PASS_HEADER;
use super::door::{self, Ask};
use super::{Ctx, Gateway, Response};

/// Who leaves by this request, if anybody does.
pub fn caller(gateway: &Gateway, session: &Session, ctx: &Ctx, ask: &Ask<'_>, permit: &Permit) -> Option<Caller> {
    if ask.token.is_none() || !permit.route().ends(&ask.method, permit.path()) {
        return None;
    }
    // No browser sends this header by itself, whatever page it shows.
    let program = session.req_header().headers.contains_key(PASS_HEADER);
    let own = || gateway.desk.comes_from_here(&door::request(session, ask, Bytes::new()));
    (program || own()).then(|| door::caller(gateway, session, ctx, ask))
}

impl Gateway {
    /// Ends the session when the application has let its user go.
    pub(super) async fn let_go(&self, response: &mut ResponseHeader, ctx: &mut Ctx) -> Result<()> {
        let status = response.status.as_u16();
        // An interim answer decides nothing yet.
        if status < 200 {
            return Ok(());
        }
        let Some(caller) = ctx.leaving.take().filter(|_| status < 400) else { return Ok(()) };
        if self.gate.leave(&caller).await.is_err() {
            return Error::e_explain(HTTPStatus(503), "the session could not be ended");
        }
        response.append_header(SET_COOKIE, names::remove_pass(self.secure))?;
        Ok(())
    }

    /// The same where the application said nothing. `false` when the session could not be ended.
    pub(super) async fn let_go_unanswered(&self, ctx: &mut Ctx) -> Option<bool> {
        let caller = ctx.leaving.take()?;
        Some(self.gate.leave(&caller).await.is_ok())
    }

    /// Takes the cookie away with an answer of ours.
    pub(super) fn without_pass(&self, response: &mut Response) {
        response.headers_mut().append(SET_COOKIE, names::remove_pass(self.secure));
    }
}
