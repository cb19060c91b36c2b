//! A path taken apart at its slashes, and put together again in each way in which an upstream may read it.

use super::allow::Leave;
use super::{CanonicalPath, PathFault, dots, hex};

/// The segments between raw slashes, each cut again at its encoded slashes. Decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Structure {
    segments: Vec<Vec<String>>,
    leave: Leave,
    /// Whether a byte `5c` is part of a character.
    trail: bool,
    ascii: bool,
    /// Whether a letter, a digit or one of `-._~` is encoded, which no program needs to do.
    needless: bool,
}

/// Whether such needless escapes are taken as what they stand for, or left as they are by a server that compares what
/// was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needless {
    Decoded,
    Left,
}

/// Segments that are put together for all readings of a path. No application's path comes near; comparing more costs time
/// that a client could have us spend.
const MOST_COMPARED: usize = 4096;

type Decode<'d> = &'d dyn Fn(&[u8]) -> Option<String>;

/// What an upstream does with parameters, and with empty segments.
#[derive(Clone, Copy)]
enum Parameters {
    CutOff,
    Kept,
    /// With all that follows.
    CutToEnd,
}

#[derive(Clone, Copy)]
enum Empty {
    Merged,
    Kept,
    /// Only those at the beginning.
    MergedInFront,
    /// `//host/path`: taken for an authority.
    Authority,
    AuthorityMerged,
}

impl Structure {
    /// `raw` was scanned: it begins with a slash and every escape is whole.
    pub fn read(raw: &[u8], needless: Needless, decode: Decode<'_>) -> Result<Structure, PathFault> {
        let read = Structure::read_bytes(raw, needless, decode)?;
        let backslash = read.segments.iter().flatten().any(|piece| piece.contains('\\'));
        if backslash { Err(PathFault::EncodedSeparator) } else { Ok(read) }
    }

    /// The same where a backslash may stand for half a character.
    pub fn read_bytes(raw: &[u8], needless: Needless, decode: Decode<'_>) -> Result<Structure, PathFault> {
        let (segments, leave) = (Vec::new(), Leave::default());
        let mut read = Structure { segments, leave, trail: false, ascii: true, needless: false };
        let mut raws = raw[1..].split(|b| *b == b'/').peekable();
        while let Some(segment) = raws.next() {
            let last = raws.peek().is_none();
            read.leave.empty_segments |= segment.is_empty() && !last;
            let mut pieces = Vec::new();
            for piece in split_encoded(segment) {
                let bytes = unescape(piece, needless, &mut read.needless);
                read.trail |= bytes.contains(&b'\\');
                read.ascii &= bytes.is_ascii();
                let text = decode(&bytes).ok_or(PathFault::NotInCharset)?;
                pieces.push(text);
            }
            read.refuse(&pieces, last)?;
            read.segments.push(pieces);
        }
        Ok(read)
    }

    pub fn leave(&self) -> Leave {
        self.leave
    }

    pub fn has_trail(&self) -> bool {
        self.trail
    }

    pub fn has_needless(&self) -> bool {
        self.needless
    }

    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Refuses combinations that no application needs and servers resolve differently; notes what is left.
    fn refuse(&mut self, pieces: &[String], last: bool) -> Result<(), PathFault> {
        let count = pieces.len();
        self.leave.encoded_slash |= count > 1;
        for (index, piece) in pieces.iter().enumerate() {
            let ends = last && index + 1 == count;
            // An encoded slash beside another slash.
            if count > 1 && piece.is_empty() && !ends {
                return Err(PathFault::EncodedSeparator);
            }
            dots::refuse(piece)?;
            dots::twice(piece)?;
            let Some((name, _)) = piece.split_once(';') else { continue };
            self.leave.path_params = true;
            // `/a;x%2fy`: the parameter ends in two places.
            if index + 1 < count {
                return Err(PathFault::EncodedSeparator);
            }
            // `/;/admin`: nothing is left of the segment.
            if name.is_empty() && !ends {
                return Err(PathFault::PathParameter);
            }
            piece.split(';').try_for_each(dots::refuse)?;
        }
        Ok(())
    }

    /// As it is shown and written down: without parameters, which may be credentials.
    pub fn first(&self) -> CanonicalPath {
        join(&empties(parameters(self.flat(false), Parameters::CutOff), Empty::Merged))
    }

