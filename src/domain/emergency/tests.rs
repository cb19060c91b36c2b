//! Codes that cannot be mistyped unnoticed, and a book in which nothing is used twice.

use super::*;

/// Bytes that differ, and come again with the same seed.
fn bytes(mut seed: u64) -> impl FnMut(&mut [u8]) {
    move |out| {
        for byte in out {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = u8::try_from(seed >> 56).expect("a byte");
        }
    }
}

fn sheet(seed: u64) -> Sheet {
    Sheet {
        serial: Serial::draw(bytes(seed)),
        scope: "records".to_owned(),
        mac: "mac".to_owned(),
        printed: Wall(0),
        ends: Wall(1000),
        by: "uid 0".to_owned(),
        withdrawn: None,
        opened: None,
        reviewed: None,
    }
}

fn opening(at: i64) -> Opening {
    Opening {
        at: Wall(at),
        name: "Dr Sato".to_owned(),
        reason: "the network is down".to_owned(),
        client: "192.0.2.1".to_owned(),
        ends: Wall(at + 100),
        with: None,
        second: false,
        session: Some(SessionId::from_random([1; 16])),
        pass: Some(PassId::from_random([2; 16])),
        over: None,
        elsewhere: false,
    }
}

#[test]
fn a_code_reads_back_however_it_is_typed() {
    for seed in 0..200 {
        let code = SheetCode::draw(bytes(seed));
        let printed = code.grouped().expose().clone();
        assert_eq!(printed.len(), 24);
        let wide: String = printed
            .chars()
            .filter_map(|c| if c == '-' { Some('－') } else { char::from_u32(u32::from(c) + 0xfee0) })
            .collect();
        for typed in
            [printed.clone(), printed.to_lowercase(), printed.replace('-', " "), printed.replace('-', ""), wide]
        {
            assert!(SheetCode::read(&typed) == Ok(code.clone()), "{typed}");
        }
    }
}

#[test]
fn every_wrong_character_and_every_two_that_changed_places_are_noticed() {
    let code = SheetCode::draw(bytes(7)).expose().to_owned();
    for at in 0..code.len() {
        for other in "23456789ABCDEFGHJKMNPQRSTUVWXYZ".chars().filter(|c| !code[at..].starts_with(*c)) {
            let mut typed = code.clone();
            typed.replace_range(at..=at, &other.to_string());
            assert!(SheetCode::read(&typed) == Err(Slip::Check), "{typed}");
        }
        for with in at + 1..code.len() {
            let mut typed: Vec<char> = code.chars().collect();
            typed.swap(at, with);
            let typed: String = typed.into_iter().collect();
            assert!(typed == code || SheetCode::read(&typed) == Err(Slip::Check), "{typed}");
        }
    }
    for (typed, slip) in [
        ("", Slip::Length),
        (&code[1..], Slip::Length),
        (&format!("{code}2"), Slip::Length),
        ("0OIL1", Slip::Character),
    ] {
        assert!(SheetCode::read(typed) == Err(slip), "{typed}");
    }
}

#[test]
fn all_characters_are_equally_likely() {
    let mut counts = BTreeMap::new();
    for seed in 0..2000 {
        for c in SheetCode::draw(bytes(seed * 977 + 1)).expose().chars() {
            *counts.entry(c).or_insert(0_u32) += 1;
        }
    }
    // 40 000 characters: 1290 of each, give or take.
    assert_eq!(counts.len(), 31);
    assert!(counts.values().all(|n| (1100..1500).contains(n)), "{counts:?}");
}

#[test]
fn sheets_are_spent_together_or_not_at_all() {
    let mut book = Book { proof: String::new(), sheets: vec![sheet(1), sheet(2), sheet(3)] };
    let [one, two, three] = [0, 1, 2].map(|at| book.sheets[at].serial.clone());
    let used = |serial: &Serial| (serial.clone(), opening(10));
    assert!(!book.spend(&[], Wall(10)));
    assert!(!book.spend(&[used(&one)], Wall(1000)), "its time is over");
    assert!(book.spend(&[used(&one)], Wall(10)));
    assert!(!book.spend(&[used(&one)], Wall(10)), "once");
    assert!(!book.spend(&[used(&two), used(&one)], Wall(10)));
    assert_eq!(book.sheets[1].standing(Wall(10)), Standing::Good, "nothing was spent of it");
    book.sheets[2].withdrawn = Some(Word { at: Wall(5), by: "uid 0".to_owned(), note: "lost".to_owned() });
    assert!(!book.spend(&[used(&three)], Wall(10)));
}

#[test]
fn what_was_used_anywhere_stays_used_and_opens_nothing_elsewhere() {
    let (mut ours, mut theirs) = (Book::default(), Book::default());
    ours.sheets = vec![sheet(1)];
    theirs.sheets = vec![sheet(1), sheet(2)];
    let serial = ours.sheets[0].serial.clone();
    assert!(theirs.spend(&[(serial.clone(), opening(10))], Wall(10)));
    assert_eq!(ours.merge(theirs.clone()), Merged { added: 1, changed: 1 });
    assert_eq!(ours.merge(theirs), Merged::default(), "nothing new");
    let there = ours.sheet(&serial).and_then(|sheet| sheet.opened.clone()).expect("used");
    assert_eq!((there.session.clone(), there.pass), (None, None));
    assert!(!ours.spend(&[(serial, opening(20))], Wall(20)));
    assert!(!ours.end(&SessionId::from_random([1; 16]), Wall(30)), "it is the other node's");
}

#[test]
fn an_access_is_ended_once_by_its_session() {
    let mut book = Book { proof: String::new(), sheets: vec![sheet(1)] };
    let serial = book.sheets[0].serial.clone();
    assert!(book.spend(&[(serial, opening(10))], Wall(10)));
    assert!(!book.end(&SessionId::from_random([9; 16]), Wall(11)));
    assert!(book.end(&SessionId::from_random([1; 16]), Wall(11)));
    assert!(!book.end(&SessionId::from_random([1; 16]), Wall(12)));
    let text = serde_json::to_string(&book).expect("JSON");
    assert_eq!(serde_json::from_str::<Book>(&text).expect("reads"), book);
}

#[test]
fn names_and_reasons_are_one_line_that_shows_what_it_says() {
    assert_eq!(tidy("  Dr\tSato \n", 1..=100).as_deref(), Some("Dr Sato"));
    assert_eq!(tidy("the network\r\nis down", REASON).as_deref(), Some("the network is down"));
    for bad in ["", "short", "         x", "a\u{202e}bcdefghijk", "a\u{7}bcdefghijk", &"x".repeat(501)] {
        assert_eq!(tidy(bad, REASON), None, "{bad:?}");
    }
}
