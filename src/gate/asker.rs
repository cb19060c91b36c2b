//! Who asks for a code, as far as they are known, and how often they may ask.

use std::net::IpAddr;
use std::time::Duration;

use crate::domain::account::{Account, AccountKey, Guesser, place};
use crate::domain::challenge::FirstFactor;
use crate::domain::contact::Contact;
use crate::domain::event::{Event, What};
use crate::domain::quota::{Draw, Quota};
use crate::domain::refusal::Refusal;
use crate::domain::scope::Scope;
use crate::domain::user::{User, fold_login};

use super::devices::Entry;
use super::introduce::Finding;
use super::seams::{Claim, Hint, Introduction, Seen, Take};
use super::{Caller, Gate, Wish, seal};

/// Sign-ins for one name from one network. Names are not looked up before this is taken, so it says nothing about them.
const SIGN_INS: Quota = Quota { limit: 10, per: Duration::from_secs(600) };
/// Wrong passwords for one name from everywhere (NIST SP 800-63B-4 §3.2.2: at most 100).
const WRONG_PASSWORDS: Quota = Quota { limit: 100, per: Duration::from_secs(24 * 3600) };

/// The person that a wish is for, as far as it is known.
pub(super) struct Asker {
    /// `None` for a name nobody has, and for one that strangers are not heard under any more.
    pub user: Option<User>,
    pub account: AccountKey,
    /// Where a stranger is counted as well; only where a name is all that is asked for.
    pub place: Option<AccountKey>,
    /// The tag of a device that the account knows.
    pub device: Option<String>,
    pub first: FirstFactor,
    /// Stands for the name, or for the user who has it.
    pub alias: String,
    /// Who is not heard as a stranger any more; for the audit alone.
    pub closed: Option<String>,
    /// Why somebody who has the name is not known by it; for the audit alone.
    pub hint: Option<Hint>,
    /// Where a code can be sent to, in the scope's order.
    pub contacts: Vec<Contact>,
    /// The account as it was just read. Left out where invented names are answered like real ones: these cost so many
    /// readings, whatever became of them.
    pub read: Option<Seen<Account>>,
}

impl Asker {
    pub fn is_known(&self) -> bool {
        self.device.is_some()
    }

    pub fn guesser(&self) -> Guesser<'_> {
        self.device.as_deref().map_or(Guesser::Stranger, Guesser::Device)
    }

    /// The place, for whom it counts.
    pub fn shared_place(&self) -> Option<&AccountKey> {
        self.place.as_ref().filter(|_| !self.is_known())
    }
}

impl Gate {
    /// Finds out who is asking. Unknown, wrong password and no access are one and the same refusal.
    pub(super) async fn ask_who(&self, caller: &Caller, wish: &Wish, scope: &Scope) -> Result<Asker, Refusal> {
        let entries = self.devices.read(caller.device.as_ref());
        if let Some(introduced) = &wish.introduced {
            return self.ask_introduced(caller, introduced, scope, &entries).await;
        }
        if let Some(login) = wish.username.as_ref().filter(|_| scope.has_form()) {
            let claim = Claim { login: login.clone(), password: wish.password.clone() };
            return self.ask_claimed(caller, &claim, scope, &entries).await;
        }
        match self.find_out(caller, scope).await? {
            Finding::Introduced(introduced) => self.ask_introduced(caller, &introduced, scope, &entries).await,
            Finding::Claimed(claim) => self.ask_claimed(caller, &claim, scope, &entries).await,
            Finding::Refused(why) => Err(self.refuse_evidence(caller, scope, why).await?),
            Finding::Nothing => self.ask_pass(caller, scope, &entries).await,
        }
    }

