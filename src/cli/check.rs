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

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = include_str!("../../conf/bench.toml");

    fn run(text: &str, format: Format) -> (i32, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("sekisho.toml");
        std::fs::write(&config, text).expect("written");
        let mut out = Vec::new();
        let code = check(&CheckArgs { config, format }, false, &mut out);
        (code, String::from_utf8(out).expect("UTF-8"))
    }

    fn last(told: &str) -> &str {
        told.lines().last().unwrap_or_default()
    }

    #[test]
    fn the_exit_code_says_whether_it_is_valid() {
        let (code, told) = run(VALID, Format::Human);
        assert!(code == 0 && told.ends_with("sekisho.toml: valid, no problems\n"), "{told}");
        let (code, told) = run(&VALID.replace("countries = [\"JP\"]", ""), Format::Human);
        assert_eq!((code, last(&told)), (0, "1 problem: 1 warning; the configuration is valid"), "{told}");
        let wrong = VALID.replace("countries = [\"JP\"]", "").replace("max_age", "max_ages");
        let (code, told) = run(&wrong, Format::Human);
        assert_eq!((code, last(&told)), (1, "2 problems: 1 error, 1 warning"), "{told}");
    }

    #[test]
    fn programs_get_json_and_nothing_else() {
        let (code, told) = run(&VALID.replace("max_age", "max_ages"), Format::Json);
        let answer: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((code, &answer["valid"]), (1, &serde_json::Value::Bool(false)));
        assert_eq!(answer["diagnostics"][0]["nearest"], "max_age");
    }
}
