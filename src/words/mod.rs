//! What people read, by language. A catalogue is a struct of texts, so a text that one language lacks does not compile.

pub mod count;
pub mod emergency;
pub mod factors;
pub mod hole;
pub mod me;
pub mod message;
pub mod notice;
pub mod page;
mod page_ar;
mod page_de;
mod page_en;
mod page_es;
mod page_fr;
mod page_ja;
mod page_ko;
mod page_pt_br;
mod page_vi;
mod page_zh_hans;
mod page_zh_hant;
pub mod parts;
pub mod passkeys;
pub mod segments;
pub mod span;
pub mod standard;
pub mod template;
pub mod texts;

pub use hole::Hole;
pub use page::{Page, PerChannel};
pub use texts::Texts;

#[cfg(test)]
mod tests;
