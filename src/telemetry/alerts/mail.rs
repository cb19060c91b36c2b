//! An alert by e-mail, to a server that relays for us: encrypted, unless the server is on this machine.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsVersion};
use lettre::transport::smtp::extension::ClientId;

use crate::domain::secret::Secret;
use crate::gate::seams::World;

use super::topic::Notice;

const CONNECT: Duration = Duration::from_secs(5);

/// A mail server, and who writes to whom.
#[derive(Debug, Clone)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// PEM: the authorities that the server's certificate must come from, instead of the system's.
    pub ca: Option<PathBuf>,
    pub login: Option<(String, Secret<String>)>,
    pub from: String,
    pub to: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Begun in plain, and not gone on with unless the server encrypts.
    Starttls,
    /// From the first byte on.
    Implicit,
    /// Only to this machine.
    Off,
}

/// Hands a notice over to the server; the error is for the operator.
pub async fn send(mail: &Mail, notice: &Notice, world: &dyn World) -> Result<(), String> {
    let letter = write(mail, notice, world)?;
    let (envelope, bytes) = letter;
    let parameters = parameters(mail)?;
    let hello = ClientId::Domain(
        url::Url::parse(&notice.site)
            .ok()
            .and_then(|u| u.host_str().map(str::to_owned))
            .unwrap_or_else(|| "localhost".to_owned()),
    );
    let to = (mail.host.as_str(), mail.port);
    let implicit = parameters.clone().filter(|_| mail.tls == Tls::Implicit);
    let text = |stage: &'static str| move |error: lettre::transport::smtp::Error| format!("{stage}: {error}");
    let connected = AsyncSmtpConnection::connect_tokio1(to, Some(CONNECT), &hello, implicit, None).await;
    let mut connection = connected.map_err(text("connecting"))?;
    if let (Tls::Starttls, Some(parameters)) = (mail.tls, parameters) {
        connection.starttls(parameters, &hello).await.map_err(text("encrypting"))?;
    }
    if let Some((user, password)) = &mail.login {
        let login = Credentials::new(user.clone(), password.expose().clone());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &login).await.map_err(text("signing in"))?;
    }
    connection.send(&envelope, &bytes).await.map_err(text("handing over"))?;
    // It has been taken; how the conversation ends changes nothing.
    let _ = connection.quit().await;
    Ok(())
}

fn write(mail: &Mail, notice: &Notice, world: &dyn World) -> Result<(Envelope, Vec<u8>), String> {
    let from: Mailbox = mail.from.parse().map_err(|_| "`from` is no address".to_owned())?;
    let since = Duration::from_millis(u64::try_from(world.wall().0).unwrap_or(0));
    let name: String = world.draw().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut builder = MessageBuilder::new()
        .date(SystemTime::UNIX_EPOCH + since)
        .message_id(Some(format!("<{name}@{}>", from.email.domain())))
        .subject(format!("Sekisho: {} at {}", notice.event, notice.site))
        .header(ContentType::TEXT_PLAIN)
        .from(from);
    for to in &mail.to {
        builder = builder.to(to.parse().map_err(|_| "`to` is no address".to_owned())?);
    }
    let about = serde_json::to_string_pretty(notice).map_err(|error| error.to_string())?;
    let letter = builder.body(format!("{}\n\n{about}\n", notice.text)).map_err(|error| error.to_string())?;
    Ok((letter.envelope().clone(), letter.formatted()))
}

fn parameters(mail: &Mail) -> Result<Option<TlsParameters>, String> {
    if mail.tls == Tls::Off {
        return Ok(None);
    }
    let mut builder = TlsParameters::builder(mail.host.clone()).set_min_tls_version(TlsVersion::Tlsv12);
    if let Some(ca) = &mail.ca {
        let pem = std::fs::read(ca).map_err(|error| format!("{}: {error}", ca.display()))?;
        let authority = Certificate::from_pem(&pem).map_err(|error| format!("{}: {error}", ca.display()))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    builder.build().map(Some).map_err(|error| error.to_string())
}
