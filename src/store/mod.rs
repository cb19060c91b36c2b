//! Where state lives. [`embedded`]: one SQLite file is the truth. Rules live in `domain`: nothing here judges.

pub mod backup;
pub mod embedded;
mod schema;
pub mod settings;
pub mod turnstile;
mod work;

pub use embedded::Embedded;
pub use settings::Settings;
pub use turnstile::LocalTurnstile;
