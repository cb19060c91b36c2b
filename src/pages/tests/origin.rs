//! Which requests this site itself has sent.

use crate::pages::origin::{Proof, Site};

use super::house::{SITE, request};

fn prove(site: &str, headers: &[(&str, &str)]) -> Proof {
    let hosts = ["127.0.0.1", "localhost", "[::1]", "other.example.jp"].map(str::to_owned);
    Site::new(site, &hosts).prove(&request("POST", "/.sekisho/challenge", headers, ""))
}

#[test]
fn a_request_proves_its_origin_or_does_not() {
    use Proof::*;
    let here = ("origin", SITE);
    for (headers, expected) in [
        (&[][..], Absent),
        (&[here], Same),
        (&[("origin", "https://records.example.jp:443")], Same),
        (&[("origin", "http://records.example.jp")], Foreign),
        (&[("origin", "https://records.example.jp:8443")], Foreign),
        (&[("origin", "https://records.example.jp.evil.example")], Foreign),
        (&[("origin", "https://evil.example")], Foreign),
        (&[("origin", "https://other.example.jp")], Foreign),
        (&[("origin", "null")], Foreign),
        (&[("origin", "")], Foreign),
        (&[here, here], Foreign),
        (&[("sec-fetch-site", "same-origin")], Same),
        (&[("sec-fetch-site", "same-site")], Foreign),
        (&[("sec-fetch-site", "cross-site")], Foreign),
        (&[("sec-fetch-site", "none")], Foreign),
        (&[("referer", "https://records.example.jp/a?b#c")], Same),
        (&[("referer", "https://records.example.jp@evil.example/")], Foreign),
        (&[("referer", "https://evil.example/https://records.example.jp/")], Foreign),
        (&[here, ("sec-fetch-site", "same-origin"), ("referer", "https://records.example.jp/")], Same),
        (&[here, ("sec-fetch-site", "cross-site")], Foreign),
        (&[here, ("referer", "https://evil.example/")], Foreign),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], Foreign),
    ] {
        assert_eq!(prove(SITE, headers), expected, "{headers:?}");
    }
}

#[test]
fn the_served_host_that_was_asked_for_is_this_site() {
    use Proof::*;
    let demo = "http://127.0.0.1:8080";
    for (host, origin, expected) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", Same),
        ("localhost:8080", "http://localhost:8080", Same),
        ("[::1]:8080", "http://[::1]:8080", Same),
        ("localhost:8080", "http://localhost:9090", Foreign),
        ("localhost:8080", "http://evil.example:8080", Foreign),
        ("evil.example:8080", "http://evil.example:8080", Foreign),
        ("localhost:8080", "https://localhost:8080", Foreign),
    ] {
        assert_eq!(prove(demo, &[("host", host), ("origin", origin)]), expected, "{host} {origin}");
    }
    let other = ("host", "other.example.jp");
    assert_eq!(prove(SITE, &[other, ("origin", "https://other.example.jp")]), Same);
    assert_eq!(prove(SITE, &[other, ("origin", "http://other.example.jp")]), Foreign, "another scheme");
}

#[test]
fn only_pages_of_this_site_are_returned_to() {
    let site = Site::new(SITE, &[]);
    assert_eq!(site.path_of("https://records.example.jp/a/b?c=d#e", None).as_deref(), Some("/a/b?c=d"));
    for other in ["https://evil.example/a", "/a", "", "http://records.example.jp/a", "about:blank"] {
        assert_eq!(site.path_of(other, None), None, "{other}");
    }
}
