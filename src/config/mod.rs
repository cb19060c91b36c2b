//! Gathers every room's settings out of one TOML file and those it includes, and tells all that is wrong with them.
//!
//! ```text
//! include (files → one tree) → reader, sections (keys → values) → cross (names, hosts, shadows) → whole → Config
//!                 └──────────────── every mistake is a Diagnostic with its place ─────────────┘
//! ```
//!
//! Nothing is accepted that does nothing: an unknown key is a mistake. The environment is read here and nowhere else.

pub mod diagnostic;
pub mod render;
pub mod source;

mod around_forms;
mod cross;
mod include;
mod mask;
mod network;
mod passkeys;
mod reader;
mod secret;
mod section;
mod sections;
mod tree;
mod values;
mod whole;

use std::path::{Path, PathBuf};

use crate::{admin, delivery, gate, identity, pages, proxy, store, telemetry};

use diagnostic::{Diagnostic, Severity};
use include::Gathered;
pub use reader::Asked;
use reader::Reader;
use section::Section;
use source::Sources;
use whole::Whole;

/// Every room's settings.
#[derive(Debug, Clone)]
pub struct Config {
    pub gate: gate::Settings,
    pub delivery: delivery::Settings,
    pub identity: identity::Settings,
    pub store: store::Settings,
    pub telemetry: telemetry::Settings,
    pub proxy: proxy::Settings,
    pub admin: admin::Settings,
    pub pages: pages::Settings,
    /// What people may change of themselves.
    pub enrol: gate::me::EnrolRules,
    /// Whom to ask whether a SIM card was changed; `None`: nobody.
    pub sim_swap: Option<delivery::simswap::Settings>,
    /// How requests themselves show who is calling.
    pub sources: std::collections::BTreeMap<String, crate::identity::sources::settings::Settings>,
    /// The keys that sign passes and seal what is stored.
    pub key_file: PathBuf,
    /// What new keys sign passes with.
    pub pass_algorithm: crate::gate::keys::Algorithm,
    /// The folder of the state.
    pub data: PathBuf,
    pub alerts: telemetry::alerts::Settings,
    pub watch: delivery::patrol::Watch,
}

impl Config {
    /// Where the sheets of emergency access are kept.
    pub fn emergency_file(&self) -> PathBuf {
        self.data.join("emergency.json")
    }
}

/// What came of reading a configuration.
#[derive(Debug)]
pub struct Loaded {
    /// There if no diagnostic is an error.
    pub config: Option<Config>,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
    /// As it was asked for.
    pub name: String,
    /// Every key that was looked for, there or not.
    pub asked: Vec<Asked>,
}

/// Reads the file at `path` and all it includes. Relative paths in a file begin at its own folder.
pub fn load(path: &Path) -> Loaded {
    read(&path.display().to_string(), include::from_file(path), &environment)
}

/// Reads `text` as if it were a file called `name`, which need not exist.
pub fn from_text(name: &str, text: &str) -> Loaded {
    read(name, include::from_text(name, text), &environment)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a service manager wants to hear how we are (`sd_notify(3)`), if one started us.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn service_manager() -> Option<PathBuf> {
    std::env::var("NOTIFY_SOCKET").ok().filter(|socket| !socket.is_empty()).map(PathBuf::from)
}

fn read(name: &str, gathered: Gathered, environment: &dyn Fn(&str) -> Option<String>) -> Loaded {
    let Gathered { root, mut sources, mut diagnostics, broken, .. } = gathered;
    let mut config = None;
    let mut asked = Vec::new();
    if !broken {
        let reader = Reader::new(&sources, environment);
        config = Whole::read(Section::top(&reader, &root)).settings();
        let found = reader.finish();
        diagnostics.extend(found.diagnostics);
        asked = found.asked;
        sources.hide(found.hidden);
    }
    diagnostics.sort_by_key(|d| (d.place, d.severity()));
    if diagnostics.iter().any(|d| d.severity() == Severity::Error) {
        config = None;
    }
    Loaded { config, diagnostics, sources, name: name.to_owned(), asked }
}

#[cfg(test)]
mod tests;
