//! Our cookies: the pass, the one that binds a challenge to the browser that asked for it, and the one that a browser is
//! known by after it succeeded.

use http::HeaderValue;

use crate::domain::locale::Locale;
use crate::domain::secret::Secret;
use crate::gate::Opened;

/// Where `public_url` is https, the prefix makes browsers refuse the cookie from anywhere but this very host over TLS.
const HOST_PREFIX: &str = "__Host-";
const PASS: &str = "sekisho";
const BROWSER: &str = "sekisho-browser";
const DEVICE: &str = "sekisho-device";
const LANGUAGE: &str = "sekisho-language";

/// What all have in common. Without `Max-Age` they end with the browser's session.
const ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Lax";

/// The cookie that carries the pass.
pub fn pass_name(secure: bool) -> &'static str {
    if secure { "__Host-sekisho" } else { PASS }
}

/// The cookie that a challenge is bound to.
pub fn browser_name(secure: bool) -> &'static str {
    if secure { "__Host-sekisho-browser" } else { BROWSER }
}

/// The cookie that a browser is known by.
pub fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-sekisho-device" } else { DEVICE }
}

/// The cookies that a language was chosen in, over https and over http.
pub const LANGUAGE_NAMES: [&str; 2] = ["__Host-sekisho-language", LANGUAGE];

/// Whether a cookie of this name is kept from the application and refused from it. Browsers hold names that differ in case
/// for different cookies, but honour the prefix in any case, so any case is taken for an attempt at ours.
pub fn is_ours(name: &[u8]) -> bool {
    let name = without(name, HOST_PREFIX).unwrap_or(name);
    without(without(name, "__").unwrap_or(name), PASS).is_some()
}

/// What follows `prefix`, in any case.
fn without<'n>(name: &'n [u8], prefix: &str) -> Option<&'n [u8]> {
    let (head, rest) = name.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix.as_bytes()).then_some(rest)
}

/// `Set-Cookie` for the pass; `None` only for a value that no header can carry, which a pass never is.
pub fn set_pass(token: &Secret<String>, secure: bool) -> Option<HeaderValue> {
    set(pass_name(secure), token, secure, "")
}

/// `Set-Cookie` for the binding.
pub fn set_browser(value: &Secret<String>, secure: bool) -> Option<HeaderValue> {
    set(browser_name(secure), value, secure, "")
}

/// `Set-Cookie` for what a browser is known by. It outlives the browser's session as long as browsers allow.
pub fn set_device(value: &Secret<String>, secure: bool) -> Option<HeaderValue> {
    let life = format!("; Max-Age={}", crate::domain::account::MEMORY.as_secs());
    set(device_name(secure), value, secure, &life)
}

/// `Set-Cookie` for the language of pages. It outlives the browser's session as long as browsers allow.
pub fn set_language(locale: Locale, secure: bool) -> Option<HeaderValue> {
    let life = format!("; Max-Age={}", crate::domain::account::MEMORY.as_secs());
    let name = if secure { LANGUAGE_NAMES[0] } else { LANGUAGE };
    set(name, &Secret::new(locale.tag().to_owned()), secure, &life)
}

/// Everything that a right code sets: the pass, and what the browser is known by.
pub fn set_opened(opened: &Opened, secure: bool) -> [Option<HeaderValue>; 2] {
    [set_pass(&opened.token, secure), set_device(&opened.device, secure)]
}

/// `Set-Cookie` that takes the pass away.
pub fn remove_pass(secure: bool) -> HeaderValue {
    HeaderValue::from_static(if secure {
        "__Host-sekisho=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    } else {
        "sekisho=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    })
}

fn set(name: &str, value: &Secret<String>, secure: bool, life: &str) -> Option<HeaderValue> {
    let end = if secure { "; Secure" } else { "" };
    let mut cookie = HeaderValue::try_from(format!("{name}={}; {ATTRIBUTES}{end}{life}", value.expose())).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}
