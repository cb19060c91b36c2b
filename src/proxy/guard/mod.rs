//! The wire guard: what every connection passes before Pingora parses a byte of it.
//!
//! Each connection says for whom it speaks where that was agreed ([`announced`]), is counted ([`crowd`]), is
//! encrypted ([`secured`]), and is then read along: HTTP/1 request by request ([`http1`], [`head`], [`chunk`]), HTTP/2
//! frame by frame ([`frames`]). The guard refuses, waits no longer than its [`limits`], and closes; it never rewrites.

pub mod announced;
pub mod answer;
pub mod chunk;
pub mod crowd;
pub mod farewell;
pub mod frames;
pub mod head;
pub mod http1;
pub mod limits;
pub mod pace;
pub mod proxy_protocol;
pub mod secured;
mod unsent;

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use pingora::apps::{HttpPersistentSettings, HttpServerApp, ServerApp};
use pingora::protocols::http::ServerSession;
use pingora::protocols::l4::socket::SocketAddr;
use pingora::protocols::{ALPN, Shutdown, Stream};
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use tokio::io::AsyncWriteExt;

use crate::domain::refusal::Refusal;
use crate::gate::Gate;
use crate::gate::seams::World;
use crate::pages::Desk;
use crate::telemetry::Metrics;

use super::Gateway;
use super::clients::Speaking;
use super::settings::{Address, Hsts, Settings};
use crowd::{Crowd, Full, Ticket};
use frames::Http2;
use http1::{Http1, Next};
use limits::Limits;

/// How connections to one address are taken.
#[derive(Clone, Default)]
pub struct Door {
    /// Plain HTTP/1.1 without.
    pub tls: Option<Arc<Speaking>>,
    /// Whether each connection begins by saying for whom it speaks.
    pub proxy_protocol: bool,
    /// Said over TLS only.
    pub hsts: Option<Hsts>,
}

/// The doors by the address that was connected to.
#[derive(Clone, Default)]
pub struct Doors(Vec<(Address, Door)>);

impl Doors {
    pub fn add(&mut self, address: Address, door: Door) {
        self.0.push((address, door));
    }

    fn find(&self, local: &SocketAddr) -> Option<&Door> {
        self.0.iter().find(|(at, _)| at.is(local)).map(|(_, door)| door)
    }
}

/// Shows an open connection in the metrics.
struct Open(Arc<Metrics>);

impl Open {
    fn of(metrics: &Arc<Metrics>) -> Open {
        metrics.connections.inc();
        Open(metrics.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.dec();
    }
}

/// A connection that HTTP can be spoken on, counted until it goes.
struct Begun {
    stream: Stream,
    hsts: Option<Hsts>,
    _ticket: Ticket,
    _open: Open,
}

/// Pingora's proxy behind the guard.
pub struct Guarded {
    pub proxy: Arc<HttpProxy<Gateway>>,
    pub doors: Doors,
    pub gate: Arc<Gate>,
    pub desk: Arc<Desk>,
    pub metrics: Arc<Metrics>,
    pub world: Arc<dyn World>,
    pub limits: Arc<Limits>,
    pub crowd: Arc<Crowd>,
    pub settings: Settings,
}

#[async_trait]
impl ServerApp for Guarded {
    async fn process_new(self: &Arc<Self>, stream: Stream, shutdown: &ShutdownWatch) -> Option<Stream> {
        // Pingora's own task keeps 9 KiB for as long as it lives, for a handshake that is not its own here; ours keeps what
        // an idle connection needs. It stays on this worker's thread.
        tokio::spawn(self.clone().take(stream, shutdown.clone()));
        None
    }

    async fn cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}

fn inet(address: Option<&SocketAddr>) -> Option<IpAddr> {
    Some(address?.as_inet()?.ip().to_canonical())
}

impl Guarded {
    /// A connection, from its first byte to its last. What its beginning needs is let go before the rest begins.
    async fn take(self: Arc<Self>, stream: Stream, shutdown: ShutdownWatch) -> Option<()> {
        let Begun { stream, hsts, _ticket, _open } = Box::pin(self.begin(stream)).await?;
        if matches!(stream.selected_alpn_proto(), Some(ALPN::H2)) {
            let watched = Http2::new(stream, &self.world, self.limits.clone());
            self.proxy.process_new(Box::new(watched), &shutdown).await;
        } else {
            let wire = Http1::new(stream, &self.world, self.limits.clone(), &shutdown);
            self.serve(Box::new(wire), &shutdown, hsts).await;
        }
        None
    }

    /// Who speaks, whether there is room for them, and TLS.
    async fn begin(&self, stream: Stream) -> Option<Begun> {
        let digest = stream.get_socket_digest()?;
        let door = self.doors.find(digest.local_addr()?)?;
        let stream = if door.proxy_protocol { announced::accept(stream, self).await? } else { stream };
        let peer = inet(stream.get_socket_digest()?.peer_addr());
        let hsts = door.hsts.filter(|_| door.tls.is_some());
        let _ticket = self.enter(peer)?;
        let _open = Open::of(&self.metrics);
        unsent::bound(stream.id());
        let stream = match &door.tls {
            None => stream,
            Some(tls) => secured::accept(stream, tls.now().config.clone(), self).await?,
        };
        Some(Begun { stream, hsts, _ticket, _open })
    }

