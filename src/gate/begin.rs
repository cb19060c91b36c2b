//! Begin: who is asking for a code, may they have one now, and where does it go.

use std::net::IpAddr;

use crate::domain::account::{AccountKey, Live};
use crate::domain::challenge::{Challenge, FirstFactor, State};
use crate::domain::contact::{Channel, Contact, NumberKind, Phone};
use crate::domain::event::{Event, What};
use crate::domain::id::ChallengeId;
use crate::domain::quota::{Draw, Quota};
use crate::domain::refusal::Refusal;
use crate::domain::return_to;
use crate::domain::scope::Scope;
use crate::domain::user::User;

use super::seams::{Claim, Endpoint, Parcel, Seen, Step, Take, random16};
use super::{Begun, Caller, Gate, Wish, seal};

/// Sign-ins for one name from one network. Names are not looked up before this is taken, so it says nothing about them.
const SIGN_INS: Quota = Quota { limit: 10, per: std::time::Duration::from_secs(600) };
/// How often a step is tried again when somebody else changed the same records in between.
pub(super) const RACES: usize = 64;

/// The person that a wish is for, as far as it is known.
struct Asker {
    user: Option<User>,
    account: AccountKey,
    first: FirstFactor,
    /// Stands for the name where nobody has it.
    alias: String,
}

impl Gate {
    /// Begins a challenge, or joins the one that this browser already has. The answer leaves at a fixed delay after the
    /// request arrived, whoever was named.
    pub async fn begin(&self, caller: &Caller, wish: Wish) -> Result<Begun, Refusal> {
        let begun = self.begin_now(caller, wish).await;
        self.world.sleep_until(caller.arrived + self.settings.answer_delay).await;
        begun
    }

    async fn begin_now(&self, caller: &Caller, wish: Wish) -> Result<Begun, Refusal> {
        self.turnstile.pass(Endpoint::Begin, caller.client).map_err(Refusal::Limited)?;
        let scope = self.settings.scopes.get(&wish.scope).cloned().ok_or(Refusal::UnknownScope)?;
        if wish.channel.as_deref().is_some_and(|name| Channel::parse(name).is_none()) {
            return Err(Refusal::NoSuchChannel);
        }
        let asker = self.ask_who(caller, &wish, &scope).await?;
        let bind = caller.browser.is_none().then(|| self.fresh_browser());
        let browser = caller.browser.as_ref().or(bind.as_ref()).map(|b| self.seals.browser_tag(b)).unwrap_or_default();
        let return_to = return_to::same_site(&wish.return_to, &self.settings.prefix);
        let purse = self.purse(&asker);
        // Names nobody has share accounts, and must not share challenges: two names with one would both be invented.
        let place = match &asker.user {
            Some(_) => browser.clone(),
            None => format!("{browser} {}", asker.alias),
        };
        let mut drawn = false;
        for _ in 0..RACES {
            let now = self.now();
            let mut account = self.store.account(&asker.account).await.map_err(|e| self.outage(&e))?;
            if let Some(wait) = account.value.wait(now) {
                return Err(Refusal::Waiting(wait));
            }
            let open = self.join(account.value.joinable(&place, &scope.name, now)).await?;
            if let Some(joined) = open.filter(|c| c.purse == purse) {
                self.decide(self.told(What::ChallengeJoined, caller, &asker, &joined)).await?;
                return Ok(Begun { view: self.show(&joined), bind });
            }
            if !drawn {
                let sent = asker.user.as_ref().and_then(|u| self.contact(u)).is_some();
                self.take(self.message_draws(&purse, sent), caller).await?;
                drawn = true;
            }
            let (challenge, parcel) = self.write(caller, &asker, &scope, &browser, &return_to, &purse);
            let live = Live {
                id: challenge.id.clone(),
                browser: place.clone(),
                scope: scope.name.to_string(),
                expires: challenge.expires,
            };
            if !account.value.open(live, now) {
                return Err(Refusal::Limited(self.settings.challenge.life));
            }
            let fresh = Seen { value: challenge.clone(), version: 0 };
            let step =
                Step { challenge: Some(fresh), account: Some((asker.account.clone(), account)), ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                let told = self.told(What::ChallengeBegun, caller, &asker, &challenge);
                self.decide_message(&challenge, told).await?;
                self.hand_over(&challenge, parcel).await;
                return Ok(Begun { view: self.show(&challenge), bind });
            }
        }
        Err(Refusal::Outage)
    }

