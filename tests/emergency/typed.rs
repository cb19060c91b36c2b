//! What people type, rightly and wrongly, and what others try.

use crate::rig::{self, Plea, ask, enter, events, print, send, token};
use crate::support::{Ask, Upstream, Wire, gateway};
use std::time::Duration;

const PERSONAL: &str = "\n[scope.staff]\nmax_age = \"1h\"\nemergency = { for = \"5m\" }\n[[route]]\npath = \"/staff/**\"\nrequire = \"otp\"\nscope = \"staff\"\nupstream = \"application\"\n";

#[test]
fn a_slip_of_the_pen_is_told_and_uses_nothing_up() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).with_more(rig::LIMITS.to_string()).start();
    let sheets = print(&gateway, 2);
    let code = &sheets[0].code;
    let mut caller = gateway.caller(Wire::Http1Tls);
    let last = if code.ends_with('7') { '3' } else { '7' };
    let slip = format!("{}{last}", &code[..code.len() - 1]);
    for (typed, status) in [(slip.as_str(), 400), (&code[1..], 400), ("0000-0000-0000-0000-0000", 400), (" ", 400)] {
        let answer = ask(&mut caller, &Plea::with(typed)).expect(status);
        let page = answer.text();
        assert!(page.contains("The code has a typing mistake") && page.contains("aria-invalid"), "{page}");
        assert!(page.contains("Dr Sato") && page.contains(rig::REASON), "what else was typed is still there");
        assert!(!page.contains(typed.trim()) || typed == " ", "but not the code");
    }
    for (name, reason, field) in
        [("", rig::REASON, "name"), ("Dr Sato", "soon", "reason"), (&"x".repeat(101), rig::REASON, "name")]
    {
        let page = ask(&mut caller, &Plea { name, reason, ..Plea::with(code) }).expect(400).text();
        let wrong =
            page.split("aria-invalid").next().and_then(|before| before.rsplit("id=\"").next()).expect("a field");
        assert!(wrong.starts_with(field), "{field}: {wrong}");
    }
    assert!(events(&gateway, "emergency_refused").is_empty(), "nothing was tried");
    // However it is written.
    let spoken = code.to_lowercase().replace('-', "  ");
    ask(&mut caller, &Plea { name: "  Dr\tSato ", ..Plea::with(&spoken) }).expect(303);
    let told = &events(&gateway, "emergency_opened")[0];
    let detail = told["detail"].as_str().expect("a detail");
    assert!(
        detail.contains("Dr Sato") && detail.contains(rig::REASON) && detail.contains(&sheets[0].serial),
        "{detail}"
    );
    assert_eq!(told["user"], format!("emergency-{}", sheets[0].serial));
    assert!(!gateway.audit().contains(&sheets[0].code) && !gateway.log().contains(&sheets[0].code));
    assert!(gateway.log().contains("emergency_opened") && !gateway.log().contains("Sato"), "the log names nobody");
    let kept = std::fs::read_to_string(rig::file(&gateway)).expect("there");
    assert!(sheets.iter().all(|sheet| !kept.contains(&sheet.code) && !kept.contains(&sheet.code.replace('-', ""))));
}

#[test]
fn a_wrong_code_opens_nothing_on_any_wire_and_is_written_down() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, &format!("{}{PERSONAL}", rig::ONE)).with_more(rig::LIMITS.to_string()).start();
    let other = rig::sheets(&rig::run(&gateway, &["print", "--scope", "staff", "--count", "1"]));
    let sheets = print(&gateway, 2);
    for wire in Wire::ALL {
        // A good code, but of another scope.
        let mut caller = gateway.caller(wire);
        let page = ask(&mut caller, &Plea::with(&other[0].code)).expect(403).text();
        assert!(page.contains("This code does not open"), "{page}");
        assert_eq!(caller.cookie(gateway::COOKIE), None);
        caller.send(Ask::get("/patients/1")).expect(401);
    }
    let told = events(&gateway, "emergency_refused");
    assert_eq!(told.len(), 3);
    assert!(told[0]["detail"].as_str().is_some_and(|detail| detail.contains("Dr Sato")), "{told:?}");
    rig::run(&gateway, &["withdraw", &sheets[1].serial, "--reason", "its seal was broken"]);
    ask(&mut gateway.caller(Wire::Http1), &Plea::with(&sheets[1].code)).expect(410);
    // It opens its own scope, and no other one.
    let mut caller = gateway.caller(Wire::Http2);
    enter(&mut caller, &sheets[0]);
    caller.send(Ask::get("/patients/1")).expect(200);
    caller.send(Ask::get("/staff/1")).expect(401);
}

