//! `sekisho check`: finds mistakes before they bite. Opens no socket and changes nothing.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{self, Loaded, render};

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The configuration to look at.
    #[arg(long, value_name = "FILE", default_value = "/etc/sekisho/sekisho.toml")]
    pub config: PathBuf,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// Exit code: 0 valid (warnings do not fail), 1 invalid. `styled` adds colours for a terminal.
pub fn check(args: &CheckArgs, styled: bool, out: &mut dyn Write) -> i32 {
    let loaded = config::load(&args.config);
    let written = tell(&loaded, args.format, styled, out);
    i32::from(loaded.config.is_none() || written.is_err())
}

/// What every command says about a configuration that it cannot use.
pub fn tell(loaded: &Loaded, format: Format, styled: bool, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => writeln!(out, "{}{}", render::human(loaded, styled), render::summary(loaded)),
        Format::Json => writeln!(out, "{}", render::json(loaded)),
    }
}
