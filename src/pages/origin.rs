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

/// The site as people see it.
#[derive(Debug, Clone)]
pub struct Site {
    origin: Origin,
    /// `http` on loopback: then every name that this machine is called by there is the same site.
    loopback: bool,
}

impl Site {
    /// `public_url` was checked by `config`; what is no URL has an origin that equals nothing.
    pub fn new(public_url: &str) -> Site {
        let url = Url::parse(public_url).ok();
        let loopback = url.as_ref().is_some_and(|u| u.scheme() == "http" && u.host_str().is_some_and(is_loopback));
        Site { origin: url.map_or_else(Origin::new_opaque, |u| u.origin()), loopback }
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

    fn is_site(&self, origin: &Origin, host: Option<&str>) -> bool {
        *origin == self.origin || (self.loopback && host.is_some_and(|h| is_served_here(origin, h)))
    }
}

/// Whether an origin is the very loopback host that the request was sent to.
fn is_served_here(origin: &Origin, host: &str) -> bool {
    let Ok(served) = Url::parse(&format!("http://{host}")) else { return false };
    served.origin() == *origin && served.host_str().is_some_and(is_loopback)
}

fn is_loopback(name: &str) -> bool {
    let Some(name) = host::canonical(name) else { return false };
    let bare = name.trim_matches(['[', ']']);
    name == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
}

/// The header, if it is there; `Some(None)` when it is there but more than once, or no text.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<Option<&'a str>> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    Some(first.to_str().ok().filter(|_| all.next().is_none()))
}
