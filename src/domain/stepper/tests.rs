//! RFC 6238's own numbers, and what is taken when.

use std::time::Duration;

use super::*;

const NOW: Wall = Wall(1_800_000_000_000);

fn stepper(seed: &[u8], hash: StepHash, digits: u8) -> Stepper {
    Stepper {
        id: "one".to_owned(),
        label: "phone".to_owned(),
        kind: Factor::Totp,
        seed: base32(seed),
        hash,
        digits,
        step: 30,
        added: Wall::EPOCH,
        drift: 0,
        spent: None,
        used: None,
    }
}

fn plain() -> Stepper {
    stepper(b"12345678901234567890", StepHash::Sha1, 6)
}

fn code_at(stepper: &Stepper, steps: i64) -> String {
    let fresh = Stepper { drift: 0, ..stepper.clone() };
    let at = Wall(NOW.0 + steps * 30_000);
    fresh.present(at).expect("a code").expose().clone()
}

/// RFC 6238, appendix B.
#[test]
fn it_shows_what_the_standard_says() {
    let seeds: [(&[u8], StepHash); 3] = [
        (b"12345678901234567890", StepHash::Sha1),
        (b"12345678901234567890123456789012", StepHash::Sha256),
        (b"1234567890123456789012345678901234567890123456789012345678901234", StepHash::Sha512),
    ];
    for (time, codes) in [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ] {
        let at = Wall::from_secs(time);
        for ((seed, hash), code) in seeds.into_iter().zip(codes) {
            let one = stepper(seed, hash, 8);
            assert_eq!(one.fault(), None);
            assert_eq!(one.present(at).expect("a code").expose(), code, "{hash:?} at {time}");
            assert_eq!(one.shows(code, at), Shows::Step(time as u64 / 30));
        }
    }
}

#[test]
fn one_step_before_and_one_after_are_taken_and_no_more() {
    let one = plain();
    let step = 1_800_000_000 / 30;
    assert_eq!(one.shows(&code_at(&one, -1), NOW), Shows::Step(step - 1));
    assert_eq!(one.shows(&code_at(&one, 0), NOW), Shows::Step(step));
    assert_eq!(one.shows(&code_at(&one, 1), NOW), Shows::Step(step + 1));
    assert_eq!(one.shows(&code_at(&one, -2), NOW), Shows::Nothing);
    assert_eq!(one.shows(&code_at(&one, 2), NOW), Shows::Nothing);
    for bad in ["", "1", "1234567", "abcdef", "+12345"] {
        assert_eq!(one.shows(bad, NOW), Shows::Nothing, "{bad}");
    }
}

#[test]
fn each_step_is_taken_once_and_those_before_it_never_again() {
    let mut one = plain();
    let step = 1_800_000_000 / 30;
    one.take(step, NOW);
    assert_eq!((one.spent, one.used, one.drift), (Some(step), Some(NOW), 0));
    assert_eq!(one.shows(&code_at(&one, 0), NOW), Shows::Spent);
    assert_eq!(one.shows(&code_at(&one, -1), NOW), Shows::Spent);
    assert_eq!(one.shows(&code_at(&one, 1), NOW), Shows::Step(step + 1));
    // A clock that was set back takes nothing twice either.
    let earlier = NOW.minus(Duration::from_secs(30));
    assert_eq!(one.shows(&code_at(&one, -1), earlier), Shows::Spent);
}

#[test]
fn a_tokens_clock_is_followed_and_an_apps_is_not() {
    let mut token = Stepper { kind: Factor::Token, ..plain() };
    let step = 1_800_000_000 / 30;
    token.take(step - 1, NOW);
    assert_eq!(token.drift, -1);
    let later = NOW.plus(Duration::from_secs(300));
    assert_eq!(token.shows(&code_at(&token, 8), later), Shows::Step(step + 8));
    assert_eq!(token.shows(&code_at(&token, 11), later), Shows::Nothing, "the window went along with it");
    let mut app = plain();
    app.take(step - 1, NOW);
    assert_eq!(app.drift, 0);
}

#[test]
fn two_codes_in_a_row_find_a_clock_again() {
    let mut token = Stepper { kind: Factor::Token, ..plain() };
    let (first, second) = (code_at(&token, 500), code_at(&token, 501));
    assert_eq!(token.shows(&second, NOW), Shows::Nothing);
    assert!(!token.clone().resync(&first, &first, NOW), "the same one twice");
    assert!(!token.clone().resync(&second, &first, NOW), "the wrong way round");
    assert!(!token.clone().resync(&code_at(&token, 5000), &code_at(&token, 5001), NOW), "out of reach");
    assert!(token.resync(&first, &second, NOW));
    assert_eq!(token.drift, 501);
    assert_eq!(token.shows(&second, NOW), Shows::Spent, "these two open nothing");
    assert!(matches!(token.shows(&code_at(&token, 502), NOW), Shows::Step(_)));
    assert!(!token.resync(&first, &second, NOW), "nor do they find it twice");
}

#[test]
fn a_seed_is_read_as_people_write_it() {
    let same = base32(b"12345678901234567890");
    for text in [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "base32:GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====",
        "3132333435363738393031323334353637383930",
        "hex:31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 30",
    ] {
        assert_eq!(seed(text).as_ref(), Ok(&same), "{text}");
    }
    // What could be both.
    let both = "A".repeat(40);
    assert_eq!(seed(&both), Ok(base32(&[0xaa; 20])));
    assert_eq!(seed(&format!("base32:{both}")), Ok(base32(&[0; 25])));
    for bad in
        ["", "GEZDGNBV", "31323", "hex:GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "not a seed at all 1890!", &"A".repeat(300)]
    {
        assert!(seed(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_cannot_be_one_is_named() {
    for one in [
        Stepper { digits: 7, ..plain() },
        Stepper { step: 0, ..plain() },
        Stepper { seed: "!".to_owned(), ..plain() },
        Stepper { seed: base32(b"short"), ..plain() },
    ] {
        assert!(one.fault().is_some());
        assert_eq!(one.shows("123456", NOW), Shows::Nothing);
    }
}

#[test]
fn an_app_reads_whose_it_is() {
    let uri = plain().uri("records.example.jp", "花子 of:ward");
    assert_eq!(
        uri.expose(),
        "otpauth://totp/records.example.jp:%E8%8A%B1%E5%AD%90%20of%3Award?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
         &issuer=records.example.jp&algorithm=SHA1&digits=6&period=30"
    );
    assert_eq!(plain().grouped().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
}
