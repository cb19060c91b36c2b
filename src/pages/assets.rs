//! The files that our pages load, all from here: nothing comes from a third party.

/// A file of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    Style,
    Script,
    /// For pages on which an authenticator is asked.
    KeyScript,
    Icon,
}

impl Asset {
    pub fn named(name: &str) -> Option<Asset> {
        match name {
            "style.css" => Some(Asset::Style),
            "app.js" => Some(Asset::Script),
            "passkey.js" => Some(Asset::KeyScript),
            "icon.svg" => Some(Asset::Icon),
            _ => None,
        }
    }

    pub fn kind(self) -> &'static str {
        match self {
            Asset::Style => "text/css; charset=utf-8",
            Asset::Script | Asset::KeyScript => "text/javascript; charset=utf-8",
            Asset::Icon => "image/svg+xml",
        }
    }

    pub fn body(self) -> &'static str {
        match self {
            Asset::Style => include_str!("assets/style.css"),
            Asset::Script => include_str!("assets/app.js"),
            Asset::KeyScript => include_str!("assets/passkey.js"),
            Asset::Icon => include_str!("assets/icon.svg"),
        }
    }
}
