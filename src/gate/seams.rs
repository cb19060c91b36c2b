//! What the gate needs from the world, as small traits that belong to it. Each promise is kept by one contract suite.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::account::{Account, AccountKey};
use crate::domain::challenge::{Challenge, FirstFactor};
use crate::domain::code::{Code, CodeShape};
use crate::domain::contact::{Channel, Contact, Phone};
use crate::domain::emergency::Book;
use crate::domain::enrolment::Passkey;
use crate::domain::event::{Access, Event};
use crate::domain::figure::{Counted, Figure};
use crate::domain::id::{ChallengeId, PassId, SessionId, UserId};
use crate::domain::locale::Locale;
use crate::domain::maker::Verdict;
use crate::domain::money::Money;
use crate::domain::notice::Notice;
use crate::domain::pass::Session;
use crate::domain::quota::{Draw, Mark, Used};
use crate::domain::scope::ScopeName;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;
use crate::domain::user::User;

/// Time and randomness, injected together.
#[async_trait]
pub trait World: Send + Sync + 'static {
    fn wall(&self) -> Wall;
    /// Since some fixed moment; never goes back.
    fn mono(&self) -> Duration;
    async fn sleep_until(&self, mono: Duration);
    /// From the operating system's random source.
    fn fill(&self, bytes: &mut [u8]);
    /// Sixteen bytes that nobody has drawn before, quickly: for names, never for secrets.
    fn draw(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }
}

/// Sixteen random bytes, the size of every id.
pub fn random16(world: &dyn World) -> [u8; 16] {
    let mut bytes = [0; 16];
    world.fill(&mut bytes);
    bytes
}

/// A record as it was read, with the version that a swap must still find. Version 0: not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    pub value: T,
    pub version: u64,
}

/// Records that change together or not at all. Each carries its new value and the version it was read with.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub challenge: Option<Seen<Challenge>>,
    /// A person's, and that of a place where strangers are counted. Each key at most once.
    pub accounts: Vec<(AccountKey, Seen<Account>)>,
    pub session: Option<Seen<Session>>,
    pub enrolments: Option<(UserId, Seen<Sealed>)>,
}

/// Bytes that only the gate can read: it seals them before they go to the store.
pub type Sealed = Vec<u8>;

/// What a heartbeat brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// Revocations with their numbers, in order.
    pub revocations: Vec<(u64, Revocation)>,
    /// What was begun until then may have been spent without the store knowing it any more (another server took over, and
    /// had not heard everything): it opens nothing.
    pub doubted: Wall,
}

/// What became of a [`Draw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    Taken,
    /// Nothing was taken from any of them; `name` is the one that was short.
    Short {
        name: &'static str,
        wait: Duration,
    },
}

/// What is no longer good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revoked {
    Pass(PassId),
    Session(SessionId),
    User(UserId),
    All,
}

/// A revocation. What was issued at or before `at` is dead; after `forget` nothing so old can be alive any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    pub what: Revoked,
    pub at: Wall,
    pub forget: Wall,
}

/// When a scope was last used within a session. Kept apart for each scope: one that was left alone too long stays closed,
/// whatever else the session is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub session: SessionId,
    pub scope: ScopeName,
    pub at: Wall,
}

/// Last uses that were written down since somebody heard of them the last time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// None of them: that is all there are.
    pub uses: Vec<Use>,
    /// What to ask with next.
    pub heard: Heard,
}

/// How far last uses were heard of: in each place where a store keeps them, the number of the latest one, and whose number
/// that is. Empty is nothing yet. Only stores look into it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard(pub BTreeMap<u8, (String, u64)>);

/// The store failed; whatever needed it stays closed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);

