//! `sekisho backup` and `sekisho restore`: users, counters, revocations and keys in a folder, while the gateway runs.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::app::build::{prepare_file, prepare_folder};
use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::domain::event::{Event, What};
use crate::gate::keys::KeyRing;
use crate::gate::seams::World;
use crate::identity::{Directory, Settings};
use crate::store;

/// The names within a backup.
const STATE: &str = "sekisho.db";
const KEYS: &str = "keys.json";
const MANIFEST: &str = "manifest.json";

#[derive(Args)]
pub struct BackupArgs {
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    /// The folder to make; it must not be there yet
    #[arg(value_name = "FOLDER")]
    to: PathBuf,
}

#[derive(Args)]
pub struct RestoreArgs {
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_CONFIG)]
    config: PathBuf,
    /// A folder that `sekisho backup` made
    #[arg(value_name = "FOLDER")]
    from: PathBuf,
    /// Also put the backup's keys in place of other ones that are there
    #[arg(long)]
    keys: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What a backup holds; the digests are SHA-256 in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Manifest {
    made: String,
    program: String,
    files: BTreeMap<String, String>,
}

pub fn backup(args: &BackupArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let to = &args.to;
    ensure!(!to.exists(), "{} is there already; name a new folder for each backup", to.display());
    let event = Event::new(What::SysBackup).detail(to.display().to_string());
    super::write_down(&config, vec![event], &super::actor())?;
    // Under its own name only when it is whole.
    let mut part = to.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    make_folder(&part)?;
    let done = fill(&config, &part).and_then(|()| {
        fs::rename(&part, to).with_context(|| format!("naming {}", to.display()))?;
        sync_folder(to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    });
    if done.is_err() {
        // What is left of a failed backup is in nobody's way, but it holds keys.
        let _ = fs::remove_dir_all(&part);
    }
    done?;
    let held = if config.store.redis.is_some() { "users" } else { "users, counters, revocations" };
    writeln!(out, "{} holds {held} and the keys: keep it as safe as the machine.", to.display())?;
    if config.store.redis.is_some() {
        writeln!(out, "Not in it: counters, sessions and revocations, which Redis keeps; copy its own files.")?;
    }
    writeln!(
        out,
        "Not in it: the audit ({}*), the configuration and the certificates; files that can be copied as they are.",
        config.telemetry.audit_file.display()
    )?;
    Ok(0)
}

fn fill(config: &Config, folder: &Path) -> Result<()> {
    let [state, keys] = [STATE, KEYS].map(|name| folder.join(name));
    if config.store.redis.is_some() {
        // The directory's file never was a store; an empty one it can be brought back as.
        store::Embedded::open(&config.store.file)?;
    }
    store::backup::copy(&config.store.file, &state)?;
    let text = fs::read_to_string(&config.key_file)
        .with_context(|| format!("reading the key file {}", config.key_file.display()))?;
    KeyRing::read(&text).with_context(|| format!("the key file {}", config.key_file.display()))?;
    write_private(&keys, text.as_bytes())?;
    store::backup::check(&state)?;
    let files = [(STATE, &state), (KEYS, &keys)];
    let files = files.into_iter().map(|(name, file)| Ok((name.to_owned(), hash(file)?))).collect::<Result<_>>()?;
    let manifest = Manifest {
        made: SystemWorld::default().wall().rfc3339(),
        program: concat!("sekisho ", env!("CARGO_PKG_VERSION")).to_owned(),
        files,
    };
    write_private(&folder.join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    sync_folder(folder)
}

pub fn restore(args: &RestoreArgs, out: &mut dyn Write) -> Result<i32> {
    let config = super::load(&args.config)?;
    let manifest = verified(&args.from)?;
    let backup = args.from.join(STATE);
    store::backup::check(&backup)?;
    let ring = fs::read_to_string(args.from.join(KEYS))?;
    KeyRing::read(&ring).with_context(|| format!("the keys in {}", args.from.display()))?;
    agreed(args, &manifest, &config)?;

    prepare_folder(&config.key_file)?;
    let event = Event::new(What::SysRestore).detail(format!("{}, made {}", args.from.display(), manifest.made));
    // The audit hears of it first. It is signed with the keys that are there; where none are, the backup's come first.
    let keys = if config.key_file.exists() {
        super::write_down(&config, vec![event], &super::actor())?;
        put_keys(&ring, &config.key_file, args.keys)?
    } else {
        let keys = put_keys(&ring, &config.key_file, args.keys)?;
        super::write_down(&config, vec![event], &super::actor())?;
        keys
    };
    prepare_file(&config.store.file)?;
    let now = SystemWorld::default().wall();
    if config.store.redis.is_some() {
        // First, because a Redis that is away can be waited for, and passes that outlive a restore cannot be ended later.
        super::end_all(&config, now)?;
    }
    store::backup::restore(&backup, &config.store.file, now, super::outlived(&config, now))?;
    // The directory's own tables came along; it brings them up to date where the backup is older than this program.
    Directory::open(&Settings { file: config.store.file.clone(), ..config.identity.clone() })?;
    writeln!(
        out,
        "Restored what {} held on {}. Every pass is ended: people prove themselves once more.",
        args.from.display(),
        manifest.made
    )?;
    writeln!(out, "{keys}")?;
    Ok(0)
}

/// The manifest, if every file in the folder is as it says.
fn verified(from: &Path) -> Result<Manifest> {
    let file = from.join(MANIFEST);
    let text = fs::read_to_string(&file)
        .with_context(|| format!("{} is no backup: {MANIFEST} cannot be read", from.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
    for name in [STATE, KEYS] {
        let file = from.join(name);
        let said = manifest.files.get(name).with_context(|| format!("{MANIFEST} does not name {name}"))?;
        let found = hash(&file).with_context(|| format!("{} is not whole", from.display()))?;
        ensure!(found == *said, "{} was changed since the backup was made; nothing was restored", file.display());
    }
    Ok(manifest)
}

fn agreed(args: &RestoreArgs, manifest: &Manifest, config: &Config) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    ensure!(std::io::stdin().is_terminal(), "a restore ends every pass; say --yes to mean it");
    eprint!(
        "Users in {} become those of {}, and every pass is ended. Go on? [y/N] ",
        config.store.file.display(),
        manifest.made
    );
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    if !matches!(line.trim(), "y" | "Y" | "yes") {
        bail!("nothing was restored");
    }
    Ok(())
}

/// Puts the backup's keys where none are. Other ones stay unless the operator says so: a key that was retired since the
/// backup was made must not come back unasked.
fn put_keys(ring: &str, file: &Path, replace: bool) -> Result<String> {
    let there = match fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(e).with_context(|| format!("reading the key file {}", file.display())),
    };
    match there {
        Some(text) if text == ring => return Ok("The keys are the same.".to_owned()),
        Some(_) if !replace => {
            return Ok(format!(
                "The keys in {} are others than the backup's and were kept; --keys puts the backup's in their place.",
                file.display()
            ));
        }
        _ => {}
    }
    let mut draft = file.to_owned().into_os_string();
    draft.push(format!(".restore-{}", std::process::id()));
    let draft = PathBuf::from(draft);
    write_private(&draft, ring.as_bytes())?;
    fs::rename(&draft, file).with_context(|| format!("putting {} in place", file.display()))?;
    crate::app::build::own(file)?;
    Ok(format!(
        "The backup's keys are in {}; a gateway that runs takes them on within a second, or says in its log that it has to be restarted.",
        file.display()
    ))
}

fn make_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().mode(0o700).create(folder);
    made.with_context(|| format!("making the folder {}", folder.display()))
}

fn write_private(file: &Path, bytes: &[u8]) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = made.and_then(|mut out| out.write_all(bytes).and_then(|()| out.sync_all()));
    written.with_context(|| format!("writing {}", file.display()))
}

fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("keeping {}", folder.display()))
}

fn hash(file: &Path) -> Result<String> {
    let mut reader = File::open(file).with_context(|| format!("reading {}", file.display()))?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match std::io::Read::read(&mut reader, &mut buffer)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    Ok(context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