    fn enter(&self, peer: Option<IpAddr>) -> Option<Ticket> {
        // Where one address stands for many people, it cannot be one client.
        let shared = |peer: &IpAddr| self.settings.shared_networks.iter().any(|net| net.contains(peer));
        let known = peer.filter(|peer| !peer.is_unspecified());
        let counted = known.filter(|peer| !shared(peer) && !self.settings.trusts(Some(*peer)));
        match self.crowd.enter(counted) {
            Ok(ticket) => Some(ticket),
            Err(full) => {
                self.metrics.turned_away.inc();
                match full {
                    Full::All => tracing::debug!("a connection was closed at once: there are as many as can be had"),
                    Full::Client => tracing::debug!(?peer, "a connection was closed at once: this client has too many"),
                }
                None
            }
        }
    }

    /// Serves an HTTP/1 connection, request by request.
    async fn serve(&self, mut wire: Box<Http1>, shutdown: &ShutdownWatch, hsts: Option<Hsts>) {
        let (mut first, mut kept) = (true, None);
        loop {
            match wire.next(first).await {
                Next::Request => {}
                Next::Refused(refusal) => return Box::pin(self.refuse(wire, refusal, hsts)).await,
                Next::Over => return Shutdown::shutdown(&mut *wire).await,
            }
            let mut session = ServerSession::new_http1(wire);
            match kept.take() {
                None => session.set_keepalive(Some(self.limits.idle_timeout.as_secs())),
                Some(settings) => HttpPersistentSettings::apply_to_session(settings, &mut session),
            }
            if *shutdown.borrow() {
                session.set_keepalive(None);
            }
            first = false;
            let Some(reused) = self.proxy.process_new_http(session, shutdown).await else { return };
            let (stream, settings) = reused.consume();
            let Ok(same) = stream.into_any().downcast::<Http1>() else {
                tracing::error!(
                    "a connection came back as another than it was; this is a fault of Sekisho, please report it"
                );
                return;
            };
            (wire, kept) = (same, settings);
        }
    }

    /// Tells the client, and closes: after a request that could not be read, nothing can be.
    async fn refuse(&self, mut wire: Box<Http1>, refusal: Refusal, hsts: Option<Hsts>) {
        self.metrics.refused.inc();
        let request = self.gate.fresh_request_id();
        tracing::debug!(%request, ?refusal, "a request was refused before it was parsed");
        let answer = answer::bytes(&self.desk, wire.seen(), request, refusal, hsts);
        if wire.write_all(&answer).await.is_ok() && wire.flush().await.is_ok() {
            Shutdown::shutdown(&mut *wire).await;
        }
    }
}

/// What the guard had against a body, where that is why Pingora could not read it.
pub fn said(error: &pingora::Error) -> Option<Refusal> {
    match error.root_cause().downcast_ref::<std::io::Error>()?.kind() {
        ErrorKind::TimedOut => Some(Refusal::TooSlow),
        ErrorKind::InvalidData => Some(Refusal::Malformed("the body is malformed")),
        _ => None,
    }
}

/// What Pingora asks of every stream, answered by the stream inside.
macro_rules! delegate {
    ($name:ident) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
        impl ::pingora::protocols::UniqueID for $name {
            fn id(&self) -> ::pingora::protocols::UniqueIDType {
                self.inner.id()
            }
        }
        impl ::pingora::protocols::Ssl for $name {
            fn get_ssl(&self) -> Option<&::pingora::protocols::tls::TlsRef> {
                self.inner.get_ssl()
            }
            fn get_ssl_digest(&self) -> Option<::std::sync::Arc<::pingora::protocols::tls::SslDigest>> {
                self.inner.get_ssl_digest()
            }
            fn selected_alpn_proto(&self) -> Option<::pingora::protocols::ALPN> {
                self.inner.selected_alpn_proto()
            }
        }
        impl ::pingora::protocols::Peek for $name {}
        $crate::proxy::guard::delegate_digests!($name, inner);
    };
}

macro_rules! delegate_digests {
    ($name:ident, $($inner:tt)+) => {
        impl ::pingora::protocols::GetTimingDigest for $name {
            fn get_timing_digest(&self) -> Vec<Option<::pingora::protocols::TimingDigest>> {
                self.$($inner)+.get_timing_digest()
            }
        }
        impl ::pingora::protocols::GetProxyDigest for $name {
            fn get_proxy_digest(&self) -> Option<::std::sync::Arc<::pingora::protocols::raw_connect::ProxyDigest>> {
                self.$($inner)+.get_proxy_digest()
            }
        }
        impl ::pingora::protocols::GetSocketDigest for $name {
            fn get_socket_digest(&self) -> Option<::std::sync::Arc<::pingora::protocols::SocketDigest>> {
                self.$($inner)+.get_socket_digest()
            }
        }
    };
}

pub(crate) use {delegate, delegate_digests};
