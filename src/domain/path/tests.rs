//! What is read out of a target, whatever the routes are.

use super::*;

#[test]
fn ordinary_legacy_urls_pass() {
    for (raw, canonical) in [
        ("/", "/"),
        ("/app/explorer.html", "/app/explorer.html"),
        ("/patients/4711/", "/patients/4711/"),
        ("/a%20b", "/a b"),
        ("/%E6%82%A3%E8%80%85/%EF%BC%91", "/患者/１"),
        ("/~user/[x]/it's(1).aspx?q=/../%2f;", "/~user/[x]/it's(1).aspx"),
        ("/100%25", "/100%"),
        ("/a|b{c}", "/a|b{c}"),
        ("/...x/.well-known", "/...x/.well-known"),
    ] {
        let path = RequestPath::read(raw.as_bytes()).unwrap_or_else(|fault| panic!("{raw}: {fault}"));
        assert_eq!((path.first().as_str(), path.leave()), (canonical, Leave::default()), "{raw}");
        let again = RequestPath::read(path.first().encoded().as_bytes());
        assert_eq!(again.as_ref().map(RequestPath::first), Ok(path.first()), "{raw}");
    }
}

#[test]
fn what_no_application_needs_is_refused() {
    use PathFault::*;
    for (raw, fault) in [
        ("admin", NotAbsolute),
        ("xyz:/admin", NotAbsolute),
        ("?x=/admin", NotAbsolute),
        ("", NotAbsolute),
        ("*", NotAbsolute),
        ("/public/../admin", DotSegment),
        ("/public/%2e%2e/admin", DotSegment),
        ("/public/.%2E/admin", DotSegment),
        ("/public/%252e%252e/admin", DotSegment),
        ("/./admin", DotSegment),
        ("/a/.../b", DotSegment),
        ("/a/..%20/b", DotSegment),
        ("/public//../admin", DotSegment),
        ("/%2fadmin", EncodedSeparator),
        ("/public%2f..%2fadmin", DotSegment),
        ("/a%5c..%5cadmin", EncodedSeparator),
        ("/public/%252e%252e%252Fadmin", EncodedSeparator),
        ("/public/..%255cadmin", EncodedSeparator),
        ("/\\admin", EncodedSeparator),
        ("/%ef%bc%8fadmin", EncodedSeparator),
        ("/\u{7f}", Control),
        ("/a%00b", Control),
        ("/a%0d%0ab", Control),
        ("/a%7f", Control),
        ("/a b", RawCharacter),
        ("/a#b", RawCharacter),
        ("/a%", BadEscape),
        ("/a%2", BadEscape),
        ("/a%zz", BadEscape),
    ] {
        assert_eq!(RequestPath::read(raw.as_bytes()), Err(fault), "{raw}");
    }
    assert_eq!(RequestPath::read(&[b"/".as_slice(), &[b'a'; 9000]].concat()), Err(TooLong));
}

#[test]
fn what_can_be_read_in_several_ways_says_how() {
    let readings = |raw: &str| {
        let path = RequestPath::read(raw.as_bytes()).unwrap_or_else(|fault| panic!("{raw}: {fault}"));
        let read = path.readings(Charset::UTF8).unwrap_or_else(|fault| panic!("{raw}: {fault}"));
        assert_eq!(read.first(), Some(path.first()), "{raw}");
        read.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(readings("/a"), ["/a"]);
    assert_eq!(readings("/a%2fb"), ["/a%2Fb", "/a/b"]);
    assert_eq!(readings("/a;x/b"), ["/a/b", "/a;x/b", "/a"]);
    assert_eq!(readings("/a//b"), ["/a/b", "/a//b"]);
    assert_eq!(readings("//a/b//c"), ["/a/b/c", "//a/b//c", "/a/b//c", "/b//c", "/b/c"]);
    assert_eq!(readings("//"), ["/", "//"]);
    assert_eq!(readings("/a%2541"), ["/a%41", "/aA"]);
    assert_eq!(readings("/%61b"), ["/ab", "/%61b", "/ab"]);
    assert_eq!(readings("/a/(S(x))/b"), ["/a/(S(x))/b", "/a/b"]);
    assert_eq!(readings("/a(S(x))b%2Fc"), ["/a(S(x))b%2Fc", "/ab%2Fc", "/a(S(x))b/c", "/ab/c"]);
    assert!(readings("//a%2Fb%252041(S(x))/c;d/e;f//g").len() <= 90);
}

#[test]
fn an_ordinary_path_is_plain_and_the_others_are_not() {
    for plain in ["/", "/a/b/", "/%E6%82%A3", "/a%20b", "/~x/[1]/it's|{}", "/a?x;y//z"] {
        assert!(RequestPath::read(plain.as_bytes()).is_ok_and(|path| path.is_plain()), "{plain}");
    }
    let long = format!("/odata/Products(1)/{}", "a/".repeat(2000));
    assert!(RequestPath::read(long.as_bytes()).is_ok_and(|path| path.is_plain()));
    assert_eq!(RequestPath::read(format!("{long}/b").as_bytes()), Err(PathFault::TooLongToCompare));
    let many = RequestPath::read("//a;b/c%2fd".repeat(100).as_bytes()).expect("it can be taken apart");
    assert_eq!(many.readings(Charset::UTF8), Err(PathFault::TooLongToCompare), "comparing costs time");
    assert_eq!(many.share(|_| false), Share::Some, "so it counts as like anything");
    for odd in ["//", "/a//", "/%41", "/;", "/a%2F", "/a%25", "/(S(x))"] {
        assert!(RequestPath::read(odd.as_bytes()).is_ok_and(|path| !path.is_plain()), "{odd}");
    }
}