#[test]
fn a_sheet_that_is_too_old_opens_nothing() {
    let upstream = Upstream::start();
    let mut gateway = rig::plan(&upstream, rig::ONE).with_movable_clock().start();
    let old = rig::sheets(&rig::run(&gateway, &["print", "--scope", "records", "--count", "1", "--valid", "1d"]));
    let fresh = print(&gateway, 1);
    gateway.advance(Duration::from_secs(25 * 3600));
    let page = ask(&mut gateway.caller(Wire::Http1), &Plea::with(&old[0].code)).expect(410).text();
    assert!(page.contains("its time is over"), "{page}");
    enter(&mut gateway.caller(Wire::Http1), &fresh[0]);
    for bad in [["--valid", "1h"], ["--valid", "6y"], ["--count", "0"]] {
        let (good, ..) = rig::tried(&gateway, &[&["print", "--scope", "records"], &bad[..]].concat());
        assert!(!good, "{bad:?}");
    }
}

#[test]
fn where_two_have_to_come_one_opens_nothing() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::TWO).with_more(rig::LIMITS.to_string()).start();
    let sheets = print(&gateway, 3);
    let plea = Plea::with(&sheets[0].code);
    let mut caller = gateway.caller(Wire::Http2);
    assert!(ask(&mut caller, &plea).expect(400).text().contains("A name is missing"));
    let alone = Plea { second: Some(("Ms Mori", &sheets[0].code)), ..plea.clone() };
    assert!(ask(&mut caller, &alone).expect(400).text().contains("Two different sheets are needed"));
    let nameless = Plea { second: Some(("", &sheets[1].code)), ..plea.clone() };
    assert!(ask(&mut caller, &nameless).expect(400).text().contains("A name is missing"));
    let wrong = Plea { second: Some(("Ms Mori", "2222-2222-2222-2222-2222")), ..plea.clone() };
    assert!(ask(&mut caller, &wrong).expect(403).text().contains("This code does not open"));
    let both = Plea { second: Some(("Ms Mori", &sheets[1].code)), ..plea.clone() };
    ask(&mut caller, &both).expect(303);
    caller.send(Ask::get("/patients/1")).expect(200);
    // Both are used up by it; with the third one nobody gets in alone.
    for used in &sheets[..2] {
        let late = Plea { second: Some(("Ms Mori", &sheets[2].code)), ..Plea::with(&used.code) };
        ask(&mut gateway.caller(Wire::Http1), &late).expect(410);
    }
    let told = rig::run(&gateway, &["review"]);
    assert!(told.contains("Dr Sato") && told.contains("Ms Mori") && told.contains(&sheets[1].serial), "{told}");
    let (good, _, why) = rig::tried(&gateway, &["reviewed", &sheets[1].serial, "--note", "fine"]);
    assert!(!good && why.contains(&format!("stands with sheet {}", sheets[0].serial)), "{why}");
}

#[test]
fn no_other_site_and_no_stale_page_opens_anything() {
    let upstream = Upstream::start();
    let gateway = rig::plan(&upstream, rig::ONE).start();
    let sheet = &print(&gateway, 1)[0];
    let mut caller = gateway.caller(Wire::Http1Tls);
    let page = caller.send(Ask::get(rig::PAGE).navigating()).expect(200).text();
    let fields = [
        ("token", token(&page)),
        ("scope", "records".into()),
        ("name", "Dr Sato".into()),
        ("reason", rig::REASON.into()),
        ("code", sheet.code.clone()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let post = || Ask::post("/.sekisho/emergency").navigating().form(&fields);
    caller.send(post().header("Origin", "https://evil.example")).expect(403);
    caller.send(post()).expect(403);
    assert_eq!(events(&gateway, "malicious_csrf").len(), 1);
    let mut other = gateway.caller(Wire::Http1Tls);
    let stale = send(&mut other, &token(&page), &Plea::with(&sheet.code)).expect(403);
    assert!(stale.text().contains("out of date"), "{}", stale.text());
    let origin = caller.origin.clone();
    let json =
        Ask::post("/.sekisho/emergency").header("Origin", &origin).json(&serde_json::json!({"code": sheet.code}));
    caller.send(json).expect(415);
    ask(&mut caller, &Plea::with(&sheet.code)).expect(303);
}

#[test]
fn an_address_that_tries_too_often_waits() {
    let upstream = Upstream::start();
    let more = "[limits]\nverify = \"5/m\"\n".to_string();
    let gateway = rig::plan(&upstream, rig::ONE).with_more(more).start();
    let mut caller = gateway.caller(Wire::Http1);
    let answers: Vec<u16> = (0..8).map(|_| ask(&mut caller, &Plea::with("AAAA")).status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 400).count(), 5, "{answers:?}");
    let limited = ask(&mut caller, &Plea::with("AAAA")).expect(429);
    assert!(limited.header("retry-after").is_some());
}
