//! Who is in, since when, by what proof, for how much longer.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use super::Format;
use crate::app::Parts;
use crate::config::Config;
use crate::domain::id::UserId;
use crate::domain::time::Wall;
use crate::gate::operate::Stay;
use crate::identity::Directory;

#[derive(Args)]
pub struct ListArgs {
    /// Only theirs
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub fn main(config: &Config, args: &ListArgs, out: &mut dyn Write) -> Result<()> {
    // Of directories elsewhere there is no list of everybody.
    let users: Vec<(UserId, String)> = match &args.user {
        Some(name) => vec![crate::cli::elsewhere::anybody(&config.identity, name)?],
        None => {
            let everybody = Directory::open(&config.identity)?.list()?;
            everybody.into_iter().map(|entry| (entry.user.id, entry.user.login)).collect()
        }
    };
    let parts = Parts::build(config)?;
    let ids: Vec<_> = users.iter().map(|(id, _)| id.clone()).collect();
    let stays = crate::cli::wait_for(async { Ok(parts.gate.stays(&ids).await?) })?;
    if args.format == Format::Json {
        let all: Vec<Value> = stays.iter().map(|(place, stay)| object(&users[*place].1, stay)).collect();
        return Ok(writeln!(out, "{:#}", Value::from(all))?);
    }
    if stays.is_empty() {
        writeln!(out, "nobody holds a pass")?;
    }
    for (place, stay) in &stays {
        human(&users[*place].1, stay, out)?;
    }
    Ok(())
}

fn human(login: &str, stay: &Stay, out: &mut dyn Write) -> Result<()> {
    let session = &stay.session;
    let last = stay.last_use.map_or(String::new(), |at| format!("  last use {}", at.rfc3339()));
    let (began, ends, amr) = (session.created.rfc3339(), session.ends.rfc3339(), session.amr.join(" "));
    writeln!(out, "{login}  session {}  began {began}  ends {ends}{last}  by {amr}", session.id)?;
    for (scope, at) in &session.scopes {
        writeln!(out, "  scope {scope}  confirmed {}", Wall::from_secs(*at).rfc3339())?;
    }
    for pass in &stay.passes {
        writeln!(out, "  pass {}  made {}  ends {}", pass.id, pass.at.rfc3339(), pass.ends.rfc3339())?;
    }
    Ok(())
}

fn object(login: &str, stay: &Stay) -> Value {
    let session = &stay.session;
    let scopes: serde_json::Map<String, Value> =
        session.scopes.iter().map(|(name, at)| (name.clone(), Wall::from_secs(*at).rfc3339().into())).collect();
    let passes: Vec<Value> = stay
        .passes
        .iter()
        .map(|pass| json!({"pass": pass.id, "made": pass.at.rfc3339(), "ends": pass.ends.rfc3339()}))
        .collect();
    json!({
        "user": login,
        "session": session.id,
        "began": session.created.rfc3339(),
        "ends": session.ends.rfc3339(),
        "last_use": stay.last_use.map(Wall::rfc3339),
        "amr": session.amr,
        "scopes": scopes,
        "passes": passes,
    })
}
