//! Scopes that nothing but a passkey opens: whether this site can have any, and whether anybody can enrol one.

use crate::identity::passkey::site_of;

use super::diagnostic::{Code, Diagnostic};
use super::reader::Reader;
use super::sections::scope::Scopes;
use super::sections::top::Top;

/// Refuses what no browser would do, and warns where everybody who has no passkey yet stays out.
pub fn check(reader: &Reader<'_>, top: Option<&Top>, scopes: &Scopes) {
    let known: Vec<_> = scopes.values().filter_map(|placed| Some((placed.value.as_ref()?, placed.place))).collect();
    let strict: Vec<_> = known.iter().filter(|(scope, _)| scope.resists_phishing()).collect();
    let Some((first, place)) = strict.first() else { return };
    if let Some(Err(fault)) = top.map(|top| site_of(&top.public.value.text)) {
        for (scope, place) in &strict {
            let message = format!("nothing but a passkey opens `{}`, and this site can have none: {fault}", scope.name);
            let told = Diagnostic::new(Code::NoPasskeys, *place, message);
            reader.tell(told.help("give `public_url` a host name and https, or let the scope take other factors"));
        }
    }
    if strict.len() == scopes.len() {
        let message =
            format!("nothing but a passkey opens `{}`, and nobody can enrol one before they are in", first.name);
        let told = Diagnostic::new(Code::NobodyEnrols, *place, message);
        reader.tell(told.help("add a scope that opens otherwise; who is in there adds a passkey at `me/passkeys`"));
    }
}
