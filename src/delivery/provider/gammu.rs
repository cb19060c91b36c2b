//! A modem of our own, by the spool of Gammu SMSD (its FILES service): for emergencies, a modem sends some messages a
//! minute.
//!
//! ```text
//! .draft ─ rename ─▶ outbox/OUTA….smsbackup ─ gammu-smsd ─▶ sent/…    handed to the network
//!                          │                          └───▶ errors/…  given up
//!                          └─ taken back when time is over
//! ```
//!
//! The file says for each part which alphabet it is in. A plain `.txt` would not: what SMSD makes of one hangs on its
//! configuration, and its own default turns Japanese into question marks.

mod sheet;

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;

use super::ProviderFault;
use super::kind::{Given, Key, Kind, Line, Made, Need, Reported, Shape, Standing};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::domain::time::Wall;
use crate::gate::seams::World;

/// What our files are called by, beside what SMSD asks for.
const OURS: &str = "sekisho";
/// How often the folders are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often what was left over is cleared away.
const SWEEP: Duration = Duration::from_secs(60);

pub const KIND: Kind = Kind {
    name: "gammu",
    channels: &[Channel::Sms],
    keys: &[
        Key { name: "outbox", shape: Shape::Path, need: Need::Required, like: "\"/var/spool/gammu/outbox\"" },
        Key { name: "sent", shape: Shape::Path, need: Need::Required, like: "\"/var/spool/gammu/sent\"" },
        Key { name: "errors", shape: Shape::Path, need: Need::Required, like: "\"/var/spool/gammu/error\"" },
        Key { name: "stuck", shape: Shape::Whole(10, 3600), need: Need::Default("60"), like: "60" },
    ],
    make: |given, site| Ok(Made::Line(Arc::new(Gammu::new(given, site)?))),
};

#[derive(Clone)]
pub struct Gammu {
    outbox: PathBuf,
    sent: PathBuf,
    errors: PathBuf,
    /// A message that waits so long in the outbox says that nobody takes it.
    stuck: Duration,
    name: String,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Sent,
    Given,
    Waiting,
}

/// A file in the outbox. Whoever stops waiting for it takes it back: no code goes out later.
struct Spooled<'a> {
    gammu: &'a Gammu,
    name: String,
    parts: usize,
}

impl Drop for Spooled<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.gammu.outbox.join(&self.name));
    }
}

impl Gammu {
    pub fn new(given: &Given, site: &Site) -> Result<Gammu, ProviderFault> {
        let [outbox, sent, errors] = ["outbox", "sent", "errors"].map(|key| given.text(key).map(PathBuf::from));
        let (outbox, sent, errors) = (outbox?, sent?, errors?);
        for (key, path) in [("sent", &sent), ("errors", &errors)] {
            if *path == outbox || (key == "errors" && *path == sent) {
                let says =
                    format!("`{key}` must be a folder of its own, else nobody can tell what became of a message");
                return Err(ProviderFault::of(key, says));
            }
        }
        let stuck = Duration::from_secs(given.whole("stuck")?);
        Ok(Gammu { outbox, sent, errors, stuck, name: site.name.clone() })
    }

    /// Why nothing should be put into the outbox.
    fn trouble(&self, now: Wall) -> Option<String> {
        for folder in [&self.outbox, &self.sent, &self.errors] {
            if let Err(error) = fs::read_dir(folder) {
                return Some(format!("{}: {error}", folder.display()));
            }
        }
        let age = waiting(&self.outbox).iter().filter_map(|path| age(path, now)).max()?;
        let says = "the oldest message in the outbox waits";
        (age >= self.stuck).then(|| format!("{says} {} s; does gammu-smsd run?", age.as_secs()))
    }

    /// Puts a message where SMSD finds it whole or not at all.
    fn spool(&self, name: &str, text: &str) -> std::io::Result<()> {
        let draft = self.outbox.join(format!(".{name}"));
        // SMSD runs as somebody else; the folder's group is what both have in common.
        let written = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_data()
        });
        let placed = written.and_then(|()| fs::rename(&draft, self.outbox.join(name)));
        placed.inspect_err(|_| drop(fs::remove_file(&draft)))
    }

    /// What became of a message. What is found is removed: there is a code in it.
    fn look(&self, name: &str) -> Found {
        for (folder, found) in [(&self.sent, Found::Sent), (&self.errors, Found::Given)] {
            let path = folder.join(name);
            if path.exists() {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(provider = self.name, %error, "a message with a code stays in the spool");
                }
                return found;
            }
        }
        Found::Waiting
    }

    /// Takes a message back. `Ok` is what became of it if it had already gone; `Err` says whether SMSD may be at it.
    fn take_back(&self, name: &str) -> Result<Found, bool> {
        let first = waiting(&self.outbox).first().is_none_or(|first| first.ends_with(name));
        match fs::remove_file(self.outbox.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => match self.look(name) {
                Found::Waiting => Err(true),
                found => Ok(found),
            },
            Err(_) => Err(true),
            // Messages are taken in the order of their names.
            Ok(()) => Err(first),
        }
    }

    /// Removes what others before us left: messages whose codes are over, and what SMSD moved after we had given up.
    fn sweep(&self, now: Wall) {
        for folder in [&self.outbox, &self.sent, &self.errors] {
            for path in entries(folder) {
                let over =
                    path.file_name().and_then(|name| ends_at(&name.to_string_lossy())).is_some_and(|end| end <= now);
                if over && fs::remove_file(&path).is_ok() {
                    tracing::info!(provider = self.name, folder = %folder.display(), "a message that was over is gone");
                }
            }
        }
    }
}

