//! What is decided about an entry, without a server.

use std::path::PathBuf;
use std::time::Duration;

use super::id::IdAttribute;
use super::person::{self, Taste, Unfit};
use super::settings::{Groups, OnOutage, Reach, Settings};
use super::talk::{is_called, login_filter};
use super::wire::Entry;
use crate::domain::bill::Allowed;
use crate::domain::contact::{NumberKind, Phone, Region};
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::domain::user::fold_login;

const NOW: Wall = Wall(1_800_000_000_000);

pub(in crate::identity) fn settings() -> Settings {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Settings {
        name: "hospital".into(),
        servers: own(&["ldap://127.0.0.1:9"]),
        starttls: false,
        ca: None::<PathBuf>,
        bind: None,
        base: "dc=example,dc=jp".to_owned(),
        logins: own(&["sAMAccountName", "uid", "mail"]),
        filter: Some("(objectClass=person)".to_owned()),
        id: IdAttribute::EntryUuid,
        phones: own(&["mobile", "telephoneNumber"]),
        email: "mail".to_owned(),
        full_name: "displayName".to_owned(),
        locale: "preferredLanguage".to_owned(),
        groups: Groups {
            reach: Reach::None,
            base: "dc=example,dc=jp".to_owned(),
            name: "cn".to_owned(),
            members: own(&["member"]),
            posix: false,
        },
        password: true,
        connections: 1,
        timeout: Duration::from_millis(300),
        on_outage: OnOutage::Close,
    }
}

fn taste() -> Taste {
    let region = Region::parse("JP").expect("a region");
    let numbers = |kinds: &[NumberKind]| Allowed::Numbers { countries: vec![region], kinds: kinds.to_vec() };
    Taste { region, allowed: vec![numbers(&[NumberKind::Mobile]), numbers(&[NumberKind::Fixed])] }
}

fn entry(values: &[(&str, &str)]) -> Entry {
    let mut entry = Entry { dn: "uid=alice,dc=example,dc=jp".to_owned(), ..Entry::default() };
    let usual = [("uid", "alice"), ("entryUUID", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")];
    for (name, value) in usual.iter().chain(values) {
        entry.values.entry(name.to_ascii_lowercase()).or_default().push(value.as_bytes().to_vec());
    }
    entry
}

#[test]
fn an_account_is_open_or_closed_as_its_directory_says_it() {
    // 1,800,000,000 s since 1970 are day 20833, and 13,444,473,600 s since 1601.
    for (attribute, value, verdict) in [
        ("userAccountControl", "512", None),
        ("userAccountControl", "514", Some(Unfit::Disabled)),
        ("userAccountControl", "66050", Some(Unfit::Disabled)),
        ("accountExpires", "0", None),
        ("accountExpires", "9223372036854775807", None),
        ("accountExpires", "134444736000000000", Some(Unfit::Expired)),
        ("accountExpires", "134444736010000000", None),
        ("pwdAccountLockedTime", "000001010000Z", Some(Unfit::Disabled)),
        ("pwdAccountLockedTime", "20261123000000Z", None),
        ("shadowExpire", "-1", None),
        ("shadowExpire", "1", Some(Unfit::Expired)),
        ("shadowExpire", "20833", Some(Unfit::Expired)),
        ("shadowExpire", "20834", None),
        ("shadowExpire", "9223372036854775807", None),
        ("nsAccountLock", "TRUE", Some(Unfit::Disabled)),
        ("loginDisabled", "false", None),
        ("entryUUID", "7ba7b810-9dad-11d1-80b4-00c04fd430c8", Some(Unfit::NoId)),
    ] {
        let judged = person::judge(&settings(), &taste(), &entry(&[(attribute, value)]), NOW);
        assert_eq!(judged.err(), verdict, "{attribute}: {value}");
    }
}

#[test]
fn of_several_numbers_the_one_that_a_message_reaches_is_taken() {
    let number = |values: &[(&str, &str)]| {
        let user = person::judge(&settings(), &taste(), &entry(values), NOW).expect("fits");
        user.phone.as_ref().map(Phone::e164).map(str::to_owned)
    };
    for (values, expected) in [
        (&[("mobile", "03-1234-5678"), ("telephoneNumber", "０８０－８７６５－４３２１")][..], Some("+818087654321")),
        (&[("mobile", "9012345678"), ("telephoneNumber", "(03) 1234-5678")], Some("+81312345678")),
        (&[("mobile", "ask at the desk"), ("mobile", "+81 90 1234 5678")], Some("+819012345678")),
        (&[("mobile", "0120-123-456")], Some("+81120123456")),
        (&[("mobile", "")], None),
    ] {
        assert_eq!(number(values).as_deref(), expected, "{values:?}");
    }
}

#[test]
fn what_stands_in_an_entry_is_looked_at_before_it_is_taken() {
    let values =
        [("displayName", "Alice\r\nX: y"), ("mail", "not an address"), ("preferredLanguage", "fr-CH, ja;q=0.9")];
    let user = person::judge(&settings(), &taste(), &entry(&values), NOW).expect("fits");
    assert_eq!((user.name, user.email, user.locale), (None, None, Some(Locale::Fr)));
    let mut odd = entry(&[]);
    odd.values.insert("uid".to_owned(), vec![b"ali\nce".to_vec()]);
    assert_eq!(person::judge(&settings(), &taste(), &odd, NOW).err(), Some(Unfit::NoLogin));
    odd.values.insert("uid".to_owned(), vec![vec![0xff, 0xfe]]);
    assert_eq!(person::judge(&settings(), &taste(), &odd, NOW).err(), Some(Unfit::NoLogin));
}

#[test]
fn nothing_that_is_typed_changes_what_is_asked() {
    for (typed, asked) in [
        ("alice", "alice"),
        (" ＡＬＩＣＥ　", "ALICE"),
        ("*", r"\2a"),
        ("a)(uid=*", r"a\29\28uid=\2a"),
        ("a\\2a", r"a\5c2a"),
        ("a\0", r"a\00"),
    ] {
        let filter = login_filter(&settings(), typed);
        let any = format!("(|(sAMAccountName={asked})(uid={asked})(mail={asked}))");
        assert_eq!(filter, format!("(&{any}(objectClass=person))"));
    }
    for (typed, is) in
        [("Alice", true), ("ａｌｉｃｅ", true), ("al\u{ad}ice", false), ("alicé", false), ("dc=jp", false)]
    {
        assert_eq!(is_called(&settings(), &entry(&[]), &fold_login(typed)), is, "{typed:?}");
    }
}

#[test]
fn a_filter_of_the_operators_is_one_whole_filter() {
    for good in ["(a=b)", "(&(objectClass=person)(!(pwdAccountLockedTime=*)))"] {
        assert_eq!(super::filter_fault(good), None, "{good}");
    }
    for bad in ["a=b", "", "(a=b)(c=d)", "(a=b", "(&(a=b)"] {
        assert!(super::filter_fault(bad).is_some(), "{bad}");
    }
}