    /// A name was given, and a password where one is asked for; whichever way they came, they are counted alike.
    async fn ask_claimed(
        &self,
        caller: &Caller,
        claim: &Claim,
        scope: &Scope,
        entries: &[Entry],
    ) -> Result<Asker, Refusal> {
        let login = &claim.login;
        self.enter(caller, login, entries).await?;
        let found = self.identity.find(claim).await.map_err(|e| self.outage(&e))?;
        let user = found.filter(|u| scope.admits(&u.groups));
        let first = if self.identity.asks_password() { FirstFactor::Password } else { FirstFactor::None };
        if user.is_none() && first == FirstFactor::Password {
            let told = self.event(What::AuthnLoginFail, caller).scope(&scope.name);
            self.decide(hinted(told, "name, password or access", self.identity.why(login).as_ref())).await?;
            self.take_quietly(vec![self.wrong_passwords(login, true)]).await?;
            self.count_failure().await?;
            return Err(Refusal::WrongCredentials);
        }
        let asker = self.asker(user, self.seals.alias("login", login), first, scope, entries).await?;
        let hint = if asker.user.is_none() { self.identity.why(login) } else { None };
        Ok(Asker { hint, ..asker })
    }

    /// Somebody else says who it is. Nobody we know by that name, or not in the group, is one and the same refusal.
    async fn ask_introduced(
        &self,
        caller: &Caller,
        introduced: &Introduction,
        scope: &Scope,
        entries: &[Entry],
    ) -> Result<Asker, Refusal> {
        let Introduction { login, by, source } = introduced;
        let found = self.identity.known_as(login).await.map_err(|e| self.outage(&e))?;
        let user = found.filter(|u| scope.admits(&u.groups));
        if user.is_none() && by.is_proven() {
            let told = self.event(What::AuthzFail, caller).scope(&scope.name);
            let what = format!("introduced by {source}, with no access");
            self.decide(hinted(told, &what, self.identity.why(login).as_ref())).await?;
            return Err(Refusal::WrongCredentials);
        }
        self.asker(user, self.seals.alias("login", login), *by, scope, entries).await
    }

    /// Nobody was named: a valid pass for another scope names its holder.
    async fn ask_pass(&self, caller: &Caller, scope: &Scope, entries: &[Entry]) -> Result<Asker, Refusal> {
        let holder = self.person(caller).ok_or(Refusal::WhoAreYou)?;
        let user = self.identity.fetch(&holder.user).await.map_err(|e| self.outage(&e))?;
        let Some(user) = user.filter(|u| scope.admits(&u.groups)) else {
            self.decide(self.event(What::AuthzFail, caller).scope(&scope.name).user(&holder.identity.login)).await?;
            return Err(Refusal::WrongCredentials);
        };
        self.asker(Some(user), [0; 32], FirstFactor::Pass, scope, entries).await
    }

    /// `tag` stands for the name where nobody has it.
    async fn asker(
        &self,
        user: Option<User>,
        tag: [u8; 32],
        first: FirstFactor,
        scope: &Scope,
        entries: &[Entry],
    ) -> Result<Asker, Refusal> {
        // All names of one person are one.
        let tag = user.as_ref().map_or(tag, |u| self.seals.alias("user", u.id.as_str()));
        let own = user.as_ref().map_or_else(|| AccountKey::of_unknown(tag), |u| AccountKey::of_user(&u.id));
        let place = (!first.is_proven()).then(|| own.place(tag));
        let seen = self.store.account(&own).await.map_err(|e| self.outage(&e))?;
        let account = &seen.value;
        let shown = entries.iter().find(|entry| user.as_ref().is_some_and(|u| u.id == entry.user));
        let device = match account.guesser(shown.map(|entry| entry.tag.as_str()), self.now()) {
            Guesser::Device(tag) => Some(tag.to_owned()),
            Guesser::Stranger => None,
        };
        let closed = user.is_some() && device.is_none() && account.is_closed();
        if closed && first != FirstFactor::None {
            return Err(Refusal::Closed);
        }
        // Who gave a name only is not even told that; they meet what an invented name meets.
        let alias = seal::text(&tag);
        if closed {
            let (account, closed) = (AccountKey::decoy(own.bucket(), tag), user.map(|u| u.login));
            return Ok(Asker {
                account,
                user: None,
                place,
                device,
                first,
                alias,
                closed,
                hint: None,
                contacts: Vec::new(),
                read: None,
            });
        }
        let read = place.is_none().then_some(seen);
        let contacts = user.as_ref().map(|u| self.contacts(u, scope)).unwrap_or_default();
        Ok(Asker { account: own, user, place, device, first, alias, closed: None, hint: None, contacts, read })
    }

