//! A request's header: what we take, Pingora's parsers read as the same method, target, version and fields.

use http::Version;
use sekisho::proxy::guard::head::{Body, Finder, Head, judge as judged};
use sekisho::proxy::guard::limits::Limits;

use super::pieces;
use super::pingora::{Heard, hear};

/// As Pingora calls the parser below it.
const MOST_FIELDS: usize = 256;
/// Bodies that are longer are not sent in full.
const LONGEST: u64 = 300;

pub fn judge(bytes: &[u8], cut: u8) {
    let limits = Limits::default();
    let at_once = Finder::default().end(bytes, &limits);
    let (mut finder, mut came) = (Finder::default(), 0);
    let stepwise = pieces(bytes, cut).find_map(|piece| {
        came += piece.len();
        finder.end(&bytes[..came], &limits).transpose()
    });
    let Ok(Some(end)) = at_once else {
        let none = matches!(at_once, Ok(None));
        assert!(stepwise.is_none_or(|found| !none && found.is_err()), "cut, a header is found that is none");
        return;
    };
    assert_eq!(stepwise, Some(Ok(end)), "cut, it ends elsewhere");
    let (header, rest) = bytes.split_at(end);
    if let Ok(head) = judged(header, &limits) {
        let line = Line::of(header);
        // Pingora would escape or cut some targets that its parser dislikes; none of these may get there.
        assert!(std::str::from_utf8(&line.target).is_ok() && !line.target.contains(&b'#'));
        parsed(header, &line);
        heard(header, &line, head, rest, cut);
    }
}

/// A header read the plain way: lines, the first split at its spaces, the others at their first colon.
pub struct Line {
    pub method: String,
    pub target: Vec<u8>,
    pub version: Version,
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Line {
    pub fn of(header: &[u8]) -> Line {
        let mut lines = header.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").expect("a return"));
        // Behind the last feed there is nothing.
        let lines: Vec<&[u8]> = lines.by_ref().take(header.iter().filter(|b| **b == b'\n').count()).collect();
        let words: Vec<&[u8]> = lines[0].split(|b| *b == b' ').collect();
        let [method, target, version] = words[..] else { panic!("three words in {}", lines[0].escape_ascii()) };
        let blank = |b: &u8| matches!(b, b' ' | b'\t');
        let field = |line: &&[u8]| {
            let colon = line.iter().position(|b| *b == b':').expect("a colon");
            let value = &line[colon + 1..];
            let from = value.iter().position(|b| !blank(b)).unwrap_or(value.len());
            let to = value.iter().rposition(|b| !blank(b)).map_or(from, |last| last + 1);
            (line[..colon].to_vec(), value[from..to].to_vec())
        };
        Line {
            method: String::from_utf8(method.to_vec()).expect("a token"),
            target: target.to_vec(),
            version: if version == b"HTTP/1.1" { Version::HTTP_11 } else { Version::HTTP_10 },
            fields: lines[1..lines.len() - 1].iter().map(field).collect(),
        }
    }

    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&(Vec<u8>, Vec<u8>)| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|(_, value)| value.as_slice())
    }

    /// Nothing in it that Pingora, or the types below it, could have something against.
    fn is_plain(&self) -> bool {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"/-._~".contains(b);
        self.target.starts_with(b"/")
            && !self.target.starts_with(b"//")
            && self.target.iter().all(plain)
            && self.values("host").all(|host| host.iter().all(u8::is_ascii_alphanumeric))
    }
}

/// The parser that Pingora calls finds what we found: names as they were sent, in their order.
fn parsed(header: &[u8], line: &Line) {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let done = request.parse(header).unwrap_or_else(|error| panic!("{error}: {}", header.escape_ascii()));
    assert_eq!(done, httparse::Status::Complete(header.len()));
    assert_eq!(request.method, Some(line.method.as_str()));
    assert_eq!(request.path.map(str::as_bytes), Some(line.target.as_slice()));
    assert_eq!(request.version, Some(u8::from(line.version == Version::HTTP_11)));
    let found: Vec<_> = request.headers.iter().map(|f| (f.name.as_bytes().to_vec(), f.value.to_vec())).collect();
    assert_eq!(found, line.fields);
}

/// Pingora itself reads the same, and the body that we say.
fn heard(header: &[u8], line: &Line, head: Head, rest: &[u8], cut: u8) {
    let body = match head.body {
        Body::Length(length) => vec![b'b'; usize::try_from(length.min(LONGEST)).expect("small")],
        Body::None | Body::Chunked => Vec::new(),
    };
    let sent = [header, &body].concat();
    let session = match hear(pieces(&sent, cut)) {
        Heard::Request(session) => session,
        Heard::Waits => panic!("Pingora waits for more of {}", header.escape_ascii()),
        Heard::Refused => {
            assert!(!line.is_plain(), "Pingora refuses {}", header.escape_ascii());
            return;
        }
    };
    session.reads(line);
    assert!(!head.upgrade || session.upgrades(), "an upgrade that Pingora does not see");
    assert!(line.values("expect").all(|value| value.eq_ignore_ascii_case(b"100-continue")));
    let read = session.body();
    assert_eq!(read.bytes, body, "another body of {}", header.escape_ascii());
    let whole = match head.body {
        Body::None => true,
        Body::Length(length) => length <= LONGEST,
        Body::Chunked => false,
    };
    assert_eq!(read.over, whole, "it ends elsewhere: {}", header.escape_ascii());
    assert!(!read.failed);
    if head.body == Body::Chunked {
        super::body::framed(header, rest, cut);
    }
}
