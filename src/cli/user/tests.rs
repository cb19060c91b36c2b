//! An operator at the command line.

use clap::{CommandFactory, Parser};

use super::office::{Line, office};
use super::*;
use crate::domain::event::What;
use crate::gate::seams::{Claim, IdentitySource};
use crate::identity::DirectorySource;

#[test]
fn the_command_line_is_well_formed() {
    Line::command().debug_assert();
}

#[test]
fn a_user_is_added_shown_changed_and_removed() {
    let mut office = office(true);
    office.answers = vec!["correct horse", "correct horse"];
    let added = office.must(&[
        "add",
        "suzuki",
        "--name",
        "鈴木 一郎",
        "--phone",
        "090-1234-5678",
        "--email",
        "suzuki@example.jp",
        "--group",
        "nurses",
        "--group",
        "ward-3",
        "--locale",
        "ja",
    ]);
    assert_eq!(added, "added suzuki, phone ********78\n");
    let shown = office.must(&["show", "SUZUKI"]);
    for line in [
        "user      suzuki",
        "name      鈴木 一郎",
        "phone     ********78",
        "groups    nurses ward-3",
        "password  set",
        "created   2027-01-15T08:00:00Z",
    ] {
        assert!(shown.lines().any(|l| l == line), "{line} in\n{shown}");
    }
    let id = office.entry("suzuki").expect("added").user.id;
    let changed = office.must(&[
        "set",
        "suzuki",
        "--rename",
        "suzuki.i",
        "--name",
        "",
        "--phone",
        "080-8765-4321",
        "--remove-group",
        "ward-3",
        "--add-group",
        "admins",
        "--disable",
        "--no-password",
    ]);
    assert_eq!(
        changed,
        "changed suzuki.i\n  user suzuki -> suzuki.i\n  name 鈴木 一郎 -> none\n  phone ********78 -> ********21\n  \
         groups nurses ward-3 -> nurses admins\n  disabled no -> yes\n  password set -> none\n"
    );
    assert_eq!(office.entry("suzuki.i").map(|entry| entry.user.id), Some(id));
    office.must(&["set", "suzuki.i", "--group", "", "--email", "", "--locale", ""]);
    let emptied = office.entry("suzuki.i").expect("still there").user;
    assert_eq!((emptied.groups.len(), emptied.email, emptied.locale), (0, None, None));
    assert_eq!(office.must(&["remove", "Suzuki.I"]), "removed suzuki.i\n");
    assert_eq!(
        office.audited(),
        [
            (What::UserCreated, "suzuki", "phone ********78; groups nurses ward-3"),
            (
                What::UserUpdated,
                "suzuki",
                "user suzuki -> suzuki.i; name changed; phone ********78 -> ********21; \
                 groups nurses ward-3 -> nurses admins; disabled no -> yes; password set -> none"
            ),
            (What::UserUpdated, "suzuki.i", "email changed; groups nurses admins -> none; locale ja -> none"),
            (What::UserDeleted, "suzuki.i", ""),
        ]
    );
}

#[tokio::test]
async fn a_password_set_in_either_way_lets_them_in() {
    let mut office = office(true);
    office.stdin = "from a pipe\r\nand another line\n";
    office.must(&["add", "alice", "--password-stdin", "--phone", "09012345678"]);
    office.answers = vec!["from a prompt", "from a prompt"];
    office.must(&["add", "bob", "--phone", "09012345678"]);
    let directory = Directory::open(&office.settings).expect("it opens");
    let source = DirectorySource::new(directory, &office.settings);
    for (login, password, holds) in
        [("alice", "from a pipe", true), ("bob", "from a prompt", true), ("alice", "from a prompt", false)]
    {
        let claim = Claim { login: login.to_owned(), password: Some(Secret::new(password.to_owned())) };
        assert_eq!(source.find(&claim).await.expect("it works").is_some(), holds, "{login}");
    }
    office.must(&["set", "alice", "--password-stdin"]);
    assert_eq!(office.audited()[2], (What::UserUpdated, "alice", "password set, another one"));
}

