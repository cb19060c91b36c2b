//! `sekisho explain`: what a request would meet, rule by rule, and why. Sends nothing and changes nothing.

mod path;
mod request;

/// What becomes of a request to a route with a form of the application's own.
fn as_form(form: &AppForm, scope: &str) -> String {
    let whose = match &form.field {
        Field::Form(name) => format!("form field `{name}`"),
        Field::Json(steps) => format!("JSON at `/{}`", steps.join("/")),
    };
    match form.kind {
        Kind::Login(_) => format!(
            "forwarded; where the {whose} names a user and the application accepts the password, its answer is withheld until \
             a code is right, which opens scope `{scope}` too"
        ),
        Kind::Reset => {
            format!("forwarded; where the {whose} names a user, held until a code for scope `{scope}` is right")
        }
    }
}

#[cfg(test)]
mod tests;
mod user;

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::config::{self, Config};
use crate::domain::app_form::{AppForm, Field, Kind};
use crate::domain::path::{CanonicalPath, PathFault, RequestPath, Share};
use crate::domain::refusal::Refusal;
use crate::domain::route::{Facts, Hit, Need, Route, RouteTable};
use crate::domain::user::User;
use crate::identity;

use super::check::{Format, tell};
use request::Asked;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The configuration to go by.
    #[arg(long, value_name = "FILE", default_value = "/etc/sekisho/sekisho.toml")]
    pub config: PathBuf,
    /// As in the request line: GET, POST, …
    pub method: String,
    /// Whole, or a path of the site that `public_url` names.
    pub url: String,
    /// What this user of the directory would get.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The address that the request comes from.
    #[arg(long, value_name = "ADDR")]
    pub from: Option<IpAddr>,
}

/// What other rooms know and this command shows.
pub struct Knowledge<'a> {
    /// The user of that name in the built-in directory, which is opened to be read only.
    pub lookup: &'a dyn Fn(&identity::Settings, &str) -> anyhow::Result<Option<User>>,
    /// The status that a refusal is answered with.
    pub status: &'a dyn Fn(&Refusal) -> u16,
}

/// Why nothing could be explained, or not all of it.
enum Fault {
    Usage(String),
    Failed(String),
    Write(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Write(error)
    }
}

/// Exit code: 0 explained, whatever the request would meet; 1 the configuration is invalid or the directory cannot be
/// read; 2 this is no request.
pub fn explain(args: &ExplainArgs, knowledge: &Knowledge<'_>, styled: bool, out: &mut dyn Write) -> i32 {
    let loaded = config::load(&args.config);
    let Some(config) = &loaded.config else {
        // Invalid is 1, and so is a reader who went away.
        tell(&loaded, Format::Human, styled, out).ok();
        return 1;
    };
    let explanation = Explanation { config, args, knowledge, out: &mut *out };
    let (code, told) = match explanation.write() {
        Ok(()) => (0, Ok(())),
        Err(Fault::Usage(reason)) => (2, writeln!(out, "sekisho: {reason}")),
        Err(Fault::Failed(reason)) => (1, writeln!(out, "sekisho: {reason}")),
        Err(Fault::Write(error)) => (1, Err(error)),
    };
    if told.is_err() { 1 } else { code }
}

struct Explanation<'a> {
    config: &'a Config,
    args: &'a ExplainArgs,
    knowledge: &'a Knowledge<'a>,
    out: &'a mut dyn Write,
}

