//! How an answer has to look for the one who asked: as a page or as JSON, in which language.

use http::HeaderMap;
use http::header::{ACCEPT, HOST, REFERER, UPGRADE};

use crate::domain::id::RequestId;
use crate::domain::locale::Locale;

/// What an answer goes by.
#[derive(Debug, Clone)]
pub struct Face {
    /// `Sec-Fetch-Mode: navigate`, or an explicit `text/html` in Accept; everybody else gets JSON.
    pub html: bool,
    /// A person going to a page, not a script that accepts HTML and not a WebSocket.
    pub navigation: bool,
    /// The connection is to become a WebSocket.
    pub(super) upgrade: bool,
    /// The page is about to stand in a frame.
    pub framed: bool,
    /// Whoever asks came in with a sealed code.
    pub emergency: bool,
    pub locale: Locale,
    pub request: RequestId,
    /// The page that sent the request, as the browser tells it. Not believed: its origin is compared first.
    pub(super) referer: Option<String>,
    pub(super) host: Option<String>,
}

impl Face {
    pub fn of(headers: &HeaderMap, locale: Locale, request: RequestId) -> Face {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let mode = text("sec-fetch-mode");
        let html =
            mode == Some("navigate") || headers.get_all(ACCEPT).iter().any(|v| v.to_str().is_ok_and(accepts_html));
        let upgrade = text(UPGRADE.as_str()).is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"));
        let fetched = mode.is_some_and(|m| m != "navigate") || upgrade;
        Face {
            html,
            navigation: html && !fetched,
            upgrade,
            framed: text("sec-fetch-dest").is_some_and(|d| matches!(d, "iframe" | "frame" | "embed" | "object")),
            emergency: false,
            locale,
            request,
            referer: text(REFERER.as_str()).map(str::to_owned),
            host: text(HOST.as_str()).map(str::to_owned),
        }
    }
}

/// Whether `text/html` itself is asked for; `*/*` and `text/*` are what programs send.
fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let html = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"));
        html && !parts.any(|p| p.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0))
    })
}