#[async_trait]
impl Line for Gammu {
    async fn deliver(&self, message: &Message, world: &dyn World, end: Duration) -> Outcome {
        let (gammu, now) = (self.clone(), world.wall());
        if let Some(trouble) = aside(move || gammu.trouble(now)).await? {
            tracing::warn!(provider = self.name, trouble, "the modem's spool takes nothing");
            return Err(Class::Transient.into());
        }
        let mut drawn = [0; 9];
        world.fill(&mut drawn);
        let Some((text, parts)) = sheet::write(message, drawn[8]) else {
            tracing::error!(provider = self.name, "a text is too long for a short message");
            return Err(Class::Config.into());
        };
        let name = name(now, message.life, &drawn[..8]);
        // Before it is there, so that it is taken back however this ends.
        let spooled = Spooled { gammu: self, name: name.clone(), parts };
        let (gammu, file) = (self.clone(), name.clone());
        if let Err(error) = aside(move || gammu.spool(&file, &text)).await? {
            tracing::error!(provider = self.name, %error, "a message cannot be put into the modem's spool");
            return Err(Class::Config.into());
        }
        loop {
            let (gammu, file) = (self.clone(), name.clone());
            let found = aside(move || gammu.look(&file)).await?;
            if found != Found::Waiting {
                return spooled.outcome(found);
            }
            let now = world.mono();
            if now >= end {
                break;
            }
            world.sleep_until(end.min(now + LOOK)).await;
        }
        let (gammu, file) = (self.clone(), name.clone());
        match aside(move || gammu.take_back(&file)).await? {
            Ok(found) => spooled.outcome(found),
            Err(true) => Err(Class::Ambiguous.into()),
            Err(false) => Err(Class::Transient.into()),
        }
    }

    async fn run(&self, world: Arc<dyn World>, _: Reported, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let (gammu, now) = (self.clone(), world.wall());
            let _ = aside(move || gammu.sweep(now)).await;
            tokio::select! {
                _ = stop.changed() => {}
                () = world.sleep_until(world.mono() + SWEEP) => {}
            }
        }
    }

    async fn probe(&self, world: &dyn World, _: Duration) -> Result<Standing, String> {
        let (gammu, now) = (self.clone(), world.wall());
        let trouble = aside(move || {
            let draft = gammu.outbox.join(format!(".{OURS}-probe"));
            let written = fs::write(&draft, "").and_then(|()| fs::remove_file(&draft));
            let unwritable = written.err().map(|error| format!("{}: {error}", gammu.outbox.display()));
            unwritable.or_else(|| gammu.trouble(now))
        });
        match trouble.await {
            Ok(None) => Ok(Standing::default()),
            Ok(Some(trouble)) => Err(trouble),
            Err(_) => Err("looking at the spool came to a sudden end".to_owned()),
        }
    }
}

impl Spooled<'_> {
    fn outcome(&self, found: Found) -> Outcome {
        match found {
            Found::Sent => Ok(Accepted { reference: Some(self.name.clone()), price: None }),
            // SMSD tried often enough already; of a message in parts some may have gone out.
            _ if self.parts > 1 => Err(Class::Ambiguous.into()),
            _ => Err(Class::Transient.into()),
        }
    }
}

/// `OUTA20261123_093000_sekisho-1790000300-0123456789abcdef.smsbackup`: first of all that wait, by the time; when the code
/// is over, in seconds; and what makes it the only one of its name. The number is not in it: names are logged.
fn name(now: Wall, life: Duration, drawn: &[u8]) -> String {
    let since = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let moment = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since).to_string();
    let digits: String = moment.chars().filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at_checked(8).unwrap_or_default();
    let drawn: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("OUTA{day}_{time}_{OURS}-{}-{drawn}.smsbackup", (since + life).as_secs())
}

/// When the code in a file of ours is over.
fn ends_at(name: &str) -> Option<Wall> {
    let (_, rest) = name.split_once(&format!("_{OURS}-"))?;
    let (seconds, _) = rest.strip_suffix(".smsbackup")?.split_once('-')?;
    seconds.parse::<i64>().ok()?.checked_mul(1000).map(Wall)
}

/// The messages in an outbox, whoever put them there, in the order in which SMSD takes them.
fn waiting(outbox: &Path) -> Vec<PathBuf> {
    let is_message = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        name.starts_with("out") && (name.contains(".txt") || name.contains(".smsbackup"))
    };
    let mut all: Vec<_> = entries(outbox).into_iter().filter(is_message).collect();
    all.sort();
    all
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn age(path: &Path, now: Wall) -> Option<Duration> {
    let changed = fs::metadata(path).ok()?.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Duration::from_millis(u64::try_from(now.0).ok()?).saturating_sub(changed))
}

/// Looks at files without holding anybody up.
async fn aside<T: Send + 'static>(look: impl FnOnce() -> T + Send + 'static) -> Result<T, Class> {
    tokio::task::spawn_blocking(look).await.map_err(|_| Class::Ambiguous)
}

#[cfg(test)]
#[path = "gammu/tests.rs"]
mod tests;
