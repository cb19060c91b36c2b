//! The pages as templates see them.

use std::sync::Arc;

use askama::Template;

use crate::domain::contact::Channel;
use crate::domain::id::ChallengeId;
use crate::words::{Hole, Page};

use super::emergency::Field;
use super::refusals::Row;
use super::typed::Typed;

/// What every page has around its own content.
#[derive(Debug)]
pub struct Frame<'a> {
    pub lang: &'static str,
    /// Where lines begin: `ltr` or `rtl`.
    pub dir: &'static str,
    pub words: &'static Page,
    pub brand: &'a str,
    /// Empty where the operator named nobody.
    pub help: &'a str,
    pub prefix: &'a str,
    pub heading: &'a str,
    /// The error that the window's title begins with.
    pub error: Option<&'a str>,
    /// The page's own address, where it makes sense to open it outside of a frame.
    pub here: Option<&'a str>,
    pub framed: bool,
    /// The request's id, where somebody may have to ask for help.
    pub request: Option<&'a str>,
    /// Where the page goes on to by itself.
    pub refresh: Option<&'a str>,
    /// Whoever asks came in with a sealed code.
    pub emergency: bool,
    /// Where that is done, where it can be.
    pub way_in: Option<&'a str>,
}

/// What went wrong, or right, at the top of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub title: &'static str,
    pub detail: String,
    pub reason: Option<String>,
    pub is_error: bool,
    /// The error is about what was typed into a field.
    pub field: bool,
}

impl Alert {
    pub fn error(title: &'static str, detail: impl Into<String>) -> Alert {
        Alert { title, detail: detail.into(), reason: None, is_error: true, field: false }
    }

    pub fn of(row: Row) -> Alert {
        Alert { reason: row.reason, ..Alert::error(row.title, row.detail) }
    }

    pub fn about_field(self) -> Alert {
        Alert { field: true, ..self }
    }
}

#[derive(Debug, Template)]
#[template(path = "sign_in.html", config = "src/pages/askama.toml")]
pub struct SignIn<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub return_to: &'a str,
    pub scope: &'a str,
    pub username: &'a str,
    pub asks_password: bool,
    /// Somebody whose pass for another scope is valid; then nothing needs to be typed.
    pub who: Option<&'a str>,
    /// Whom the request itself shows to be there; then nothing needs to be typed either.
    pub introduced: Option<&'a str>,
    /// Whether a name can be typed.
    pub form: bool,
    /// Where else they can sign in: sources, and what people call them.
    pub leads: &'a [(Arc<str>, String)],
}

#[derive(Debug, Template)]
#[template(path = "code.html", config = "src/pages/askama.toml")]
pub struct Code<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub id: &'a ChallengeId,
    pub return_to: &'a str,
    pub state: &'static str,
    pub state_words: &'a str,
    pub channel: Channel,
    /// Other ways that are open.
    pub others: Vec<Channel>,
    /// What happens by itself, and in how many seconds.
    pub next: Option<(u64, String)>,
    /// The masked contact as it is shown and as it is spoken; `None` until a first factor was proven.
    pub to: Option<(&'a str, String)>,
    pub ago: String,
    pub sent_before: u64,
    pub left: String,
    pub expires_in: u64,
    pub resend_in: u64,
    pub can_resend: bool,
    pub resend_words: String,
    pub typed: Typed,
    /// The other box: its address and its words.
    pub switch: Option<(String, &'static str)>,
    pub start_over: String,
    pub who: Option<&'a str>,
    /// The texts that the script fills in, as JSON.
    pub script_words: String,
    /// The button that asks for a passkey, where one may answer.
    pub passkey: Option<KeyButton<'a>>,
}

/// Asks an authenticator on behalf of a challenge.
#[derive(Debug)]
pub struct KeyButton<'a> {
    pub id: &'a ChallengeId,
    pub return_to: &'a str,
    pub script_words: String,
}

/// The page of a challenge that nothing but a passkey answers.
#[derive(Debug, Template)]
#[template(path = "passkey.html", config = "src/pages/askama.toml")]
pub struct PasskeyOnly<'a> {
    pub frame: Frame<'a>,
    pub passkey: Option<KeyButton<'a>>,
    pub start_over: String,
    pub who: Option<&'a str>,
}

/// Somebody's own passkeys.
#[derive(Debug, Template)]
#[template(path = "passkeys.html", config = "src/pages/askama.toml")]
pub struct Passkeys<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub keys: Vec<Key>,
    /// Whether this site can have any more.
    pub can_add: bool,
    /// Where they confirm first that it is them, if that was too long ago.
    pub confirm: Option<String>,
    pub who: Option<&'a str>,
    pub script_words: String,
}

/// One of them.
#[derive(Debug)]
pub struct Key {
    pub id: String,
    pub name: String,
    pub added: String,
    pub used: String,
    /// What its button says.
    pub remove: String,
}

/// A page with something to read and perhaps somewhere to go.
#[derive(Debug, Template)]
#[template(path = "notice.html", config = "src/pages/askama.toml")]
pub struct Notice<'a> {
    pub frame: Frame<'a>,
    pub detail: &'a str,
    pub reason: Option<&'a str>,
    /// Address and words.
    pub link: Option<(&'a str, &'a str)>,
    /// Who is signed in, with a button that ends it.
    pub who: Option<&'a str>,
}

#[derive(Debug, Template)]
#[template(path = "emergency.html", config = "src/pages/askama.toml")]
pub struct Emergency<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub field: Field,
    pub token: &'a str,
    pub return_to: &'a str,
    pub scope: &'a str,
    pub name: &'a str,
    pub reason: &'a str,
    pub second_name: &'a str,
    pub second_person: bool,
}

#[derive(Debug, Template)]
#[template(path = "emergency_open.html", config = "src/pages/askama.toml")]
pub struct EmergencyOpen<'a> {
    pub frame: Frame<'a>,
    /// How much longer.
    pub left: String,
    pub return_to: &'a str,
    pub who: &'a str,
}

#[derive(Debug, Template)]
#[template(path = "unsent.html", config = "src/pages/askama.toml")]
pub struct Unsent<'a> {
    pub frame: Frame<'a>,
    pub challenge: &'a str,
}

impl SignIn<'_> {
    /// Whether a code can be asked for here.
    fn has_button(&self) -> bool {
        self.who.is_some() || self.introduced.is_some() || self.form
    }

    /// Nobody is known, and nothing can be typed.
    fn nobody(&self) -> bool {
        !self.has_button() && self.leads.is_empty()
    }

    fn wrong(&self) -> bool {
        self.alert.is_some_and(|a| a.field)
    }
}

impl Code<'_> {
    fn went(&self) -> &'static Hole {
        self.frame.words.code.went.of(self.channel)
    }

    fn registered(&self) -> &'static str {
        self.frame.words.code.registered.of(self.channel)
    }

    fn is_quiet(&self) -> bool {
        self.state == "quiet"
    }

    fn weak(&self) -> &'static str {
        self.frame.words.code.weak.of(self.channel)
    }

    fn send_by(&self, channel: &Channel) -> &'static str {
        self.frame.words.code.send_by.of(*channel)
    }

    fn wrong(&self) -> bool {
        self.alert.is_some_and(|a| a.field)
    }
}
