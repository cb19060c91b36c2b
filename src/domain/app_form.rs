//! A form of the application's own whose sender has to prove their phone: its login, or its password reset.

use super::path::charset::Charset;

/// Which form it is, and how its user is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppForm {
    pub kind: Kind,
    pub field: Field,
    /// The largest body that is read for the name, in bytes.
    pub limit: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Forwarded; the answer that means yes is withheld until the code is right.
    Login(Success),
    /// Held, and forwarded once after the code.
    Reset,
}

/// Where the user's name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A field of a form, urlencoded or multipart.
    Form(String),
    /// A place in a JSON document (RFC 6901), as its steps.
    Json(Vec<String>),
}

impl Field {
    /// Reads a JSON pointer; the error says what to write instead.
    pub fn pointer(text: &str) -> Result<Field, &'static str> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err("a JSON pointer begins with a slash, as in \"/username\"");
        };
        let step = |step: &str| step.replace("~1", "/").replace("~0", "~");
        let steps: Vec<String> = rest.split('/').map(step).collect();
        match steps.iter().any(String::is_empty) {
            true => Err("a step of the JSON pointer is empty"),
            false => Ok(Field::Json(steps)),
        }
    }

    /// The name that counts in a query too.
    pub fn name(&self) -> &str {
        match self {
            Field::Form(name) => name,
            Field::Json(steps) => steps.last().map_or("", String::as_str),
        }
    }
}

/// How an answer says that the password was right. Everything that is given has to hold, and something is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Success {
    /// One of these.
    pub status: Vec<u16>,
    /// Of its `Location`, whole or from the path on.
    pub location: Option<Glob>,
    /// The name of a cookie that it sets.
    pub set_cookie: Option<Glob>,
    /// What its body contains.
    pub body: Option<String>,
    /// What its body does not contain.
    pub not_body: Option<String>,
}

/// What is looked at of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    pub status: u16,
    pub location: Option<&'a str>,
    /// The values of its `Set-Cookie`.
    pub cookies: &'a [&'a str],
}

impl Success {
    /// Whether its header lets an answer be a yes.
    pub fn fits(&self, heard: &Heard<'_>) -> bool {
        let at = |glob: &Glob| heard.location.is_some_and(|there| glob.fits(there) || glob.fits(from_path(there)));
        let sets = |glob: &Glob| heard.cookies.iter().filter_map(|line| set_by(line)).any(|name| glob.fits(name));
        (self.status.is_empty() || self.status.contains(&heard.status))
            && self.location.as_ref().is_none_or(at)
            && self.set_cookie.as_ref().is_none_or(sets)
    }

    /// Whether the body has a say.
    pub fn asks_body(&self) -> bool {
        self.body.is_some() || self.not_body.is_some()
    }

    /// Whether the body says yes. `charset`: what it is written in.
    pub fn fits_body(&self, body: &[u8], charset: Charset) -> bool {
        let holds = |text: &String| {
            let bytes = charset.encode(text).unwrap_or_else(|| text.clone().into_bytes());
            memchr::memmem::find(body, &bytes).is_some()
        };
        self.body.as_ref().is_none_or(holds) && !self.not_body.as_ref().is_some_and(holds)
    }
}

/// Path and query of an address; a relative one is all of it.
fn from_path(location: &str) -> &str {
    // An address that stands in a query is not where the answer leads.
    let is_scheme = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match location.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => location,
    }
}

/// The name of the cookie that a `Set-Cookie` sets; one that takes a cookie away sets none.
fn set_by(line: &str) -> Option<&str> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let removes = |part: &str| {
        let part = part.to_ascii_lowercase();
        let over = part.strip_prefix("max-age=").is_some_and(|age| age.parse::<i64>().is_ok_and(|age| age <= 0));
        over || (part.starts_with("expires=") && part.contains("1970"))
    };
    let taken = matches!(value.trim().trim_matches('"'), "" | "deleted") || parts.any(removes);
    (!taken).then_some(name.trim())
}

/// A text in which `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    pub fn new(text: &str) -> Glob {
        Glob(text.to_owned())
    }

    pub fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let head = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(head) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(tail) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (glob, text, fits) in [
            ("/home*", "/home?welcome=1", true),
            ("/home*", "/login", false),
            ("/home", "/home", true),
            ("/home", "/home/", false),
            ("*", "", true),
            ("", "", true),
            ("DW*x*", "DW1x2", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(Glob::new(glob).fits(text), fits, "{glob} {text}");
        }
    }

    #[test]
    fn everything_that_is_given_has_to_hold() {
        let success = Success {
            status: vec![302],
            location: Some(Glob::new("/home*")),
            set_cookie: Some(Glob::new("session")),
            ..Success::default()
        };
        let fits = |status, location, cookies: &[&str]| success.fits(&Heard { status, location, cookies });
        assert!(fits(302, Some("/home"), &["session=1; Path=/"]));
        assert!(fits(302, Some("http://10.0.0.1:8080/home?a"), &["x=1", "session=1"]));
        assert!(!fits(303, Some("/home"), &["session=1"]));
        assert!(!fits(302, Some("/login"), &["session=1"]));
        assert!(!fits(302, Some("/login?next=http://x/home"), &["session=1"]));
        assert!(!fits(302, None, &["session=1"]));
        for taken in ["session=; Path=/", "session=\"\"", "session=deleted", "session=1; Max-Age=0", "sessions=1"] {
            assert!(!fits(302, Some("/home"), &[taken]), "{taken}");
        }
        assert!(!fits(302, Some("/home"), &["session=1; expires=Thu, 01-Jan-1970 00:00:01 GMT"]));
    }

    #[test]
    fn a_body_is_searched_as_it_is_written() {
        let success =
            Success {
                body: Some("ようこそ".to_owned()), not_body: Some("失敗".to_owned()), ..Success::default()
            };
        let japanese = Charset::named("shift_jis").expect("known");
        let sheet = japanese.encode("<p>ようこそ</p>").expect("it has bytes");
        assert!(success.asks_body() && success.fits_body(&sheet, japanese));
        assert!(!success.fits_body(&sheet, Charset::UTF8));
        assert!(!success.fits_body("ようこそ 失敗".as_bytes(), Charset::UTF8));
    }

    #[test]
    fn a_pointer_names_a_place_in_json() {
        assert_eq!(Field::pointer("/user/na~1me"), Ok(Field::Json(vec!["user".to_owned(), "na/me".to_owned()])));
        assert!(Field::pointer("user").is_err());
        assert!(Field::pointer("/").is_err());
    }
}
