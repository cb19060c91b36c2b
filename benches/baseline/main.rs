//! Bare Pingora, for ratios: forwards everything, decides nothing, writes nothing down.
//!
//! It is the same crate graph, profile, allocator and server settings as Sekisho's own binary; what it lacks is Sekisho.
//! Of Pingora itself it has what a first example has: no timeouts towards the upstream, no limits, no log.
//!
//! ```sh
//! cargo bench --bench baseline -- --listen 127.0.0.1:9190 --upstream 127.0.0.1:9100
//! ```
//!
//! The first line that it prints is its process id. It serves until SIGINT or SIGTERM ends it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use clap::Parser;
use mimalloc::MiMalloc;
use pingora::listeners::tls::TlsSettings;
use pingora::prelude::*;
use pingora::proxy::ProxyHttp;
use pingora::server::RunArgs;
use sekisho::app::tls::Certificates;
use sekisho::app::{process, serve};
use sekisho::proxy::settings::{Tls, TlsFiles, TlsVersion};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
#[command(name = "baseline", about = "Bare Pingora, to compare with")]
struct Arguments {
    /// Where HTTP/1.1 is spoken in clear
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where HTTP/2 and HTTP/1.1 are spoken over TLS
    #[arg(long, value_name = "ADDRESS")]
    listen_tls: Option<SocketAddr>,
    /// The certificate for TLS, PEM; a fresh one without
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Where everything goes, in clear
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    upstream: SocketAddr,
    /// Threads that serve
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    workers: usize,
    /// What `cargo bench` adds
    #[arg(long, hide = true)]
    bench: bool,
}

struct Bare {
    upstream: SocketAddr,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _session: &mut Session, _ctx: &mut ()) -> pingora::Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.upstream, false, String::new())))
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.listen.is_none() && arguments.listen_tls.is_none() {
        // A plain `cargo bench` comes here too, and has other benches to go on with.
        println!("baseline: serves where it is told to: --listen, --listen-tls or both");
        return Ok(());
    }
    // What Sekisho asks of the system, too: the size of memory's pages is among it.
    process::settle();
    let mut server = Server::new_with_opt_and_conf(None, serve::server_conf(arguments.workers, Duration::ZERO));
    server.bootstrap();
    let mut service = http_proxy_service(&server.configuration, Bare { upstream: arguments.upstream });
    if let Some(address) = arguments.listen {
        service.add_tcp(&address.to_string());
    }
    if let Some(address) = arguments.listen_tls {
        let tls = tls(arguments.certificate.zip(arguments.key))?;
        service.add_tls_with_settings(&address.to_string(), None, tls);
    }
    server.add_service(service);
    println!("{}", std::process::id());
    server.run(RunArgs::default());
    Ok(())
}

/// Pingora's own TLS with our look-up of the certificate.
fn tls(pair: Option<(PathBuf, PathBuf)>) -> Result<TlsSettings> {
    let folder = tempfile::tempdir().context("a folder for a certificate")?;
    let (certificate, key) = match pair {
        Some(pair) => pair,
        None => fresh(folder.path())?,
    };
    let path = |file: &PathBuf| file.to_str().map(str::to_owned).context("the file's name is no text");
    let mut tls = TlsSettings::intermediate(&path(&certificate)?, &path(&key)?)?;
    let files = TlsFiles { certificate, key };
    let served = Certificates::load(&Tls { certificates: vec![files], minimum: TlsVersion::V12, clients: None })?;
    tls.set_cert_resolver(Arc::new(served));
    tls.enable_h2();
    Ok(tls)
}

/// A certificate for loopback, of the kind that Sekisho's tests have: ECDSA on P-256.
fn fresh(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem())?;
    std::fs::write(&key, made.signing_key.serialize_pem())?;
    Ok((certificate, key))
}
