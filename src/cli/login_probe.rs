//! `sekisho login-probe`: shows what an application answers to a wrong and to a right password, and proposes the `login` of
//! its route. Nothing but that URL, and where its form leads on the same site, is asked.

mod page;
mod proposal;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use clap::Args;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, REFERER, SET_COOKIE};
use http::{Method, Request, Response};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::app::world::SystemWorld;
use crate::domain::secret::Secret;
use crate::gate::seal;
use crate::gate::seams::{World, random16};
use crate::net::Door;

use page::Form;

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// Redirects on the way to the form.
const MOST_REDIRECTS: usize = 5;

#[derive(Args)]
pub struct LoginProbeArgs {
    /// The page with the login form; with --json, where the login is sent
    #[arg(value_parser = address)]
    url: Url,
    /// The field that holds the user's name
    #[arg(long, value_name = "NAME", default_value = "username")]
    field: String,
    /// The field that holds the password
    #[arg(long, value_name = "NAME", default_value = "password")]
    password_field: String,
    /// Somebody whose password you know
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Read the password from this file's first line, instead of asking for it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The login is a JSON object with the two fields
    #[arg(long)]
    json: bool,
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| e.to_string())?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("expected an address that begins with http:// or https://".to_owned()),
    }
}

/// What was sent and what came back.
pub struct Tried {
    pub status: u16,
    pub location: Option<String>,
    /// Cookies that it sets, by name, and whether the browser had one of that name before.
    pub cookies: BTreeMap<String, bool>,
    /// Those among them that it takes away.
    pub removed: Vec<String>,
    pub body: String,
}

/// 0 when a pattern was found that tells the two apart.
pub fn main(args: &LoginProbeArgs, out: &mut dyn Write) -> Result<i32> {
    let password = password(args)?;
    let door = Door::new(None).context("preparing outbound HTTP")?;
    let wrong = Secret::new(seal::text(&random16(&SystemWorld::default() as &dyn World)));
    // First the wrong one: after the right one an application may remember us.
    let wrong = super::wait_for(attempt(&door, args, &wrong)).context("a wrong password")?;
    let right = super::wait_for(attempt(&door, args, &password)).context("the right password")?;
    show(out, "a wrong password", &wrong)?;
    show(out, "the right password", &right)?;
    let Some(success) = proposal::success(&wrong, &right) else {
        writeln!(out, "Nothing tells the two answers apart. Was the password right?")?;
        return Ok(1);
    };
    let field = if args.json { format!("json = \"/{}\"", args.field) } else { format!("form = {}", toml(&args.field)) };
    writeln!(out, "login = {{ {field}, success = {{ {} }} }}", success.join(", "))?;
    if right.cookies.values().all(|before| *before) {
        writeln!(out)?;
        writeln!(
            out,
            "Mind: the right password set no cookie of a new name, so the application may know its user by one that"
        )?;
        writeln!(
            out,
            "the browser had before. Then only a pass keeps it closed: give its other routes `require = \"otp\"`"
        )?;
        writeln!(out, "with the same scope.")?;
    }
    Ok(0)
}

fn password(args: &LoginProbeArgs) -> Result<Secret<String>> {
    let Some(file) = &args.password_file else {
        return super::user::ask(&format!("Password of {}", args.user)).context("or use --password-file");
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("{} begins with an empty line", file.display());
    }
    Ok(Secret::new(line.to_owned()))
}