    /// Finds out who is asking. Unknown, wrong password and no access are one and the same refusal.
    async fn ask_who(&self, caller: &Caller, wish: &Wish, scope: &Scope) -> Result<Asker, Refusal> {
        let Some(login) = &wish.username else {
            return self.ask_pass(caller, scope).await;
        };
        self.take(
            vec![Draw {
                name: "sign-ins per name and network",
                key: seal::text(&self.seals.alias(&format!("sign-in {}", network(caller.client)), login)),
                quota: SIGN_INS,
                units: 1,
                spend: true,
            }],
            caller,
        )
        .await?;
        let claim = Claim { login: login.clone(), password: wish.password.clone() };
        let found = self.identity.find(&claim).await.map_err(|e| self.outage(&e))?;
        let user = found.filter(|u| scope.admits(&u.groups));
        let tag = self.seals.alias("login", login);
        let first = if self.identity.asks_password() { FirstFactor::Password } else { FirstFactor::None };
        if user.is_none() && first == FirstFactor::Password {
            self.decide(self.event(What::AuthnLoginFail, caller).scope(&scope.name).detail("name, password or access"))
                .await?;
            return Err(Refusal::WrongCredentials);
        }
        let account = user.as_ref().map_or_else(|| AccountKey::of_unknown(tag), |u| AccountKey::of_user(&u.id));
        Ok(Asker { user, account, first, alias: seal::text(&tag) })
    }

    /// Nobody was named: a valid pass for another scope names its holder.
    async fn ask_pass(&self, caller: &Caller, scope: &Scope) -> Result<Asker, Refusal> {
        let holder = self.who(caller).ok_or(Refusal::WhoAreYou)?;
        let user = self.identity.fetch(&holder.user).await.map_err(|e| self.outage(&e))?;
        let Some(user) = user.filter(|u| scope.admits(&u.groups)) else {
            self.decide(self.event(What::AuthzFail, caller).scope(&scope.name).user(&holder.identity.login)).await?;
            return Err(Refusal::WrongCredentials);
        };
        let account = AccountKey::of_user(&user.id);
        Ok(Asker { alias: account.as_str().to_owned(), account, user: Some(user), first: FirstFactor::Pass })
    }

    async fn join(&self, id: Option<&ChallengeId>) -> Result<Option<Challenge>, Refusal> {
        let Some(id) = id else { return Ok(None) };
        let found = self.store.challenge(id).await.map_err(|e| self.outage(&e))?;
        let challenge = found.map(|seen| self.doubt(seen.value));
        Ok(challenge.filter(|c| c.gone(self.now()).is_none()))
    }

    /// What messages are counted under: the number, or the name where there is none. A name nobody has pays alike, so
    /// limits tell nothing about names.
    fn purse(&self, asker: &Asker) -> String {
        let number = asker.user.as_ref().and_then(|u| u.phone.as_ref());
        number.map_or_else(|| asker.alias.clone(), |phone| self.number_purse(phone))
    }

    pub(super) fn number_purse(&self, phone: &Phone) -> String {
        seal::text(&self.seals.alias("number", phone.e164()))
    }

    /// What one message takes. Where none is sent, as for a name nobody has, what all share is only looked at: else
    /// whoever invents names would use up everybody's messages.
    pub(super) fn message_draws(&self, purse: &str, sent: bool) -> Vec<Draw> {
        let sending = &self.settings.sending;
        let shared = |name, quota, units| Draw { name, key: "all".to_owned(), quota, units, spend: sent };
        let mut draws: Vec<Draw> = sending
            .per_number
            .iter()
            .map(|quota| Draw {
                name: "messages per number",
                key: format!("{purse}/{}", quota.per.as_secs()),
                quota: *quota,
                units: 1,
                spend: true,
            })
            .collect();
        draws.push(shared("messages in all", sending.in_all, 1));
        if let Some(limit) = sending.daily_budget {
            let quota = Quota { limit, per: std::time::Duration::from_secs(24 * 3600) };
            draws.push(shared("money per day", quota, sending.price));
        }
        draws
    }

