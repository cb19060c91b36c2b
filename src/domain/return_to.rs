//! Where somebody goes after the code: a path of this site, and never anything else (open redirects: attack D26).

use super::path::{RequestPath, Share};

/// Longest target that is carried through a challenge.
const LONGEST: usize = 2048;

/// The target if it is a path and query of this very site; `/` for everything else. A path with several readings may
/// stay, because it is judged again when somebody comes back to it; `//host` may not, which a browser takes for another
/// site.
pub fn same_site(target: &str, reserved_prefix: &str) -> String {
    let printable = target.bytes().all(|b| (0x21..0x7f).contains(&b) && !matches!(b, b'\\' | b'"' | b'<' | b'>'));
    let path = RequestPath::read(target.split('#').next().unwrap_or_default().as_bytes());
    let reserved =
        |path: &RequestPath| path.share(|reading| reading.as_str().starts_with(reserved_prefix)) != Share::None;
    match path {
        Ok(path) if printable && target.len() <= LONGEST && !target.starts_with("//") && !reserved(&path) => {
            target.to_owned()
        }
        _ if target.strip_prefix(reserved_prefix).is_some_and(is_own) => target.to_owned(),
        _ => "/".to_owned(),
    }
}

/// The pages on which people look at their own account: a GET there changes nothing.
fn is_own(rest: &str) -> bool {
    let below = |page: &str| page.bytes().all(|b| b.is_ascii_lowercase());
    rest == "me" || rest.strip_prefix("me/").is_some_and(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_kept() {
        let kept = |t: &str| same_site(t, "/.sekisho/") == t;
        for good in [
            "/",
            "/records/4711?tab=1",
            "/app/explorer.html#patient?uuid=1",
            "/%E6%82%A3%E8%80%85/",
            "/%83%5C%83t%83g/",
            "/records/a%2Fb;v=1",
            "/records//4711",
            "/.sekisho/me",
            "/.sekisho/me/totp",
        ] {
            assert!(kept(good), "{good}");
        }
        for bad in [
            "",
            "records",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/%2f/evil.example",
            "/..//evil.example",
            "/%09/evil.example",
            "javascript:alert(1)",
            "/ /evil.example",
            "/.sekisho/challenge?return_to=/",
            "/a\r\nSet-Cookie: x",
            "///evil.example",
            "/.sekisho/logout",
            "/.sekisho/me/../logout",
            "/.sekisho/me/totp?offer=x",
            "/.sekisho/me/totp/x",
            "/.sekisho/meme",
            "/.sekisho;x/logout",
            "//.sekisho/logout",
            "/x/..;/logout",
            "/%5Cevil.example",
        ] {
            assert_eq!(same_site(bad, "/.sekisho/"), "/", "{bad}");
        }
    }
}
