//! What a request shows of who sent it, gathered for the sources that want to see it.

use pingora::proxy::Session;

use crate::gate::introduce::Evidence;

use super::client::{self, Origin};
use super::{Ctx, Gateway, cookies};

/// Called for what the gate answers itself, never for what is forwarded.
pub fn of(gateway: &Gateway, session: &Session, ctx: &Ctx, origin: &Origin) -> Evidence {
    let wants = gateway.gate.wants();
    let header = session.req_header();
    let lines = |name: &String| header.headers.get_all(name.as_str()).iter().map(|line| line.as_bytes().to_vec());
    let named = |name: &String| cookies::all(header, name).map(<[u8]>::to_vec).collect::<Vec<_>>();
    Evidence {
        peer: client::peer(session),
        trusted: origin.trusted,
        fields: wants.fields.iter().flat_map(|name| lines(name).map(move |line| (name.clone(), line))).collect(),
        cookies: wants
            .cookies
            .iter()
            .flat_map(|name| named(name).into_iter().map(move |v| (name.clone(), v)))
            .collect(),
        // The one that a proxy shows is the proxy's.
        certificate: (wants.certificate && !origin.trusted).then(|| certificate(gateway, session, ctx)).flatten(),
    }
}

fn certificate(gateway: &Gateway, session: &Session, ctx: &Ctx) -> Option<Vec<u8>> {
    let shown = &session.digest()?.ssl_digest.as_ref()?.cert_digest;
    let speaking = gateway.tls.get(ctx.arrival.listener?)?.as_ref()?;
    if shown.is_empty() { None } else { speaking.now().vouched(shown, gateway.gate.now()) }
}
