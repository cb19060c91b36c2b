//! `sekisho keys`: what passes are signed with, and how that changes without anybody noticing.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::app::keys;
use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::event::{Event, What};
use crate::domain::time::Wall;
use crate::gate::keys::{Key, KeyRing, NoRetirement, Role};
use crate::gate::seams::World;
use crate::identity::field::nearest;

#[derive(Args)]
pub struct KeysArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a new key, and drop those that no living pass can be signed with
    Rotate {
        /// When the new key begins to sign. Until then every node has to have heard of it: where they do not share one key
        /// file, bring it to them within this time. Clocks that differ count too
        #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, default_value = "2m")]
        after: Duration,
    },
    /// Say which key signs, which are announced and which only read
    List {
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Take a key out at once: whatever was signed with it opens nothing any more
    Retire {
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// Nodes' clocks may differ by a minute and look at the file twice a second; sooner, one of them may be asked about a key
/// it does not know.
const SOON: Duration = Duration::from_secs(62);

pub fn main(args: KeysArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let world = SystemWorld::default();
    match args.command {
        KeysCommand::Rotate { after } => rotate(&config, &world, after, out),
        KeysCommand::List { format } => list(&config, world.wall(), format, out),
        KeysCommand::Retire { id } => retire(&config, &world, &id, out),
    }?;
    Ok(0)
}

fn rotate(config: &Config, world: &dyn World, after: Duration, out: &mut dyn Write) -> Result<()> {
    let before = ring(config)?;
    let longest = super::longest(config);
    let planned = before.rotated(world, config.pass_algorithm, after, longest)?;
    let new = planned.all()[0].clone();
    let detail = format!("{} {}, signs from {}", new.id, new.algorithm.name(), new.signs_from.rfc3339());
    tell(config, Event::new(What::SysKeysRotated).detail(detail))?;
    // Somebody else may have changed the file meanwhile; the key that was announced to the audit goes before theirs.
    let ring = keys::change(&config.key_file, world, |now| Ok(now.rotated_to(new.clone(), longest, world.wall())?))?;
    let (id, from) = (&new.id, new.signs_from.rfc3339());
    writeln!(out, "key {id} ({}) is announced and signs from {from}", new.algorithm.name())?;
    for gone in before.all().iter().filter(|key| !ring.all().iter().any(|kept| kept.id == key.id)) {
        writeln!(out, "key {} is gone: no pass signed with it can be alive", gone.id)?;
    }
    if after < SOON {
        eprintln!(
            "sekisho: nodes whose clocks differ, or that do not share the key file, may not know the key by then; \
             --after {} is on the safe side",
            humantime::format_duration(SOON)
        );
    }
    Ok(())
}

fn retire(config: &Config, world: &dyn World, id: &str, out: &mut dyn Write) -> Result<()> {
    let now = world.wall();
    let before = ring(config)?;
    before.without(id, now).map_err(|no| refused(no, id, &before))?;
    let role = before.roles(now).find(|(key, _)| key.id == id).map(|(_, role)| role);
    tell(config, Event::new(What::SysKeysRetired).detail(id))?;
    keys::change(&config.key_file, world, |ring| ring.without(id, now).map_err(|no| refused(no, id, ring)))?;
    writeln!(out, "key {id} is gone; running gateways drop it within a second")?;
    if let Some(Role::Reads(replaced)) = role {
        let over = KeyRing::over_at(replaced, super::longest(config));
        if now < over {
            writeln!(out, "passes signed with it are over: whoever held one is asked for a code again")?;
        }
    }
    Ok(())
}

fn refused(no: NoRetirement, id: &str, ring: &KeyRing) -> anyhow::Error {
    let known = || nearest(id, ring.all().iter().map(|key| key.id.as_str()));
    match no {
        NoRetirement::Signs => anyhow::anyhow!(
            "key {id} signs passes now; `sekisho keys rotate` makes another one, and once that signs, this one can go"
        ),
        NoRetirement::Unknown => match known() {
            Some(meant) => anyhow::anyhow!("there is no key {id:?}; did you mean {meant}?"),
            None => anyhow::anyhow!("there is no key {id:?}; `sekisho keys list` shows which there are"),
        },
    }
}

fn list(config: &Config, now: Wall, format: Format, out: &mut dyn Write) -> Result<()> {
    let ring = ring(config)?;
    let longest = super::longest(config);
    if format == Format::Json {
        let keys: Vec<_> = ring.roles(now).map(|(key, role)| object(key, role, longest)).collect();
        return Ok(writeln!(out, "{:#}", serde_json::Value::from(keys))?);
    }
    for (key, role) in ring.roles(now) {
        let what = match role {
            Role::Announced(from) => format!("announced, signs from {}", from.rfc3339()),
            Role::Signs => "signs".to_owned(),
            Role::Reads(replaced) => {
                format!("reads; not needed after {}", KeyRing::over_at(replaced, longest).rfc3339())
            }
        };
        let created = key.created.map_or("an unknown time".to_owned(), Wall::rfc3339);
        writeln!(out, "{}  {:5}  made at {created}  {what}", key.id, key.algorithm.name())?;
    }
    Ok(())
}

fn object(key: &Key, role: Role, longest: Duration) -> serde_json::Value {
    let (role, replaced) = match role {
        Role::Announced(_) => ("announced", None),
        Role::Signs => ("signs", None),
        Role::Reads(replaced) => ("reads", Some(replaced)),
    };
    json!({
        "id": key.id,
        "algorithm": key.algorithm.name(),
        "role": role,
        "created": key.created.map(Wall::rfc3339),
        "signs_from": key.signs_from.rfc3339(),
        "needed_until": replaced.map(|at| KeyRing::over_at(at, longest).rfc3339()),
    })
}

fn ring(config: &Config) -> Result<KeyRing> {
    match keys::load(&config.key_file)? {
        Some(ring) => Ok(ring),
        None => bail!("there is no key file {} yet; the first start makes it", config.key_file.display()),
    }
}

fn tell(config: &Config, event: Event) -> Result<()> {
    let told = super::write_down(config, vec![event], &super::actor());
    told.context("the audit cannot be written, so nothing was changed")
}
