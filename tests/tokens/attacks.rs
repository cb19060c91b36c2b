//! The attacks, as tokens: each differs from a genuine one in one thing, and is signed by the right key wherever that is
//! what would let it through.

use super::forge::{Pen, base, mac, unbase};
use serde_json::{Value, json};

/// Every forged token with what is wrong with it.
pub fn all(genuine: &str, pen: &Pen) -> Vec<(String, String)> {
    let [header, payload, signature] = genuine.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let parts = Parts { header, payload, signature, pen };
    let mut rows = parts.algorithms();
    rows.extend(parts.headers());
    rows.extend(parts.claims());
    rows.extend(parts.spellings(genuine));
    rows
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    pen: &'a Pen,
}

type Rows = Vec<(String, String)>;

impl Parts<'_> {
    fn header_json(&self) -> Value {
        serde_json::from_slice(&unbase(self.header)).expect("JSON")
    }

    fn claims_json(&self) -> Value {
        serde_json::from_slice(&unbase(self.payload)).expect("JSON")
    }

    /// E1, E2: another algorithm, or none.
    fn algorithms(&self) -> Rows {
        let mut rows = Rows::new();
        let with = |algorithm: &str| {
            let mut header = self.header_json();
            header["alg"] = algorithm.into();
            base(header.to_string().as_bytes())
        };
        for none in ["none", "None", "NONE", "nOnE", ""] {
            let header = with(none);
            rows.push((format!("E1 alg {none:?} without a signature"), format!("{header}.{}.", self.payload)));
            let message = format!("{header}.{}.{}", self.payload, self.signature);
            rows.push((format!("E1 alg {none:?} with one"), message));
        }
        rows.push(("E1 null signature".into(), format!("{}.{}.", self.header, self.payload)));
        rows.push(("E1 zeros".into(), format!("{}.{}.{}", self.header, self.payload, base(&[0; 64]))));
        rows.push(("E1 two parts".into(), format!("{}.{}", self.header, self.payload)));
        for other in ["HS256", "HS384", "HS512", "EdDSA", "ES256", "ES384", "RS256", "PS256", "hs256"] {
            if self.header_json()["alg"] != other {
                rows.push((format!("E2 alg {other}, signed as before"), self.pen.seal(&with(other), self.payload)));
            }
        }
        for public in self.pen.public().into_iter().flat_map(|public| [base(&public).into_bytes(), public]) {
            for header in [self.header.to_owned(), with("HS256")] {
                let message = format!("{header}.{}", self.payload);
                let tag = base(&mac(&public, &message));
                rows.push(("E2 HMAC with the public key".into(), format!("{message}.{tag}")));
            }
        }
        let message = format!("{}.{}", self.header, self.payload);
        let empty = base(&mac(b"", &message));
        rows.push(("E9 HMAC with an empty key".into(), format!("{message}.{empty}")));
        rows
    }

    /// E3: what a header could make a reader do. All are signed by the right key over just this header.
    fn headers(&self) -> Rows {
        let mut rows = Rows::new();
        let mut add = |what: &str, header: &str| {
            rows.push((format!("E3 {what}"), self.pen.seal(&base(header.as_bytes()), self.payload)));
        };
        let more = |name: &str, value: Value| {
            let mut header = self.header_json();
            header[name] = value;
            header.to_string()
        };
        let jwk = json!({"kty": "oct", "k": base(b"attacker"), "kid": "x"});
        add("jwk", &more("jwk", jwk.clone()));
        add("jku", &more("jku", "https://127.0.0.1:1/keys.json".into()));
        add("x5u", &more("x5u", "https://127.0.0.1:1/cert.pem".into()));
        add("x5c", &more("x5c", json!(["AAAA"])));
        add("crit", &more("crit", json!(["exp"])));
        add("crit and b64", &json!({"alg": "HS256", "b64": false, "crit": ["b64"]}).to_string());
        add("zip", &more("zip", "DEF".into()));
        add("cty", &more("cty", "JWT".into()));
        let long = "k".repeat(2000);
        for kid in
            ["../../../../dev/null", "' OR 1=1 --", "key; cat /etc/passwd", "", "\0", "http://127.0.0.1:1/", &long]
        {
            add(&format!("kid {:.30}", kid.escape_debug().to_string()), &more("kid", kid.into()));
        }
        add("kid as a number", &more("kid", 1.into()));
        add("kid as a list", &more("kid", json!([self.header_json()["kid"]])));
        let mut without = self.header_json();
        without.as_object_mut().expect("an object").remove("kid");
        add("no kid", &without.to_string());
        add("typ JWT", &more("typ", "JWT".into()));
        add("typ in capitals", &more("typ", "SEKISHO-PASS+JWT".into()));
        let plain = String::from_utf8(unbase(self.header)).expect("text");
        let doubled = |extra: &str| plain.replacen('{', &format!("{{{extra},"), 1);
        add("alg twice, the first is none", &doubled(r#""alg":"none""#));
        add("kid twice", &doubled(r#""kid":"other""#));
        add("alg twice, the last is none", &plain.replace('}', r#","alg":"none"}"#));
        add("white space", &plain.replace(',', ", "));
        add("escaped names", &plain.replace("alg", "\\u0061lg"));
        add(
            "an order of its own",
            &format!("{{{}}}", plain.trim_matches(['{', '}']).split(',').rev().collect::<Vec<_>>().join(",")),
        );
        add("a byte order mark", &format!("\u{feff}{plain}"));
        add("no object", "[]");
        rows
    }

    /// E4, E6, E8: the right key over claims that are not those of a pass for here and now.
    fn claims(&self) -> Rows {
        let mut rows = Rows::new();
        let mut add = |what: String, claims: &str| {
            rows.push((what, self.pen.seal(self.header, &base(claims.as_bytes()))));
        };
        let whole = self.claims_json();
        for name in whole.as_object().expect("an object").keys() {
            let mut less = whole.clone();
            less.as_object_mut().expect("an object").remove(name);
            add(format!("E4 without {name}"), &less.to_string());
            let mut null = whole.clone();
            null[name] = Value::Null;
            add(format!("E4 {name} is null"), &null.to_string());
            let plain = whole.to_string();
            let twice = format!("{{\"{name}\":{},{}", whole[name], &plain[1..]);
            add(format!("E4 {name} twice"), &twice);
        }
        let now = whole["iat"].as_i64().expect("a number");
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", json!(["https://evil.example", whole["iss"]])),
            ("aud", json!("https://other.example")),
            ("aud", json!([whole["aud"], "https://other.example"])),
            ("aud", json!(format!("{}/", whole["aud"].as_str().expect("a text")))),
            ("exp", json!(now - 30)),
            ("exp", json!(now)),
            ("exp", json!("9999999999")),
            ("exp", json!(9_999_999_999.5)),
            ("exp", json!(1e300)),
            ("exp", json!(-1)),
            ("nbf", json!(now + 3600)),
            ("nbf", json!((now - 60).to_string())),
            ("iat", json!(now + 3600)),
            ("scopes", json!(["records"])),
            ("scopes", json!({"records": "now"})),
            ("scopes", json!({})),
            ("jti", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            ("ide", json!("AAAA")),
            ("ide", json!({"u": "admin"})),
            ("typ", json!("JWT")),
            ("typ", json!("sekisho-challenge+jwt")),
            ("typ", json!("sekisho-assertion+jwt")),
            ("admin", json!(true)),
        ] {
            let mut other = whole.clone();
            other[name] = value.clone();
            let kind = if matches!(name, "exp" | "nbf" | "iat") { "E6" } else { "E8" };
            add(format!("{kind} {name} = {value}"), &other.to_string());
        }
        add("E8 no object".into(), "[]");
        add("E8 nothing".into(), "");
        add("E8 not UTF-8".into(), &format!("{whole}\0"));
        add("E8 two objects".into(), &format!("{whole}{whole}"));
        add("E8 much too long".into(), &whole.to_string().replace("ide", &format!("ide{}", "e".repeat(4000))));
        rows
    }

    /// One token has one spelling: else what is revoked or remembered under one comes back under another.
    fn spellings(&self, genuine: &str) -> Rows {
        let mut rows = Rows::new();
        let mut add = |what: &str, token: String| rows.push((format!("E3 {what}"), token));
        let (header, payload, signature) = (self.header, self.payload, self.signature);
        add("padding", format!("{genuine}="));
        add("padding of the payload", self.pen.seal(header, &format!("{payload}=")));
        add("padding of the header", self.pen.seal(&format!("{header}="), payload));
        if let Some(last) = sibling(signature) {
            add("other spare bits in the signature", format!("{header}.{payload}.{last}"));
        }
        if let Some(last) = sibling(payload) {
            add("other spare bits in the payload", self.pen.seal(header, &last));
        }
        let standard = signature.replace('-', "+").replace('_', "/");
        if standard != signature {
            add("the other alphabet", format!("{header}.{payload}.{standard}"));
        }
        add("a fourth part", format!("{genuine}.{signature}"));
        add("a dot behind", format!("{genuine}."));
        add("a dot before", format!(".{genuine}"));
        add("a space within", genuine.replacen('.', ". ", 1));
        add("a cut", genuine[..genuine.len() - 1].to_owned());
        add("one more character", format!("{genuine}A"));
        add(
            "as JSON",
            json!({"protected": header, "payload": payload, "signature": signature}).to_string().replace(' ', ""),
        );
        add("as five parts", format!("{header}..{payload}.{signature}.{signature}"));
        add("a word before", format!("Bearer {genuine}"));
        add("quotes", format!("\"{genuine}\""));
        add("two tokens", format!("{genuine},{genuine}"));
        rows
    }
}

/// The same bytes for a careless reader, where the last character has bits to spare.
fn sibling(text: &str) -> Option<String> {
    let spare = match text.len() % 4 {
        2 => 16,
        3 => 4,
        _ => return None,
    };
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = text.split_at(text.len() - 1);
    let place = ALPHABET.iter().position(|b| *b == last.as_bytes()[0])?;
    let other = place - place % spare + (place + 1) % spare;
    Some(format!("{head}{}", char::from(ALPHABET[other])))
}
