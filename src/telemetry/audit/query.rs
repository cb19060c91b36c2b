//! Which lines are asked for.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;

use super::record::{at_of, kind_of};

/// A line as it is read again. What a kind of line has not is absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Line<'a> {
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    pub event: Option<String>,
    pub user: Option<String>,
    pub emergency: bool,
    pub route: Option<String>,
    pub method: Option<String>,
    pub path: Option<String>,
    pub object: Option<String>,
    pub status: Option<u16>,
    pub client: Option<IpAddr>,
    pub node: Option<String>,
    pub scope: Option<String>,
    pub challenge: Option<String>,
    pub request: Option<String>,
    pub provider: Option<String>,
    pub channel: Option<String>,
    pub tried: Option<String>,
    pub detail: Option<String>,
    pub actor: Option<String>,
}

/// Status codes from the first to the last of these.
pub type Statuses = (u16, u16);

/// What is asked for; an empty one asks for every decision and every access.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The first moment, and the first one after the last, as lines write it.
    pub from: Option<String>,
    pub until: Option<String>,
    pub kind: Option<String>,
    pub event: Option<String>,
    pub user: Option<String>,
    pub route: Option<String>,
    /// `4711` or `id=4711`.
    pub object: Option<String>,
    pub request: Option<String>,
    pub challenge: Option<String>,
    pub status: Option<Statuses>,
    pub client: Option<IpNet>,
}

impl Query {
    /// Bytes that stand in every line that is asked for; looking for them is much faster than reading lines.
    pub fn needle(&self) -> Option<Vec<u8>> {
        let field = |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("\"{name}\":{}", json(v)));
        let object = self.object.as_ref().map(|object| {
            let inner = json(object);
            let inner = inner[1..inner.len() - 1].to_owned();
            if object.contains('=') { inner } else { format!("={inner}") }
        });
        let all = [
            field("request", &self.request),
            field("challenge", &self.challenge),
            object,
            field("user", &self.user),
            field("event", &self.event),
            field("route", &self.route),
        ];
        all.into_iter().flatten().next().map(String::into_bytes)
    }

    /// Whether this line is asked for.
    pub fn wants(&self, line: &[u8]) -> bool {
        let Some(at) = at_of(line) else { return false };
        let early = self.from.as_deref().is_some_and(|from| at < from);
        let late = self.until.as_deref().is_some_and(|until| at >= until);
        let kind = kind_of(line);
        let kind = match &self.kind {
            Some(wanted) => kind == wanted.as_bytes(),
            None => kind == b"access" || kind == b"decision",
        };
        !early && !late && kind && (self.asks_for_a_time_alone() || self.fits(line))
    }

    fn asks_for_a_time_alone(&self) -> bool {
        let Query { event, user, route, object, request, challenge, status, client, .. } = self;
        [event, user, route, object, request, challenge].into_iter().all(Option::is_none)
            && status.is_none()
            && client.is_none()
    }

    fn fits(&self, line: &[u8]) -> bool {
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else { return false };
        let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        same(&self.event, &line.event)
            && same(&self.user, &line.user)
            && same(&self.route, &line.route)
            && same(&self.request, &line.request)
            && same(&self.challenge, &line.challenge)
            && self.object.as_ref().is_none_or(|wanted| line.object.as_ref().is_some_and(|o| is_object(o, wanted)))
            && self.status.is_none_or(|(low, high)| line.status.is_some_and(|status| (low..=high).contains(&status)))
            && self.client.is_none_or(|net| line.client.is_some_and(|client| net.contains(&client)))
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `ward=3,id=4711` is asked for by itself, by one of its parts, or by the value of a part.
fn is_object(object: &str, wanted: &str) -> bool {
    let value = |part: &str| part.split_once('=').is_some_and(|(_, value)| value == wanted);
    object == wanted || value(object) || object.split(',').any(|part| part == wanted || value(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"at":"2026-03-04T05:06:07.008Z","kind":"access","node":"a","user":"o\"neil","route":"records","method":"GET","path":"/patients/4711","object":"id=4711,ward=3","status":404,"client":"10.1.2.3","request":"r","chain":"c","seq":1,"hash":"h"}"#;

    fn wants(change: impl FnOnce(&mut Query)) -> bool {
        let mut query = Query::default();
        change(&mut query);
        let hit = query.needle().is_none_or(|needle| memchr::memmem::find(LINE.as_bytes(), &needle).is_some());
        assert!(hit || !query.wants(LINE.as_bytes()), "{query:?} would miss what it asks for");
        hit && query.wants(LINE.as_bytes())
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn each_condition_lets_its_lines_through_and_no_others() {
        assert!(wants(|_| {}));
        for (object, hit) in
            [("4711", true), ("id=4711", true), ("3", true), ("471", false), ("711", false), ("ward=4", false)]
        {
            assert_eq!(wants(|q| q.object = text(object)), hit, "{object}");
        }
        for (user, hit) in [("o\"neil", true), ("neil", false), ("O\"NEIL", false)] {
            assert_eq!(wants(|q| q.user = text(user)), hit, "{user}");
        }
        for (status, hit) in [((404, 404), true), ((400, 499), true), ((200, 200), false)] {
            assert_eq!(wants(|q| q.status = Some(status)), hit);
        }
        for (net, hit) in [("10.1.0.0/16", true), ("10.1.2.3/32", true), ("10.1.2.4/32", false)] {
            assert_eq!(wants(|q| q.client = net.parse().ok()), hit, "{net}");
        }
        assert!(wants(|q| q.kind = text("access")) && !wants(|q| q.kind = text("decision")));
        assert!(!wants(|q| q.event = text("code_sent")) && !wants(|q| q.route = text("other")));
    }

    #[test]
    fn the_end_of_a_time_is_outside_and_its_beginning_inside() {
        let at = "2026-03-04T05:06:07.008Z";
        assert!(wants(|q| q.from = text(at)) && !wants(|q| q.until = text(at)));
        assert!(wants(|q| q.until = text("2026-03-04T05:06:07.009Z")));
        assert!(!wants(|q| q.from = text("2026-03-04T05:06:07.009Z")));
    }
}