    /// Whether one more sign-in is heard. A device that is known for this very name has an allowance of its own, for when
    /// strangers used up that of the name or of the network; for other names it is nobody.
    async fn enter(&self, caller: &Caller, login: &str, entries: &[Entry]) -> Result<(), Refusal> {
        let network = self.seals.alias(&format!("sign-in {}", network(caller.client)), login);
        let sign_in =
            |key: String| Draw { name: "sign-ins per name and network", key, quota: SIGN_INS, units: 1, spend: true };
        let mut draws = vec![sign_in(spot(network))];
        draws.extend(self.identity.asks_password().then(|| self.wrong_passwords(login, false)));
        let no = match self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))? {
            Take::Taken => return Ok(()),
            no => no,
        };
        for entry in entries {
            let owner = self.identity.fetch(&entry.user).await.map_err(|e| self.outage(&e))?;
            if owner.is_none_or(|owner| fold_login(&owner.login) != fold_login(login)) {
                continue;
            }
            let account = self.store.account(&AccountKey::of_user(&entry.user)).await.map_err(|e| self.outage(&e))?;
            if account.value.guesser(Some(&entry.tag), self.now()) != Guesser::Stranger {
                let key = format!("d:{}/day", entry.tag);
                let daily = Draw { name: "sign-ins per device", key, quota: WRONG_PASSWORDS, units: 1, spend: true };
                return self.take(vec![sign_in(format!("d:{}", entry.tag)), daily], caller).await;
            }
        }
        self.refuse_short(no, Some(caller)).await
    }

    /// Counted for every name alike, whoever has it.
    fn wrong_passwords(&self, login: &str, spend: bool) -> Draw {
        let key = spot(self.seals.alias("wrong password", login));
        Draw { name: "wrong passwords per name", key, quota: WRONG_PASSWORDS, units: 1, spend }
    }

    /// Counts one failure on whatever account. Too many of them raise one alarm for each such span, on all nodes together;
    /// nobody is locked out by it, for then a stranger could lock everybody out.
    pub(super) async fn count_failure(&self) -> Result<(), Refusal> {
        let Quota { limit, per } = self.settings.failures;
        let draw =
            |name, limit| Draw { name, key: "all".to_owned(), quota: Quota { limit, per }, units: 1, spend: true };
        let within = self.take_quietly(vec![draw("failures in all", limit)]).await?;
        if within || !self.take_quietly(vec![draw("alarms of failures", 1)]).await? {
            return Ok(());
        }
        let span = humantime::format_duration(per);
        self.decide(super::Event::new(What::ExcessLoginFailures).detail(format!("more than {limit} within {span}")))
            .await
    }

    /// Takes without telling anybody; `false` when there is not enough.
    async fn take_quietly(&self, draws: Vec<Draw>) -> Result<bool, Refusal> {
        let taken = self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))?;
        Ok(taken == Take::Taken)
    }

    pub(super) async fn take(&self, draws: Vec<Draw>, caller: &Caller) -> Result<(), Refusal> {
        let taken = self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))?;
        self.refuse_short(taken, Some(caller)).await
    }

    pub(super) async fn refuse_short(&self, taken: Take, caller: Option<&Caller>) -> Result<(), Refusal> {
        match taken {
            Take::Taken => Ok(()),
            Take::Short { name, wait } => {
                self.decide(self.event_of(What::ExcessRateLimitExceeded, caller).detail(name)).await?;
                Err(Refusal::Limited(wait))
            }
        }
    }
}

/// Says of somebody who has the name why they are not known by it.
pub(super) fn hinted(event: Event, what: &str, hint: Option<&Hint>) -> Event {
    match hint {
        Some(hint) => event.user(&hint.login).detail(format!("{what}: {}", hint.why)),
        None => event.detail(what),
    }
}

/// One of a fixed number of keys, so that inventing names and addresses fills no store. Names that share one are counted
/// together, real and invented ones alike: it can say no too early, tells nothing, and never forgets anybody.
pub(super) fn spot(tag: [u8; 32]) -> String {
    place(tag).to_string()
}

/// The network that counts as one caller: an IPv4 address, an IPv6 /64.
pub(super) fn network(client: IpAddr) -> String {
    match client {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            v6.to_ipv4_mapped().map_or_else(|| format!("{:x?}", &v6.segments()[..4]), |v4| v4.to_string())
        }
    }
}
