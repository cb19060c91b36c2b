//! Commands about the audit, and what they say.

use std::path::Path;

use serde_json::Value;

use crate::support::{Gateway, gateway};

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(format!("{}{}", self.out, self.err).contains(words), "`{words}` is not in\n{}{}", self.out, self.err);
        self
    }
}

pub fn sekisho(arguments: &[&str]) -> Done {
    let output = gateway::sekisho(arguments, "");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Done { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Runs `sekisho audit VERB --config FILE REST`.
pub fn audit(config: &Path, verb: &str, rest: &[&str]) -> Done {
    let config = config.display().to_string();
    sekisho(&[&["audit", verb, "--config", &config], rest].concat())
}

/// The report of `audit verify` about everything that the gateway wrote.
pub fn report(gateway: &Gateway) -> Value {
    let done = audit(&gateway.config, "verify", &["--format", "json"]);
    serde_json::from_str(&done.out).unwrap_or_else(|e| panic!("{e}: {}{}", done.out, done.err))
}

#[track_caller]
pub fn is_whole(gateway: &Gateway) -> Value {
    let report = report(gateway);
    assert_eq!(report["faults"], serde_json::json!([]), "{}", gateway.audit());
    report
}

/// The lines of a kind, in the file that is written.
pub fn lines(gateway: &Gateway, kind: &str) -> Vec<Value> {
    let all = gateway.audit();
    let all = all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter(|line| line["kind"] == kind).collect()
}