/// Where state lives. `swap`, `take` and `unpark` are atomic and durable when they return; a record's expiry is
/// housekeeping, and never decides anything. All records of one step lie in one bucket ([`AccountKey::bucket`]).
#[async_trait]
pub trait Store: Send + Sync + 'static {
    async fn challenge(&self, id: &ChallengeId) -> Result<Option<Seen<Challenge>>, StoreError>;
    /// An account nobody wrote yet reads as a fresh one with version 0.
    async fn account(&self, key: &AccountKey) -> Result<Seen<Account>, StoreError>;
    async fn session(&self, id: &SessionId) -> Result<Option<Seen<Session>>, StoreError>;
    /// The sessions of a user, those that are over included until they are swept.
    async fn sessions(&self, user: &UserId) -> Result<Vec<Session>, StoreError>;
    /// What a user enrolled to prove themselves with; version 0 where that is nothing yet. Changed by `swap`.
    async fn enrolments(&self, user: &UserId) -> Result<Seen<Sealed>, StoreError>;
    /// Keeps a request beside its challenge; `false` when one is kept there already.
    async fn park(&self, id: &ChallengeId, request: Sealed, expires: Wall) -> Result<bool, StoreError>;
    async fn parked(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError>;
    /// Hands a parked request out for good: of all who ask, on all nodes, one gets it.
    async fn unpark(&self, id: &ChallengeId) -> Result<Option<Sealed>, StoreError>;
    /// Writes all records of the step if every one still has its version, else none: `false`.
    async fn swap(&self, step: Step) -> Result<bool, StoreError>;
    /// Takes from all allowances or from none.
    async fn take(&self, draws: Vec<Draw>, now: Wall) -> Result<Take, StoreError>;
    /// Counts, and says what each count comes to. Shares its names and keys with `take`: what was taken there is counted
    /// here, and what is counted here is gone there.
    async fn mark(&self, marks: Vec<Mark>, now: Wall) -> Result<Vec<Used>, StoreError>;
    /// Durable when it returns; every node hears of it within a second.
    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError>;
    /// What happened after revocation number `seen`. Also the heartbeat.
    async fn news(&self, seen: u64) -> Result<News, StoreError>;
    /// Returns when a node has revoked something, so that it is heard of at once; never, where polling has to do.
    async fn nudged(&self);
    /// Writes down last uses; a lost write costs somebody a code, never more.
    async fn touch(&self, uses: Vec<Use>) -> Result<(), StoreError>;
    /// Last uses that were written down since, some thousands at most: what it costs hangs on what happened, not on how much
    /// is there. Ask again until none are left. One may come twice.
    async fn uses(&self, heard: Heard) -> Result<Uses, StoreError>;
    /// The last use of anything in this session, as far as it was written down.
    async fn last_use(&self, session: &Session) -> Result<Option<Wall>, StoreError>;
    /// Adds figures of delivery to what is there, all at once. Not tried again when its outcome is not known: a lost write
    /// costs some seconds of figures.
    async fn count(&self, figures: Vec<Figure>) -> Result<(), StoreError>;
    /// The figures of the hours from the one that `from` lies in to the one of `to`.
    async fn counted(&self, from: Wall, to: Wall) -> Result<Vec<Figure>, StoreError>;
    /// Forgets what is long over.
    async fn sweep(&self, now: Wall) -> Result<(), StoreError>;
}

/// What somebody says of themselves.
#[derive(Debug, Clone)]
pub struct Claim {
    pub login: String,
    pub password: Option<Secret<String>>,
}

/// Somebody whose name came by another way than our own page, which its [`FirstFactor`] tells. Whoever makes one has made
/// sure of it: the gate believes the name, and looks up who that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    pub login: String,
    pub by: FirstFactor,
    /// As the configuration names the source; for the audit.
    pub source: Arc<str>,
}

/// The source of identities failed; its scopes stay closed.
#[derive(Debug, thiserror::Error)]
#[error("the directory failed: {0}")]
pub struct IdentityError(pub String);

/// Who people are.
#[async_trait]
pub trait IdentitySource: Send + Sync + 'static {
    /// The user, if the claim holds. Unknown, wrong password and disabled are all `None`, and take alike long.
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError>;
    /// The user as they are now; `None` when gone or disabled.
    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError>;
    /// Whom somebody else has introduced under this name; no password is asked for. `None` as for `find`.
    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError>;
    /// Whether a password is part of every claim.
    fn asks_password(&self) -> bool;
    async fn probe(&self) -> Result<(), IdentityError>;
    /// Why nobody was found under a name just now, where somebody has it and there is more to say than yes and no. For the
    /// audit alone.
    fn why(&self, _login: &str) -> Option<Hint> {
        None
    }
    /// Whether passes end whose holders could not be asked about twice in a row.
    fn closes_unasked(&self) -> bool {
        false
    }
    /// The directories that are elsewhere, and whether each answers.
    fn standing(&self) -> Vec<(Arc<str>, bool)> {
        Vec::new()
    }
}

