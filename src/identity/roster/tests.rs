//! The CSV file as people really hand it over.

use encoding_rs::SHIFT_JIS;

use super::*;

fn jp() -> Region {
    Region::parse("JP").expect("a region")
}

fn good(bytes: &[u8]) -> Roster {
    read(bytes, jp()).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn told(bytes: &[u8]) -> Vec<String> {
    read(bytes, jp()).expect_err("it has mistakes").iter().map(ToString::to_string).collect()
}

fn number(row: &Row) -> Option<&str> {
    row.phone.as_ref().map(Phone::e164)
}

const EVERYTHING: &str = "user,name,phone,email,groups,locale\r\n\
    suzuki,鈴木 一郎,090-1234-5678,suzuki@example.jp,nurses;ward-3,ja\r\n\
    sato,\"Sato, Hanako\",+81 90 8765 4321,,,\r\n";

#[test]
fn all_columns_are_read() {
    let roster = good(EVERYTHING.as_bytes());
    let [suzuki, sato] = &roster.rows[..] else { panic!("{roster:?}") };
    assert_eq!((roster.columns.len(), roster.encoding), (6, Encoding::Utf8));
    assert_eq!((suzuki.line, suzuki.login.as_str(), suzuki.name.as_deref()), (2, "suzuki", Some("鈴木 一郎")));
    assert_eq!((number(suzuki), suzuki.email.as_deref()), (Some("+819012345678"), Some("suzuki@example.jp")));
    assert_eq!(
        (suzuki.groups.as_slice(), suzuki.locale),
        (&["nurses", "ward-3"].map(String::from)[..], Some(Locale::Ja))
    );
    assert_eq!((sato.line, sato.name.as_deref(), number(sato)), (3, Some("Sato, Hanako"), Some("+819087654321")));
    assert_eq!((sato.email.as_ref(), sato.groups.len(), sato.locale), (None, 0, None));
}

#[test]
fn the_encoding_is_found_out() {
    let plain = good(EVERYTHING.as_bytes());
    let marked = [b"\xef\xbb\xbf".as_slice(), EVERYTHING.as_bytes()].concat();
    assert_eq!(good(&marked), plain);
    let (cp932, _, lossy) = SHIFT_JIS.encode(EVERYTHING);
    assert!(!lossy && cp932.contains(&0x97), "the bytes are CP932");
    assert_eq!(good(&cp932), Roster { encoding: Encoding::Cp932, ..plain });
    // Characters that only Microsoft's Shift_JIS has: 髙 (FB FC) and ① (87 40).
    assert_eq!(good(b"user,name\r\ntaka,\xfb\xfc\x8b\xb4\x87\x40\r\n").rows[0].name.as_deref(), Some("髙橋①"));
}

#[test]
fn bytes_in_no_encoding_are_told_by_line() {
    assert_eq!(told(b"user\r\na\r\nb\xff\xff\r\n"), ["line 3: there are bytes that are neither UTF-8 nor CP932"]);
    let marked = b"\xef\xbb\xbfuser,name\r\na,\x97\xe9\x96\xd8\r\n";
    assert_eq!(told(marked), ["line 2: there are bytes that are not UTF-8, as the file says it is"]);
    assert_eq!(told(b"\xff\xfeu\0s\0"), ["line 1: the file is UTF-16; save it as CSV in UTF-8"]);
}

#[test]
fn the_header_may_be_in_any_order_and_case() {
    let roster = good("Locale, ＰＨＯＮＥ ,USER\nja,09012345678,suzuki\n".as_bytes());
    assert_eq!(roster.columns, [Column::Locale, Column::Phone, Column::User]);
    assert_eq!((number(&roster.rows[0]), roster.rows[0].locale), (Some("+819012345678"), Some(Locale::Ja)));
}

#[test]
fn a_header_that_is_not_ours_is_explained() {
    for (csv, said) in [
        ("", "line 1: the file is empty; expected a header with user and further columns"),
        ("\r\n\r\n", "line 1: the file is empty; expected a header with user and further columns"),
        (
            "user,mail\na,\n",
            "line 1: there is no column `mail`; expected one of user, name, phone, email, groups, locale; did you mean email?",
        ),
        (
            "username\na\n",
            "line 1: there is no column `username`; expected one of user, name, phone, email, groups, locale; did you mean user?",
        ),
        (
            "user,電話番号\na,\n",
            "line 1: there is no column `電話番号`; expected one of user, name, phone, email, groups, locale",
        ),
        ("user,name,User\na,,\n", "line 1: the column user is there twice"),
        (
            "name,phone\nA,\n",
            "line 1: there is no column user; expected a header such as user,name,phone,email,groups,locale",
        ),
        ("user;name\na;A\n", "line 1: columns are separated by semicolons; expected commas"),
        ("user\tname\na\tA\n", "line 1: columns are separated by tabs; expected commas"),
    ] {
        assert_eq!(told(csv.as_bytes()).first().map(String::as_str), Some(said), "{csv:?}");
    }
}

#[test]
fn every_mistake_of_the_file_is_told_at_once_by_line_and_column() {
    let csv = "user,name,phone,email,groups,locale\r\n\
        suzuki,,9012345678,,,\r\n\
        \r\n\
        ,nobody,,,,\r\n\
        Ｓuzuki,,call me,not-an-address,\"a,b\",jp\r\n\
        sato,A\tB,110,,\r\n\
        tanaka,ok,,,,,\r\n\
        ito,\"Open,,,,\r\n\
        mori,,,,,\r\n";
    assert_eq!(
        told(csv.as_bytes()),
        [
            "line 2, phone: a leading zero seems to be lost (spreadsheets do that); write it as text, or in international form with +",
            "line 4, user: a user needs a name",
            "line 5, phone: it is not a telephone number; expected one as it is dialled within JP, or in international form with +",
            "line 5, email: it is not an e-mail address; expected one such as suzuki@example.jp",
            "line 5, groups: a group's name has no comma; expected names with ; or a space between them",
            "line 5, locale: it is no language there are texts for; expected one of en, ja, zh-Hans, zh-Hant, ko, es, fr, de, \
             pt-BR, vi, ar; did you mean ja?",
            "line 5, user: Ｓuzuki is on line 2 already (as suzuki); expected each user once",
            "line 6: there are 5 cells here and 6 in the header; a comma within a cell needs double quotes around the cell",
            "line 7: there are 7 cells here and 6 in the header; a comma within a cell needs double quotes around the cell",
            "line 8: there are 2 cells here and 6 in the header; a closing quote seems to be missing",
        ]
    );
}

#[test]
fn a_control_character_or_a_line_break_in_a_cell_is_refused() {
    assert_eq!(
        told(b"user,name\na,\"one\ntwo\"\nb,\x1b[31mred\nc\0,\n"),
        [
            "line 2, name: there is a line break in it (in a CSV file often a missing closing quote)",
            "line 4, name: there is an invisible character in it (U+001B); type it anew",
            "line 5, user: a user name has no control characters",
        ]
    );
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    for end in ["\n", "\r\n", "\r"] {
        let csv = ["", "user,locale", "", "", "a,ja", "x,,", "b,xx", "c,", "", "d,yy", ""].join(end);
        let lines: Vec<String> = read(csv.as_bytes(), jp())
            .expect_err("two languages are unknown")
            .iter()
            .map(|mistake| mistake.to_string().chars().take(15).collect())
            .collect();
        assert_eq!(lines, ["line 6: there a", "line 7, locale:", "line 10, locale"], "{end:?}");
    }
}

#[test]
fn rows_that_a_spreadsheet_left_empty_are_nobody() {
    assert_eq!(good(b"user,name\na,\n,\n , \n\xe3\x80\x80,\n").rows.len(), 1);
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    assert!(told(&vec![b'a'; MOST_BYTES + 1])[0].contains("larger than 32 MiB"));
    let mut csv = String::from("user\n");
    (0..=MOST_ROWS).for_each(|n| csv.push_str(&format!("u{n}\n")));
    assert_eq!(told(csv.as_bytes()), ["line 100002: there are more than 100000 users; split the file"]);
}

#[test]
fn a_mistake_shows_no_number_and_no_address() {
    for csv in ["user,phone\na,090123456789999\n", "user,email\na,secret@@example.jp\n"] {
        let told = told(csv.as_bytes()).join("\n");
        assert!(!told.contains("0901") && !told.contains("secret"), "{told}");
    }
}

proptest::proptest! {
    #[test]
    fn no_file_brings_it_down(bytes: Vec<u8>, cells: Vec<String>) {
        let _ = read(&bytes, jp());
        let _ = read(&[b"user,name,phone,email,groups,locale\n".as_slice(), &bytes].concat(), jp());
        let _ = read(format!("user,phone\n{}", cells.join(",")).as_bytes(), jp());
    }
}