    pub(super) async fn take(&self, draws: Vec<Draw>, caller: &Caller) -> Result<(), Refusal> {
        match self.store.take(draws, self.now()).await.map_err(|e| self.outage(&e))? {
            Take::Taken => Ok(()),
            Take::Short { name, wait } => {
                self.decide(self.event(What::ExcessRateLimitExceeded, caller).detail(name)).await?;
                Err(Refusal::Limited(wait))
            }
        }
    }

    /// A fresh challenge, and the parcel that goes out for it if there is anywhere to send to.
    fn write(
        &self,
        caller: &Caller,
        asker: &Asker,
        scope: &Scope,
        browser: &str,
        return_to: &str,
        purse: &str,
    ) -> (Challenge, Option<Parcel>) {
        let (now, rules, world) = (self.now(), &self.settings.challenge, self.world.as_ref());
        let id = ChallengeId::in_bucket(asker.account.bucket(), random16(world));
        let code = rules.shape.draw(|pool| world.fill(pool));
        let user = asker.user.as_ref();
        let contact = user.and_then(|u| self.contact(u));
        let proven = asker.first != FirstFactor::None;
        let challenge = Challenge {
            account: asker.account.clone(),
            user: user.map(|u| u.id.clone()),
            browser: browser.to_owned(),
            scope: scope.name.to_string(),
            return_to: return_to.to_owned(),
            purse: purse.to_owned(),
            first: asker.first,
            session: self.who(caller).filter(|h| Some(&h.user) == user.map(|u| &u.id)).map(|h| h.session.clone()),
            mac: self.seals.code_mac(&id, user.map(|u| &u.id), &scope.name, &code),
            sealed: self.seals.seal_code(world, &id, &code),
            // Without anywhere to send to it has failed already; before a first factor is proven nobody is told that.
            state: if contact.is_none() && proven { State::Failed } else { State::Queued },
            created: now,
            expires: now.plus(rules.life),
            tries_left: rules.tries,
            channel: Channel::Sms,
            to: contact.as_ref().filter(|_| proven).map(|c| c.phone.masked()),
            sends: 1,
            last_send: now,
            resend_at: now.plus(rules.resend_after),
            earned: None,
            id: id.clone(),
        };
        let locale = user.and_then(|u| u.locale).unwrap_or(caller.locale);
        let parcel = contact.map(|contact| Parcel { challenge: id, send: 1, contact, locale, code, life: rules.life });
        (challenge, parcel)
    }

    /// Where this user can be sent a code: a mobile number in a country that is allowed.
    pub(super) fn contact(&self, user: &User) -> Option<Contact> {
        let phone = user.phone.as_ref()?;
        let allowed = phone.region().is_some_and(|r| self.settings.sending.countries.contains(&r));
        (allowed && phone.kind() == NumberKind::Mobile).then(|| Contact { channel: Channel::Sms, phone: phone.clone() })
    }

    /// Writes down that a message goes out. When that fails it does not, and whoever asks again, and so joins this
    /// challenge, must not wait for it.
    pub(super) async fn decide_message(&self, challenge: &Challenge, event: Event) -> Result<(), Refusal> {
        let decided = self.decide(event).await;
        if decided.is_err() {
            self.settle(&challenge.id, challenge.sends, Err("audit")).await;
        }
        decided
    }

    /// Puts the parcel into the queue; a full queue is a failed message, which costs nothing.
    pub(super) async fn hand_over(&self, challenge: &Challenge, parcel: Option<Parcel>) {
        let Some(parcel) = parcel else { return };
        if self.outbox.post(parcel).is_err() {
            self.settle(&challenge.id, challenge.sends, Err("queue full")).await;
        }
    }

    pub(super) fn event(&self, what: What, caller: &Caller) -> Event {
        Event::new(what).client(caller.client).request(&caller.request)
    }

    fn told(&self, what: What, caller: &Caller, asker: &Asker, challenge: &Challenge) -> Event {
        let event = self.event(what, caller).scope(&challenge.scope).challenge(&challenge.id);
        match &asker.user {
            Some(user) => event.user(&user.login),
            None => event.detail("unknown name"),
        }
    }
}

/// The network that counts as one caller: an IPv4 address, an IPv6 /64.
fn network(client: IpAddr) -> String {
    match client {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            v6.to_ipv4_mapped().map_or_else(|| format!("{:x?}", &v6.segments()[..4]), |v4| v4.to_string())
        }
    }
}
