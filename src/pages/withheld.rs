//! What waits for a code, as it is kept ([`Kept`]), and how it is handed out.
//!
//! | kept | after the right code |
//! |---|---|
//! | a login's redirect | its cookies and its address go out with the answer to the code |
//! | a login's page | the browser is led to the login's own address with a ticket, so that links in the page work |
//! | the answer to a login by script | its cookies go out, and the page that asked is opened again |
//! | a request that was held | the browser is led to its own address with a ticket; there it is sent on, once |

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use http::{Response, StatusCode};
use url::Url;

use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::return_to::same_site;
use crate::domain::scope::Scope;
use crate::gate::{Begun, Caller};

use super::{Desk, Face, answer, cookies};

/// The parameter that an address carries where something kept is fetched. Its value is the challenge's id: what it opens
/// hangs on the browser's cookie and on the right code.
pub const TICKET: &str = "__sekisho_ticket";

/// Of [`Kept`] as bytes.
const VERSION: u8 = 1;

/// A login's answer, or a request that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub what: What,
    /// Scheme and authority under which the form was sent.
    pub site: String,
    /// Path and query of the form's own address, in ASCII.
    pub target: String,
    /// Names in the case in which they came, where that is known.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `fetched`: by a script, which cannot show it.
    Answer { status: u16, fetched: bool },
    /// Its target as it was sent.
    Request { method: String, raw: Vec<u8> },
}

impl Kept {
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, word, raw) = match &self.what {
            What::Answer { status, fetched } => (if *fetched { b'f' } else { b'a' }, status.to_string(), &[][..]),
            What::Request { method, raw } => (b'r', method.clone(), raw.as_slice()),
        };
        let mut out = vec![VERSION, kind];
        let mut put = |part: &[u8]| {
            out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(part);
        };
        for part in [word.as_bytes(), raw, self.site.as_bytes(), self.target.as_bytes(), &self.body] {
            put(part);
        }
        for (name, value) in &self.headers {
            put(name);
            put(value);
        }
        out
    }

    /// `None` for anything that [`Kept::to_bytes`] did not write.
    pub fn from_bytes(bytes: &[u8]) -> Option<Kept> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let mut parts = Vec::new();
        let mut rest = rest;
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (part, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            parts.push(part.to_vec());
            rest = after;
        }
        let mut parts = parts.into_iter();
        let mut text = || String::from_utf8(parts.next()?).ok();
        let word = text()?;
        let raw = parts.next()?;
        let mut text = || String::from_utf8(parts.next()?).ok();
        let (site, target) = (text()?, text()?);
        let body = Bytes::from(parts.next()?);
        let what = match head {
            [VERSION, kind @ (b'a' | b'f')] => What::Answer { status: word.parse().ok()?, fetched: *kind == b'f' },
            [VERSION, b'r'] => What::Request { method: word, raw },
            _ => return None,
        };
        let mut headers = Vec::new();
        while let Some(name) = parts.next() {
            headers.push((name, parts.next()?));
        }
        Some(Kept { what, site, target, headers, body })
    }

    /// The form's own address, with a ticket.
    fn with_ticket(&self, id: &ChallengeId) -> String {
        let joint = if self.target.contains('?') { '&' } else { '?' };
        format!("{}{joint}{TICKET}={id}", self.target)
    }

    fn all<'k>(&'k self, name: &'k HeaderName) -> impl Iterator<Item = &'k [u8]> {
        let named = move |(key, _): &&(Vec<u8>, Vec<u8>)| key.eq_ignore_ascii_case(name.as_str().as_bytes());
        self.headers.iter().filter(named).map(|(_, value)| value.as_slice())
    }

    fn cookies(&self) -> Vec<HeaderValue> {
        self.all(&SET_COOKIE).filter_map(|value| HeaderValue::from_bytes(value).ok()).collect()
    }

    /// Where a redirect leads: an address of its own, whatever page of ours it goes out with.
    fn redirect(&self) -> Option<HeaderValue> {
        let What::Answer { status: 301 | 302 | 303 | 307 | 308, fetched: false } = self.what else { return None };
        let value = self.all(&LOCATION).next()?;
        let base = Url::parse(&format!("{}{}", self.site, self.target)).ok();
        let joined = base.and_then(|base| base.join(std::str::from_utf8(value).ok()?).ok());
        let whole = joined.and_then(|url| HeaderValue::try_from(url.as_str()).ok());
        whole.or_else(|| HeaderValue::from_bytes(value).ok())
    }

    /// The answer as the application gave it.
    pub fn response(self) -> Option<Response<Bytes>> {
        let What::Answer { status, .. } = self.what else { return None };
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(status).ok()?;
        for (name, value) in self.headers {
            let (name, value) = (HeaderName::from_bytes(&name).ok()?, HeaderValue::from_bytes(&value).ok()?);
            response.headers_mut().append(name, value);
        }
        Some(response)
    }
}

/// What goes out with a right code.
#[derive(Debug, Default)]
pub struct Released {
    pub cookies: Vec<HeaderValue>,
    /// Where to go instead of back.
    pub on: Option<HeaderValue>,
}

impl Desk {
    /// The answer to a form whose sender was asked for a code.
    pub fn held(&self, face: &Face, scope: &Scope, begun: Begun, return_to: &str) -> Response<Bytes> {
        let return_to = same_site(return_to, &self.front.settings.prefix);
        let path = self.front.code_path(&begun.view.id, &return_to, "");
        let mut answer = match face.navigation {
            true => answer::see_other(&face.request, &path),
            false => self.front.wanted(face, &path, scope),
        };
        let bind = begun.bind.and_then(|browser| cookies::set_browser(&browser, self.front.settings.secure));
        answer::cookie(&mut answer, bind);
        answer
    }