    /// Every reading once, [`Structure::first`] first.
    pub fn readings(&self) -> Result<Vec<CanonicalPath>, PathFault> {
        let mut found: Vec<CanonicalPath> = Vec::new();
        let mut add = |path: CanonicalPath| {
            if !found.contains(&path) {
                found.push(path);
            }
        };
        let slashes: &[bool] = if self.leave.encoded_slash { &[false, true] } else { &[false] };
        let cuts: &[Parameters] = match self.leave.path_params {
            true => &[Parameters::CutOff, Parameters::Kept, Parameters::CutToEnd],
            false => &[Parameters::Kept],
        };
        let merges: &[Empty] = match self.leave.empty_segments {
            true => &[Empty::Merged, Empty::Kept, Empty::MergedInFront, Empty::Authority, Empty::AuthorityMerged],
            false => &[Empty::Kept],
        };
        let pieces: usize = self.segments.iter().map(Vec::len).sum();
        if pieces * slashes.len() * cuts.len() * merges.len() > MOST_COMPARED {
            return Err(PathFault::TooLongToCompare);
        }
        for &decoded in slashes {
            for &cut in cuts {
                for &merge in merges {
                    let segments = empties(parameters(self.flat(decoded), cut), merge);
                    add(join(&segments));
                    if let Some(twice) = twice(&segments)? {
                        add(join(&twice));
                    }
                    if let Some(bare) = without_session(&segments)? {
                        add(join(&bare));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The segments, where an encoded slash is a separator or a character.
    fn flat(&self, decoded: bool) -> Vec<String> {
        match decoded {
            true => self.segments.iter().flatten().cloned().collect(),
            false => self.segments.iter().map(|pieces| pieces.join("%2F")).collect(),
        }
    }
}

/// Cuts at `%2F` and `%2f`.
fn split_encoded(segment: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < segment.len() {
        if segment[at] == b'%' {
            if matches!(segment.get(at + 1..at + 3), Some([b'2', b'F' | b'f'])) {
                pieces.push(&segment[from..at]);
                from = at + 3;
            }
            at += 2;
        }
        at += 1;
    }
    pieces.push(&segment[from..]);
    pieces
}

fn unescape(piece: &[u8], needless: Needless, found: &mut bool) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(piece.len());
    let mut rest = piece;
    while let [byte, tail @ ..] = rest {
        let decoded = match tail {
            [high, low, ..] if *byte == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        let Some(decoded) = decoded else {
            out.push(*byte);
            rest = tail;
            continue;
        };
        let idle = is_needless(decoded, out.last());
        *found |= idle;
        match needless {
            Needless::Left if idle => out.extend_from_slice(&rest[..3]),
            _ => out.push(decoded),
        }
        rest = &tail[2..];
    }
    out
}

/// Whether there is no need to encode this byte (RFC 3986 §2.3). After a byte above ASCII it may be half a character.
pub(super) fn is_needless(decoded: u8, before: Option<&u8>) -> bool {
    let unreserved = decoded.is_ascii_alphanumeric() || matches!(decoded, b'-' | b'.' | b'_' | b'~');
    unreserved && before.is_none_or(|before| *before < 0x80)
}

fn parameters(mut segments: Vec<String>, how: Parameters) -> Vec<String> {
    match how {
        Parameters::Kept => {}
        Parameters::CutOff => segments.iter_mut().for_each(cut),
        Parameters::CutToEnd => {
            if let Some(first) = segments.iter().position(|segment| segment.contains(';')) {
                segments.truncate(first + 1);
                cut(&mut segments[first]);
            }
        }
    }
    segments
}

fn cut(segment: &mut String) {
    if let Some(at) = segment.find(';') {
        segment.truncate(at);
    }
}

fn empties(segments: Vec<String>, how: Empty) -> Vec<String> {
    let front = segments.iter().take_while(|segment| segment.is_empty()).count().min(segments.len() - 1);
    match how {
        Empty::Kept => segments,
        Empty::Merged => merged(segments),
        Empty::MergedInFront => segments.into_iter().skip(front).collect(),
        Empty::Authority | Empty::AuthorityMerged if front == 0 => segments,
        Empty::Authority => segments.into_iter().skip(front + 1).collect(),
        Empty::AuthorityMerged => merged(segments.into_iter().skip(front + 1).collect()),
    }
}

/// Without empty segments but one at the end, which a trailing slash makes.
fn merged(segments: Vec<String>) -> Vec<String> {
    let count = segments.len();
    segments.into_iter().enumerate().filter(|(index, s)| !s.is_empty() || index + 1 == count).map(|(_, s)| s).collect()
}

fn join(segments: &[String]) -> CanonicalPath {
    CanonicalPath(format!("/{}", segments.join("/")))
}

fn twice(segments: &[String]) -> Result<Option<Vec<String>>, PathFault> {
    if !segments.iter().any(|segment| segment.contains('%')) {
        return Ok(None);
    }
    let again = |segment: &String| -> Result<String, PathFault> {
        // An encoded slash that is a character stays one.
        let pieces: Result<Vec<String>, PathFault> =
            segment.split("%2F").map(|piece| Ok(dots::twice(piece)?.unwrap_or_else(|| piece.to_owned()))).collect();
        Ok(pieces?.join("%2F"))
    };
    segments.iter().map(again).collect::<Result<Vec<_>, _>>().map(Some)
}

/// More than this is no session, and costs time.
const MOST_SESSIONS: usize = 4;

/// Without what ASP.NET takes for a session (`/(S(…))/page.aspx`) and cuts out wherever it stands, even within a name.
/// That may join what was apart, so each segment is looked at again.
fn without_session(segments: &[String]) -> Result<Option<Vec<String>>, PathFault> {
    let whole = segments.join("/");
    let mut left = whole.clone();
    let mut found = 0;
    while let Some((from, to)) = session(&left) {
        left.replace_range(from..to, "");
        found += 1;
        if found > MOST_SESSIONS {
            return Err(PathFault::Divided);
        }
    }
    if left == whole {
        return Ok(None);
    }
    let left: Vec<String> = merged(left.split('/').map(str::to_owned).collect());
    left.iter().try_for_each(|segment| dots::refuse(segment))?;
    Ok(Some(left))
}

/// From `(X(` to the next `))`.
fn session(path: &str) -> Option<(usize, usize)> {
    let opens = |w: &[u8]| w[0] == b'(' && w[1].is_ascii_alphabetic() && w[2] == b'(';
    let from = path.as_bytes().windows(3).position(opens)?;
    let to = path[from..].find("))")?;
    Some((from, from + to + 2))
}
