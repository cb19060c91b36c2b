//! An operator with a spreadsheet.

use std::fmt::Write;

use crate::cli::user::office::office;
use crate::domain::event::What;

#[test]
fn a_file_adds_and_updates_and_removes_nobody() {
    let mut office = office(true);
    office.answers = vec!["correct horse", "correct horse"];
    office.must(&["add", "Suzuki", "--phone", "090-1234-5678", "--group", "nurses"]);
    office.must(&["add", "kept", "--no-password"]);
    let before = office.entry("Suzuki").expect("added");
    let csv = office.file(
        "users.csv",
        "user,phone,groups\r\nsuzuki,080-8765-4321,nurses;admins\r\nkept,,\r\ntanaka,090-1111-2222,\r\n",
    );
    assert_eq!(
        office.must(&["import", &csv]),
        format!(
            "{csv}: 3 users, read as UTF-8\n1 added, 1 changed, 1 unchanged\n2 users without a password cannot sign \
             in; `sekisho user set NAME --password` sets one\n"
        )
    );
    let after = office.entry("Suzuki").expect("still called so");
    assert_eq!((&after.user.id, &after.password), (&before.user.id, &before.password));
    assert_eq!(after.user.phone.as_ref().map(|phone| phone.e164()), Some("+818087654321"));
    assert_eq!(
        office.audited()[2..],
        [
            (What::UserCreated, "tanaka", "phone ********22; groups none"),
            (What::UserUpdated, "Suzuki", "phone ********78 -> ********21; groups nurses -> nurses admins"),
        ]
    );
    let again = office.must(&["import", &csv]);
    assert!(again.contains("0 added, 0 changed, 3 unchanged"), "{again}");
    assert_eq!(office.audit.len(), 4);
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let mut office = office(false);
    let csv = office.file("users.csv", "user,name,phone,groups\nsuzuki,鈴木,090-1234-5678,nurses\n");
    let told = "+ suzuki, name 鈴木, phone ********78, groups nurses\n\
                1 would be added, 0 changed, 0 unchanged; nothing was written\n";
    assert_eq!(office.must(&["import", "--dry-run", &csv]), format!("{csv}: 1 user, read as UTF-8\n{told}"));
    assert!(office.audit.is_empty() && !office.settings.file.exists());
    office.must(&["import", &csv]);
    let csv = office.file("users.csv", "user,name,phone,groups\nsuzuki,鈴木 一郎,080-1234-5678,nurses\n");
    let told = office.must(&["import", "--dry-run", &csv]);
    assert!(told.contains("~ suzuki: name 鈴木 -> 鈴木 一郎, phone ********78, another one\n"), "{told}");
    assert_eq!((office.audit.len(), office.entry("suzuki").map(|entry| entry.revision)), (1, Some(1)));
}

#[test]
fn one_mistake_keeps_the_whole_file_out() {
    let mut office = office(false);
    let csv = office.file("users.csv", "user,phone,locale\nsuzuki,090-1234-5678,ja\nsato,9012345678,jp\n");
    for words in [&["import", &csv][..], &["import", &csv, "--dry-run"]] {
        assert_eq!(
            office.cannot(words),
            format!(
                "{csv} has 2 mistakes; nothing was imported\n  line 3, phone: a leading zero seems to be lost \
                 (spreadsheets do that); write it as text, or in international form with +\n  line 3, locale: it is no \
                 language there are texts for; expected one of en, ja, zh-Hans, zh-Hant, ko, es, fr, de, pt-BR, vi, ar; did you mean ja?"
            )
        );
    }
    assert!(office.audit.is_empty() && !office.settings.file.exists());
}

#[test]
fn a_spreadsheets_own_encoding_is_read_and_named() {
    let mut office = office(false);
    let (cp932, ..) = encoding_rs::SHIFT_JIS.encode("user,name\r\nsuzuki,鈴木 一郎\r\n");
    let csv = office.file("users.csv", cp932);
    assert!(office.must(&["import", &csv]).contains("read as CP932 (Shift_JIS)"));
    assert_eq!(office.entry("suzuki").and_then(|entry| entry.user.name).as_deref(), Some("鈴木 一郎"));
}

#[test]
fn ten_thousand_users_come_in_at_once() {
    let mut office = office(false);
    let mut csv = String::from("user,name,phone,email,groups,locale\r\n");
    for n in 0..10_000 {
        writeln!(
            csv,
            "user{n:05},利用者 {n},090-1{:03}-{:04},user{n}@example.jp,staff;ward-{},ja\r",
            n / 10_000,
            n,
            n % 40
        )
        .expect("written");
    }
    let csv = office.file("users.csv", csv);
    assert!(office.must(&["import", &csv]).contains("10000 added, 0 changed, 0 unchanged"));
    assert!(office.must(&["import", &csv]).contains("0 added, 0 changed, 10000 unchanged"));
    assert_eq!((office.audit.len(), office.must(&["list"]).lines().count()), (10_000, 10_001));
}