/// One login, as a browser without any cookie makes it.
async fn attempt(door: &Door, args: &LoginProbeArgs, password: &Secret<String>) -> Result<Tried> {
    let mut jar = BTreeMap::new();
    let (url, kind, body) = match args.json {
        true => {
            let body = json!({ args.field.as_str(): args.user, args.password_field.as_str(): password.expose() });
            (args.url.clone(), "application/json", body.to_string())
        }
        false => {
            let (url, form) = form(door, args, &mut jar).await?;
            let mut fields = form.fields;
            fields.retain(|(name, _)| *name != args.field && *name != args.password_field);
            fields.push((args.field.clone(), args.user.clone()));
            fields.push((args.password_field.clone(), password.expose().clone()));
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            (url, "application/x-www-form-urlencoded", body)
        }
    };
    let request = ask(Method::POST, &url, &jar)
        .header(CONTENT_TYPE, kind)
        .header(ORIGIN, url.origin().ascii_serialization())
        .header(REFERER, args.url.as_str())
        .body(Bytes::from(body))?;
    let before = jar.clone();
    let answer = door.send(request, DEADLINE).await?;
    let set = keep(&mut jar, &answer);
    let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (removed, set): (Vec<_>, Vec<_>) = set.into_iter().partition(|(_, kept)| !kept);
    Ok(Tried {
        status: answer.status().as_u16(),
        location: text(LOCATION),
        cookies: set.into_iter().map(|(name, _)| (name.clone(), before.contains_key(&name))).collect(),
        removed: removed.into_iter().map(|(name, _)| name).collect(),
        body: String::from_utf8_lossy(answer.body()).into_owned(),
    })
}

/// The page's form that has the field, and where it is sent.
async fn form(door: &Door, args: &LoginProbeArgs, jar: &mut BTreeMap<String, String>) -> Result<(Url, Form)> {
    let mut url = args.url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let answer = door.send(ask(Method::GET, &url, jar).body(Bytes::new())?, DEADLINE).await?;
        keep(jar, &answer);
        if let Some(location) = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection()) {
            let next = url.join(location.to_str()?)?;
            if next.origin() != url.origin() {
                bail!("{url} leads to another site: {next}");
            }
            url = next;
            continue;
        }
        let page = String::from_utf8_lossy(answer.body());
        let form = page::form(&page, &args.field).ok_or_else(|| {
            anyhow!("no form at {url} (status {}) has a field `{}`", answer.status().as_u16(), args.field)
        })?;
        let action = url.join(&form.action)?;
        if action.origin() != url.origin() {
            bail!("the form at {url} is sent to another site: {action}");
        }
        return Ok((action, form));
    }
    bail!("{} leads from one page to the next without end", args.url)
}

fn ask(method: Method, url: &Url, jar: &BTreeMap<String, String>) -> http::request::Builder {
    let request = Request::builder().method(method).uri(url.as_str()).header("accept", "text/html,*/*;q=0.8");
    match jar.is_empty() {
        true => request,
        false => {
            let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.header(COOKIE, pairs.join("; "))
        }
    }
}

/// Takes in the cookies of an answer; which it named, and whether it set or removed them.
fn keep(jar: &mut BTreeMap<String, String>, answer: &Response<Bytes>) -> Vec<(String, bool)> {
    let lines = answer.headers().get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut named = Vec::new();
    for line in lines {
        let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        let lower = line.to_ascii_lowercase();
        let over = lower
            .split(';')
            .any(|part| matches!(part.trim(), "max-age=0") || part.contains(" 1970 ") || part.contains("-1970 "));
        let kept = !over && !matches!(value.trim_matches('"'), "" | "deleted");
        match kept {
            true => jar.insert(name.clone(), value),
            false => jar.remove(&name),
        };
        named.push((name, kept));
    }
    named
}

fn show(out: &mut dyn Write, what: &str, tried: &Tried) -> Result<()> {
    writeln!(out, "{what}")?;
    writeln!(out, "  status      {}", tried.status)?;
    if let Some(location) = &tried.location {
        writeln!(out, "  location    {location}")?;
    }
    for (name, before) in &tried.cookies {
        writeln!(out, "  set-cookie  {name}{}", if *before { "  (the browser had one of this name)" } else { "" })?;
    }
    for name in &tried.removed {
        writeln!(out, "  set-cookie  {name}  (taken away)")?;
    }
    writeln!(out, "  body        {} bytes{}", tried.body.len(), page::title(&tried.body))?;
    writeln!(out)?;
    Ok(())
}

/// JSON strings are TOML strings.
fn toml(text: &str) -> String {
    Value::from(text).to_string()
}
