//! The use cases: admit, begin, resend, verify, revoke. Whoever knows these knows the product.
//!
//! [`Gate::admit`] is a plain function: no await, no store, no lock shared by all cores. The others load, judge in pure
//! code, swap atomically, and only then tell.

pub mod admit;
mod asker;
pub mod begin;
mod bill;
mod conversions;
mod counting;
pub mod devices;
pub mod emergency;
pub mod enrol;
pub mod enrolled;
pub mod fall_back;
pub mod introduce;
mod judging;
pub mod keychain;
pub mod keys;
pub mod lead;
pub mod ledger;
pub mod making;
pub mod me;
pub mod mint;
mod numbers;
mod offered;
pub mod operate;
mod parcel;
mod passkeys;
mod purse;
mod reach;
mod recall;
mod recheck;
pub mod resend;
pub mod revoke;
pub mod ring_jwt;
pub mod seal;
pub mod seams;
pub mod sending;
pub mod tokens;
pub mod verify;
mod watch;
pub mod withheld;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::domain::challenge::{Challenge, ChallengeRules, State};
use crate::domain::contact::Channel;
use crate::domain::event::{Access, Event};
use crate::domain::factor::Factor;
use crate::domain::id::{ChallengeId, RequestId, UserId};
use crate::domain::locale::Locale;
use crate::domain::permit::Holder;
use crate::domain::quota::Quota;
use crate::domain::refusal::Refusal;
use crate::domain::route::RouteTable;
use crate::domain::scope::Scope;
use crate::domain::secret::Secret;
use crate::domain::time::{Wall, whole_seconds};

use conversions::Stops;
use devices::Devices;
use emergency::night::Emergencies;
use introduce::{Evidence, Introducer, OnlyForm};
use keys::KeyRing;
use ledger::Ledger;
use making::{Ours, Pace};
use mint::{Mint, PublicKey};
use recall::Reader;
use seal::Seals;
use seams::{
    CodeMaker, IdentitySource, Introduction, KeyJudge, NumberCheck, Outbox, Sheets, Store, Turnstile, Witness, World,
};
use watch::Told;

pub use sending::Sending;

/// What the gate goes by; `config` fills it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and authority that people see, without a trailing slash: issuer and audience of every pass.
    pub public_url: String,
    /// Hosts that are served, canonical.
    pub hosts: Vec<String>,
    /// `/.sekisho/` unless the application has that itself. Begins and ends with a slash.
    pub prefix: String,
    pub routes: RouteTable,
    pub scopes: BTreeMap<String, Arc<Scope>>,
    pub challenge: ChallengeRules,
    /// Begin answers this long after the request arrived, whoever was named (PRODUCT §2.3).
    pub answer_delay: Duration,
    /// Groups that upstreams are told of.
    pub named_groups: Vec<String>,
    /// How long passes stay good when the store cannot be reached, beyond one second.
    pub outage_grace: Duration,
    /// Failures over all accounts; one more is an alarm.
    pub failures: Quota,
    pub sending: Sending,
}

/// What the gate is given to work with.
#[derive(Clone)]
pub struct Seams {
    pub world: Arc<dyn World>,
    pub store: Arc<dyn Store>,
    pub identity: Arc<dyn IdentitySource>,
    pub outbox: Arc<dyn Outbox>,
    pub witness: Arc<dyn Witness>,
    pub turnstile: Arc<dyn Turnstile>,
}

/// The use cases, on live parts.
pub struct Gate {
    pub settings: Settings,
    world: Arc<dyn World>,
    store: Arc<dyn Store>,
    identity: Arc<dyn IdentitySource>,
    outbox: Arc<dyn Outbox>,
    witness: Arc<dyn Witness>,
    turnstile: Arc<dyn Turnstile>,
    mint: Mint,
    reader: Reader,
    devices: Devices,
    seals: Seals,
    ledger: Ledger,
    stops: Stops,
    told: Told,
    numbers: Option<Arc<dyn NumberCheck>>,
    makers: Arc<dyn CodeMaker>,
    introducer: Arc<dyn Introducer>,
    keys: Option<Arc<dyn KeyJudge>>,
    pace: Pace,
    office: me::Office,
    emergencies: Option<Emergencies>,
    /// Whom the directory was asked about in vain, the last time.
    unasked: Mutex<BTreeSet<UserId>>,
}

/// Who is asking, as the request showed it. Nothing here is believed without a check.
#[derive(Debug, Clone)]
pub struct Caller {
    pub client: IpAddr,
    pub request: RequestId,
    /// The binding cookie's value.
    pub browser: Option<Secret<String>>,
    /// What this browser is known by, if it succeeded before.
    pub device: Option<Secret<String>>,
    /// The pass, from the cookie or the header of its own.
    pub token: Option<Secret<String>>,
    /// From `Accept-Language`.
    pub locale: Locale,
    /// When the request arrived, on the monotonic clock.
    pub arrived: Duration,
    /// What the request shows of who sent it, for the sources that want to see it.
    pub evidence: Arc<Evidence>,
}

