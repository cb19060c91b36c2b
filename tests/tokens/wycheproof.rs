//! Project Wycheproof's vectors through the very function that the mint reads tokens with.
//!
//! What ring refuses although the vectors call it valid is adjudicated here by name. Nothing invalid may be accepted.

use jsonwebtoken::crypto::verify;
use jsonwebtoken::{Algorithm, DecodingKey};
use sekisho::gate::ring_jwt;
use sekisho::gate::seal::text;
use wycheproof::TestResult;

#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    acceptable: usize,
    /// Valid, but refused; each has to be explained.
    refused: Vec<String>,
    /// Not valid, but accepted.
    forged: Vec<String>,
}

impl Tally {
    fn judge(&mut self, name: String, expected: TestResult, accepted: bool) {
        match expected {
            TestResult::Valid => self.valid += 1,
            TestResult::Invalid => self.invalid += 1,
            TestResult::Acceptable => self.acceptable += 1,
        }
        match (expected, accepted) {
            (TestResult::Valid, false) => self.refused.push(name),
            (TestResult::Invalid, true) => self.forged.push(name),
            // Strictness costs nothing here: we read only what we signed ourselves.
            (TestResult::Acceptable, true) => self.forged.push(name),
            _ => {}
        }
    }

    fn told(&self, what: &str) {
        let Tally { valid, invalid, acceptable, refused, forged } = self;
        println!(
            "{what}: {valid} valid ({} refused), {invalid} invalid and {acceptable} acceptable, {} accepted",
            refused.len(),
            forged.len()
        );
        assert!(forged.is_empty(), "{what}: accepted {forged:#?}");
    }
}

/// As the mint reads a signature: its text, over the first two parts of a token.
fn accepts(algorithm: Algorithm, key: &DecodingKey, message: &[u8], signature: &[u8]) -> bool {
    ring_jwt::install();
    verify(&text(signature), message, key, algorithm).unwrap_or(false)
}

#[test]
fn hmac_sha256() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).expect("the vectors");
    let (mut whole, mut truncated) = (Tally::default(), Tally::default());
    for group in &set.test_groups {
        for test in &group.tests {
            let key = DecodingKey::from_secret(&test.key);
            let accepted = accepts(Algorithm::HS256, &key, &test.msg, &test.tag);
            // A tag of 128 bits is a good HMAC and no HS256 (RFC 7518 §3.2: the whole of it).
            let tally = if group.tag_size == 256 { &mut whole } else { &mut truncated };
            tally.judge(format!("tc{} {}", test.tc_id, test.comment), test.result, accepted);
        }
    }
    whole.told("HMAC-SHA256, whole tags");
    truncated.told("HMAC-SHA256, truncated tags");
    assert!(whole.refused.is_empty(), "{:#?}", whole.refused);
    assert!(whole.valid > 30 && whole.invalid > 50, "the vectors are there");
    assert_eq!(truncated.refused.len(), truncated.valid, "no truncated tag is taken");
}

#[test]
fn ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).expect("the vectors");
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let key = DecodingKey::from_ed_der(&group.key.pk);
        for test in &group.tests {
            let accepted = accepts(Algorithm::EdDSA, &key, &test.msg, &test.sig);
            tally.judge(format!("tc{} {} {:?}", test.tc_id, test.comment, test.flags), test.result, accepted);
        }
    }
    tally.told("Ed25519");
    assert!(tally.refused.is_empty(), "{:#?}", tally.refused);
    assert!(tally.valid > 50 && tally.invalid > 40, "the vectors are there");
}

#[test]
fn ecdsa_p256_sha256() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut tally = Tally::default();
    let fixed = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).expect("the vectors");
    for group in &fixed.test_groups {
        let key = DecodingKey::from_ec_der(&group.key.key);
        for test in &group.tests {
            let accepted = accepts(Algorithm::ES256, &key, &test.msg, &test.sig);
            tally.judge(format!("tc{} {} {:?}", test.tc_id, test.comment, test.flags), test.result, accepted);
        }
    }
    tally.told("ECDSA P-256 SHA-256, as JWS writes it");
    assert!(tally.refused.is_empty(), "{:#?}", tally.refused);
    assert!(tally.valid > 50 && tally.invalid > 50, "the vectors are there");

    // The same in ASN.1, which no JWS has: whatever they say of it, none is taken.
    let asn1 = TestSet::load(TestName::EcdsaSecp256r1Sha256).expect("the vectors");
    let all = asn1.test_groups.iter().flat_map(|group| group.tests.iter().map(move |test| (group, test)));
    let taken = |group: &wycheproof::ecdsa::TestGroup, test: &wycheproof::ecdsa::Test| {
        accepts(Algorithm::ES256, &DecodingKey::from_ec_der(&group.key.key), &test.msg, &test.sig)
    };
    let (count, taken) = all.fold((0, Vec::new()), |(count, mut found), (group, test)| {
        if taken(group, test) {
            found.push(test.tc_id);
        }
        (count + 1, found)
    });
    println!("ECDSA P-256 SHA-256 in ASN.1: {count} vectors, {} accepted", taken.len());
    assert!(taken.is_empty() && count > 100, "{taken:?}");
}
