//! `sekisho status`: how a gate does, and what sending came to.

mod ask;
mod table;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use crate::admin::status::{budget, figures_told};
use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::figure::KEPT;
use crate::gate::seams::World;
use crate::store;

use ask::Answer;

#[derive(Args)]
pub struct StatusArgs {
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// 0 when a gate runs and is ready.
pub fn main(args: &StatusArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let told = match ask::status(&config.admin)? {
        Answer::Told(mut told) => {
            told.insert("running".to_owned(), true.into());
            told
        }
        Answer::Nobody(why) => {
            let mut told = from_store(&config)?;
            told.insert("running".to_owned(), false.into());
            told.insert("why".to_owned(), why.into());
            told
        }
    };
    let ready = told.get("readiness").and_then(|parts| parts["ready"].as_bool()).unwrap_or(false);
    match args.format {
        Format::Json => writeln!(out, "{:#}", Value::Object(told))?,
        Format::Human => table::write(&told, out)?,
    }
    Ok(i32::from(!ready))
}

/// The figures alone: nothing else is known of a gate that does not run.
fn from_store(config: &Config) -> Result<Map<String, Value>> {
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    let now = world.wall();
    let budget = budget(&config.gate.sending);
    if config.store.redis.is_none() && !config.store.file.exists() {
        return Ok(figures_told(&[], budget.as_ref(), now));
    }
    let store = store::open(&config.store, &world).context("opening the store")?;
    let figures = super::wait_for(async { Ok(store.counted(now.minus(KEPT), now).await?) });
    Ok(figures_told(&figures.context("reading figures")?, budget.as_ref(), now))
}
