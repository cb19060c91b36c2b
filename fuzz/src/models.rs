//! How servers read a target, each written from its behaviour and not from our reader: what the law A22 is held against.
//!
//! A model answers which corner of the sample site it would serve. It takes bytes, resolves dot segments and clamps at
//! the root, as real servers do.

/// The corners of the sample site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corner {
    Public,
    Protected,
    Never,
    Other,
}

/// What an upstream was said to be; a model that is none of it is left out.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// Letter case tells nothing apart.
    pub insensitive: bool,
}

/// Every model, with its name.
pub fn views(target: &[u8], said: Said) -> Vec<(&'static str, Corner)> {
    let fold = said.insensitive;
    let raw = target.split(|b| *b == b'?').next().unwrap_or_default();
    let decoded = decode(raw);
    let mut views = vec![
        ("raw", corner(&segments(raw), fold)),
        ("cgi: decoded, nothing resolved", corner(&segments(&decoded), fold)),
        ("nginx: decoded, merged, resolved", corner(&resolve(&segments(&decoded)), fold)),
        ("apache: an encoded slash is a character", corner(&resolve(&keep_encoded_slashes(raw)), fold)),
        (
            "tomcat: parameters off, decoded, resolved",
            corner(&resolve(&segments(&decode(&without_parameters(raw)))), fold),
        ),
        ("jetty: decoded, parameters off, resolved", corner(&resolve(&segments(&without_parameters(&decoded))), fold)),
        (
            "cut at the first semicolon",
            corner(&resolve(&segments(decoded.split(|b| *b == b';').next().unwrap_or_default())), fold),
        ),
        ("decodes twice", corner(&resolve(&segments(&decode(&decoded))), fold)),
        (
            "python: an authority in front, decoded, resolved",
            corner(&resolve(&segments(&decode(without_authority(raw)))), fold),
        ),
        ("resolved, then decoded", corner(&segments(&decode(&join(&resolve(&segments(raw))))), fold)),
        ("backslashes are slashes", corner(&resolve(&segments(&slashed(&decoded))), fold)),
        ("asp.net: sessions are cut out", corner(&resolve(&segments(&without_session(&decoded))), fold)),
    ];
    if let Some(path) = node(raw) {
        views.push(("node: new URL()", corner(&segments(&path), fold)));
        views.push(("node: new URL(), decoded", corner(&resolve(&segments(&decode(&path))), fold)));
    }
    if fold {
        let windows = windows(&slashed(&decoded));
        views.push(("windows", corner(&resolve(&windows), fold)));
    }
    views
}

fn corner(segments: &[Vec<u8>], fold: bool) -> Corner {
    let mut first = segments.first().cloned().unwrap_or_default();
    if fold {
        first.make_ascii_lowercase();
    }
    match first.as_slice() {
        b"public" => Corner::Public,
        b"protected" => Corner::Protected,
        b"never" => Corner::Never,
        _ => Corner::Other,
    }
}

fn segments(path: &[u8]) -> Vec<Vec<u8>> {
    path.strip_prefix(b"/").unwrap_or(path).split(|b| *b == b'/').map(<[u8]>::to_vec).collect()
}

fn join(segments: &[Vec<u8>]) -> Vec<u8> {
    [b"/".as_slice(), &segments.join(&b'/')].concat()
}

/// Empty segments merged, dot segments resolved.
fn resolve(segments: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    for segment in segments {
        match segment.as_slice() {
            b"" | b"." => {}
            b".." => drop(out.pop()),
            other => out.push(other.to_vec()),
        }
    }
    out
}

fn decode(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        let digits = path.get(at + 1..at + 3).filter(|_| path[at] == b'%');
        let byte = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        // `+1` parses as a number too, and is no escape.
        match byte.filter(|_| path[at + 1] != b'+') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(path[at]);
                at += 1;
            }
        }
    }
    out
}

fn keep_encoded_slashes(raw: &[u8]) -> Vec<Vec<u8>> {
    let segment = |s: &Vec<u8>| decode(s);
    segments(raw).iter().map(segment).collect()
}

/// From each semicolon to the next slash.
fn without_parameters(path: &[u8]) -> Vec<u8> {
    let cut = |segment: &Vec<u8>| segment.split(|b| *b == b';').next().unwrap_or_default().to_vec();
    join(&segments(path).iter().map(cut).collect::<Vec<_>>())
}

/// `//host/path` is `/path` to who reads it as a reference.
fn without_authority(path: &[u8]) -> &[u8] {
    let Some(rest) = path.strip_prefix(b"//") else { return path };
    rest.iter().position(|b| *b == b'/').map_or(&[], |at| &rest[at..])
}

fn slashed(path: &[u8]) -> Vec<u8> {
    path.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect()
}

/// Without dots and spaces at the end, and what follows a colon.
fn windows(path: &[u8]) -> Vec<Vec<u8>> {
    let trim = |segment: Vec<u8>| {
        if matches!(segment.as_slice(), b"." | b"..") {
            return segment;
        }
        let mut name = segment.split(|b| *b == b':').next().unwrap_or_default().to_vec();
        while matches!(name.last(), Some(b'.' | b' ')) {
            name.pop();
        }
        name
    };
    segments(path).into_iter().map(trim).collect()
}

fn without_session(path: &[u8]) -> Vec<u8> {
    let opens = |w: &[u8]| w[0] == b'(' && w[1].is_ascii_alphabetic() && w[2] == b'(';
    let Some(from) = path.windows(3).position(opens) else { return path.to_vec() };
    let Some(length) = path[from..].windows(2).position(|w| w == b"))") else { return path.to_vec() };
    [&path[..from], &path[from + length + 2..]].concat()
}

/// What a program sees that puts the target into `new URL(target, base)`, as many do.
fn node(raw: &[u8]) -> Option<Vec<u8>> {
    let text: String = raw.iter().map(|b| char::from(*b)).collect();
    let base = url::Url::parse("http://localhost/").ok()?;
    Some(base.join(&text).ok()?.path().as_bytes().to_vec())
}
