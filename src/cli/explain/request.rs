//! The request that somebody asks about, as it would arrive: nothing in it is cleaned up.

use std::borrow::Cow;

use crate::domain::host;

#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// `http` or `https`; shown and not judged.
    scheme: String,
    authority: String,
    /// Path and query, raw.
    pub target: String,
}

impl Asked {
    /// `url` is whole, or begins with a slash and belongs to `public_url`. The error says what is no request.
    pub fn read(method: &str, url: &str, public_url: &str) -> Result<Asked, String> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if method.is_empty() || !method.bytes().all(token) {
            return Err(format!("`{}` is no method", method.escape_debug()));
        }
        if method.bytes().any(|b| b.is_ascii_lowercase()) {
            return Err(format!("methods are written in capitals: {}", method.to_ascii_uppercase()));
        }
        let whole = if url.starts_with('/') { format!("{public_url}{url}") } else { url.to_owned() };
        let no_url = || format!("`{}` is neither a URL nor a path that begins with a slash", url.escape_debug());
        let (scheme, rest) = whole.split_once("://").ok_or_else(no_url)?;
        if !matches!(scheme, "http" | "https") {
            return Err(format!("`{scheme}` is neither http nor https"));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err("a user name in the URL is never sent; leave it out".to_owned());
        }
        // A fragment stays in the browser.
        let target = target.split('#').next().unwrap_or_default();
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{target}");
        Ok(Asked { method: method.to_owned(), scheme: scheme.to_owned(), authority: authority.to_owned(), target })
    }

    pub fn shown(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.target)
    }

    /// Canonical; `None` for what is no host. A name in another script becomes what a browser sends.
    pub fn host(&self) -> Option<String> {
        if self.authority.is_ascii() {
            return host::canonical(&self.authority).map(Cow::into_owned);
        }
        let (name, port) = match self.authority.rsplit_once(':') {
            Some((name, port)) => (name, format!(":{port}")),
            None => (self.authority.as_str(), String::new()),
        };
        host::canonical(&format!("{}{port}", url::Host::parse(name).ok()?)).map(Cow::into_owned)
    }
}
