//! Emergency access: off unless it is asked for, short, and never in silence.

use super::*;

const ALERT: &str = "[[alert]]\nkind = \"command\"\ncommand = [\"/usr/bin/logger\"]\non = [\"emergency\"]\n";

fn with(emergency: &str) -> String {
    edited("max_age = \"8h\"", &format!("max_age = \"8h\"\nemergency = {emergency}"))
}

fn rules(text: &str) -> Option<crate::domain::emergency::EmergencyRules> {
    config(text).gate.scopes["records"].emergency
}

#[test]
fn it_is_off_unless_it_is_asked_for() {
    assert_eq!(rules(BASE), None);
    let usual = rules(&(with("{}") + ALERT)).expect("on");
    assert_eq!((usual.life.as_secs(), usual.second_person), (30 * 60, false));
    let own = rules(&(with("{ for = \"2h\", second_person = true }") + ALERT)).expect("on");
    assert_eq!((own.life.as_secs(), own.second_person), (2 * 3600, true));
}

#[test]
fn what_is_wrong_is_told_with_what_was_meant() {
    for (written, code) in [
        ("{ fro = \"30m\" }", "E103"),
        ("{ second_persn = true }", "E103"),
        ("{ for = \"1s\" }", "E107"),
        ("{ for = \"2d\" }", "E107"),
        ("{ for = \"9h\" }", "E108"),
        ("{ for = 30 }", "E105"),
        ("{ second_person = \"yes\" }", "E105"),
        ("true", "E105"),
    ] {
        let found = loaded(&(with(written) + ALERT));
        assert!(told(&found).iter().any(|told| told.starts_with(code)), "{written}: {:?}", told(&found));
    }
    let near = loaded(&(with("{ second_persn = true }") + ALERT));
    assert_eq!(near.diagnostics[0].nearest.as_deref(), Some("second_person"));
    let near = loaded(&(with("{}") + &ALERT.replace("emergency", "emergancy")));
    assert!(near.diagnostics.iter().any(|told| told.nearest.as_deref() == Some("emergency")));
}

#[test]
fn whoever_would_not_be_told_at_once_is_warned() {
    let silent = with("{}");
    assert!(told(&loaded(&silent))[0].starts_with("W216"), "{:?}", told(&loaded(&silent)));
    assert!(told(&loaded(&(silent.clone() + &ALERT.replace("emergency", "budget"))))[0].starts_with("W216"));
    for alert in [ALERT.to_owned(), ALERT.replace("on = [\"emergency\"]\n", "")] {
        assert_eq!(told(&loaded(&(silent.clone() + &alert))), Vec::<String>::new(), "{alert}");
    }
}