/// Why somebody is not let in, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What they are called.
    pub login: String,
    /// Where it is beyond doubt who it is.
    pub id: Option<UserId>,
    pub why: &'static str,
}

/// A code on its way to somebody. Lives in memory only.
#[derive(Debug, Clone)]
pub struct Parcel {
    pub challenge: ChallengeId,
    /// The number of this message within the challenge.
    pub send: u8,
    pub contact: Contact,
    pub locale: Locale,
    /// What the code opens, and the route that asked for it, where that is known: messages can have words of their own there.
    pub scope: String,
    pub route: Option<Arc<str>>,
    /// Empty where the provider makes it.
    pub code: Code,
    /// How long the code still holds.
    pub life: Duration,
    /// What it tells instead, where it holds no code.
    pub notice: Option<Notice>,
}

/// Whether a number may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sim {
    /// Nothing speaks against it.
    Good,
    /// Its SIM was changed lately: whoever holds it now may not be its owner.
    Swapped,
    /// It could not be found out, and the operator wants nothing to be sent then.
    Unknown,
}

/// How a message fared whose number must not be used.
pub const SIM_SWAPPED: &str = "sim_swapped";
pub const SIM_UNKNOWN: &str = "sim_unknown";

/// What is known of a number before anything is sent there.
#[async_trait]
pub trait NumberCheck: Send + Sync + 'static {
    /// Answers within a time of its own, and what it found out lately at once.
    async fn sim(&self, phone: &Phone) -> Sim;
}

/// The queue is full; nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the delivery queue is full")]
pub struct QueueFull;

/// Where codes are handed over. Never waits.
pub trait Outbox: Send + Sync + 'static {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull>;
    /// A code was right: what its messages were good for is known now.
    fn entered(&self, _entry: &Entry<'_>) {}
}

/// A right code, as whoever had it sent hears of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub challenge: &'a ChallengeId,
    /// Who took the latest message, as far as the gate heard.
    pub provider: Option<&'a str>,
    pub channel: Channel,
    pub phone: Option<&'a Phone>,
    /// Since the latest message went out.
    pub after: Duration,
}

/// How a message fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fared {
    /// The error is the class of the failure, in one word.
    pub outcome: Result<(), &'static str>,
    /// Who took it, or was the last to refuse it.
    pub by: Option<Arc<str>>,
    pub channel: Option<Channel>,
    /// Who was asked in vain before, each with the class of the refusal: `twilio throttle, vonage config`.
    pub tried: Option<String>,
    /// What whoever took it says that it costs.
    pub price: Option<Money>,
}

impl From<Result<(), &'static str>> for Fared {
    fn from(outcome: Result<(), &'static str>) -> Fared {
        Fared { outcome, by: None, channel: None, tried: None, price: None }
    }
}

impl From<&'static str> for Fared {
    fn from(class: &'static str) -> Fared {
        Err(class).into()
    }
}

/// Something about a message that is counted.
#[derive(Debug, Clone, Copy)]
pub struct Tick<'a> {
    pub provider: &'a str,
    pub channel: Option<Channel>,
    /// ISO 3166.
    pub country: Option<&'a str>,
    pub counted: Counted<'a>,
}

/// Where it is counted. Never waits.
pub trait Statistics: Send + Sync + 'static {
    fn tick(&self, tick: &Tick<'_>);
}

/// Codes of a channel that its provider makes and checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// As logs, metrics and the audit call it.
    pub provider: String,
    pub shape: CodeShape,
    /// How long one of its codes holds at least.
    pub life: Duration,
    /// How many entries it judges.
    pub tries: u8,
    /// How long an answer may take.
    pub patience: Duration,
}

/// Who makes and checks codes where we do not.
#[async_trait]
pub trait CodeMaker: Send + Sync + 'static {
    /// `None` where codes of this channel are ours.
    fn making(&self, channel: Channel) -> Option<&Making>;
    /// Asks the channel's provider once about one entry, and is back within its patience. `reference` is how it calls what it
    /// began. Right only by the provider's own word about this very entry.
    async fn check(&self, channel: Channel, provider: &str, reference: &Secret<String>, entry: &Code) -> Verdict;
    /// Tells the provider that nobody will ask about this any more. Never waits; may be lost.
    fn cancel(&self, channel: Channel, provider: &str, reference: &Secret<String>);
}

