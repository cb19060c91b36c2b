//! From a configuration to live parts. Everything that can fail fails here, with the name of what it was about.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};

use crate::config::Config;
use crate::delivery::logbook::Logged;
use crate::delivery::simswap::SimSwap;
use crate::delivery::{Courier, CourierService, Makers, Providers, Receipts};
use crate::gate::keys::KeyRing;
use crate::gate::seams::{IdentitySource, NumberCheck, Store, World};
use crate::gate::{Gate, Seams};
use crate::identity::sources::Sources;
use crate::identity::{Chain, Directory, DirectorySource, SiteKeys};
use crate::net::Door;
use crate::store::emergency::SheetFile;
use crate::store::{self, LocalTurnstile};
use crate::telemetry::audit::files;
use crate::telemetry::audit::keys::Signer;
use crate::telemetry::{Audit, Metrics, Telemetry};

use super::bureau::Bureau;
use super::keys;
use super::world::SystemWorld;

/// What a running gate is made of.
pub struct Parts {
    pub gate: Arc<Gate>,
    pub world: Arc<dyn World>,
    pub identity: Arc<dyn IdentitySource>,
    pub telemetry: Arc<Telemetry>,
    pub metrics: Arc<Metrics>,
    pub courier: CourierService,
    pub receipts: Receipts,
    pub store: Arc<dyn Store>,
    pub bureau: Bureau,
    /// The keys that the gate begins with.
    pub keys: KeyRing,
}

impl Parts {
    /// Opens files and starts the store's and the audit's threads; needs no network.
    pub fn build(config: &Config) -> Result<Parts> {
        let world: Arc<dyn World> = Arc::new(SystemWorld::default());
        let keys = open_keys(config, world.as_ref())?;
        for file in [&config.store.file, &config.telemetry.audit_file, &config.identity.file] {
            prepare_file(file)?;
        }
        let store = store::open(&config.store, &world).context("opening the store")?;
        let identity: Arc<dyn IdentitySource> =
            Arc::new(Chain::new(Directory::open(&config.identity)?, &config.identity, world.clone())?);
        let audit = open_audit(config, &keys, world.clone())?;
        let metrics = Arc::new(Metrics::new());
        let door = Door::new(None).context("preparing outbound HTTP")?;
        let providers = Providers::new(&config.delivery, &keys.secret_for("receipts")).context("preparing delivery")?;
        let told = (config.alerts.clone(), config.watch);
        let (kept, counted) = ((store.clone(), world.clone()), metrics.clone());
        let bureau = Bureau::new(told, kept, counted, providers.clone(), door.clone());
        let telemetry = Arc::new(Telemetry { audit, metrics: metrics.clone(), alerts: bureau.alerts.clone() });
        let tally = bureau.tally();
        let makers = Makers::new(&config.delivery, &providers, world.clone(), door.clone());
        let (outbox, mut courier) = Courier::new(&config.delivery, &providers, world.clone(), door.clone(), tally);
        let receipts = Receipts::new(&providers).noted_in(bureau.logbook.clone());
        let outbox = Arc::new(Logged { courier: outbox, logbook: bureau.logbook.clone() });
        let seams = Seams {
            world: world.clone(),
            store: store.clone(),
            identity: identity.clone(),
            outbox,
            witness: telemetry.clone(),
            turnstile: Arc::new(LocalTurnstile::new(&config.store.limits)),
        };
        let mut gate = Gate::new(config.gate.clone(), seams, &keys).with_makers(makers);
        let registry = DirectorySource::new(Directory::open(&config.identity)?, &config.identity);
        gate = gate.with_enrolment(config.enrol.clone(), Arc::new(registry));
        let sheets = Arc::new(SheetFile::new(config.emergency_file()));
        gate = gate.with_emergency(sheets, &keys);
        gate = gate.with_introducer(Arc::new(Sources::new(&config.sources, &door, &world)));
        // `check` says so where a scope wants passkeys of a site that can have none.
        if let Ok(keys) = SiteKeys::new(&config.gate.public_url, &config.pages.brand) {
            gate = gate.with_passkeys(Arc::new(keys));
        }
        if let Some(settings) = config.sim_swap.clone() {
            let check = SimSwap::new(settings, door, world.clone()).context("preparing the check of SIM cards")?;
            let check: Arc<dyn NumberCheck> = Arc::new(check);
            (gate, courier) = (gate.with_number_check(check.clone()), courier.with_number_check(check));
        }
        Ok(Parts { gate: Arc::new(gate), world, identity, telemetry, metrics, courier, receipts, store, bureau, keys })
    }
}

/// Reads the key file; makes it at the first start.
pub fn open_keys(config: &Config, world: &dyn World) -> Result<KeyRing> {
    prepare_folder(&config.key_file)?;
    let keys = keys::load_or_create(&config.key_file, config.pass_algorithm, world)?;
    own(&config.key_file)?;
    Ok(keys)
}

/// Opens the audit, to be signed with the key file's first key.
pub fn open_audit(config: &Config, keys: &KeyRing, world: Arc<dyn World>) -> Result<Audit> {
    let (file, keeping) = (&config.telemetry.audit_file, config.telemetry.keeping.clone());
    Audit::open(file.clone(), keeping, Signer::new(keys), world)
        .with_context(|| format!("opening the audit {}", file.display()))
}

/// Makes a state file that is not there yet, empty and private, so that whoever opens it first finds it with its owner.
pub fn prepare_file(file: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    prepare_folder(file)?;
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => own(file),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("making {}", file.display())),
    }
}

/// A command that root gives may make a file before the service does: it belongs to whom the folder belongs to.
pub fn own(file: &Path) -> Result<()> {
    files::own(file).with_context(|| format!("giving {} to its folder's owner", file.display()))
}

/// Makes the folder that a state file lies in, private to its owner.
pub fn prepare_folder(file: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) else { return Ok(()) };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("making the folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;

    #[test]
    fn a_state_file_is_private_and_belongs_to_whom_its_folder_belongs_to() {
        let dir = tempfile::tempdir().expect("a folder");
        // Only root can give the folder away; for anybody else it is their own, and so is the file.
        let _ = chown(dir.path(), Some(65534), None);
        let file = dir.path().join("audit.jsonl");
        prepare_file(&file).expect("makes");
        prepare_file(&file).expect("leaves it");
        let (file, folder) = (file.metadata().expect("there"), dir.path().metadata().expect("there"));
        assert_eq!((file.uid(), file.permissions().mode() & 0o777), (folder.uid(), 0o600));
    }
}
