//! What other routes mean for a form of the application's own: ways around the code, and passes that outlive their user.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::app_form::Kind;
use crate::domain::route::{Need, Route};

use super::diagnostic::{Code, Diagnostic};
use super::reader::Reader;
use super::sections::route::Draft;

/// Warns of routes that take away what a login's or a reset's code is for.
pub fn warn(reader: &Reader<'_>, drafts: &[Draft], routes: &[Option<Arc<Route>>]) {
    let both = || drafts.iter().zip(routes).filter_map(|(draft, route)| Some((draft, route.as_ref()?)));
    let others = |form: &Route| {
        let upstream = form.upstream.clone();
        both().filter(move |(_, other)| other.upstream == upstream && other.form.is_none())
    };
    for (draft, route) in both() {
        let (Some(form), Some(own)) = (&route.form, &draft.form) else { continue };
        let place = own.form.place;
        let scope = |need: &Need| if let Need::Otp(scope) = need { Some(scope.name.clone()) } else { None };
        let same_scope = |other: &Route| scope(&other.need) == scope(&route.need);
        match &form.kind {
            Kind::Login(_) => {
                let around = others(route).filter(|(_, r)| r.need == Need::Open && r.path.covers(&route.path));
                for (other, open) in around {
                    let message = format!("`{}` forwards to the same application without a code", open.name);
                    let at = other.path.as_ref().map_or(other.place, |path| path.place);
                    let told = Diagnostic::new(Code::GoesAround, place, message).related(at, "there");
                    reader.tell(told.help(
                        "an application that takes passwords at other addresses, or keeps its session's name over a login, \
                         is open by it; `require = \"otp\"` with the same scope closes it",
                    ));
                }
                let guarded = others(route).any(|(_, other)| same_scope(other));
                let ends = both().any(|(_, other)| other.upstream == route.upstream && !other.end_on.is_empty());
                if guarded && !ends {
                    let message =
                        "whoever signs out of the application keeps the pass, and the next one to sign in uses it";
                    let told = Diagnostic::new(Code::Outlives, place, message);
                    reader.tell(told.help("name the application's logout by `end_on` in the route that forwards it"));
                }
            }
            Kind::Reset => {
                let opened = both().find(|(_, other)| other.form.is_none() && same_scope(other));
                if let Some((other, opened)) = opened {
                    let message = format!("a code that a name alone asks for opens `{}` as well", opened.name);
                    let at = other.path.as_ref().map_or(other.place, |path| path.place);
                    let told = Diagnostic::new(Code::ResetOpens, place, message).related(at, "opened");
                    reader.tell(told.help("give the reset a scope of its own"));
                }
            }
        }
    }
}

/// The login page of each scope that has one.
pub fn pages(drafts: &[Draft]) -> BTreeMap<String, String> {
    let page = |draft: &Draft| Some((draft.scope.as_ref()?.value.clone(), draft.form.as_ref()?.page.clone()?));
    // The first one counts.
    drafts.iter().rev().filter_map(page).collect()
}
