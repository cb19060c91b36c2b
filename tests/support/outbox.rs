//! The phone: what the `file` provider wrote down, one JSON line a message.

use super::wait;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

pub struct Outbox {
    path: PathBuf,
    read: AtomicUsize,
}

/// One message as it would have reached the phone.
#[derive(Debug, Clone)]
pub struct Message {
    pub channel: String,
    pub to: String,
    pub text: String,
    pub code: String,
    pub challenge: String,
}

impl Outbox {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), read: AtomicUsize::new(0) }
    }

    /// The next message that nobody has read yet.
    pub fn next(&self) -> Message {
        let message =
            wait::until("a message in the outbox", || self.all().into_iter().nth(self.read.load(Ordering::SeqCst)));
        self.read.fetch_add(1, Ordering::SeqCst);
        message
    }

    /// How many messages have gone out in all.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    pub fn all(&self) -> Vec<Message> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        // A line without its end is still being written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(parse).collect()
    }
}

fn parse(line: &str) -> Message {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON line ({error}): {line}"));
    let field = |name: &str| {
        value[name].as_str().unwrap_or_else(|| panic!("a message without the text field `{name}`: {line}")).to_string()
    };
    assert!(!value["at"].is_null(), "a message without `at`: {line}");
    Message {
        channel: field("channel"),
        to: field("to"),
        text: field("text"),
        code: field("code"),
        challenge: field("challenge"),
    }
}

/// Some other code of the same shape.
pub fn wrong(code: &str) -> String {
    let last = code.chars().next_back().expect("a code is not empty");
    let other = if last == '7' { '3' } else { '7' };
    format!("{}{other}", &code[..code.len() - last.len_utf8()])
}

/// The same digits as a Japanese input method types them: ４８２９１３.
pub fn full_width(code: &str) -> String {
    code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xFF10).expect("a code of digits")).collect()
}

/// The same digits as people read them out: `482 913`.
pub fn spaced(code: &str) -> String {
    let (left, right) = code.split_at(code.len() / 2);
    format!("{left} {right}")
}
