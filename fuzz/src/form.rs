//! Forms: what we read is what browsers meant, or nothing.

use sekisho::pages::form::Form;
use url::form_urlencoded;

/// Wherever our reader takes a form, the reader of the WHATWG standard finds the same fields, each once.
pub fn judge(data: &[u8]) {
    let theirs: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    let Ok(ours) = Form::read(data) else { return };
    for (index, (name, value)) in theirs.iter().enumerate() {
        assert_eq!(ours.get(name), Some(value.as_str()), "{name:?}");
        assert!(!theirs[..index].iter().any(|(before, _)| before == name), "{name:?} occurs twice");
    }
    // Nothing is found that was not sent.
    assert_eq!(
        ours.get("\u{0}nobody sends this"),
        theirs.iter().find(|(n, _)| n == "\u{0}nobody sends this").map(|(_, v)| v.as_str())
    );
    assert_eq!(ours.filled("code"), ours.get("code").filter(|value| !value.is_empty()));
    // Written out again it reads the same, so nothing is lost.
    let again = form_urlencoded::Serializer::new(String::new()).extend_pairs(&theirs).finish();
    let again = Form::read(again.as_bytes()).unwrap_or_else(|refusal| panic!("{again:?}: {refusal:?}"));
    assert!(theirs.iter().all(|(name, _)| again.get(name) == ours.get(name)));
}
