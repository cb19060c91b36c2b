//! Where state lives. [`embedded`]: one SQLite file is the truth. Rules live in `domain`: nothing here judges.

pub mod backup;
pub mod embedded;
mod schema;
pub mod settings;
pub mod turnstile;
mod work;

use std::sync::Arc;

use crate::gate::seams::{Store, StoreError, World};

pub use embedded::Embedded;
pub use settings::Settings;
pub use turnstile::LocalTurnstile;

/// The store that is configured. Fails where it is set up wrongly for good; one that is merely away is waited for.
pub fn open(settings: &Settings, _world: &Arc<dyn World>) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(Embedded::open(&settings.file)?))
}
