//! What is wrong with a configuration, where, and what to write instead.

use super::source::Place;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable name for each kind of mistake: `E…` stops the start, `W…` does not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name),*];

            pub fn text(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// A file of the configuration cannot be read.
    Unreadable = "E001",
    /// A file is not UTF-8.
    NotUtf8 = "E002",
    /// Too many files, too many bytes, or a file that includes itself.
    Include = "E003",
    /// It is not TOML.
    Syntax = "E101",
    /// A key is defined twice.
    Duplicate = "E102",
    UnknownKey = "E103",
    MissingKey = "E104",
    WrongType = "E105",
    /// The type is right and the value is not.
    BadValue = "E106",
    OutOfRange = "E107",
    /// Keys that exclude or need each other.
    Conflict = "E108",
    /// Planned, and not there yet.
    NotYet = "E109",
    /// A secret is empty or cannot be read.
    Secret = "E201",
    /// A certificate or its key is unreadable, or they do not belong together.
    Certificate = "E202",
    /// A scope or an upstream is named and not defined.
    Undefined = "E301",
    /// A host or a method is named in a route and never let in.
    NeverServed = "E302",
    /// Two things carry one name.
    SameName = "E303",
    /// Codes are asked for and nobody sends any.
    NoProvider = "E304",
    /// Passkeys are asked for on a site that can have none.
    NoPasskeys = "E306",
    /// Defined, and used by nothing.
    Unused = "W201",
    /// An earlier route takes everything.
    Shadowed = "W202",
    /// No country is allowed, so nothing is sent.
    NoCountry = "W203",
    /// The code is the only factor.
    OneFactor = "W204",
    /// A key or a secret can be read by others.
    Readable = "W205",
    /// Somebody else seems to speak TLS, and is not trusted.
    NoTrustedProxy = "W206",
    /// A configuration that holds a secret can be read by everybody.
    Exposed = "W210",
    /// Something travels unencrypted.
    Unencrypted = "W207",
    /// Every address is trusted.
    TrustsEverybody = "W208",
    /// There is no route, so everything is refused.
    NoRoute = "W209",
    /// Many users, and no network is named that they may share.
    Crowd = "W211",
    /// A provider counts tries for the number, and a name is all that is asked for.
    SharedTries = "W212",
    /// The application's logout ends no pass where servers only ask.
    NeverEnds = "W214",
    /// Emergency access is on, and nobody would be told at once.
    NobodyTold = "W216",
    /// The application's own session outlives the pass.
    Unbound = "W213",
    /// Only passkeys open anything, so nobody can enrol one.
    NobodyEnrols = "W215",
    /// A route leads past the code that a login asks for.
    GoesAround = "W230",
    /// A pass stays when the application's user changes.
    Outlives = "W231",
    /// A password reset's code opens more than the reset.
    ResetOpens = "W232",
    /// A text takes more than one SMS.
    ManyParts = "W220",
}

impl Code {
    pub fn severity(self) -> Severity {
        if self.text().starts_with('W') { Severity::Warning } else { Severity::Error }
    }
}

/// One mistake. No text in it holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    /// `None` where there is no text to point at.
    pub place: Option<Place>,
    pub message: String,
    /// What would have been right; stands beside the carets.
    pub expected: Option<String>,
    pub help: Option<String>,
    /// The valid name that comes nearest.
    pub nearest: Option<String>,
    /// Other places that have to do with it, each with a word about it.
    pub related: Vec<(Place, String)>,
}

impl Diagnostic {
    pub fn new(code: Code, place: impl Into<Option<Place>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            place: place.into(),
            message: message.into(),
            expected: None,
            help: None,
            nearest: None,
            related: Vec::new(),
        }
    }

    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    pub fn expected(self, expected: impl Into<String>) -> Diagnostic {
        Diagnostic { expected: Some(expected.into()), ..self }
    }

    pub fn help(self, help: impl Into<String>) -> Diagnostic {
        Diagnostic { help: Some(help.into()), ..self }
    }

    /// Names the candidate that comes nearest to `given`, if one is near enough.
    pub fn nearest<'c>(self, given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Diagnostic {
        Diagnostic { nearest: nearest(given, candidates), ..self }
    }

    pub fn related(mut self, place: Place, word: impl Into<String>) -> Diagnostic {
        self.related.push((place, word.into()));
        self
    }
}

/// The candidate that somebody who wrote `given` most likely meant.
pub fn nearest<'c>(given: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let fold = |name: &str| name.to_lowercase().replace('-', "_");
    let folded = fold(given);
    let rated = candidates.into_iter().map(|candidate| {
        let other = fold(candidate);
        let edits = strsim::damerau_levenshtein(&folded, &other);
        (edits <= folded.chars().count() / 3, strsim::jaro_winkler(&folded, &other), candidate)
    });
    rated
        .filter(|(few_edits, likeness, _)| *few_edits || *likeness >= 0.85)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(_, _, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let keys = ["max_age", "idle", "groups", "certificate", "key", "connect_timeout"];
        for (given, meant) in [
            ("max_ages", Some("max_age")),
            ("maxage", Some("max_age")),
            ("max-age", Some("max_age")),
            ("MAX_AGE", Some("max_age")),
            ("gropus", Some("groups")),
            ("cert", Some("certificate")),
            ("connect_timeuot", Some("connect_timeout")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, keys).as_deref(), meant, "{given}");
        }
    }

    #[test]
    fn every_code_is_one_of_a_kind() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.text()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
