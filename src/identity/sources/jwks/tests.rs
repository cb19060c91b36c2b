//! Which keys are taken out of a set, and which one a token gets. Signatures are tried through the real binary.

use serde_json::json;

use super::*;

fn taken(key: Value) -> Option<Algorithm> {
    let set = json!({ "keys": [key] }).to_string();
    read_set(set.as_bytes()).ok().map(|keys| keys[0].algorithm)
}

#[test]
fn each_key_has_the_one_algorithm_that_is_its_own() {
    let (b32, b48) = ("A".repeat(43), "A".repeat(64));
    let rsa = json!({"kty": "RSA", "n": "A".repeat(342), "e": "AQAB"});
    let with = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        key[name] = value;
        key
    };
    assert_eq!(taken(rsa.clone()), Some(Algorithm::RS256));
    assert_eq!(taken(with(&rsa, "alg", json!("PS256"))), Some(Algorithm::PS256));
    assert_eq!(taken(with(&rsa, "use", json!("sig"))), Some(Algorithm::RS256));
    assert_eq!(taken(with(&rsa, "key_ops", json!(["verify"]))), Some(Algorithm::RS256));
    for (name, value) in [("use", json!("enc")), ("key_ops", json!(["encrypt"])), ("alg", json!("RS1"))] {
        assert_eq!(taken(with(&rsa, name, value)), None, "{name}");
    }
    let p256 = json!({"kty": "EC", "crv": "P-256", "x": b32, "y": b32});
    assert_eq!(taken(p256.clone()), Some(Algorithm::ES256));
    for (name, value) in [("alg", json!("ES384")), ("x", json!("AAAA")), ("crv", json!("secp256k1"))] {
        assert_eq!(taken(with(&p256, name, value)), None, "{name}");
    }
    assert_eq!(taken(json!({"kty": "EC", "crv": "P-384", "x": b48, "y": b48})), Some(Algorithm::ES384));
    assert_eq!(taken(json!({"kty": "OKP", "crv": "Ed25519", "x": b32})), Some(Algorithm::EdDSA));
    assert_eq!(taken(json!({"kty": "OKP", "crv": "X25519", "x": b32})), None);
    assert_eq!(taken(json!({"kty": "oct", "k": b32, "alg": "HS256"})), None, "a secret is not published");
    for broken in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1]}"] {
        assert!(read_set(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn a_token_gets_the_key_that_it_names_or_the_only_one() {
    let key = |id: &str| json!({"kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43), "kid": id});
    let two = read_set(json!({"keys": [key("a"), key("b")]}).to_string().as_bytes()).expect("two keys");
    let one = &two[..1];
    let named = |key: Option<&str>| Named { algorithm: Algorithm::EdDSA, key: key.map(str::to_owned) };
    assert_eq!(pick(&two, &named(Some("b"))).and_then(|key| key.id.as_deref()), Some("b"));
    assert!(pick(&two, &named(Some("c"))).is_none() && pick(&two, &named(None)).is_none());
    assert!(pick(one, &named(None)).is_some());
    assert!(pick(one, &Named { algorithm: Algorithm::ES256, key: Some("a".into()) }).is_none(), "of another algorithm");
}

#[test]
fn numbers_are_written_as_der_wants_them() {
    assert_eq!(integer(&[0, 0, 0x7f]), [2, 1, 0x7f]);
    assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
    assert_eq!(integer(&[]), [2, 1, 0]);
    assert_eq!(tagged(0x30, &[1; 127])[..2], [0x30, 127]);
    assert_eq!(tagged(0x30, &[1; 128])[..3], [0x30, 0x81, 128]);
    assert_eq!(tagged(0x30, &[1; 256])[..4], [0x30, 0x82, 1, 0]);
}
