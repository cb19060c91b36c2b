//! Appends each message to a file as one JSON line, for trying and for tests.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::aside;
use crate::delivery::Message;
use crate::delivery::outcome::Outcome;
use crate::domain::time::Wall;

/// Where the lines go. The file is opened for each message, so that it can be moved away at any time.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    channel: &'a str,
    to: &'a str,
    text: &'a str,
    code: &'a str,
    challenge: &'a str,
}

/// The line, with its end.
pub fn line(message: &Message, at: Wall) -> String {
    let since_epoch = Duration::from_millis(u64::try_from(at.0).unwrap_or(0));
    let line = Line {
        at: humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since_epoch).to_string(),
        channel: message.contact.channel.name(),
        to: message.contact.address.exposed(),
        text: message.text.expose(),
        code: message.code.expose(),
        challenge: message.challenge.as_str(),
    };
    let mut json = serde_json::to_string(&line).unwrap_or_default();
    json.push('\n');
    json
}

impl File {
    pub fn new(path: &Path) -> File {
        File { path: path.to_owned() }
    }

    /// Whether a line could be appended now; a file that is not there yet is made.
    pub fn is_writable(&self) -> std::io::Result<()> {
        OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path).map(drop)
    }

    /// Appends in one write, so that lines of several processes do not mix. A new file is its owner's alone: it holds
    /// codes.
    pub async fn append(&self, line: String) -> Outcome {
        let path = self.path.clone();
        aside(move || {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
            file.write_all(line.as_bytes())?;
            file.flush()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::tests::message;
    use super::*;
    use crate::delivery::outcome::Class;

    #[test]
    fn a_line_has_all_six_fields() {
        let line = line(&message(), Wall(1_790_000_000_123));
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
        let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(json["at"], "2026-09-21T14:13:20.123Z");
        assert_eq!(json["channel"], "sms");
        assert_eq!(json["to"], "+819012345678");
        assert_eq!(json["text"], message().text.expose().as_str());
        assert_eq!(json["code"], "482913");
        assert_eq!(json["challenge"], "BwcHBwcHBwcHBwcHBwcHBw");
        assert_eq!(json.as_object().map(|o| o.len()), Some(6));
    }

    #[tokio::test]
    async fn lines_are_appended_to_a_file_of_our_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("outbox.jsonl");
        let file = File::new(&path);
        for line in ["one\n", "two\n"] {
            assert!(file.append(line.to_owned()).await.is_ok());
        }
        assert_eq!(std::fs::read_to_string(&path).expect("written"), "one\ntwo\n");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_is_our_own_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let outcome = File::new(folder.path()).append("one\n".to_owned()).await;
        assert_eq!(outcome.map_err(|f| f.class), Err(Class::Config));
    }
}
