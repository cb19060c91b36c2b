//! How an upstream reads paths: keys of `[upstream.NAME]`, each of which a `[[route]]` can say otherwise.

use crate::config::diagnostic::Code;
use crate::config::reader::Item;
use crate::config::section::Section;
use crate::config::values::{choice, flag};
use crate::domain::path::allow::{Allowances, Case, Leave};
use crate::domain::path::charset::Charset;

/// The keys, for messages about them.
pub const KEYS: [&str; 6] = ["kind", "encoded_slash", "path_params", "empty_segments", "charset", "case"];

/// What a route says otherwise than its upstream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    kind: Option<Allowances>,
    encoded_slash: Option<bool>,
    path_params: Option<bool>,
    empty_segments: Option<bool>,
    charset: Option<Charset>,
    case: Option<Case>,
}

const NOTHING: Allowances = Allowances {
    leave: Leave { encoded_slash: false, path_params: false, empty_segments: false },
    charset: Charset::UTF8,
    case: Case::Sensitive,
};

/// What each kind of application needs to work at all, and no more.
const KINDS: [(&str, Allowances); 4] = [
    ("generic", NOTHING),
    // Windows keeps no letter case apart.
    ("iis", Allowances { case: Case::Insensitive, ..NOTHING }),
    // Servlet containers write `;jsessionid=…` into links.
    ("tomcat", Allowances { leave: Leave { path_params: true, ..NOTHING.leave }, ..NOTHING }),
    // Scripts glue paths together, and nothing below them minds `//`.
    ("php", Allowances { leave: Leave { empty_segments: true, ..NOTHING.leave }, ..NOTHING }),
];

const CASES: [(&str, Case); 2] = [("sensitive", Case::Sensitive), ("insensitive", Case::Insensitive)];

/// What an upstream says.
pub fn read(section: &Section<'_>) -> Allowances {
    let base = section.or("kind", choice(&KINDS), NOTHING);
    Allowances {
        leave: Leave {
            encoded_slash: section.or("encoded_slash", flag, base.leave.encoded_slash),
            path_params: section.or("path_params", flag, base.leave.path_params),
            empty_segments: section.or("empty_segments", flag, base.leave.empty_segments),
        },
        charset: section.or("charset", charset, base.charset),
        case: section.or("case", choice(&CASES), base.case),
    }
}

/// What a route says; what it does not say is as its upstream has it.
pub fn changes(section: &Section<'_>) -> Changes {
    Changes {
        kind: section.optional("kind", choice(&KINDS)),
        encoded_slash: section.optional("encoded_slash", flag),
        path_params: section.optional("path_params", flag),
        empty_segments: section.optional("empty_segments", flag),
        charset: section.optional("charset", charset),
        case: section.optional("case", choice(&CASES)),
    }
}

impl Changes {
    /// With what the upstream says, where there is one.
    pub fn over(self, upstream: Option<Allowances>) -> Allowances {
        let base = self.kind.or(upstream).unwrap_or(NOTHING);
        Allowances {
            leave: Leave {
                encoded_slash: self.encoded_slash.unwrap_or(base.leave.encoded_slash),
                path_params: self.path_params.unwrap_or(base.leave.path_params),
                empty_segments: self.empty_segments.unwrap_or(base.leave.empty_segments),
            },
            charset: self.charset.unwrap_or(base.charset),
            case: self.case.unwrap_or(base.case),
        }
    }
}

fn charset(item: Item<'_>) -> Option<Charset> {
    const USUAL: [&str; 9] =
        ["utf-8", "shift_jis", "euc-jp", "windows-1252", "iso-8859-1", "gb18030", "big5", "euc-kr", "windows-1251"];
    let shape = ("a character set", "\"utf-8\", \"shift_jis\" or \"euc-jp\"");
    let text = item.text(shape)?;
    Charset::named(text).or_else(|| {
        let message = format!("`{}` cannot be \"{}\"", item.key, text.escape_debug());
        item.tell(Code::BadValue, message, |d| {
            let d = d.nearest(text, USUAL);
            match d.nearest.clone() {
                Some(name) => d.expected(format!("did you mean \"{name}\"?")),
                None => {
                    d.expected("expected a character set that keeps ASCII bytes, as \"shift_jis\" or \"euc-jp\" do")
                }
            }
        })
    })
}
