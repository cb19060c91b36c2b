//! What pages go by.

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
}
