//! Begin: who is asking for a code, may they have one now, and where does it go.

use crate::domain::account::{Account, AccountKey, Live};
use crate::domain::challenge::{Challenge, State};
use crate::domain::contact::{Address, Channel, Contact};
use crate::domain::counts::Counts;
use crate::domain::event::{Event, What};
use crate::domain::factor::Factor;
use crate::domain::id::ChallengeId;
use crate::domain::refusal::Refusal;
use crate::domain::return_to;
use crate::domain::scope::Scope;
use crate::domain::time::Wall;
use crate::domain::user::User;

use super::asker::{Asker, hinted};
use super::bill::{Bill, Paid};
use super::offered::Offered;
use super::purse::Payer;
use super::seams::{Endpoint, Parcel, Seen, Step, random16};
use super::{Begun, Caller, Gate, Wish};

/// How often a step is tried again when somebody else changed the same records in between.
pub(super) const RACES: usize = 64;

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
        let wanted = match wish.channel.as_deref() {
            Some(name) => {
                let offered = Channel::parse(name).filter(|channel| scope.channels.contains(channel));
                Some(offered.ok_or(Refusal::NoSuchChannel)?)
            }
            None => None,
        };
        let mut asker = self.ask_who(caller, &wish, &scope).await?;
        let bind = caller.browser.is_none().then(|| self.fresh_browser());
        let browser = caller.browser.as_ref().or(bind.as_ref()).map(|b| self.seals.browser_tag(b)).unwrap_or_default();
        let return_to = return_to::same_site(&wish.return_to, &self.settings.prefix);
        let purse = self.purse(&asker);
        let mut way = Gate::first_contact(&asker, &scope, wanted);
        let offer = self.offer_factors(&asker, &scope, wanted).await?;
        if offer.is_quiet {
            way.1 = None;
        }
        // The same for everybody who has none, and for every name alone.
        if scope.resists_phishing() && !(asker.first.is_proven() && offer.factors.contains(&Factor::Passkey)) {
            return Err(Refusal::OnlyPasskey);
        }
        // Names share places, and must not share challenges: two names with one would both be invented.
        let desk = match asker.shared_place() {
            Some(_) => format!("{browser} {}", asker.alias),
            None => browser.clone(),
        };
        let mut paid = None;
        for _ in 0..RACES {
            let now = self.now();
            let mut book = self.book(&mut asker, now).await?;
            let open = self.join(book.1.value.joinable(&desk, &scope.name, now)).await?;
            if let Some(joined) = open.filter(|c| c.purse == purse) {
                self.decide(self.told(What::ChallengeJoined, caller, &asker, &joined)).await?;
                return Ok(Begun { view: self.show(&joined), bind });
            }
            let paid = match paid {
                Some(paid) => paid,
                None if offer.is_quiet => *paid.insert(Paid::default()),
                None => *paid.insert(self.pay_first(caller, &asker, &scope, (&return_to, &purse), &mut way).await?),
            };
            let (mut challenge, parcel) =
                self.write(caller, &asker, &scope, (&way, &offer), (&browser, &return_to, &purse));
            if !offer.is_quiet {
                challenge.costs = vec![paid.cost];
                challenge.weighed = paid.weighed;
            }
            let live = Live {
                id: challenge.id.clone(),
                browser: desk.clone(),
                scope: scope.name.to_string(),
                expires: challenge.expires,
                known: asker.is_known(),
            };
            if !book.1.value.open(live, now) {
                return Err(Refusal::Limited(self.settings.challenge.life));
            }
            let fresh = Seen { value: challenge.clone(), version: 0 };
            let step = Step { challenge: Some(fresh), accounts: vec![book], ..Step::default() };
            if self.store.swap(step).await.map_err(|e| self.outage(&e))? {
                let told = self.told(What::ChallengeBegun, caller, &asker, &challenge);
                self.decide_message(&challenge, told).await?;
                self.hand_over(&challenge, parcel).await;
                return Ok(Begun { view: self.show(&challenge), bind });
            }
        }
        Err(Refusal::Outage)
    }

    /// Pays for the first message of a challenge. Where none goes out after all, whoever gave a name alone is not told.
    async fn pay_first(
        &self,
        caller: &Caller,
        asker: &Asker,
        scope: &Scope,
        (return_to, purse): (&str, &str),
        (channel, contact): &mut (Channel, Option<Contact>),
    ) -> Result<Paid, Refusal> {
        let locale = asker.user.as_ref().and_then(|user| user.locale).unwrap_or(caller.locale);
        let proven = Payer::of(asker, purse).proven;
        if let Err(refusal) = self.check_number(Some(caller), contact.as_ref(), proven).await {
            // Another way than the number, where there is one.
            let mail = asker.contacts.iter().find(|contact| contact.channel == Channel::Email);
            let Some(mail) = mail.filter(|_| refusal == Refusal::NumberSwapped) else { return Err(refusal) };
            (*channel, *contact) = (Channel::Email, Some(mail.clone()));
        }
        let bill = Bill {
            channel: *channel,
            route: self.route_of(&scope.name, return_to),
            by_name_alone: !asker.first.is_proven() && !asker.is_known(),
            first: true,
            ..Bill::new(Payer::of(asker, purse), contact.as_ref(), locale, Some(caller.client))
        };
        let paid = self.pay(Some(caller), bill).await?;
        *contact = contact.take().filter(|_| paid.sends);
        Ok(paid)
    }

    /// The account or the place in whose book open challenges stand, if the next guess would be heard now.
    async fn book(&self, asker: &mut Asker, now: Wall) -> Result<(AccountKey, Seen<Account>), Refusal> {
        // When others changed it meanwhile, the step fails, and the next round reads it anew.
        let mut account = match asker.read.take() {
            Some(read) => read,
            None => self.store.account(&asker.account).await.map_err(|e| self.outage(&e))?,
        };
        let mut place = match asker.shared_place() {
            Some(key) => Some((key.clone(), self.store.account(key).await.map_err(|e| self.outage(&e))?)),
            None => None,
        };
        let counts = Counts {
            account: &mut account.value,
            place: place.as_mut().map(|(_, seen)| &mut seen.value),
            guesser: asker.guesser(),
            fresh: String::new(),
        };
        if let Some(wait) = counts.wait(asker.user.is_some(), now) {
            return Err(Refusal::Waiting(wait));
        }
        Ok(place.unwrap_or_else(|| (asker.account.clone(), account)))
    }

    async fn join(&self, id: Option<&ChallengeId>) -> Result<Option<Challenge>, Refusal> {
        let Some(id) = id else { return Ok(None) };
        let found = self.store.challenge(id).await.map_err(|e| self.outage(&e))?;
        let challenge = found.map(|seen| self.doubt(seen.value));
        Ok(challenge.filter(|c| c.gone(self.now()).is_none()))
    }

    /// A fresh challenge, and the parcel that goes out for it if there is anywhere to send to.
    fn write(
        &self,
        caller: &Caller,
        asker: &Asker,
        scope: &Scope,
        ((channel, contact), offer): (&(Channel, Option<Contact>), &Offered),
        (browser, return_to, purse): (&str, &str, &str),
    ) -> (Challenge, Option<Parcel>) {
        let (now, rules, world) = (self.now(), &self.settings.challenge, self.world.as_ref());
        let id = ChallengeId::in_bucket(asker.account.bucket(), random16(world));
        let code = rules.shape.draw(|pool| world.fill(pool));
        let user = asker.user.as_ref();
        let proven = asker.first.is_proven();
        let mail = asker.contacts.iter().find_map(|contact| match &contact.address {
            Address::Mail(mail) => Some(self.mailbox(mail)),
            Address::Phone(_) => None,
        });
        let own: Vec<_> = asker.contacts.iter().map(|contact| contact.channel).collect();
        let locale = user.and_then(|u| u.locale).unwrap_or(caller.locale);
        let challenge = Challenge {
            account: asker.account.clone(),
            place: asker.place.clone(),
            known: asker.is_known(),
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
            state: if contact.is_none() && proven && !offer.is_quiet { State::Failed } else { State::Queued },
            created: now,
            expires: now.plus(rules.life),
            tries_left: rules.tries,
            channel: *channel,
            // Until a first factor is proven, the scope's: what a user has does not show.
            channels: match proven {
                _ if !scope.takes(Factor::Code) => Vec::new(),
                true => own,
                false => scope.channels.clone(),
            },
            factors: offer.factors.clone(),
            used: if offer.is_quiet { Vec::new() } else { vec![*channel] },
            locale,
            mailbox: mail.unwrap_or_default(),
            barred: false,
            arrived: false,
            to: contact.as_ref().filter(|_| proven).map(|c| c.address.masked()),
            sends: u8::from(!offer.is_quiet),
            last_send: now,
            resend_at: if offer.is_quiet { now } else { now.plus(rules.resend_after) },
            taken_by: None,
            costs: Vec::new(),
            weighed: false,
            earned: None,
            maker: None,
            key_asked: None,
            id,
        };
        let parcel = contact.clone().map(|contact| self.parcel(&challenge, contact, code, rules.life));
        if scope.takes(Factor::Code) { self.give_to_maker(challenge, parcel) } else { (challenge, parcel) }
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

    /// Why nothing is sent to somebody who is known.
    fn unreachable(&self, user: &User) -> String {
        match &user.phone {
            None => "no number".to_owned(),
            Some(phone) => match self.settings.sending.allows(Channel::Sms, &Address::Phone(phone.clone())) {
                Err(barred) => format!("no number that may be written to: {barred}"),
                Ok(()) => "no way that the scope has".to_owned(),
            },
        }
    }

    fn told(&self, what: What, caller: &Caller, asker: &Asker, challenge: &Challenge) -> Event {
        let event = self.event(what, caller).scope(&challenge.scope).challenge(&challenge.id);
        match (&asker.user, &asker.closed) {
            (Some(user), _) if challenge.sends == 0 => {
                event.user(&user.login).detail("no message before it is asked for")
            }
            (Some(user), _) if asker.contacts.is_empty() => event.user(&user.login).detail(self.unreachable(user)),
            (Some(user), _) => event.user(&user.login),
            (None, Some(login)) => event.user(login).detail("closed to strangers"),
            (None, None) => hinted(event, "unknown name", asker.hint.as_ref()),
        }
    }
}