/// A challenge as its owner may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub id: ChallengeId,
    pub scope: String,
    pub state: Shown,
    pub channel: Channel,
    /// Masked; `None` until a first factor was proven.
    pub to: Option<String>,
    pub expires_in: u64,
    pub resend_in: u64,
    /// Whether another message may go out at all.
    pub can_resend: bool,
    pub tries_left: u8,
    pub channels: Vec<Channel>,
    /// What may be given, in the order in which it is offered. Until a first factor is proven, whatever the scope takes.
    pub factors: Vec<Factor>,
    /// No message goes out until somebody asks for one.
    pub is_quiet: bool,
    /// A provider says that the latest message is there.
    pub arrived: bool,
    /// What is tried by itself if no code was entered by then, and in how many seconds.
    pub next: Option<(Channel, u64)>,
    pub return_to: String,
    /// When the latest message was handed over.
    pub last_send: Wall,
    pub length: usize,
    /// Whether a passkey may answer.
    pub passkey: bool,
    /// Whether nothing else may.
    pub passkey_only: bool,
}

/// The states that callers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Queued,
    Sent,
    Failed,
    Verified,
    Expired,
}

impl Shown {
    pub fn name(self) -> &'static str {
        match self {
            Shown::Queued => "queued",
            Shown::Sent => "sent",
            Shown::Failed => "failed",
            Shown::Verified => "verified",
            Shown::Expired => "expired",
        }
    }
}

/// What a caller asks for when they want a code.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub username: Option<String>,
    pub password: Option<Secret<String>>,
    pub channel: Option<String>,
    pub scope: String,
    pub return_to: String,
    /// Who was introduced by another source than our own page.
    pub introduced: Option<Introduction>,
}

/// A challenge that was begun or joined.
#[derive(Debug, Clone)]
pub struct Begun {
    pub view: View,
    /// The binding cookie to set, where the browser had none.
    pub bind: Option<Secret<String>>,
}

/// What a right code earned.
#[derive(Debug, Clone)]
pub struct Opened {
    pub scope: String,
    pub expires_in: u64,
    pub return_to: String,
    pub token: Secret<String>,
    /// What the browser is known by from now on.
    pub device: Secret<String>,
}

impl Gate {
    pub fn new(settings: Settings, seams: Seams, keys: &KeyRing) -> Gate {
        let Seams { world, store, identity, outbox, witness, turnstile } = seams;
        let mint = Mint::new(&settings.public_url, keys);
        // Whoever succeeded in a browser is known there whatever key signs by now.
        let devices = Devices::new(keys.index());
        let seals = Seals::new(keys, world.wall());
        let ledger = Ledger::default();
        Gate {
            settings,
            world,
            store,
            identity,
            outbox,
            witness,
            turnstile,
            mint,
            reader: Reader::default(),
            devices,
            seals,
            ledger,
            stops: Stops::default(),
            told: Told::default(),
            numbers: None,
            makers: Arc::new(Ours),
            introducer: Arc::new(OnlyForm::default()),
            keys: None,
            pace: Pace::default(),
            office: me::Office::default(),
            emergencies: None,
            unasked: Mutex::default(),
        }
    }

    /// Asks this before a message goes to a number.
    pub fn with_number_check(self, numbers: Arc<dyn NumberCheck>) -> Gate {
        Gate { numbers: Some(numbers), ..self }
    }

    /// Lets sealed codes open what their scopes allow.
    pub fn with_emergency(self, sheets: Arc<dyn Sheets>, keys: &KeyRing) -> Gate {
        Gate { emergencies: Some(Emergencies::new(sheets, keys)), ..self }
    }

    /// Finds out by other sources than our own page who is calling.
    pub fn with_introducer(self, introducer: Arc<dyn Introducer>) -> Gate {
        Gate { introducer, ..self }
    }

    /// Takes passkeys, which this judges.
    pub fn with_passkeys(self, keys: Arc<dyn KeyJudge>) -> Gate {
        Gate { keys: Some(keys), ..self }
    }

    /// Goes by other keys from now on. What was begun or signed under a key that they still have goes on.
    pub fn rekey(&self, keys: &KeyRing) {
        self.mint.rekey(keys);
        self.seals.rekey(keys, self.now());
    }

