//! `sekisho alerts`: whether those who are to be told can be told.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::app::world::SystemWorld;
use crate::gate::seams::World;
use crate::net::Door;
use crate::telemetry::alerts::{Notice, send};

#[derive(Args)]
pub struct AlertsArgs {
    #[arg(long, global = true, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(subcommand)]
    command: AlertsCommand,
}

#[derive(Subcommand)]
enum AlertsCommand {
    /// Send a test to every [[alert]], whatever it asks for
    Test,
}

/// 0 when all were told.
pub fn main(args: &AlertsArgs, out: &mut dyn Write) -> Result<i32> {
    let AlertsCommand::Test = args.command;
    let settings = super::load(&args.config)?.alerts;
    if settings.alerts.is_empty() {
        writeln!(out, "there is no [[alert]]: nobody would be told of anything")?;
        return Ok(1);
    }
    let world = SystemWorld::default();
    let door = Door::new(None).context("preparing outbound HTTP")?;
    let notice = Notice::test(&settings.site, world.wall());
    let mut failed = false;
    for alert in &settings.alerts {
        let sent = super::wait_for(async { Ok(send(&alert.to, &notice, &door, &world).await) })?;
        failed |= sent.is_err();
        match sent {
            Ok(()) => writeln!(out, "{} ({}): told", alert.name, alert.to.kind())?,
            Err(error) => writeln!(out, "{} ({}): FAILED: {error}", alert.name, alert.to.kind())?,
        }
    }
    Ok(i32::from(failed))
}