impl Explanation<'_> {
    /// Judges in the order in which the gate does.
    fn write(mut self) -> Result<(), Fault> {
        let gate = &self.config.gate;
        let asked = Asked::read(&self.args.method, &self.args.url, &gate.public_url).map_err(Fault::Usage)?;
        writeln!(self.out, "{} {}\n", asked.method, asked.shown())?;
        if !self.config.proxy.methods.contains(&asked.method) {
            return self.refused(&Refusal::Method, &format!("`methods` does not let {} in", asked.method));
        }
        let Some(host) = asked.host() else {
            return self.refused(&Refusal::Malformed("the host is not valid"), "the host is not valid");
        };
        self.line("host", &host)?;
        let path = match RequestPath::read(asked.target.as_bytes()) {
            Ok(path) => path,
            Err(fault) => return self.refused(&Refusal::Path(fault), &fault.to_string()),
        };
        // An address of no network of anybody's: the unspecified one.
        let client = self.args.from.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let facts = Facts { method: &asked.method, host: &host, path: &path, client };
        let table = self.table();
        let found = table.find(&facts);
        self.path(&facts, &found)?;
        match self.args.from {
            Some(client) => self.line("client", &client.to_string())?,
            None => {
                self.line("client", "not given (--from), so taken to be in none of the networks that routes name")?
            }
        }
        if !gate.hosts.contains(&host) {
            return self.refused(&Refusal::UnknownHost, &format!("served are {}", gate.hosts.join(", ")));
        }
        let prefix = gate.prefix.as_str();
        let reserved =
            |path: &CanonicalPath| path.as_str().starts_with(prefix) || prefix.strip_suffix('/') == Some(path.as_str());
        let share = path.share(reserved);
        if (share, path.leave().fault()) == (Share::All, None) {
            return Ok(self.line("answer", &format!("the gate's own: it keeps {prefix} for itself"))?);
        }
        if share != Share::None {
            let fault = path.leave().fault().unwrap_or(PathFault::Divided);
            return self.refused(&Refusal::Path(fault), &format!("{fault}, and the gate keeps {prefix} for itself"));
        }
        self.rules(&facts, found.as_ref().ok().and_then(Option::as_ref).map(|hit| hit.route))?;
        match found {
            Ok(Some(hit)) => self.answer(&hit, &facts),
            Ok(None) => self.refused(&Refusal::NoRoute, "no route matches"),
            Err(fault) => self.refused(&Refusal::Path(fault), &path::why(&table, &facts, fault)),
        }
    }

    /// The routes that may decide: those of certain networks only if it is known where the request comes from.
    fn table(&self) -> RouteTable {
        let routes = self.config.gate.routes.routes().filter(|route| self.args.from.is_some() || route.from.is_empty());
        RouteTable::new(routes.cloned().collect())
    }

    fn line(&mut self, name: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "{name:<9}{text}")
    }

    fn refused(&mut self, refusal: &Refusal, why: &str) -> Result<(), Fault> {
        let status = (self.knowledge.status)(refusal);
        Ok(self.line("answer", &format!("refused with {status}: {why}"))?)
    }

    /// Each rule with its conditions, down to the one that decides.
    fn rules(&mut self, facts: &Facts<'_>, decides: Option<&Arc<Route>>) -> io::Result<()> {
        writeln!(self.out)?;
        let routes = &self.config.gate.routes;
        let width = routes.routes().map(|route| route.name.chars().count()).max().unwrap_or(0);
        let hit = routes.routes().position(|route| decides.is_some_and(|hit| Arc::ptr_eq(hit, route)));
        for (index, route) in routes.routes().enumerate() {
            let verdict = match hit {
                Some(at) if index > at => "not looked at".to_owned(),
                _ => self.conditions(route, facts),
            };
            let decides = if hit == Some(index) { "  <- decides" } else { "" };
            writeln!(self.out, "{:>3}  {:<width$}  {verdict}{decides}", index + 1, route.name)?;
        }
        writeln!(self.out)
    }

    fn conditions(&self, route: &Route, facts: &Facts<'_>) -> String {
        let verdict = |hit: bool| if hit { "hit" } else { "miss" };
        let mut all = vec![format!("path {} {}", route.path.as_str(), verdict(route.matches_path(facts.path)))];
        if !route.hosts.is_empty() {
            all.push(format!("host {} {}", route.hosts.join(" "), verdict(route.matches_host(facts.host))));
        }
        if !route.methods.is_empty() {
            all.push(format!("method {} {}", route.methods.join(" "), verdict(route.matches_method(facts.method))));
        }
        if !route.from.is_empty() {
            let networks: Vec<_> = route.from.iter().map(ToString::to_string).collect();
            let inside = self.args.from.is_some_and(|client| route.from.iter().any(|net| net.contains(&client)));
            all.push(format!("from {} {}", networks.join(" "), verdict(inside)));
        }
        all.join(", ")
    }

    fn answer(&mut self, hit: &Hit<'_>, facts: &Facts<'_>) -> Result<(), Fault> {
        let route = hit.route;
        let require = match &route.need {
            Need::Deny => "deny",
            Need::Open => "open",
            Need::Otp(_) => "otp",
        };
        self.line("require", require)?;
        let scope = match &route.need {
            Need::Deny => return self.refused(&Refusal::Denied, &format!("`{}` says deny", route.name)),
            Need::Open => {
                self.line("answer", "forwarded, whoever asks; the upstream is told of nobody")?;
                self.destination(route)?;
                return Ok(());
            }
            Need::Otp(scope) => scope,
        };
        if let Some(form) = &route.form {
            self.line("answer", &as_form(form, &scope.name))?;
            return Ok(self.destination(route)?);
        }
        let age = humantime::format_duration(scope.max_age);
        let idle = scope.idle.map(|idle| format!(" and used within {}", humantime::format_duration(idle)));
        let pass = format!("a pass for scope `{}`, confirmed within {age}{}", scope.name, idle.unwrap_or_default());
        self.line("answer", &format!("forwarded with {pass}"))?;
        let without = match facts.method {
            "GET" | "HEAD" => "303 to the challenge for a browser, 401 for a program",
            _ => "401; a browser is told that the form was not sent, and how to get back to it",
        };
        self.line("without", without)?;
        self.destination(route)?;
        if let Some(rules) = scope.emergency {
            let codes = if rules.second_person { "two printed codes of two people" } else { "a printed code" };
            let life = humantime::format_duration(rules.life);
            self.line(
                "emergency",
                &format!(" {codes}, a name and a reason open it for {life}, whatever else is down"),
            )?;
        }
        let names = &self.config.proxy.headers;
        self.line("headers", &format!("{}, {}, {}, {}", names.user, names.groups, names.email, names.name))?;
        if let Some(record) = route.object_of(&hit.path) {
            self.line("record", &record)?;
        }
        match &self.args.user {
            Some(name) => self.user(name, scope),
            None => Ok(()),
        }
    }

    fn destination(&mut self, route: &Route) -> io::Result<()> {
        let Some(name) = &route.upstream else { return Ok(()) };
        let Some(upstream) = self.config.proxy.upstreams.get(name.as_ref()) else { return Ok(()) };
        let servers = upstream.servers.iter().map(|s| format!("{}://{}:{}", s.scheme(), s.host, s.port));
        self.line("upstream", &format!("{name}, {}", servers.collect::<Vec<_>>().join(", ")))?;
        let body = route.bounds.body.map(|bytes| format!("a body of at most {bytes} bytes"));
        let silence =
            route.bounds.silence.map(|span| format!("silent for at most {}", humantime::format_duration(span)));
        let bounds: Vec<_> = body.into_iter().chain(silence).collect();
        if bounds.is_empty() { Ok(()) } else { self.line("bounds", &bounds.join(", ")) }
    }
}
