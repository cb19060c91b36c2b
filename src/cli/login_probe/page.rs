//! The form of a login page, read leniently as browsers do: pages of old applications are rarely well-formed.

/// Where a form goes and what it carries before anybody typed anything.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

/// The form with a field of this name.
pub fn form(page: &str, field: &str) -> Option<Form> {
    let lower = page.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("<form") {
        let begin = from + at;
        let end = lower[begin..].find("</form").map_or(page.len(), |at| begin + at);
        let tag = tags(&page[begin..end]).next().unwrap_or_default();
        let inputs: Vec<&str> = tags(&page[begin..end]).filter(|tag| is(tag, "input") || is(tag, "button")).collect();
        if inputs.iter().any(|tag| attribute(tag, "name").as_deref() == Some(field)) {
            let fields = inputs.iter().filter_map(|tag| carried(tag)).collect();
            return Some(Form { action: attribute(tag, "action").unwrap_or_default(), fields });
        }
        from = end;
    }
    None
}

/// What an input carries: all but boxes that are not ticked, and buttons but for the first that has a name.
fn carried(tag: &str) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
    let ticked = !matches!(kind.as_str(), "checkbox" | "radio") || attribute(tag, "checked").is_some();
    let sent = ticked && !matches!(kind.as_str(), "button" | "reset" | "image" | "file");
    Some((attribute(tag, "name").filter(|name| sent && !name.is_empty())?, attribute(tag, "value").unwrap_or_default()))
}

/// What stands between `<` and `>`.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).map(|tag| {
        let mut quote = None;
        let end = tag.char_indices().find(|(_, c)| match (quote, c) {
            (None, '>') => true,
            (None, '"' | '\'') => {
                quote = Some(*c);
                false
            }
            (Some(open), c) if open == *c => {
                quote = None;
                false
            }
            _ => false,
        });
        end.map_or(tag, |(at, _)| &tag[..at])
    })
}

fn is(tag: &str, name: &str) -> bool {
    tag.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
}

/// The value of an attribute; empty where it has none.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.split_once(|c: char| c.is_ascii_whitespace())?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let (key, after) = rest.split_at(end.max(1));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(text) => match text.chars().next() {
                Some(quote @ ('"' | '\'')) => text[1..].split_once(quote).unwrap_or((&text[1..], "")),
                _ => text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len())),
            },
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        rest = after;
    }
}

fn unescaped(text: &str) -> String {
    let known = [("&quot;", "\""), ("&#34;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">")];
    known.into_iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)).replace("&amp;", "&")
}

/// The page's title, to be printed after its size.
pub fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let inside = lower.find("<title>").and_then(|at| {
        let begin = at + "<title>".len();
        Some(page[begin..begin + lower[begin..].find("</title>")?].trim())
    });
    inside.map_or_else(String::new, |title| format!(", title \"{}\"", title.escape_debug()))
}

/// The lines of text that people see.
pub fn texts(page: &str) -> Vec<String> {
    let bare = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    bare.map(|text| text.trim().to_owned()).filter(|text| text.chars().any(char::is_alphabetic)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_has_the_field_is_found_however_it_is_written() {
        let page = r#"<FORM action=/search><input name=q></form>
            <form method="post" Action='/login?a=1&amp;b=2'>
            <input type="hidden" name="csrf" value="a&quot;b>c"><INPUT TYPE=text NAME=username />
            <input type=checkbox name=remember value=1><input type=password name=password>
            <button value="1" type="submit" name="go">Go</button></form>"#;
        let form = form(page, "username").expect("a form");
        assert_eq!(form.action, "/login?a=1&b=2");
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("csrf", "a\"b>c"), ("username", ""), ("password", ""), ("go", "1")]);
        assert_eq!(super::form(page, "user"), None);
        assert_eq!(super::form("<form><input name=username", "username").map(|form| form.action), Some(String::new()));
    }

    #[test]
    fn what_people_see_is_told_from_the_rest() {
        assert_eq!(texts("<p>Wrong <b>password</b></p><i>12</i>"), ["Wrong", "password"]);
        assert_eq!(title("<html><TITLE> Log in </TITLE>"), ", title \"Log in\"");
        assert_eq!(title("none"), "");
    }
}
