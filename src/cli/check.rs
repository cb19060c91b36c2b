//! `sekisho check`: finds mistakes before they bite. Without `--online` it opens no socket and changes nothing.

pub mod online;

mod messages;

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
    /// Show what messages say in every language.
    #[arg(long)]
    pub messages: bool,
    /// Also ask providers, store and upstreams whether they can be reached. No message is sent.
    #[arg(long)]
    pub online: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// Exit code: 0 valid (warnings do not fail), 1 invalid. `styled` adds colours for a terminal.
pub fn check(args: &CheckArgs, styled: bool, out: &mut dyn Write) -> i32 {
    let loaded = config::load(&args.config);
    if let (true, Some(config)) = (args.online, &loaded.config) {
        return i32::from(!online_too(&loaded, config, args.format, styled, out));
    }
    let samples = loaded.config.as_ref().map(|config| messages::samples(config, args.messages));
    let written = match (args.format, &samples) {
        (Format::Human, Some(samples)) => {
            let (problems, messages) = (render::human(&loaded, styled), messages::lines(samples, args.messages));
            writeln!(out, "{problems}{messages}{}", render::summary(&loaded))
        }
        (Format::Json, Some(samples)) => writeln!(out, "{}", render::json_with(&loaded, Some(samples))),
        (format, None) => tell(&loaded, format, styled, out),
    };
    i32::from(loaded.config.is_none() || written.is_err())
}

/// Whether everything can be reached.
fn online_too(loaded: &Loaded, config: &config::Config, format: Format, styled: bool, out: &mut dyn Write) -> bool {
    let found = match online::look(config) {
        Ok(found) => found,
        Err(error) => {
            eprintln!("sekisho: {error:#}");
            return false;
        }
    };
    let written = match format {
        Format::Human => tell(loaded, format, styled, out).and_then(|()| online::write(&found, out)),
        Format::Json => {
            let mut told: serde_json::Value = serde_json::from_str(&render::json(loaded)).unwrap_or_default();
            told["online"] = found.iter().map(online::Found::json).collect::<Vec<_>>().into();
            writeln!(out, "{told}")
        }
    };
    written.is_ok() && found.iter().all(|found| found.good)
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
    use serde_json::{Value, json};

    use super::*;

    const VALID: &str = include_str!("../../conf/bench.toml");

    fn run(text: &str, format: Format) -> (i32, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("sekisho.toml");
        std::fs::write(&config, text).expect("written");
        let mut out = Vec::new();
        let code = check(&CheckArgs { config, format, messages: false, online: false }, false, &mut out);
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
        let answer: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!((code, &answer["valid"]), (1, &Value::Bool(false)));
        assert_eq!((&answer["diagnostics"][0]["nearest"], &answer["messages"]), (&"max_age".into(), &Value::Null));
        let (_, told) = run(VALID, Format::Json);
        let answer: Value = serde_json::from_str(&told).expect("JSON");
        let expected = json!({
            "channel": "sms", "language": "en", "segments": 1, "encoding": "GSM-7", "units": 68,
            "text": "482913 is your Sekisho code. Valid for 5 minutes. Never tell anyone.",
        });
        assert_eq!(answer["messages"][0], expected);
    }
}
