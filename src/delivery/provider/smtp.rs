//! E-mail by SMTP (RFC 5321) to a server that relays for us: encrypted, unless the server is on this machine.

mod dialog;
mod letter;

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::sync::watch;

use super::ProviderFault;
use super::kind::{Given, Key, Kind, Line, Made, Need, Reported, Shape, Standing};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::gate::seams::World;
use dialog::{Server, Trouble};
use letter::Letterhead;

/// Connections that are kept for the next message, and for how long. Servers give up on the silent after some minutes.
const IDLE: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);
/// How long a kept connection may take to say that it is still good.
const ALIVE: Duration = Duration::from_secs(1);

pub const KIND: Kind = Kind {
    name: "smtp",
    channels: &[Channel::Email],
    keys: &[
        Key { name: "host", shape: Shape::Host, need: Need::Required, like: "\"smtp.example.jp:587\"" },
        Key {
            name: "tls",
            shape: Shape::Choice(&["starttls", "implicit", "off"]),
            need: Need::Default("starttls"),
            like: "\"starttls\"",
        },
        Key { name: "ca", shape: Shape::Path, need: Need::Optional, like: "\"/etc/sekisho/tls/mail-ca.pem\"" },
        Key { name: "user", shape: Shape::Text(256), need: Need::Optional, like: "\"sekisho\"" },
        Key {
            name: "password",
            shape: Shape::Secret,
            need: Need::Optional,
            like: "{ file = \"/etc/sekisho/secrets/smtp\" }",
        },
        Key {
            name: "from",
            shape: Shape::Text(320),
            need: Need::Required,
            like: "\"中央病院 <no-reply@hospital.example.jp>\"",
        },
        Key { name: "reply_to", shape: Shape::Text(320), need: Need::Optional, like: "\"it@hospital.example.jp\"" },
        Key { name: "hello", shape: Shape::Text(253), need: Need::Optional, like: "\"records.hospital.example.jp\"" },
    ],
    make: |given, site| Ok(Made::Line(Arc::new(Smtp::new(given, site)?))),
};

pub struct Smtp {
    server: Server,
    letterhead: Letterhead,
    site: Site,
    idle: Mutex<Vec<Idle>>,
}

/// A connection that served, and until when it is good for more.
struct Idle {
    until: Duration,
    connection: AsyncSmtpConnection,
}

impl Smtp {
    pub fn new(given: &Given, site: &Site) -> Result<Smtp, ProviderFault> {
        let (host, port) = host_and_port(given.text("host")?)?;
        let tls = given.text("tls")?;
        if tls == "off" && !is_loopback(&host) {
            return Err(ProviderFault::of("tls", "codes would travel unencrypted; only a server on this machine may"));
        }
        let login = match (given.get("user"), given.secrets.get("password")) {
            (Some(user), Some(password)) => Some((user.to_owned(), password.clone())),
            (None, None) => None,
            (Some(_), None) => return Err(ProviderFault::of("user", "`password` is missing")),
            (None, Some(_)) => return Err(ProviderFault::of("password", "`user` is missing")),
        };
        let own = url::Url::parse(&site.public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let hello = given.get("hello").map(str::to_owned).or(own).unwrap_or_else(|| "localhost".to_owned());
        let server = Server::new(&host, port, tls, given.get("ca").map(Path::new), &hello, login)?;
        let letterhead = Letterhead::new(given.text("from")?, given.get("reply_to"))?;
        Ok(Smtp { server, letterhead, site: site.clone(), idle: Mutex::default() })
    }

    async fn hand_over(&self, message: &Message, world: &dyn World, begun: &AtomicBool) -> Outcome {
        let letter = self.letterhead.write(message, &self.site.tag(message), world.wall()).map_err(|error| {
            tracing::error!(provider = self.site.name, %error, "a letter could not be written");
            Class::Config
        })?;
        let mut connection = match self.kept(world).await {
            Some(connection) => connection,
            None => self.server.open().await.map_err(|trouble| self.told(trouble))?,
        };
        match dialog::hand_over(&mut connection, &letter, begun).await {
            Ok(()) => {
                self.keep(connection, world.mono());
                Ok(Accepted { reference: Some(letter.id), price: None })
            }
            Err(trouble) => Err(self.told(trouble)),
        }
    }

    fn told(&self, trouble: Trouble) -> crate::delivery::outcome::Failure {
        let Trouble { failure, stage, text } = trouble;
        tracing::warn!(provider = self.site.name, stage, code = failure.number, text, "a mail server did not go along");
        failure
    }

    /// A connection that served before and still answers.
    async fn kept(&self, world: &dyn World) -> Option<AsyncSmtpConnection> {
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if world.mono() >= idle.until {
                continue;
            }
            let end = world.mono() + ALIVE;
            tokio::select! {
                alive = idle.connection.test_connected() => if alive { return Some(idle.connection) },
                () = world.sleep_until(end) => {}
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection, now: Duration) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(Idle { until: now + IDLE_FOR, connection });
        }
    }

    /// Says goodbye to the connections that nobody may use any more at `now`.
    async fn leave(&self, now: Duration, world: &dyn World) {
        let over: Vec<_> = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.extract_if(.., |idle| now >= idle.until).collect()
        };
        let end = world.mono() + GOODBYE;
        for mut idle in over {
            tokio::select! {
                _ = idle.connection.quit() => {}
                () = world.sleep_until(end) => {}
            }
        }
    }
}

#[async_trait]
impl Line for Smtp {
    async fn deliver(&self, message: &Message, world: &dyn World, end: Duration) -> Outcome {
        // Before the last word of the letter is out, no server passes it on.
        let begun = AtomicBool::new(false);
        tokio::select! {
            outcome = self.hand_over(message, world, &begun) => outcome,
            () = world.sleep_until(end) => match begun.load(Ordering::Acquire) {
                true => Err(Class::Ambiguous.into()),
                false => Err(Class::Transient.into()),
            },
        }
    }

    async fn run(&self, world: Arc<dyn World>, _: Reported, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => {}
                () = world.sleep_until(world.mono() + IDLE_FOR) => {}
            }
            self.leave(world.mono(), world.as_ref()).await;
        }
        self.leave(Duration::MAX, world.as_ref()).await;
    }

    async fn probe(&self, world: &dyn World, end: Duration) -> Result<Standing, String> {
        let asked = async {
            let mut connection = self.server.open().await.map_err(|trouble| trouble.to_string())?;
            let _ = connection.quit().await;
            Ok(Standing::default())
        };
        tokio::select! {
            standing = asked => standing,
            () = world.sleep_until(end) => Err("the mail server did not answer in time".to_owned()),
        }
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), ProviderFault> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let Some((host, port)) = parts.filter(|(host, _)| !host.is_empty()) else {
        return Err(ProviderFault::of("host", "`host` is a host with its port"));
    };
    Ok((host.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[path = "smtp/tests.rs"]
mod tests;
