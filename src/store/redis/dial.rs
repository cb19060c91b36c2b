//! Connects to servers: TCP, TLS where it is asked for, who we are.

use std::io::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::redis::aio::{MultiplexedConnection, SendError};
use ::redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::domain::secret::Secret;
use crate::gate::seams::StoreError;

use super::script::Order;
use super::server::{ANSWER, Live, fault, unfit};
use super::settings::Address;
use super::vitals::{SECTIONS, judge};

/// How long it may take until a server has let us in.
const CONNECT: Duration = Duration::from_secs(1);
/// Orders that may wait to be written to one connection.
const QUEUE: usize = 1024;

/// Who we are to a server.
#[derive(Default)]
pub struct Login<'a> {
    pub user: Option<&'a str>,
    pub password: Option<&'a Secret<String>>,
    pub database: u8,
}

pub struct Dialer {
    tls: Option<TlsConnector>,
    /// Woken by what servers say of themselves: a revocation somewhere, or the end of a connection.
    pub nudge: Arc<Notify>,
    channel: String,
    cluster: bool,
}

impl Dialer {
    /// Fails where the authorities cannot be read.
    pub fn new(ca: Option<&Path>, channel: String, cluster: bool) -> Result<Dialer, StoreError> {
        let tls = ca.map(connector).transpose()?;
        Ok(Dialer { tls, nudge: Arc::new(Notify::new()), channel, cluster })
    }

    /// A connection to a server that leads and is fit, over which news are heard.
    pub async fn connect(&self, to: &Address, login: &Login<'_>) -> Result<Live, StoreError> {
        let (mut connection, ended) = self.dial(to, login).await?;
        let told = |e| fault(to, &e).error;
        let Order::Plain(info) = Order::plain("INFO").arg(&SECTIONS) else { return Err(unfit(to, "no INFO")) };
        let info: String = info.query_async(&mut connection).await.map_err(told)?;
        let vitals = judge(&info, self.cluster).map_err(|reason| unfit(to, &reason))?;
        connection.subscribe(&self.channel).await.map_err(told)?;
        Ok(Live { address: to.clone(), vitals, connection, ended, cluster: self.cluster })
    }

    /// A connection to whoever is there.
    pub async fn dial(
        &self,
        to: &Address,
        login: &Login<'_>,
    ) -> Result<(MultiplexedConnection, Arc<AtomicBool>), StoreError> {
        match timeout(CONNECT, self.open(to, login)).await {
            Ok(done) => done,
            Err(_) => {
                Err(unfit(to, &format!("not connected within {} s; is it up, and reachable?", CONNECT.as_secs())))
            }
        }
    }

    async fn open(
        &self,
        to: &Address,
        login: &Login<'_>,
    ) -> Result<(MultiplexedConnection, Arc<AtomicBool>), StoreError> {
        let told = |e: Error| unfit(to, &format!("cannot connect: {e}"));
        let stream = TcpStream::connect((to.host.as_str(), to.port)).await.map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        match &self.tls {
            None => self.enter(to, login, stream).await,
            Some(tls) => {
                let name = ServerName::try_from(to.host.clone()).map_err(|e| told(Error::other(e)))?;
                let why = |e| unfit(to, &format!("no TLS: {e} (is `ca` right, and the certificate for this name?)"));
                self.enter(to, login, tls.connect(name, stream).await.map_err(why)?).await
            }
        }
    }

    async fn enter<S>(
        &self,
        to: &Address,
        login: &Login<'_>,
        stream: S,
    ) -> Result<(MultiplexedConnection, Arc<AtomicBool>), StoreError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut who = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
        who = who.set_db(i64::from(login.database));
        if let Some(user) = login.user {
            who = who.set_username(user);
        }
        if let Some(password) = login.password {
            who = who.set_password(password.expose());
        }
        let ended = Arc::new(AtomicBool::new(false));
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(Some(ANSWER))
            .set_pipeline_buffer_size(QUEUE)
            .set_push_sender(self.listener(ended.clone()));
        let (connection, driver) =
            MultiplexedConnection::new_with_config(&who, stream, config).await.map_err(|e| fault(to, &e).error)?;
        tokio::spawn(driver);
        Ok((connection, ended))
    }

    fn listener(&self, ended: Arc<AtomicBool>) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
        let nudge = self.nudge.clone();
        move |push| {
            match push.kind {
                PushKind::Disconnection => ended.store(true, Ordering::Release),
                PushKind::Message => {}
                _ => return Ok(()),
            }
            nudge.notify_one();
            Ok(())
        }
    }
}

fn connector(ca: &Path) -> Result<TlsConnector, StoreError> {
    let config = ClientConfig::builder().with_root_certificates(authorities(ca)?).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Whether TLS can go by this file.
pub fn check_authorities(ca: &Path) -> Result<(), StoreError> {
    authorities(ca).map(drop)
}

fn authorities(ca: &Path) -> Result<RootCertStore, StoreError> {
    let why = |e: String| StoreError(format!("`ca` {}: {e}", ca.display()));
    let pem = std::fs::read(ca).map_err(|e| why(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&pem) {
        roots.add(root.map_err(|e| why(e.to_string()))?).map_err(|e| why(e.to_string()))?;
    }
    match roots.is_empty() {
        true => Err(why("there is no certificate in it".to_owned())),
        false => Ok(roots),
    }
}
