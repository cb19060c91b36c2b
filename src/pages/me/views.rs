//! The pages of one's own account as templates see them.

use askama::Template;

use crate::domain::locale::Locale;
use crate::pages::views::{Alert, Frame};

/// Something of theirs, and what a form calls it; without that it cannot be ended here.
#[derive(Debug)]
pub struct Row {
    pub title: String,
    pub facts: Vec<String>,
    pub id: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "me.html", config = "src/pages/askama.toml")]
pub struct Me<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub login: &'a str,
    pub name: Option<&'a str>,
    /// Masked, as it is shown and as it is spoken.
    pub phone: Option<(&'a str, String)>,
    pub mail: Option<(&'a str, String)>,
    pub can_change_number: bool,
    /// A number that waits for an operator.
    pub waiting: Option<&'a str>,
    pub open: Vec<(&'a str, String)>,
    pub sessions: Vec<Row>,
    pub browsers: Vec<Row>,
    pub ways: Vec<Row>,
    pub backup: Option<String>,
    pub can_add_app: bool,
    pub can_make_backup: bool,
    /// Whether there is a page of passkeys.
    pub passkeys: bool,
    pub languages: Vec<(Locale, bool)>,
}

#[derive(Debug, Template)]
#[template(path = "me_app.html", config = "src/pages/askama.toml")]
pub struct App<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub offer: &'a str,
    /// The query of the picture's address.
    pub picture: &'a str,
    pub key: &'a str,
}

#[derive(Debug, Template)]
#[template(path = "me_backup.html", config = "src/pages/askama.toml")]
pub struct Backup<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    pub codes: Vec<&'a str>,
}

#[derive(Debug, Template)]
#[template(path = "me_number.html", config = "src/pages/askama.toml")]
pub struct Number<'a> {
    pub frame: Frame<'a>,
    pub alert: Option<&'a Alert>,
    pub token: &'a str,
    /// Where a code went, and what its field is called.
    pub sent: Option<(&'a str, String)>,
    pub waiting: Option<&'a str>,
    pub numeric: bool,
}

impl App<'_> {
    fn wrong(&self) -> bool {
        self.alert.is_some_and(|alert| alert.field)
    }
}

impl Number<'_> {
    fn wrong(&self) -> bool {
        self.alert.is_some_and(|alert| alert.field)
    }
}