#[test]
fn a_password_that_will_not_do_changes_nothing() {
    let mut office = office(true);
    for (answers, said) in [
        (vec!["correct horse", "correct house"], "the two passwords differ; nothing was changed"),
        (vec!["short"], "a password has at least 8 characters; nothing was changed"),
        (vec!["Alice-mori", "Alice-mori"], "a password is not the user's name; nothing was changed"),
    ] {
        office.answers = answers;
        assert_eq!(office.cannot(&["add", "alice-mori"]), said);
    }
    assert!(office.cannot(&["add", "alice", "--password-stdin"]).contains("no password in the first line"));
    assert!(office.audit.is_empty() && office.entry("alice").is_none());
}

#[test]
fn who_lacks_something_is_named_with_the_command_that_gives_it() {
    let (mut office, mut without) = (office(true), office(false));
    assert_eq!(
        office.must(&["add", "alice", "--no-password"]),
        "added alice, no phone\nno code can reach alice yet: `sekisho user set alice --phone NUMBER`\n\
         alice cannot sign in without a password: `sekisho user set alice --password`\n"
    );
    assert_eq!(without.must(&["add", "alice", "--phone", "090 1234 5678"]), "added alice, phone ********78\n");
    assert_eq!(
        without.must(&["add", "bob", "--phone", "03-1234-5678"]),
        "added bob, phone ********78\nno code can reach bob, for this is no mobile number: \
         `sekisho user set bob --phone NUMBER`\n"
    );
}

#[test]
fn a_mistake_is_explained_and_nothing_happens() {
    let mut office = office(false);
    office.must(&["add", "alice", "--phone", "090 1234 5678", "--group", "nurses"]);
    for (words, said) in [
        (&["add", "ALICE"][..], "there is a user alice already; `sekisho user set alice` changes them"),
        (&["add", "bob", "--phone", "9012345678"], "--phone: a leading zero seems to be lost"),
        (&["add", "bob", "--email", "bob"], "--email: it is not an e-mail address"),
        (&["add", "bob", "--locale", "jp"], "did you mean ja?"),
        (&["add", " bob"], "user: a user name neither begins nor ends with a space"),
        (&["show", "alise"], "there is no user alise; did you mean alice?"),
        (&["remove", "zzz"], "there is no user zzz; `sekisho user list` shows who there is"),
        (&["set", "alice", "--remove-group", "nurse"], "alice is not in the group nurse; did you mean nurses?"),
        (&["import", "/no/such/file.csv"], "cannot read /no/such/file.csv: No such file"),
    ] {
        let told = office.cannot(words);
        assert!(told.contains(said), "{words:?}: {told}");
    }
    assert_eq!(office.audit.len(), 1);
    assert_eq!(office.must(&["set", "alice", "--enable"]), "alice is like that already; nothing was changed\n");
    assert_eq!(office.audit.len(), 1);
}

#[test]
fn what_is_no_command_is_a_usage_error() {
    for words in [
        &["set", "alice"][..],
        &["set", "alice", "--disable", "--enable"],
        &["set", "alice", "--group", "a", "--add-group", "b"],
        &["add", "alice", "--password-stdin", "--no-password"],
        &["list", "--format", "xml"],
        &["add"],
    ] {
        let fault = Line::try_parse_from([&["sekisho user"], words].concat()).err().expect("refused");
        assert_eq!(fault.exit_code(), 2, "{words:?}");
    }
}

#[test]
fn before_there_is_a_directory_nothing_is_made_by_looking() {
    let mut office = office(true);
    assert!(office.must(&["list"]).starts_with("there are no users yet"));
    assert_eq!(office.must(&["list", "--format", "json"]), "[]\n");
    for words in [&["show", "alice"][..], &["set", "alice", "--disable"], &["remove", "alice"]] {
        assert!(office.cannot(words).contains("there is no directory in"), "{words:?}");
    }
    assert!(!office.settings.file.exists());
}

#[test]
fn a_change_that_the_audit_cannot_keep_does_not_happen() {
    let mut office = office(false);
    office.must(&["add", "alice"]);
    let csv = office.file("users.csv", "user,name\nalice,Alice\nbob,Bob\n");
    office.audit_works = false;
    for words in [&["add", "bob"][..], &["set", "alice", "--disable"], &["remove", "alice"], &["import", &csv]] {
        assert_eq!(office.cannot(words), "the audit cannot be written, so nothing was changed: the disk is full");
    }
    let alice = office.entry("alice").expect("still there");
    assert_eq!(
        (alice.revision, alice.user.disabled, everybody(&office.settings).expect("it reads").len()),
        (1, false, 1)
    );
}