    /// Where somebody goes back to whose script sent a form: the page that it ran in.
    pub fn page_behind(&self, face: &Face) -> String {
        let page = face.referer.as_deref().and_then(|r| self.front.site.path_of(r, face.host.as_deref()));
        same_site(&page.unwrap_or_default(), &self.front.settings.prefix)
    }

    /// Leads to another address of this site.
    pub fn lead_to(&self, face: &Face, target: &str) -> Response<Bytes> {
        answer::see_other(&face.request, target)
    }

    /// What was kept for the challenge whose code was right just now. `program`: it goes on by itself, and can fetch what a
    /// page could not.
    pub(super) async fn released(
        &self,
        caller: &Caller,
        id: &ChallengeId,
        program: bool,
    ) -> Result<Option<Released>, Refusal> {
        let Some(kept) = self.gate.withheld(caller, id).await?.as_deref().and_then(Kept::from_bytes) else {
            return Ok(None);
        };
        if let Some(on) = kept.redirect() {
            return Ok(Some(Released { cookies: kept.cookies(), on: Some(on) }));
        }
        match kept.what {
            What::Answer { fetched: true, .. } if !program => Ok(Some(Released { cookies: kept.cookies(), on: None })),
            _ => Ok(Some(Released { on: HeaderValue::try_from(kept.with_ticket(id)).ok(), cookies: Vec::new() })),
        }
    }

    /// Adds what was kept to the answer that a right code gets.
    pub(super) async fn release(
        &self,
        caller: &Caller,
        id: &ChallengeId,
        answer: &mut Response<Bytes>,
    ) -> Result<(), Refusal> {
        let Some(released) = self.released(caller, id, false).await? else { return Ok(()) };
        for cookie in released.cookies {
            answer::cookie(answer, Some(cookie));
        }
        if let Some(on) = released.on {
            answer.headers_mut().insert(LOCATION, on);
        }
        Ok(())
    }
}

/// The challenge that a request's ticket names, and the target without it; `None` without a ticket.
pub fn ticket(target: &str) -> Option<(Option<ChallengeId>, String)> {
    memchr::memmem::find(target.as_bytes(), TICKET.as_bytes())?;
    let (path, query) = target.split_once('?')?;
    let (kept, tickets): (Vec<&str>, Vec<&str>) =
        query.split('&').partition(|pair| pair.split('=').next() != Some(TICKET));
    let ticket = tickets.first()?;
    let id = ticket.split_once('=').and_then(|(_, id)| ChallengeId::parse(id)).filter(|_| tickets.len() == 1);
    let rest = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    Some((id, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, fetched: bool, headers: &[(&str, &str)]) -> Kept {
        let headers = headers.iter().map(|(k, v)| (k.as_bytes().to_vec(), v.as_bytes().to_vec())).collect();
        let (site, target) = ("https://a.example".to_owned(), "/app/login?next=/x".to_owned());
        Kept { what: What::Answer { status, fetched }, site, target, headers, body: Bytes::from_static(b"<p>") }
    }

    #[test]
    fn what_is_kept_reads_back_byte_for_byte() {
        let kept = answer(302, false, &[("Set-Cookie", "a=b"), ("set-cookie", ""), ("X", "\u{e9}")]);
        let held = Kept {
            what: What::Request { method: "POST".to_owned(), raw: b"/\xff?a".to_vec() },
            body: Bytes::from(vec![0; 70_000]),
            ..kept.clone()
        };
        for kept in [kept, answer(200, true, &[]), held] {
            let bytes = kept.to_bytes();
            assert_eq!(Kept::from_bytes(&bytes), Some(kept));
            for cut in [0, 1, 2, 5, 9] {
                assert_eq!(Kept::from_bytes(&bytes[..cut]), None, "{cut}");
            }
        }
        assert_eq!(Kept::from_bytes(b"\x02a"), None);
    }

    #[test]
    fn a_redirect_is_taken_from_the_login_and_not_from_our_page() {
        let on = |status, location| {
            let kept = answer(status, false, &[("location", location)]);
            kept.redirect().map(|on| on.to_str().expect("ASCII").to_owned())
        };
        assert_eq!(on(302, "home.php").as_deref(), Some("https://a.example/app/home.php"));
        assert_eq!(on(303, "/home#top").as_deref(), Some("https://a.example/home#top"));
        assert_eq!(on(307, "?a=b").as_deref(), Some("https://a.example/app/login?a=b"));
        assert_eq!(on(302, "https://b.example/").as_deref(), Some("https://b.example/"));
        assert_eq!(on(200, "/home"), None);
        assert_eq!(answer(302, true, &[("location", "/")]).redirect(), None, "a script was sent there, not a person");
    }

    #[test]
    fn a_ticket_is_taken_out_of_the_address() {
        let id = ChallengeId::from_random([7; 16]);
        let path = answer(200, false, &[]).with_ticket(&id);
        assert_eq!(ticket(&path), Some((Some(id.clone()), "/app/login?next=/x".to_owned())));
        assert_eq!(ticket(&format!("/l?{TICKET}={id}")), Some((Some(id.clone()), "/l".to_owned())));
        assert_eq!(ticket(&format!("/l?{TICKET}={id}&{TICKET}={id}")), Some((None, "/l".to_owned())));
        assert_eq!(ticket(&format!("/l?{TICKET}=x&a=1&b")), Some((None, "/l?a=1&b".to_owned())));
        assert_eq!(ticket("/l?a=1"), None);
    }
}
