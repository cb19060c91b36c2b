//! What pages say about passkeys, in every language.

mod asia;
mod beyond;

pub use asia::{JA, KO, VI, ZH_HANS, ZH_HANT};
pub use beyond::{AR, DE, EN, ES, FR, PT_BR};
