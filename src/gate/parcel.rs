//! A message as it is handed over.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::challenge::Challenge;
use crate::domain::code::Code;
use crate::domain::contact::Contact;
use crate::domain::path::RequestPath;
use crate::domain::route::Need;

use super::Gate;
use super::seams::Parcel;

impl Gate {
    /// The latest message of a challenge.
    pub(super) fn parcel(&self, challenge: &Challenge, contact: Contact, code: Code, life: Duration) -> Parcel {
        Parcel {
            challenge: challenge.id.clone(),
            send: challenge.sends,
            contact,
            locale: challenge.locale,
            scope: challenge.scope.clone(),
            route: self.route_to(&challenge.scope, &challenge.return_to),
            code,
            life,
            notice: None,
        }
    }

    /// The route that a message belongs to, for its words and its allowance: the first for this scope that takes the page
    /// people return to. Whence and by which host they came does not count, so that every message of a challenge says the
    /// same.
    pub(super) fn route_to(&self, scope: &str, return_to: &str) -> Option<Arc<str>> {
        let path = return_to.split(['?', '#']).next().unwrap_or_default();
        let path = RequestPath::read(path.as_bytes()).ok()?;
        let mut routes = self.settings.routes.routes();
        let route = routes.find(|route| {
            let guards = matches!(&route.need, Need::Otp(own) if *own.name == *scope);
            guards && route.matches_method("GET") && route.matches_path(&path)
        });
        route.map(|route| route.name.clone())
    }
}
