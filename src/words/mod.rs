//! What people read, by language. A catalogue is a struct of texts, so a text that one language lacks does not compile.

pub mod hole;
pub mod message;
pub mod page;
mod page_en;
mod page_ja;
pub mod span;

pub use hole::Hole;
pub use page::{Page, PerChannel};
