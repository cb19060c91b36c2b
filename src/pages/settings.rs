//! What pages go by.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose gate this is, as people know it; in titles and messages.
    pub brand: String,
    /// Whom to ask for help, as one line of text ("IT desk, extension 1234"); may be empty.
    pub help: String,
    /// Cookies are `Secure` and carry the `__Host-` prefix.
    pub secure: bool,
    /// `/.sekisho/` unless configured otherwise.
    pub prefix: String,
    /// The application's own login page of each scope that has one; `{return_to}` stands for the address to go back to.
    pub login_pages: BTreeMap<String, String>,
}
