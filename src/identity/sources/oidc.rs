//! OpenID Connect: people are led to their own provider, and come back with a code that we ask it about (code flow with
//! PKCE, RFC 7636, and a nonce).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Host, Url, form_urlencoded};

use crate::domain::challenge::FirstFactor;
use crate::gate::lead::Trip;
use crate::gate::seal::text;
use crate::gate::seams::{IdentityError, World};
use crate::net::Door;

use super::Read;
use super::jwks::{self, KeySet, Place};
use super::settings::Oidc;
use super::token::{self, Rules};

/// How long what a provider says of itself is gone by before it is asked again; and at most, while it does not answer.
const FRESH: Duration = Duration::from_secs(3600);
const STALE: Duration = Duration::from_secs(24 * 3600);
/// Between two questions while it does not answer.
const RETRY: Duration = Duration::from_secs(2);
const DEADLINE: Duration = Duration::from_secs(8);

pub struct Provider {
    settings: Oidc,
    door: Door,
    world: Arc<dyn World>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    endpoints: Option<Arc<Endpoints>>,
    /// On the monotonic clock.
    fetched: Option<Duration>,
    tried: Option<Duration>,
}

/// What a provider says of itself.
struct Endpoints {
    authorization: Url,
    token: Url,
    jwks_uri: String,
    keys: KeySet,
}

impl Provider {
    pub fn new(settings: Oidc, door: Door, world: Arc<dyn World>) -> Provider {
        Provider { settings, door, world, known: Mutex::default() }
    }

    pub fn title(&self) -> &str {
        &self.settings.title
    }

    /// The address that somebody is led to.
    pub async fn lead(&self, trip: &Trip) -> Result<String, IdentityError> {
        let mut url = self.endpoints().await?.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &trip.redirect)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &trip.state)
            .append_pair("nonce", &trip.nonce)
            .append_pair("code_challenge", &text(digest(&SHA256, trip.verifier.expose().as_bytes()).as_ref()))
            .append_pair("code_challenge_method", "S256");
        Ok(url.to_string())
    }

    /// Whom the provider knows by this code.
    pub(super) async fn bring_back(&self, trip: &Trip, code: &str) -> Result<Read, IdentityError> {
        let endpoints = self.endpoints().await?;
        let Some(token) = self.exchange(&endpoints.token, trip, code).await? else {
            return Ok(Read::refused("the provider does not know the code"));
        };
        let claims = match endpoints.keys.claims(&token).await? {
            Ok(claims) => claims,
            Err(why) => return Ok(Read::Refused(format!("the token does not hold: {why}"))),
        };
        Ok(match self.judge(&claims, trip) {
            Ok(name) => Read::Name(name, FirstFactor::Vouched),
            Err(why) => Read::Refused(format!("the token does not hold: {why}")),
        })
    }

    /// OpenID Connect Core §3.1.3.7.
    fn judge(&self, claims: &Value, trip: &Trip) -> Result<String, &'static str> {
        let settings = &self.settings;
        let (issuer, audience) = (settings.issuer.clone(), settings.client_id.clone());
        let rules = Rules { issuer, audience, claim: settings.claim.clone() };
        let name = token::judge(claims, &rules, self.world.wall())?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&trip.nonce) {
            return Err("it was made for another sign-in");
        }
        let several = token::audiences(claims).count() > 1;
        match claims.get("azp").and_then(Value::as_str) {
            Some(party) if party != settings.client_id => Err("it was made for somebody else"),
            None if several => Err("it does not say for whom it was made"),
            _ => Ok(name),
        }
    }

    /// The ID token; `None` where the provider does not know the code.
    async fn exchange(&self, url: &Url, trip: &Trip, code: &str) -> Result<Option<String>, IdentityError> {
        let request = self.question(url, trip, code)?;
        let answer = self.door.send(request, DEADLINE).await.map_err(|e| failed(&e.to_string()))?;
        let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
        let said = |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
        match (answer.status().as_u16(), said("id_token")) {
            (200, Some(token)) => Ok(Some(token.to_owned())),
            (200, None) => Err(failed("there is no ID token in its answer")),
            (400, _) if said("error") == Some("invalid_grant") => Ok(None),
            (status, _) => {
                let error: String = said("error").unwrap_or("no reason").chars().take(64).collect();
                Err(failed(&format!("it answered {status}, {error:?}")))
            }
        }
    }

    fn question(&self, url: &Url, trip: &Trip, code: &str) -> Result<Request<Bytes>, IdentityError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &trip.redirect)
            .append_pair("code_verifier", trip.verifier.expose());
        let mut request = Request::post(url.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match &self.settings.client_secret {
            Some(secret) => {
                // RFC 6749 §2.3.1: both are encoded as in a form first.
                let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encoded(&self.settings.client_id), encoded(secret.expose()));
                let value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)));
                let mut value = value.map_err(|e| failed(&e.to_string()))?;
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
            None => drop(form.append_pair("client_id", &self.settings.client_id)),
        }
        request.body(Bytes::from(form.finish())).map_err(|e| failed(&e.to_string()))
    }

    async fn endpoints(&self) -> Result<Arc<Endpoints>, IdentityError> {
        // One question at a time; who waits for it goes by what it brought.
        let mut known = self.known.lock().await;
        let now = self.world.mono();
        let since = |moment: Option<Duration>| moment.map(|moment| now.saturating_sub(moment));
        let old = since(known.fetched).is_none_or(|age| age >= FRESH);
        if old && since(known.tried).is_none_or(|age| age >= RETRY) {
            known.tried = Some(now);
            match self.discover(known.endpoints.as_ref()).await {
                Ok(endpoints) => {
                    known.fetched = Some(now);
                    known.endpoints = Some(endpoints);
                }
                Err(why) => {
                    tracing::warn!(why, issuer = self.settings.issuer, "a provider of sign-ins cannot be asked")
                }
            }
        }
        let young = since(known.fetched).is_some_and(|age| age < STALE);
        known.endpoints.clone().filter(|_| young).ok_or_else(|| failed("it does not say where it is"))
    }

    /// OpenID Connect Discovery §4.
    async fn discover(&self, before: Option<&Arc<Endpoints>>) -> Result<Arc<Endpoints>, String> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let document = jwks::get(&self.door, &format!("{issuer}/.well-known/openid-configuration")).await?;
        let document: Value = serde_json::from_slice(&document).map_err(|_| "it says nothing of itself".to_owned())?;
        let said = |name: &str| document.get(name).and_then(Value::as_str);
        if said("issuer") != Some(&self.settings.issuer) {
            return Err("it calls itself otherwise".to_owned());
        }
        let endpoint = |name: &str| {
            let url = said(name).and_then(|text| Url::parse(text).ok()).filter(is_safe);
            url.ok_or_else(|| format!("its {name} is no https address"))
        };
        let (authorization, token) = (endpoint("authorization_endpoint")?, endpoint("token_endpoint")?);
        let jwks_uri = endpoint("jwks_uri")?.to_string();
        if let Some(before) = before.filter(|before| {
            (&before.authorization, &before.token, &before.jwks_uri) == (&authorization, &token, &jwks_uri)
        }) {
            return Ok(before.clone());
        }
        let keys = KeySet::new(Place::Url(jwks_uri.clone()), self.door.clone(), self.world.clone());
        Ok(Arc::new(Endpoints { authorization, token, jwks_uri, keys }))
    }
}

/// https; or http on this machine, for trying.
fn is_safe(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

fn failed(why: &str) -> IdentityError {
    IdentityError(format!("the provider of sign-ins could not be asked: {why}"))
}