/// What a browser is to ask an authenticator, and what its answer is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyQuestion {
    /// The options that `navigator.credentials` is called with, as JSON.
    pub options: String,
    /// For the judge alone. Whoever could write it could answer for anybody, so it leaves the process only sealed.
    pub state: String,
}

/// Whom a passkey is made for, as an authenticator keeps and shows it.
#[derive(Debug, Clone)]
pub struct KeyOwner {
    /// Stands for the user, and tells nothing.
    pub handle: [u8; 16],
    pub login: String,
    pub name: String,
}

/// A passkey as its judge remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    pub id: String,
    pub credential: String,
}

/// Why an authenticator's answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Nobody's authenticator wrote that; it is not judged at all.
    #[error("that is not what an authenticator answers")]
    Malformed,
    #[error("{0}")]
    Wrong(String),
    #[error("the key's counter did not go on: there may be a copy of it")]
    Copied,
    /// It is no answer's fault.
    #[error("passkeys cannot be judged: {0}")]
    Broken(String),
}

/// Who asks for passkeys and judges them (WebAuthn). Plain functions: they ask nobody.
pub trait KeyJudge: Send + Sync + 'static {
    /// Asks for a key that is none of those that are held.
    fn ask_new(&self, owner: &KeyOwner, held: &[Passkey]) -> Result<KeyQuestion, KeyFault>;
    fn take_new(&self, state: &str, answer: &str) -> Result<KeyFile, KeyFault>;
    /// Asks for one of those that are held.
    fn ask(&self, held: &[Passkey]) -> Result<KeyQuestion, KeyFault>;
    /// The one that answered, as it is to be remembered from now on. It is one of those that are held now, whatever was
    /// held when it was asked for.
    fn judge(&self, state: &str, answer: &str, held: &[Passkey]) -> Result<KeyFile, KeyFault>;
}

/// The audit cannot be written; what would have to be in it does not happen.
#[derive(Debug, thiserror::Error)]
#[error("the audit cannot be written: {0}")]
pub struct AuditError(pub String);

/// Where events go.
#[async_trait]
pub trait Witness: Send + Sync + 'static {
    /// Writes a decision; durable when it returns, so that the caller lets it take effect only then.
    async fn decide(&self, event: Event) -> Result<(), AuditError>;
    /// The same for decisions that take effect together, in their order: with one wait for the disk, where that can be.
    async fn decide_all(&self, events: Vec<Event>) -> Result<(), AuditError> {
        for event in events {
            self.decide(event).await?;
        }
        Ok(())
    }
    /// Hands over one access line without waiting; `false` when it cannot be kept, and then nothing may be forwarded.
    fn access(&self, access: &Access<'_>) -> bool;
    /// Whether access lines of this worker can be kept at all.
    fn is_open(&self) -> bool;
    /// Whether those of every worker can.
    fn is_open_for_all(&self) -> bool {
        self.is_open()
    }
}

/// What an address may do only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// Begin and resend.
    Begin,
    Verify,
    /// Reports of the provider of this name. Machines send them, many at a time.
    Receipts(&'a str),
    /// Everything else that the gate answers itself.
    Page,
}

/// Local limits by client address.
pub trait Turnstile: Send + Sync + 'static {
    fn pass(&self, endpoint: Endpoint<'_>, client: IpAddr) -> Result<(), Duration>;
}

/// The sheets of emergency access cannot be read or written; none opens anything.
#[derive(Debug, thiserror::Error)]
#[error("the sheets of emergency access: {0}")]
pub struct SheetsError(pub String);

/// Another one, and they may have changed.
pub type SheetsStamp = Option<(i64, i64, u64, u64)>;
/// What is done to them: `false`, and nothing is written.
pub type SheetsWork = Box<dyn FnOnce(&mut Book) -> bool + Send>;

/// Where they are kept: on this machine, because nothing else may be there on the bad night.
#[async_trait]
pub trait Sheets: Send + Sync + 'static {
    fn stamp(&self) -> SheetsStamp;
    async fn read(&self) -> Result<Book, SheetsError>;
    /// Durable when it returns, and what the work answered. Nobody else changes them meanwhile, in this process or another.
    async fn change(&self, work: SheetsWork) -> Result<bool, SheetsError>;
}
