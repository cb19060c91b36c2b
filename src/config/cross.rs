//! What concerns several sections: names that must be defined, hosts that must be served, routes that never match.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::factor::Factor;
use crate::domain::pattern::PathPattern;
use crate::domain::route::{Need, Route};
use crate::domain::scope::Scope;
use crate::telemetry::alerts::{Alert, Topic};

use super::around_forms;
use super::diagnostic::{Code, Diagnostic, nearest};
use super::reader::{Placed, Reader, Spot};
use super::section::Section;
use super::sections::route::{Draft, Require, title};
use super::sections::scope::Scopes;
use super::sections::top::{Top, Users};
use super::sections::upstream::Upstreams;
use super::source::Place;

/// What routes are checked against.
pub struct Around<'a> {
    pub reader: &'a Reader<'a>,
    /// Where routes stand, or would.
    pub spot: Spot,
    /// `None` where the top could not be read.
    pub top: Option<&'a Top>,
    pub scopes: &'a Scopes,
    pub upstreams: &'a Upstreams,
}

impl Around<'_> {
    /// The routes with their names looked up. One that is wrong is left out, and told.
    pub fn routes(&self, drafts: &[Draft]) -> Vec<Arc<Route>> {
        self.refuse_same_names(drafts);
        let found: Vec<_> = drafts.iter().enumerate().map(|(index, draft)| self.route(draft, index)).collect();
        self.warn_of_shadows(drafts, &found);
        self.warn_of_unused(drafts);
        around_forms::warn(self.reader, drafts, &found);
        found.into_iter().flatten().collect()
    }

    fn tell(&self, diagnostic: Diagnostic) {
        self.reader.tell(diagnostic);
    }

    fn route(&self, draft: &Draft, index: usize) -> Option<Arc<Route>> {
        self.refuse_unserved(draft);
        let require = draft.require.as_ref();
        let scope = self.scope(draft);
        let upstream = self.upstream(draft);
        let need = match require?.value {
            Require::Open => Need::Open,
            Require::Deny => Need::Deny,
            Require::Otp => Need::Otp(scope?),
        };
        let upstream = if need == Need::Deny { None } else { Some(upstream?) };
        let paths = upstream.as_ref().and_then(|name| self.upstreams.get(name.as_ref())?.value.as_ref());
        let allow = draft.paths.over(paths.map(|upstream| upstream.paths));
        let route = Route {
            name: title(draft.name.as_ref(), index),
            hosts: draft.hosts.iter().map(|host| host.value.clone()).collect(),
            path: draft.path.as_ref()?.value.clone(),
            methods: draft.methods.iter().map(|method| method.value.clone()).collect(),
            from: draft.from.clone(),
            need,
            upstream,
            object: draft.object.clone(),
            end_on: draft.end_on.iter().map(|ending| ending.value.clone()).collect(),
            form: draft.form.as_ref().map(|form| Arc::new(form.form.value.clone())),
            bounds: draft.bounds,
            allow,
        };
        draft.sound.then(|| Arc::new(route))
    }

    fn scope(&self, draft: &Draft) -> Option<Arc<crate::domain::scope::Scope>> {
        let require = draft.require.as_ref().filter(|require| require.value == Require::Otp)?;
        let Some(named) = &draft.scope else {
            if !draft.sound {
                return None;
            }
            let told = Diagnostic::new(Code::MissingKey, require.place, "a route that requires a code needs a `scope`");
            let example = self.scopes.keys().next().map_or("records", String::as_str);
            let told = told.help(format!("add `scope = \"{example}\"`"));
            self.reader.lack(("route.scope".to_owned(), draft.place), told);
            return None;
        };
        match self.scopes.get(&named.value) {
            Some(scope) => scope.value.clone(),
            None => self.undefined("scope", named, self.scopes.keys()),
        }
    }

    fn upstream(&self, draft: &Draft) -> Option<Arc<str>> {
        let broken = draft.upstream.is_none() && !draft.sound;
        if broken || draft.require.as_ref().is_none_or(|require| require.value == Require::Deny) {
            return None;
        }
        match (&draft.upstream, self.upstreams.len()) {
            (Some(named), _) => match self.upstreams.get_key_value(&named.value) {
                Some((name, upstream)) => upstream.value.as_ref().map(|_| name.as_str().into()),
                None => self.undefined("upstream", named, self.upstreams.keys()),
            },
            (None, 1) => {
                let (name, upstream) = self.upstreams.first_key_value()?;
                upstream.value.as_ref().map(|_| name.as_str().into())
            }
            (None, count) => {
                let message = match count {
                    0 => "there is no upstream to forward to",
                    _ => "the route does not say which upstream it goes to",
                };
                let names = self.upstreams.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let help = match count {
                    0 => "add [upstream.app] with `url = \"http://127.0.0.1:8042\"`".to_owned(),
                    _ => format!("add `upstream`, one of {names}"),
                };
                let told = Diagnostic::new(Code::MissingKey, draft.place, message).help(help);
                self.reader.lack(("route.upstream".to_owned(), draft.place), told);
                None
            }
        }
    }

    fn undefined<'n, T>(
        &self,
        kind: &str,
        named: &Placed<String>,
        names: impl Iterator<Item = &'n String>,
    ) -> Option<T> {
        let name = &named.value;
        let told = Diagnostic::new(Code::Undefined, named.place, format!("the {kind} `{name}` is not defined"))
            .nearest(name, names.map(String::as_str));
        let told = match told.nearest.clone() {
            Some(near) => told.expected(format!("did you mean `{near}`?")),
            None => told.help(format!("add [{kind}.{name}]")),
        };
        self.tell(told);
        None
    }

    fn refuse_same_names(&self, drafts: &[Draft]) {
        let names: Vec<_> = drafts.iter().filter_map(|draft| draft.name.as_ref()).collect();
        for (index, later) in names.iter().enumerate() {
            if let Some(first) = names[..index].iter().find(|first| first.value == later.value) {
                let told = Diagnostic::new(Code::SameName, later.place, "two routes have one name");
                self.tell(told.related(first.place, "first here"));
            }
        }
    }

    /// A host or a method that never gets in makes a rule that never counts, which nobody means.
    fn refuse_unserved(&self, draft: &Draft) {
        let Some(top) = self.top.filter(|top| top.sound) else { return };
        for host in &draft.hosts {
            let covers = |served: &String| match host.value.strip_prefix('*') {
                Some(end) => served.len() > end.len() && served.ends_with(end),
                None => *served == host.value,
            };
            if !top.hosts.iter().any(covers) {
                let told = Diagnostic::new(Code::NeverServed, host.place, format!("`{}` is never served", host.value))
                    .nearest(&host.value, top.hosts.iter().map(String::as_str));
                let served = format!("served are {}; add others to `hosts` at the top", top.hosts.join(", "));
                self.tell(match told.nearest.clone() {
                    Some(near) => told.expected(format!("did you mean `{near}`?")).help(served),
                    None => told.help(served),
                });
            }
        }
        for method in draft.methods.iter().filter(|method| !top.methods.contains(&method.value)) {
            let told = Diagnostic::new(Code::NeverServed, method.place, format!("`{}` is never let in", method.value));
            self.tell(told.help("add it to `methods` at the top"));
        }
    }

    fn warn_of_shadows(&self, drafts: &[Draft], found: &[Option<Arc<Route>>]) {
        let reserved = self.top.and_then(|top| PathPattern::parse(&format!("{}**", top.prefix)).ok());
        for (index, later) in found.iter().enumerate() {
            let (Some(later), Some(path)) = (later, &drafts[index].path) else { continue };
            let shadow = |message: String| Diagnostic::new(Code::Shadowed, path.place, message);
            if reserved.as_ref().is_some_and(|reserved| reserved.covers(&later.path)) {
                let message = format!("`{}` never matches: the gate itself answers there", later.name);
                self.tell(shadow(message).help("`prefix` at the top says where"));
                continue;
            }
            let takes_all = |first: &&Option<Arc<Route>>| first.as_ref().is_some_and(|first| first.shadows(later));
            if let Some(at) = found[..index].iter().position(|first| takes_all(&first)) {
                let message = format!("`{}` never matches: an earlier route takes every request of it", later.name);
                let first = drafts[at].path.as_ref().map_or(drafts[at].place, |path| path.place);
                let told = shadow(message).related(first, "taken here");
                self.tell(told.help("the first route that matches decides; put the narrower one first"));
            }
        }
    }

    /// Silent where a route names none although it should: it may be the one, and that it names none was told.
    fn warn_of_unused(&self, drafts: &[Draft]) {
        let lacks = |pick: fn(&Draft) -> &Option<Placed<String>>, needs: fn(Require) -> bool| {
            drafts.iter().any(|draft| pick(draft).is_none() && draft.require.as_ref().is_none_or(|r| needs(r.value)))
        };
        let unused = |kind: &str, name: &str, place: Place| {
            let told = Diagnostic::new(Code::Unused, place, format!("no route uses the {kind} `{name}`"));
            self.reader.lack(self.spot.clone(), told);
        };
        if !lacks(|draft| &draft.scope, |require| require == Require::Otp) {
            let used = used(drafts, |draft| &draft.scope, self.scopes.keys());
            let whole = self.scopes.iter().filter(|(_, scope)| scope.value.is_some());
            whole.filter(|(name, _)| !used.contains(*name)).for_each(|(name, s)| unused("scope", name, s.place));
        }
        if !lacks(|draft| &draft.upstream, |require| require != Require::Deny) {
            let used = used(drafts, |draft| &draft.upstream, self.upstreams.keys());
            let whole = self.upstreams.iter().filter(|(_, upstream)| upstream.value.is_some());
            whole.filter(|(name, _)| !used.contains(*name)).for_each(|(name, u)| unused("upstream", name, u.place));
        }
    }
}

