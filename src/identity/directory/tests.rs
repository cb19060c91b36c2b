//! The directory on a real file, as several processes use it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::domain::contact::{Channel, Phone, Region};
use crate::domain::locale::Locale;
use crate::identity::password;

fn jp() -> Region {
    Region::parse("JP").expect("a region")
}

fn settings(folder: &TempDir) -> Settings {
    Settings::own(jp(), true, folder.path().join("state.db"))
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn user(number: u8, login: &str) -> User {
    User {
        id: UserId::from_random([number; 16]),
        login: login.to_owned(),
        name: Some("鈴木 一郎".to_owned()),
        phone: Phone::parse("090-1234-5678", jp()).ok(),
        email: Some("suzuki@example.jp".to_owned()),
        groups: ["nurses", "ward \"3\""].map(String::from).to_vec(),
        locale: Some(Locale::Ja),
        channels: Vec::new(),
        disabled: false,
    }
}

fn nobody_special(number: u8, login: &str) -> User {
    User { name: None, phone: None, email: None, groups: Vec::new(), locale: None, ..user(number, login) }
}

fn read(directory: &Directory, login: &str) -> Entry {
    directory.by_login(login).expect("it reads").expect("the user is there")
}

#[test]
fn what_was_put_in_comes_out() {
    let folder = folder();
    let directory = Directory::open(&settings(&folder)).expect("it opens");
    let hashed = password::Hashed::stored("a hash".to_owned());
    directory.add(user(1, "suzuki"), Some(hashed.clone()), Wall(1000)).expect("added");
    directory.add(nobody_special(2, "Sato"), None, Wall(2000)).expect("added");
    let suzuki = read(&directory, "suzuki");
    assert_eq!(
        suzuki,
        Entry {
            user: user(1, "suzuki"),
            password: Some(hashed),
            created: Wall(1000),
            updated: Wall(1000),
            revision: 1
        }
    );
    assert_eq!(directory.by_id(&suzuki.user.id).expect("it reads"), Some(suzuki));
    assert_eq!(read(&directory, " ＳＡＴＯ ").user, nobody_special(2, "Sato"));
    let logins: Vec<String> = directory.list().expect("it reads").into_iter().map(|e| e.user.login).collect();
    assert_eq!(logins, ["Sato", "suzuki"]);
    directory.remove(read(&directory, "sato"), Wall(3000)).expect("removed");
    assert_eq!(directory.by_login("sato").expect("it reads"), None);
}

#[test]
fn a_login_name_is_taken_in_every_spelling() {
    let folder = folder();
    let directory = Directory::open(&settings(&folder)).expect("it opens");
    directory.add(user(1, "alice"), None, Wall(1)).expect("added");
    let again = directory.add(user(2, "ＡＬＩＣＥ"), None, Wall(1));
    assert!(matches!(again, Err(DirectoryError::Taken(login)) if login == "ＡＬＩＣＥ"));
    directory.add(user(2, "bob"), None, Wall(1)).expect("added");
    let mut bob = read(&directory, "bob");
    bob.user.login = "Alice".to_owned();
    assert!(matches!(directory.set(bob, Wall(2)), Err(DirectoryError::Taken(_))));
}

#[test]
fn a_change_planned_on_something_older_is_refused() {
    let folder = folder();
    let directory = Directory::open(&settings(&folder)).expect("it opens");
    directory.add(user(1, "alice"), None, Wall(1)).expect("added");
    let seen = read(&directory, "alice");
    let disabled = Entry { user: User { disabled: true, ..seen.user.clone() }, ..seen.clone() };
    directory.set(disabled, Wall(2)).expect("the first one holds");
    assert!(matches!(directory.set(seen.clone(), Wall(3)), Err(DirectoryError::Changed(_))));
    assert!(matches!(directory.remove(seen, Wall(3)), Err(DirectoryError::Changed(_))));
    let now = read(&directory, "alice");
    assert_eq!((now.user.disabled, now.created, now.updated, now.revision), (true, Wall(1), Wall(2), 2));
}

#[test]
fn changes_happen_together_or_not_at_all() {
    let folder = folder();
    let directory = Directory::open(&settings(&folder)).expect("it opens");
    let add = |number, login| Write::Add { user: user(number, login), password: None };
    assert!(directory.apply(&[add(1, "a"), add(2, "b"), add(3, "A")], Wall(1)).is_err());
    assert_eq!(directory.list().expect("it reads"), []);
}

#[test]
fn two_processes_see_each_others_changes() {
    let folder = folder();
    let gateway = Directory::open(&settings(&folder)).expect("it opens");
    let operator = Directory::open(&settings(&folder)).expect("it opens again");
    assert_eq!(gateway.by_login("alice").expect("it reads"), None);
    operator.add(user(1, "alice"), None, Wall(1)).expect("added");
    let mut seen = read(&gateway, "alice");
    seen.user.disabled = true;
    gateway.set(seen, Wall(2)).expect("changed");
    assert!(read(&operator, "alice").user.disabled);
    let reader = Directory::open_read_only(&settings(&folder)).expect("a third one reads");
    operator.remove(read(&operator, "alice"), Wall(3)).expect("removed");
    assert_eq!(gateway.by_login("alice").expect("it reads"), None);
    assert_eq!(reader.by_login("alice").expect("it reads"), None);
    assert!(reader.add(user(2, "bob"), None, Wall(4)).is_err(), "it was opened for reading only");
}

#[test]
fn many_may_begin_the_same_file_at_once_and_none_loses_a_user() {
    let folder = folder();
    let settings = settings(&folder);
    thread::scope(|scope| {
        for number in 1..=8 {
            let settings = &settings;
            scope.spawn(move || {
                let directory = Directory::open(settings).expect("it opens");
                directory.add(user(number, &format!("user{number}")), None, Wall(1)).expect("added");
            });
        }
    });
    assert_eq!(Directory::open_read_only(&settings).expect("it opens").list().expect("it reads").len(), 8);
}

#[test]
fn only_the_owner_can_read_the_file() {
    let folder = folder();
    let settings = settings(&folder);
    let directory = Directory::open(&settings).expect("it opens");
    directory.add(user(1, "alice"), None, Wall(1)).expect("added");
    let owner = folder.path().metadata().expect("the folder").uid();
    for file in fs::read_dir(folder.path()).expect("the folder") {
        let metadata = file.expect("a file").metadata().expect("its metadata");
        assert_eq!((metadata.permissions().mode() & 0o777, metadata.uid()), (0o600, owner));
    }
}

#[test]
fn a_newer_directory_is_refused_and_left_alone() {
    let folder = folder();
    let settings = settings(&folder);
    drop(Directory::open(&settings).expect("it opens"));
    let db = Connection::open(&settings.file).expect("it opens");
    db.execute("UPDATE room_schema SET version = 3 WHERE room = 'identity'", []).expect("changed");
    drop(db);
    for opened in [Directory::open(&settings), Directory::open_read_only(&settings)] {
        let said = opened.err().expect("it is refused").to_string();
        assert!(said.contains("newer sekisho (schema 3, this one knows up to 2)"), "{said}");
    }
}

#[test]
fn a_directory_of_the_first_version_is_read_as_it_is_and_brought_up_to_date_by_whoever_writes() {
    let folder = folder();
    let settings = settings(&folder);
    let directory = Directory::open(&settings).expect("it opens");
    directory.add(user(1, "alice"), None, Wall(1)).expect("added");
    drop(directory);
    let db = Connection::open(&settings.file).expect("it opens");
    db.execute_batch(
        "ALTER TABLE directory_user DROP COLUMN channels;
         UPDATE room_schema SET version = 1 WHERE room = 'identity';",
    )
    .expect("as it was");
    drop(db);
    let looking = Directory::open_read_only(&settings).expect("it opens");
    assert_eq!(read(&looking, "alice").user, user(1, "alice"));
    assert!(looking.add(user(2, "bob"), None, Wall(2)).is_err(), "it never writes");
    let directory = Directory::open(&settings).expect("it opens");
    let mut alice = read(&directory, "alice");
    alice.user.channels = vec![Channel::Email, Channel::Sms];
    directory.set(alice.clone(), Wall(2)).expect("changed");
    for directory in [directory, Directory::open_read_only(&settings).expect("it opens")] {
        assert_eq!(read(&directory, "alice").user, alice.user);
    }
}

#[test]
fn other_rooms_may_keep_their_tables_in_the_file() {
    let folder = folder();
    let settings = settings(&folder);
    let db = Connection::open(&settings.file).expect("it opens");
    db.execute_batch(
        "CREATE TABLE room_schema (room TEXT PRIMARY KEY, version INT);
         INSERT INTO room_schema VALUES ('store', 7);
         CREATE TABLE account (id TEXT);",
    )
    .expect("another room was here first");
    drop(db);
    assert!(matches!(Directory::open_read_only(&settings), Err(DirectoryError::Missing(_))));
    Directory::open(&settings).expect("it opens").add(user(1, "alice"), None, Wall(1)).expect("added");
    assert_eq!(Directory::open_read_only(&settings).expect("it opens").list().expect("it reads").len(), 1);
}

#[test]
fn a_file_that_is_not_there_or_not_ours_is_explained() {
    let folder = folder();
    let missing = Directory::open_read_only(&settings(&folder)).err().expect("nothing there").to_string();
    assert!(missing.contains("state.db yet; `sekisho user add NAME` begins one"), "{missing}");
    let nowhere = Settings { file: folder.path().join("no/such/folder/state.db"), ..settings(&folder) };
    let said = Directory::open(&nowhere).err().expect("no folder").to_string();
    assert!(said.contains("no/such/folder/state.db: No such file or directory"), "{said}");
    fs::write(&settings(&folder).file, "[listen]\naddress = \"0.0.0.0:443\"\n".repeat(100)).expect("written");
    let said = Directory::open(&settings(&folder)).err().expect("not a database").to_string();
    assert!(said.contains("not a database"), "{said}");
}