    /// What others can verify our signatures with.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.mint.public_keys()
    }

    pub fn now(&self) -> Wall {
        self.world.wall()
    }

    pub fn mono(&self) -> Duration {
        self.world.mono()
    }

    pub fn fresh_request_id(&self) -> RequestId {
        RequestId::from_random(self.world.draw())
    }

    pub fn asks_password(&self) -> bool {
        self.identity.asks_password()
    }

    /// A value for the binding cookie of a browser that has none.
    pub fn fresh_browser(&self) -> Secret<String> {
        let mut bytes = [0; 32];
        self.world.fill(&mut bytes);
        Secret::new(seal::text(&bytes))
    }

    /// The token that forms carry: it proves that the page came from us to this very browser.
    pub fn form_token(&self, browser: &Secret<String>) -> String {
        self.seals.form_token(browser)
    }

    /// Whether a form's token belongs to this browser.
    pub fn is_form_token(&self, browser: &Secret<String>, token: &str) -> bool {
        self.seals.is_form_token(browser, token)
    }

    /// Whether this address may ask the gate itself for something once more.
    pub fn knock(&self, endpoint: seams::Endpoint<'_>, client: IpAddr) -> Result<(), Duration> {
        self.turnstile.pass(endpoint, client)
    }

    /// Keeps an access line; `false` when it could not.
    pub fn accessed(&self, access: &Access<'_>) -> bool {
        self.witness.access(access)
    }

    /// Whose valid pass the caller holds, whatever it opens.
    pub fn who(&self, caller: &Caller) -> Option<Arc<Holder>> {
        self.standing(caller.token.as_ref()?.expose()).map(|s| s.holder().clone())
    }

    /// The same, but for whoever came in with a sealed code: they are nobody whom a directory knows.
    pub fn person(&self, caller: &Caller) -> Option<Arc<Holder>> {
        self.who(caller).filter(|holder| !holder.emergency)
    }

    /// Whether the caller's pass opens this scope already.
    pub fn is_open(&self, caller: &Caller, scope: &str) -> bool {
        let standing = caller.token.as_ref().and_then(|t| self.standing(t.expose()));
        standing.zip(self.settings.scopes.get(scope)).is_some_and(|(s, scope)| self.opens(&s, scope))
    }

    /// The challenge, if it belongs to the caller's browser. Anything else is unknown, whatever exists.
    pub async fn view(&self, caller: &Caller, id: &ChallengeId) -> Result<View, Refusal> {
        let challenge = self.own(caller, id).await?;
        Ok(self.show(&challenge.value))
    }

    pub(crate) async fn own(&self, caller: &Caller, id: &ChallengeId) -> Result<seams::Seen<Challenge>, Refusal> {
        let browser = caller.browser.as_ref().ok_or(Refusal::UnknownChallenge)?;
        let found = self.store.challenge(id).await.map_err(|e| self.outage(&e))?;
        let mine = |c: &seams::Seen<Challenge>| self.seals.is_browser(browser, &c.value.browser);
        let mut found = found.filter(mine).ok_or(Refusal::UnknownChallenge)?;
        found.value = self.doubt(found.value);
        Ok(found)
    }

    /// A challenge from before the store changed hands may have been spent already: it is over.
    pub(crate) fn doubt(&self, challenge: Challenge) -> Challenge {
        match challenge.created <= self.ledger.doubted() {
            true => Challenge { expires: challenge.created, ..challenge },
            false => challenge,
        }
    }

    pub(crate) fn show(&self, challenge: &Challenge) -> View {
        let now = self.now();
        let over = challenge.gone(now).is_some();
        let state = match challenge.state {
            State::Verified => Shown::Verified,
            _ if over => Shown::Expired,
            _ if challenge.sends == 0 => Shown::Queued,
            // A name nobody has gets no message, so until a first factor is proven every state looks alike.
            _ if !challenge.first.is_proven() => Shown::Sent,
            State::Queued => Shown::Queued,
            State::Failed => Shown::Failed,
            State::Sent | State::Exhausted => Shown::Sent,
        };
        View {
            id: challenge.id.clone(),
            scope: challenge.scope.clone(),
            state,
            channel: challenge.channel,
            to: challenge.to.clone(),
            expires_in: if over { 0 } else { whole_seconds(now.until(challenge.expires)) },
            resend_in: whole_seconds(now.until(challenge.resend_at)),
            can_resend: !over && challenge.sends < self.settings.challenge.sends && !challenge.offered().is_empty(),
            tries_left: challenge.tries_left,
            channels: challenge.offered().to_vec(),
            factors: challenge.factors.clone(),
            is_quiet: challenge.sends == 0,
            arrived: challenge.arrived && challenge.first.is_proven(),
            next: self.next_way(challenge),
            return_to: challenge.return_to.clone(),
            last_send: challenge.last_send,
            length: self.shape_of(challenge).length,
            passkey: self.is_by_passkey(challenge),
            passkey_only: self.takes_passkeys_only(&challenge.scope),
        }
    }

    /// Whether the scope is opened by what no false site can ask for, and by nothing else.
    pub(crate) fn takes_passkeys_only(&self, scope: &str) -> bool {
        self.settings.scopes.get(scope).is_some_and(|scope| scope.resists_phishing())
    }

    /// What is tried by itself, and when.
    fn next_way(&self, challenge: &Challenge) -> Option<(Channel, u64)> {
        let (now, rules) = (self.now(), &self.settings.challenge);
        let channel = challenge.next_channel(challenge.sends, rules, now)?;
        let left = now.until(challenge.last_send.plus(rules.next_after?));
        (!left.is_zero() && challenge.state != State::Failed).then(|| (channel, whole_seconds(left)))
    }

    /// Writes a decision; when that fails, so does what was decided.
    pub(crate) async fn decide(&self, event: Event) -> Result<(), Refusal> {
        self.witness.decide(event).await.map_err(|e| self.outage(&e))
    }

    pub(crate) fn outage(&self, error: &dyn std::error::Error) -> Refusal {
        tracing::error!(%error, "a part that the gate needs is down");
        Refusal::Outage
    }
}