/// Names that routes use, or mean where they misspell them.
fn used<'n>(
    drafts: &'n [Draft],
    pick: fn(&Draft) -> &Option<Placed<String>>,
    defined: impl Iterator<Item = &'n String> + Clone,
) -> BTreeSet<String> {
    let named = drafts.iter().filter_map(|draft| pick(draft).as_ref()).map(|named| &named.value);
    let meant = |name: &String| match defined.clone().any(|known| known == name) {
        true => Some(name.clone()),
        false => nearest(name, defined.clone().map(String::as_str)),
    };
    named.filter_map(meant).collect()
}

/// Where the application signs people in by itself, its session outlives ours at a shared computer: the next person proves
/// who they are to us, and meets the account of the one before.
pub fn unbound(reader: &Reader<'_>, drafts: &[Draft], upstreams: &Upstreams) {
    for (name, placed) in upstreams {
        let goes_there = |draft: &&Draft| match &draft.upstream {
            Some(named) => named.value == *name,
            None => upstreams.len() == 1,
        };
        let otp = |draft: &Draft| draft.require.as_ref().is_some_and(|require| require.value == Require::Otp);
        let own = placed.value.as_ref().is_some_and(|upstream| upstream.own_login);
        let guarded = drafts.iter().filter(goes_there).any(otp);
        if own && guarded && drafts.iter().filter(goes_there).all(|draft| draft.end_on.is_empty()) {
            let message = format!("`{name}` has a login of its own, and no route names its logout");
            let help = "at a shared computer the next person would meet, in the application, the session of the one before; \
                        name its logout with `end_on`, or let it go by the identity headers if it can";
            reader.tell(Diagnostic::new(Code::Unbound, placed.place, message).help(help));
        }
    }
}

