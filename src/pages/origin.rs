//! Which site made the browser send a POST (login CSRF, CSRF: attacks D22 and D23).

use http::header::{HOST, ORIGIN, REFERER};
use http::{HeaderMap, Request};
use url::{Origin, Url};

use crate::domain::host;

/// What a request shows about the site that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// This site itself.
    Same,
    /// Another one, or one that hides.
    Foreign,
    /// Nothing is said. Browsers always say something about a form, so this is a program, or a very private browser.
    Absent,
}

/// The site as people see it: the origin of `public_url`, and every other host that is served under the same scheme.
#[derive(Debug, Clone)]
pub struct Site {
    origin: Origin,
    scheme: &'static str,
    /// Canonical.
    hosts: Vec<String>,
}

impl Site {
    /// `public_url` was checked by `config`; what is no URL has an origin that equals nothing.
    pub fn new(public_url: &str, hosts: &[String]) -> Site {
        let url = Url::parse(public_url).ok();
        let scheme = if url.as_ref().is_some_and(|u| u.scheme() == "https") { "https" } else { "http" };
        Site { origin: url.map_or_else(Origin::new_opaque, |u| u.origin()), scheme, hosts: hosts.to_vec() }
    }

    /// Judges by Origin, Fetch metadata and Referer. Any of them that names another site is enough for a no, also where
    /// they contradict each other, which no browser lets them do.
    pub fn prove<T>(&self, request: &Request<T>) -> Proof {
        let headers = request.headers();
        let host = request.uri().authority().map(|a| a.as_str()).or_else(|| one(headers, HOST.as_str()).flatten());
        let same = |url: &str| self.is_same(url, host);
        let said: Vec<bool> = [
            one(headers, ORIGIN.as_str()).map(|origin| origin.is_some_and(same)),
            one(headers, "sec-fetch-site").map(|site| site == Some("same-origin")),
            one(headers, REFERER.as_str()).map(|referer| referer.is_some_and(same)),
        ]
        .into_iter()
        .flatten()
        .collect();
        match said.as_slice() {
            [] => Proof::Absent,
            said if said.iter().all(|same| *same) => Proof::Same,
            _ => Proof::Foreign,
        }
    }

    /// Path and query of a page of this site; `None` for any other URL. `host` is the one that the request names.
    pub fn path_of(&self, url: &str, host: Option<&str>) -> Option<String> {
        let url = Url::parse(url).ok().filter(|u| self.is_site(&u.origin(), host))?;
        Some(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    }

    /// `Origin: null` does not parse, and so is nobody's.
    fn is_same(&self, url: &str, host: Option<&str>) -> bool {
        Url::parse(url).is_ok_and(|u| self.is_site(&u.origin(), host))
    }

    /// `host` is the one that the request was sent to: an origin that equals it is the same site, if we serve it.
    fn is_site(&self, origin: &Origin, host: Option<&str>) -> bool {
        let served = |host: &str| host::canonical(host).is_some_and(|name| self.hosts.iter().any(|host| *host == name));
        let asked = |host: &str| {
            served(host) && Url::parse(&format!("{}://{host}", self.scheme)).is_ok_and(|u| u.origin() == *origin)
        };
        *origin == self.origin || (origin.is_tuple() && host.is_some_and(asked))
    }
}

/// The header, if it is there; `Some(None)` when it is there but more than once, or no text.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<Option<&'a str>> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    Some(first.to_str().ok().filter(|_| all.next().is_none()))
}
