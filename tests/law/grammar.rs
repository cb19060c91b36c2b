//! Targets that look for trouble: pieces of known attacks and of ordinary addresses, glued together at random.

/// A generator of its own, so that a seed means the same for ever.
pub struct Grammar(u64);

const NAMES: &[&str] = &[
    "public",
    "protected",
    "never",
    "a",
    "index.php",
    "x.aspx",
    "患者",
    "%E6%82%A3",
    "ソ",
    "%83%5C",
    "%83e",
    "%A5%C6",
    "~u",
    "1",
];
const SPELLED: &[&str] = &[
    "Public",
    "PROTECTED",
    "%70ublic",
    "p%72otected",
    "protected.",
    "protected%20",
    "protected::$DATA",
    "%2570rotected",
    "ｐublic",
    "prot(S(x))ected",
];
const JOINTS: &[&str] =
    &["/", "/", "/", "/", "/", "/", "//", "%2F", "%2f", "\\", "%5C", "%5c", "%252f", "%255c", "／", "/./", ";/", "/;/"];
const DOTS: &[&str] = &[
    ".",
    "..",
    "%2e",
    "%2E%2e",
    ".%2e",
    "..;",
    "..;x",
    ".;",
    "%2e%2e;x=1",
    "..%20",
    "...",
    "%252e%252e",
    "․․",
    "‥",
    "%c0%ae",
    "%u002e",
    "..%00",
];
const PARAMETERS: &[&str] = &[";jsessionid=1F", ";x", ";x=%2F", ";..", "%3Bx", ";x=..", ";", "%253b"];
const BYTES: &[&str] = &[
    "%00", "%0a", "%7f", "%c2%85", "%ff", "%83", "%E3%81", "%", "%2", "%zz", " ", "\"", "#x", "%25", "%2541", "|", "^",
    "[", "]", "'", "(S(x))", "(", "+", "~", "%2e", "%20", "%C3%BD",
];
const QUERIES: &[&str] = &["", "", "?", "?a=b", "?x=/public/../protected", "?q=%2F;..//", "?\\"];

impl Grammar {
    pub fn new(seed: u64) -> Grammar {
        // A state of all zeros would stay so.
        Grammar(seed | 1)
    }

    fn next(&mut self) -> u64 {
        // xorshift64*: small, and good enough to choose words by.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap_or_default()
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    /// A target, and one of so many kinds of upstream.
    pub fn target(&mut self, kinds: u8) -> (u8, Vec<u8>) {
        let kind = u8::try_from(self.below(usize::from(kinds))).unwrap_or_default();
        (kind, self.bytes())
    }

    pub fn bytes(&mut self) -> Vec<u8> {
        let mut text = String::from("/");
        // Half of them nearly ordinary, so that many get through.
        let wild = self.below(2) == 0;
        for index in 0..=self.below(5) {
            if index > 0 {
                text.push_str(if wild { self.one(JOINTS) } else { "/" });
            }
            match self.below(if wild { 10 } else { 40 }) {
                0 => text.push_str(self.one(DOTS)),
                1 => text.push_str(self.one(SPELLED)),
                2 => text.push_str(self.one(BYTES)),
                _ => text.push_str(self.one(NAMES)),
            }
            match self.below(if wild { 12 } else { 30 }) {
                0 => text.push_str(self.one(PARAMETERS)),
                1 => text.push_str(self.one(BYTES)),
                2 => text.push_str(self.one(JOINTS)),
                _ => {}
            }
        }
        text.push_str(self.one(QUERIES));
        let mut bytes = text.into_bytes();
        // Now and then a byte of its own: any at all.
        if self.below(16) == 0 {
            let (at, byte) = (self.below(bytes.len()), self.below(256));
            bytes[at] = u8::try_from(byte).unwrap_or_default();
        }
        if self.below(12) == 0 {
            bytes = japanese(&bytes);
        }
        bytes
    }
}

/// The same text in Shift_JIS.
fn japanese(bytes: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(bytes) {
        Ok(text) => encoding_rs::SHIFT_JIS.encode(text).0.into_owned(),
        Err(_) => bytes.to_vec(),
    }
}
