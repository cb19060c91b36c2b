//! What tells the answer to a right password from that to a wrong one.

use super::page::texts;
use super::{Tried, toml};

/// The parts of `success`; `None` where nothing tells the two apart.
pub fn success(wrong: &Tried, right: &Tried) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    if wrong.status != right.status {
        parts.push(format!("status = [{}]", right.status));
    }
    if let Some(location) = right.location.as_deref().filter(|_| right.location != wrong.location) {
        parts.push(format!("location = {}", toml(&at(location))));
    }
    // One that a wrong password sets too says nothing.
    let fresh = right.cookies.keys().find(|name| !wrong.cookies.contains_key(*name));
    if let Some(name) = fresh {
        parts.push(format!("set_cookie = {}", toml(&named(name))));
    }
    if parts.is_empty() {
        let (seen, before) = (texts(&right.body), texts(&wrong.body));
        let only = |mine: &[String], other: &str| mine.iter().find(|text| !other.contains(text.as_str())).cloned();
        parts.extend(only(&before, &right.body).map(|text| format!("not_body = {}", toml(&text))));
        parts.extend(only(&seen, &wrong.body).map(|text| format!("body = {}", toml(&text))));
    }
    (!parts.is_empty()).then_some(parts)
}

/// The path of an address, whatever follows it.
fn at(location: &str) -> String {
    let path = match location.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => location,
    };
    let end = path.find(['?', '#']).unwrap_or(path.len());
    format!("{}*", &path[..end])
}

/// A cookie's name without what looks drawn at random.
fn named(name: &str) -> String {
    let random = name.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
    if random >= 16 { format!("{}*", &name[..name.len() - random]) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn tried(status: u16, location: Option<&str>, cookies: &[&str], body: &str) -> Tried {
        Tried {
            status,
            location: location.map(str::to_owned),
            cookies: cookies.iter().map(|name| ((*name).to_owned(), false)).collect::<BTreeMap<_, _>>(),
            removed: Vec::new(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn what_differs_is_proposed() {
        let django = success(
            &tried(200, None, &["csrftoken"], "Please enter the correct username"),
            &tried(302, Some("/admin/?a"), &["csrftoken", "sessionid"], ""),
        );
        let expected = ["status = [302]", "location = \"/admin/*\"", "set_cookie = \"sessionid\""];
        assert_eq!(django.as_deref(), Some(&expected.map(str::to_owned)[..]));
        let wiki =
            tried(302, Some("http://127.0.0.1:80/doku.php?id=start"), &["DW668e18ebf687ee83abbe7a391ea02840"], "");
        let wiki = success(&tried(302, Some("/"), &[], ""), &wiki).expect("they differ");
        assert_eq!(wiki, ["location = \"/doku.php*\"", "set_cookie = \"DW*\""]);
        let texts =
            success(&tried(200, None, &["s"], "<p>No \"entry\"</p>"), &tried(200, None, &["s"], "<p>Welcome</p>"));
        assert_eq!(texts.expect("they differ"), ["not_body = \"No \\\"entry\\\"\"", "body = \"Welcome\""]);
        assert_eq!(success(&tried(200, None, &["s"], "same"), &tried(200, None, &["s"], "same")), None);
    }
}