/// Servers that only ask tell us of no request that the application itself answers, so a logout there ends nothing here.
pub fn endings(top: &Section<'_>, drafts: &[Draft]) {
    if top.entry("decision").is_none() {
        return;
    }
    for ending in drafts.iter().flat_map(|draft| &draft.end_on) {
        let message = "servers that only ask (`[decision]`) never end a pass by this";
        let help = "it ends passes where requests go through this gateway; elsewhere let the application's logout page send \
                    `POST /.sekisho/logout`";
        top.reader.tell(Diagnostic::new(Code::NeverEnds, ending.place, message).help(help));
    }
}

/// Warns of scopes that a code alone opens, and refuses codes that nobody sends.
pub fn factors(
    reader: &Reader<'_>,
    drafts: &[Draft],
    scopes: &Scopes,
    users: Option<&Users>,
    no_provider: Option<Spot>,
) {
    let otp = |draft: &&Draft| draft.require.as_ref().is_some_and(|require| require.value == Require::Otp);
    let guarded: Vec<_> = drafts.iter().filter(otp).collect();
    if guarded.is_empty() {
        return;
    }
    let scope = |draft: &&Draft| scopes.get(&draft.scope.as_ref()?.value)?.value.as_ref();
    let sends = guarded.iter().find(|draft| scope(draft).is_none_or(|scope| scope.takes(Factor::Code)));
    if let (Some(spot), Some(require)) = (no_provider, sends.and_then(|draft| draft.require.as_ref())) {
        let told = Diagnostic::new(Code::NoProvider, require.place, "a code is asked for, and nobody would send it");
        reader.lack(spot, told.help("add [[sms.provider]]; `kind = \"console\"` prints codes, for trying"));
    }
    if let Some(place) = users.and_then(|users| users.without) {
        let scopes: BTreeSet<_> =
            guarded.iter().filter_map(|draft| draft.scope.as_ref()).map(|s| s.value.as_str()).collect();
        let scopes = scopes.into_iter().collect::<Vec<_>>().join(", ");
        let told = Diagnostic::new(Code::OneFactor, place, format!("a code alone opens {scopes}"));
        reader.tell(told.help("whoever holds or redirects the phone is in; `password = true` adds a first factor"));
    }
}

/// Warns where emergency access opens in silence. `alerts` is `None` where they are wrong, which was told.
pub fn emergencies(top: &Section<'_>, scopes: &Scopes, alerts: Option<&[Alert]>) {
    let hears = |alert: &Alert| alert.on.is_empty() || alert.on.contains(&Topic::Emergency);
    if alerts.is_none_or(|alerts| alerts.iter().any(hears)) {
        return;
    }
    let open = |(_, scope): &(&String, &Placed<Option<Arc<Scope>>>)| {
        scope.value.as_ref().is_some_and(|scope| scope.emergency.is_some())
    };
    for (name, scope) in scopes.iter().filter(open) {
        let message = format!("nobody is told at once when emergency access to `{name}` is opened");
        let told = Diagnostic::new(Code::NobodyTold, scope.place, message);
        top.reader.lack(top.spot("alert"), told.help("add [[alert]] with `on = [\"emergency\"]`"));
    }
}
