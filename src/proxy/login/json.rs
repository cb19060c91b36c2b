//! A text out of a JSON document. A key that occurs twice, in any letter case, is refused: readers differ about which one
//! counts (RFC 8259 §4).

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::domain::refusal::Refusal;

/// What a document is, as far as a name is looked for in it.
enum Tree {
    Text(String),
    Object(Vec<(String, Tree)>),
    Other,
}

/// The text at the end of `steps`; `None` where the document goes another way.
pub fn read(body: &[u8], steps: &[String]) -> Result<Option<String>, Refusal> {
    let tree: Tree = serde_json::from_slice(body)
        .map_err(|_| Refusal::Malformed("the body is not JSON, or a key occurs twice in it"))?;
    let mut here = &tree;
    for step in steps {
        let Tree::Object(members) = here else { return Ok(None) };
        match members.iter().find(|(key, _)| key.eq_ignore_ascii_case(step)) {
            None => return Ok(None),
            Some((key, _)) if key != step => {
                return Err(Refusal::Malformed("the field that names the user is spelled in another way"));
            }
            Some((_, below)) => here = below,
        }
    }
    match here {
        Tree::Text(text) => Ok(Some(text.clone())),
        Tree::Object(_) | Tree::Other => Err(Refusal::Malformed("the user's name is no text")),
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(Grower)
    }
}

struct Grower;

impl<'de> Visitor<'de> for Grower {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Tree, A::Error> {
        while all.next_element::<Tree>()?.is_some() {}
        Ok(Tree::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Tree, A::Error> {
        let mut members: Vec<(String, Tree)> = Vec::new();
        while let Some(key) = all.next_key::<String>()? {
            if members.iter().any(|(known, _)| known.eq_ignore_ascii_case(&key)) {
                return Err(de::Error::custom("a key occurs twice"));
            }
            members.push((key, all.next_value()?));
        }
        Ok(Tree::Object(members))
    }
}