#[test]
fn the_list_lines_up_and_shows_no_number() {
    let mut office = office(true);
    office.must(&["add", "suzuki", "--name", "鈴木 一郎", "--phone", "090-1234-5678", "--no-password"]);
    office.must(&["add", "bob", "--name", "Bob", "--phone", "080-8765-4321", "--group", "nurses", "--no-password"]);
    office.must(&["set", "bob", "--disable"]);
    assert_eq!(
        office.must(&["list"]),
        "USER    NAME       PHONE       EMAIL  GROUPS  LOCALE  STATE\n\
         bob     Bob        ********21         nurses          disabled\n\
         suzuki  鈴木 一郎  ********78                         no password\n"
    );
    let json: serde_json::Value = serde_json::from_str(&office.must(&["list", "--format", "json"])).expect("JSON");
    assert_eq!(json[0]["user"], "bob");
    assert_eq!((&json[0]["phone"], &json[0]["password"]), (&"********21".into(), &false.into()));
}

#[test]
fn passes_end_when_something_is_taken_away_and_not_when_a_name_is_mended() {
    let mut office = office(false);
    office.must(&["add", "alice", "--phone", "090-1234-5678", "--group", "clerks"]);
    office.must(&["set", "alice", "--name", "Alice", "--add-group", "night"]);
    assert!(office.ended.is_empty());
    for change in [&["--phone", "080-8765-4321"][..], &["--remove-group", "clerks"], &["--disable"]] {
        let before = office.ended.len();
        office.must(&[&["set", "alice"], change].concat());
        assert_eq!(office.ended.len(), before + 1, "{change:?}");
    }
    office.must(&["set", "alice", "--enable"]);
    office.must(&["remove", "alice"]);
    assert_eq!(office.ended.len(), 4);
}

#[test]
fn who_waits_is_let_in_again_with_a_reason_that_the_auditor_reads() {
    let mut office = office(false);
    office.must(&["add", "suzuki"]);
    assert!(office.cannot(&["unlock", "suzuki", "--reason", " "]).contains("a reason is needed"));
    assert!(office.cannot(&["unlock", "susuki", "--reason", "x"]).contains("did you mean suzuki?"));
    let said = office.must(&["unlock", "Suzuki", "--reason", "called the help desk"]);
    assert_eq!(said, "suzuki can try again; 7 failures are forgiven\n");
    assert_eq!(office.audited().last(), Some(&(What::AuthnLoginUnlock, "suzuki", "called the help desk")));
    office.audit_works = false;
    assert!(office.cannot(&["unlock", "suzuki", "--reason", "x"]).contains("the disk is full"));
}

#[test]
fn the_ways_that_somebodys_codes_take_are_narrowed_shown_and_taken_back() {
    let mut office = office(false);
    office.must(&["add", "alice", "--phone", "090-1234-5678", "--channels", "voice"]);
    let changed = office.must(&["set", "alice", "--channels", "voice,email"]);
    assert_eq!(changed, "changed alice\n  channels voice -> voice email\n");
    assert!(office.must(&["show", "alice"]).lines().any(|line| line == "channels  voice email"));
    let json: serde_json::Value = serde_json::from_str(&office.must(&["list", "--format", "json"])).expect("JSON");
    assert_eq!(json[0]["channels"], serde_json::json!(["voice", "email"]));
    assert!(office.cannot(&["set", "alice", "--channels", "voise"]).contains("did you mean voice?"));
    let csv = office.file("users.csv", "user,name,phone,email,groups,locale\nalice,Alice,090-1234-5678,,,\n");
    office.must(&["import", &csv]);
    assert_eq!(office.entry("alice").expect("there").user.channels.len(), 2, "a roster says nothing about them");
    assert_eq!(office.must(&["set", "alice", "--channels", ""]), "changed alice\n  channels voice email -> none\n");
    assert!(office.ended.is_empty(), "they are who they were");
}
