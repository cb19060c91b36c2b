//! `sekisho check --online`: whether everything that the gate needs can be reached, and takes our credentials.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::app::world::SystemWorld;
use crate::config::Config;
use crate::delivery::Providers;
use crate::delivery::probe::Look;
use crate::gate::seams::World;
use crate::identity::chain;
use crate::net::Door;
use crate::store;

/// For one look.
const PATIENCE: Duration = Duration::from_secs(10);

/// One thing that was looked at.
pub struct Found {
    pub what: String,
    pub good: bool,
    /// In plain words.
    pub told: String,
}

impl Found {
    pub fn json(&self) -> Value {
        json!({"what": self.what, "good": self.good, "told": self.told})
    }
}

/// Looks at everything, one after the other. Sends no message.
pub fn look(config: &Config) -> Result<Vec<Found>> {
    let world: Arc<dyn World> = Arc::new(SystemWorld::default());
    crate::cli::wait_for(async {
        let mut found = Vec::new();
        found.extend(stored(config, &world).await);
        found.extend(directories(config, &world).await);
        found.extend(upstreams(config, world.as_ref()).await);
        found.extend(providers(config, &world).await?);
        Ok(found)
    })
}

pub fn write(found: &[Found], out: &mut dyn Write) -> io::Result<()> {
    for Found { what, good, told } in found {
        writeln!(out, "{}  {what}: {told}", if *good { "ok    " } else { "FAILED" })?;
    }
    let failed = found.iter().filter(|found| !found.good).count();
    match failed {
        0 => writeln!(out, "everything can be reached"),
        _ => writeln!(out, "{failed} of {} cannot be used", found.len()),
    }
}

/// Servers are asked; the embedded store is a file, which `check` has no business to make.
async fn stored(config: &Config, world: &Arc<dyn World>) -> Option<Found> {
    let redis = config.store.redis.as_ref()?;
    let asked = async { store::open(&config.store, world)?.news(0).await }.await;
    let nodes: Vec<String> = redis.nodes.iter().map(ToString::to_string).collect();
    let what = format!("store {}", nodes.join(", "));
    Some(match asked {
        Ok(_) => Found { what, good: true, told: "answers, and is fit".to_owned() },
        Err(error) => Found { what, good: false, told: error.to_string() },
    })
}

/// Each server is let bind and search.
async fn directories(config: &Config, world: &Arc<dyn World>) -> Vec<Found> {
    let others = match chain::others(&config.identity, world) {
        Ok(others) => others,
        Err(error) => return vec![Found { what: "directories".to_owned(), good: false, told: error.to_string() }],
    };
    let mut found = Vec::new();
    for ldap in others {
        for (server, looked) in ldap.look().await {
            let what = format!("directory {}, {server}", ldap.name());
            let good = looked.is_ok();
            let told = looked.err().unwrap_or_else(|| "lets us in, and people can be found and known again".to_owned());
            found.push(Found { what, good, told });
        }
    }
    found
}

async fn upstreams(config: &Config, world: &dyn World) -> Vec<Found> {
    let mut found = Vec::new();
    for (name, upstream) in &config.proxy.upstreams {
        for server in &upstream.servers {
            let what = format!("upstream {name}, {}://{}", server.scheme(), server.authority());
            let host = server.host.trim_matches(['[', ']']);
            let connected = tokio::select! {
                connected = tokio::net::TcpStream::connect((host, server.port)) => connected.map_err(|e| e.to_string()),
                () = world.sleep_until(world.mono() + upstream.connect_timeout) => Err("no answer in time".to_owned()),
            };
            let told = match &connected {
                Ok(_) => "takes connections".to_owned(),
                Err(error) => error.clone(),
            };
            found.push(Found { what, good: connected.is_ok(), told });
        }
    }
    found
}

async fn providers(config: &Config, world: &Arc<dyn World>) -> Result<Vec<Found>> {
    let door = Door::new(None).context("preparing outbound HTTP")?;
    // Nothing is sent, so no address is handed out that a real key would have to mark.
    let providers = Providers::new(&config.delivery, &[0; 32]).context("preparing delivery")?;
    let mut found = Vec::new();
    for (channel, provider) in providers.all() {
        let look = provider.look(channel, &door, world.as_ref(), world.mono() + PATIENCE).await;
        let what = format!("{} provider {}", channel.name(), provider.name);
        let good = !matches!(look, Look::Bad(_));
        let told = match look {
            Look::Good(standing) => match standing.balance {
                Some(balance) => format!("our credentials are good; {balance} left"),
                None => "our credentials are good".to_owned(),
            },
            Look::Answers => {
                "answers; whether our credentials are good only a message can tell (`sekisho send-test`)".to_owned()
            }
            Look::Here => "needs no network".to_owned(),
            Look::Bad(error) => error,
        };
        found.push(Found { what, good, told });
    }
    Ok(found)
}
