//! The one table from every expected no to what callers get: status, words, and when to come back.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

use crate::domain::challenge::Gone;
use crate::domain::path::PathFault;
use crate::domain::refusal::Refusal;
use crate::domain::time::whole_seconds;
use crate::words::Page;
use crate::words::page::{Says, Waits};

/// How a refusal is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub status: StatusCode,
    /// Ends the `type` of a problem document; stable, for programs.
    pub kind: &'static str,
    pub title: &'static str,
    pub detail: Cow<'static, str>,
    /// Seconds, for `Retry-After`.
    pub retry: Option<u64>,
    /// In English whatever the page's language, for whoever has to mend it.
    pub reason: Option<String>,
}

/// The status that a refusal is answered with.
pub fn status(refusal: &Refusal) -> StatusCode {
    row(refusal, Page::of(crate::domain::locale::Locale::En)).status
}

/// A new refusal does not compile until somebody has decided here what people see.
pub fn row(refusal: &Refusal, page: &Page) -> Row {
    use StatusCode as S;
    let no = &page.no;
    let mut reason = None;
    let (status, kind, (title, detail)) = match refusal {
        Refusal::Malformed(how) => {
            reason = Some((*how).to_owned());
            (S::BAD_REQUEST, "malformed", says(no.malformed))
        }
        Refusal::Path(fault) => {
            reason = Some(fault.to_string());
            let status = if *fault == PathFault::TooLong { S::URI_TOO_LONG } else { S::BAD_REQUEST };
            (status, "ambiguous-path", says(no.path))
        }
        Refusal::UnknownHost => (S::MISDIRECTED_REQUEST, "unknown-host", says(no.unknown_host)),
        Refusal::Unencrypted => (S::FORBIDDEN, "unencrypted", says(no.unencrypted)),
        Refusal::NoRoute => (S::NOT_FOUND, "no-route", says(no.no_route)),
        Refusal::Denied => (S::FORBIDDEN, "denied", says(no.denied)),
        Refusal::Method => (S::METHOD_NOT_ALLOWED, "method", says(no.method)),
        Refusal::HeadersTooLarge => {
            (S::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", says(no.headers_too_large))
        }
        Refusal::TooSlow => (S::REQUEST_TIMEOUT, "too-slow", says(no.too_slow)),
        Refusal::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body-too-large", says(no.body_too_large)),
        Refusal::BodyType => (S::UNSUPPORTED_MEDIA_TYPE, "body-type", says(no.body_type)),
        Refusal::CrossSite => (S::FORBIDDEN, "cross-site", says(no.cross_site)),
        Refusal::WhoAreYou => (S::FORBIDDEN, "who-are-you", says(no.who_are_you)),
        Refusal::WrongCredentials => (S::FORBIDDEN, "wrong-credentials", says(no.wrong_credentials)),
        Refusal::UnknownScope => (S::BAD_REQUEST, "unknown-scope", says(no.unknown_scope)),
        Refusal::UnknownChallenge => (S::NOT_FOUND, "unknown-challenge", says(no.unknown_challenge)),
        Refusal::NotACode => (S::BAD_REQUEST, "not-a-code", says(no.not_a_code)),
        Refusal::WrongCode { tries_left } => {
            let detail = Cow::Owned(no.wrong_code.left(*tries_left));
            (S::FORBIDDEN, "wrong-code", (no.wrong_code.title, detail))
        }
        Refusal::WrongPasskey { .. } => (S::FORBIDDEN, "wrong-passkey", says(page.passkeys.wrong)),
        Refusal::PasskeyNotAsked => (S::CONFLICT, "passkey-not-asked", says(page.passkeys.not_asked)),
        Refusal::NoPasskey => (S::CONFLICT, "no-passkey", says(page.passkeys.missing)),
        Refusal::OnlyPasskey => (S::FORBIDDEN, "only-passkey", says(page.passkeys.only)),
        Refusal::PasskeyNotTaken => (S::BAD_REQUEST, "passkey-not-taken", says(page.passkeys.not_taken)),
        Refusal::PasskeysFull => (S::CONFLICT, "passkeys-full", says(page.passkeys.full)),
        Refusal::NotConfirmedLately => (S::FORBIDDEN, "not-confirmed-lately", says(page.passkeys.not_lately)),
        Refusal::Gone(Gone::Expired) => (S::GONE, "expired", says(no.expired)),
        Refusal::Gone(Gone::Used) => (S::GONE, "used", says(no.used)),
        Refusal::Gone(Gone::OutOfTries) => (S::GONE, "out-of-tries", says(no.out_of_tries)),
        Refusal::Gone(Gone::Unknown) => (S::GONE, "unknown-challenge", says(no.unknown_challenge)),
        Refusal::NoSuchChannel => (S::BAD_REQUEST, "no-such-channel", says(no.no_such_channel)),
        Refusal::NoResendLeft => (S::CONFLICT, "no-resend-left", says(no.no_resend_left)),
        Refusal::Cooling(wait) => (S::TOO_MANY_REQUESTS, "cooling-down", waits(no.cooling, *wait, page)),
        Refusal::Waiting(wait) => (S::TOO_MANY_REQUESTS, "too-many-failures", waits(no.waiting, *wait, page)),
        Refusal::Closed => (S::FORBIDDEN, "account-closed", says(no.closed)),
        Refusal::Limited(wait) => (S::TOO_MANY_REQUESTS, "limited", waits(no.limited, *wait, page)),
        Refusal::NumberSwapped => (S::FORBIDDEN, "number-swapped", says(no.number_swapped)),
        Refusal::Outage => (S::SERVICE_UNAVAILABLE, "outage", says(no.outage)),
        Refusal::NotRegistered => (S::FORBIDDEN, "not-registered", says(page.login.not_registered)),
        Refusal::AnswerUnfit => (S::BAD_GATEWAY, "answer-unfit", says(page.login.answer_unfit)),
        Refusal::UpstreamDown => (S::BAD_GATEWAY, "upstream-down", says(no.upstream_down)),
        Refusal::UpstreamSlow => (S::GATEWAY_TIMEOUT, "upstream-slow", says(no.upstream_slow)),
    };
    Row { status, kind, title, detail, retry: refusal.retry_after().map(seconds), reason }
}

fn says(says: Says) -> (&'static str, Cow<'static, str>) {
    (says.title, Cow::Borrowed(says.detail))
}

fn waits(waits: Waits, wait: Duration, page: &Page) -> (&'static str, Cow<'static, str>) {
    (waits.title, Cow::Owned(waits.detail.fill(page.spans.wait(seconds(wait)))))
}

/// At least one: `Retry-After: 0` would be an invitation.
fn seconds(wait: Duration) -> u64 {
    whole_seconds(wait).max(1)
}
