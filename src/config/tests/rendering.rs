//! How diagnostics look.

use proptest::prelude::*;

use super::*;

#[test]
fn people_see_the_line_and_carets_under_the_mistake() {
    let loaded = loaded(&edited("max_age", "max_ages"));
    let expected = r#"error[E103]: unknown key `max_ages` in [scope.records]
  --> sekisho.toml:16:1
   |
16 | max_ages = "8h"
   | ^^^^^^^^ did you mean `max_age`?

"#;
    assert_eq!(render::human(&loaded, false), expected);
    assert_eq!(render::summary(&loaded), "1 problem: 1 error");
    assert!(render::human(&loaded, true).contains("\u{1b}["));
}

#[test]
fn wide_characters_and_tabs_keep_the_column() {
    let loaded = loaded(&edited("\"/records/**\"", "\"/records/**\"\nobject\t= { path = \"/患者/{id}\", 鍵 = 1 }"));
    assert_eq!(told(&loaded), ["E101 23:31"], "a bare key is ASCII");
    let loaded =
        super::loaded(&edited("\"/records/**\"", "\"/records/**\"\nobject = { path = \"/患者/{id}\", \"鍵\" = 1 }"));
    assert_eq!(told(&loaded), ["E103 23:31"]);
    assert!(render::human(&loaded, false).contains("sekisho.toml:23:31"));
}

#[test]
fn programs_get_one_object() {
    let loaded = loaded(&edited("max_age = \"8h\"", "max_ages = \"8h\"\nidle = \"9h\""));
    let answer: serde_json::Value = serde_json::from_str(&render::json(&loaded)).expect("JSON");
    let expected = serde_json::json!({
        "valid": false,
        "diagnostics": [
            {
                "severity": "error",
                "code": "E103",
                "file": "sekisho.toml",
                "line": 16,
                "column": 1,
                "end_column": 9,
                "message": "unknown key `max_ages` in [scope.records]",
                "help": "did you mean `max_age`?",
                "nearest": "max_age",
            },
            {
                "severity": "error",
                "code": "E108",
                "file": "sekisho.toml",
                "line": 17,
                "column": 8,
                "end_column": 12,
                "message": "`idle` is longer than `max_age` and so never counts",
                "help": null,
                "nearest": null,
            },
        ],
    });
    assert_eq!(answer, expected);
    let valid: serde_json::Value = serde_json::from_str(&render::json(&super::loaded(BASE))).expect("JSON");
    assert_eq!(valid, serde_json::json!({ "valid": true, "diagnostics": [] }));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let loaded = load(Path::new("/nowhere/sekisho.toml"));
    assert_eq!(told(&loaded), ["E001 ?"]);
    assert!(render::human(&loaded, false).starts_with("error[E001]: cannot read `/nowhere/sekisho.toml`"));
    assert!(render::json(&loaded).contains("\"file\":\"/nowhere/sekisho.toml\",\"line\":null"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a hand slips to, it is told, and nothing panics.
    #[test]
    fn no_slip_of_the_hand_panics(at in 0usize..BASE.len(), cut in 0usize..12, put in "[\\[\\]{}=\"'.,#\n\\\\a1é🔑-]{0,4}") {
        let end = (at + cut).min(BASE.len());
        let text = format!("{}{put}{}", &BASE[..at], &BASE[end..]);
        let loaded = loaded(&text);
        prop_assert!(loaded.config.is_some() || !loaded.diagnostics.is_empty());
        render::human(&loaded, true);
        render::json(&loaded);
    }
}
