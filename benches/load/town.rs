//! Who lives here: generated people, and the addresses they come from.
//!
//! They get into the directory as a sysadmin would bring them in, by a CSV file. Their one password is written beside
//! them under one hash, because ten thousand hashes take minutes and tell nothing about the gate.

use super::support::gateway::sekisho;
use sekisho::domain::contact::Region;
use sekisho::domain::secret::Secret;
use sekisho::domain::time::Wall;
use sekisho::identity::{Directory, Settings, Write, password};
use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// As many as the numbers below can tell apart.
pub const MOST: usize = 100_000;
const PASSWORD: &str = "to every generated user";

/// Somebody in the directory.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub number: String,
    pub password: &'static str,
    place: usize,
}

impl Account {
    pub fn of(place: usize) -> Self {
        // 090-1… and on: numbers that Japan's plan has.
        Self { name: format!("p{place:06}"), number: format!("+81901{place:07}"), password: PASSWORD, place }
    }

    /// The page that they want.
    pub fn record(&self) -> String {
        format!("/patients/{}", 4711 + self.place)
    }

    /// An address of their own on loopback.
    pub fn address(&self) -> IpAddr {
        on_loopback(16, self.place)
    }
}

/// The one address of the house, which the configuration names as a network.
pub const HOUSE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Where the n-th attacker comes from.
pub fn from_outside(n: usize) -> IpAddr {
    on_loopback(64, n)
}

fn on_loopback(first: u8, n: usize) -> IpAddr {
    let [_, a, b, c] = u32::to_be_bytes(n as u32);
    IpAddr::V4(Ipv4Addr::new(127, first.wrapping_add(a), b, c))
}

/// Brings so many people into the directory of this configuration, whose store is `database`.
pub fn settle(config: &Path, database: &Path, people: usize) -> Result<(), String> {
    let mut roster = String::from("user,name,phone,email,groups,locale\n");
    for account in (0..people).map(Account::of) {
        let locale = if account.place.is_multiple_of(3) { "en" } else { "ja" };
        let _ = writeln!(roster, "{},Person {},{},,,{locale}", account.name, account.place, account.number);
    }
    let file = config.with_extension("csv");
    fs::write(&file, roster).map_err(|error| format!("{}: {error}", file.display()))?;
    let (config, roster) = (config.display().to_string(), file.display().to_string());
    let output = sekisho(&["user", "import", "--config", &config, &roster], "");
    if !output.status.success() {
        return Err(format!("the users were not taken: {}", String::from_utf8_lossy(&output.stderr)));
    }
    set_password(database).map_err(|error| format!("{}: {error}", database.display()))
}

fn set_password(database: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let phone_region = Region::parse("JP").ok_or("no such region")?;
    let directory = Directory::open(&Settings::own(phone_region, true, database.to_owned()))?;
    // The salt of people who do not exist may be known.
    let hashed = password::hash(&Secret::new(PASSWORD.to_owned()), &|salt| salt.fill(7))?;
    let mut entries = directory.list()?;
    entries.iter_mut().for_each(|entry| entry.password = Some(hashed.clone()));
    let writes: Vec<_> = entries.into_iter().map(Write::Put).collect();
    directory.apply(&writes, now()?)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "users are made by the clock of the machine, as the command line does")]
fn now() -> Result<Wall, Box<dyn std::error::Error>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Wall(i64::try_from(since.as_millis())?))
}
