//! Short messages over SMPP 3.4: one bound connection that is kept, so that a code is on its way in one round trip.
//!
//! What was written and not answered when the connection broke may have been taken, and is not sent again by this provider.
//! What was not written yet goes on to the next one at once.

mod link;
pub mod pdu;
pub mod receipt;
mod session;
mod settings;
mod status;
mod submit;
mod track;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use super::ProviderFault;
use super::kind::{Given, Kind, Line, Made, Reported, Standing};
use crate::delivery::Message;
use crate::delivery::outcome::{Accepted, Class, Failure, Outcome};
use crate::delivery::postmark::Site;
use crate::domain::contact::Channel;
use crate::gate::seams::World;
use link::{Answer, Link, Waiting};
use pdu::{Pdu, SUBMIT_SM};
use session::{ANSWERS_IN, Session};
use settings::Settings;
use submit::{Envelope, bodies};
use track::{Key, Track};

/// How long a message waits for a connection that is about to be there; then the next provider is the better choice.
const CONNECTS_IN: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect: they double, and half as much again is drawn on top, so that many do not come back
/// together.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub const KIND: Kind = Kind {
    name: "smpp",
    channels: &[Channel::Sms],
    keys: settings::KEYS,
    make: |given, site| Ok(Made::Line(Arc::new(Smpp::new(given, site)?))),
};

pub struct Smpp {
    settings: Settings,
    site: Site,
    state: watch::Sender<State>,
    track: Mutex<Track>,
}

/// How we stand with the centre.
#[derive(Clone)]
enum State {
    Connecting,
    /// The last attempt failed, and so would a message.
    Down(Class),
    Up(Arc<Link>),
}

/// What became of one part.
enum Part {
    Taken(String),
    Refused(Failure),
    /// Nobody has it.
    Unsent,
    /// It was written, and nothing was heard.
    Open,
}

impl Smpp {
    pub fn new(given: &Given, site: &Site) -> Result<Smpp, ProviderFault> {
        let state = watch::channel(State::Connecting).0;
        Ok(Smpp { settings: Settings::new(given)?, site: site.clone(), state, track: Mutex::default() })
    }

    fn track(&self) -> MutexGuard<'_, Track> {
        self.track.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if there is one by `end`.
    async fn link(&self, world: &dyn World, end: Duration) -> Result<Arc<Link>, Class> {
        let mut state = self.state.subscribe();
        let found = async {
            let known = state.wait_for(|state| !matches!(state, State::Connecting)).await;
            match known.as_deref() {
                Ok(State::Up(link)) => Ok(link.clone()),
                Ok(State::Down(class)) => Err(*class),
                _ => Err(Class::Transient),
            }
        };
        tokio::select! {
            link = found => link,
            () = world.sleep_until(end.min(world.mono() + CONNECTS_IN)) => Err(Class::Transient),
        }
    }

    /// Submits one part and waits for the answer, as long as there is time.
    async fn part(&self, link: &Link, letter: Key, body: Vec<u8>, world: &dyn World, end: Duration) -> Part {
        let place = tokio::select! {
            place = link.window.clone().acquire_owned() => place,
            () = world.sleep_until(end) => return Part::Unsent,
        };
        let Ok(place) = place else { return Part::Unsent };
        let (answer, answered) = oneshot::channel();
        let (now, number) = (world.mono(), link.number());
        let waiting = Waiting { answer, letter, since: now, place };
        let Some(claim) = link.submit(Pdu::new(SUBMIT_SM, number, body), waiting) else { return Part::Unsent };
        let answer = tokio::select! {
            answer = answered => answer.ok(),
            () = world.sleep_until(end.min(now + ANSWERS_IN)) => None,
        };
        match answer {
            Some(Answer { status: 0, id }) => Part::Taken(id),
            Some(Answer { status, .. }) => Part::Refused(status::failure(status)),
            None if claim.withdraw() => {
                link.answered(number);
                Part::Unsent
            }
            None => Part::Open,
        }
    }

    /// Submits all parts, one after the other: of a message whose first part is refused nothing goes out.
    async fn parts(&self, link: &Link, message: &Message, world: &dyn World, end: Duration) -> Outcome {
        let envelope = Envelope {
            ends: &self.settings.ends,
            wording: &self.settings.wording,
            to: message.contact.address.exposed(),
            life: message.life,
            now: world.wall(),
        };
        let mut reference = [0];
        world.fill(&mut reference);
        let Some(bodies) = bodies(&envelope, message.text.expose(), reference[0]) else {
            tracing::error!(provider = self.site.name, "a text is too long for a short message");
            return Err(Class::Config.into());
        };
        let letter = self.track().begin((message.challenge.clone(), message.send), bodies.len());
        let mut first: Option<String> = None;
        for body in bodies {
            let mut part = self.part(link, letter, body.clone(), world, end).await;
            // What has begun is brought to its end, if the centre is only busy.
            while let Part::Refused(Failure { class: Class::Throttle, wait: Some(wait), .. }) = part
                && first.is_some()
                && world.mono() + wait < end
            {
                world.sleep_until(world.mono() + wait).await;
                part = self.part(link, letter, body.clone(), world, end).await;
            }
            match part {
                Part::Taken(id) => drop(first.get_or_insert(id)),
                // What arrives of a part of it, nobody can tell.
                _ if first.is_some() => return Err(Class::Ambiguous.into()),
                Part::Refused(failure) => return Err(failure),
                Part::Unsent => return Err(Class::Transient.into()),
                Part::Open => return Err(Class::Ambiguous.into()),
            }
        }
        Ok(Accepted { reference: first.filter(|id| !id.is_empty()), price: None })
    }

    fn pause(&self, failures: u32, world: &dyn World) -> Duration {
        let mut drawn = [0; 2];
        world.fill(&mut drawn);
        let pause = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(failures.min(8))).min(LONGEST_PAUSE);
        pause + pause.mul_f64(f64::from(u16::from_le_bytes(drawn)) / f64::from(u16::MAX) / 2.0)
    }
}

#[async_trait]
impl Line for Smpp {
    async fn deliver(&self, message: &Message, world: &dyn World, end: Duration) -> Outcome {
        let link = self.link(world, end).await?;
        self.parts(&link, message, world, end).await
    }

    async fn run(&self, world: Arc<dyn World>, reported: Reported, mut stop: watch::Receiver<bool>) {
        let (name, mut failures) = (&self.site.name, 0u32);
        while !*stop.borrow() {
            let bound = tokio::select! {
                bound = session::bind(&self.settings.centre, world.as_ref()) => bound,
                _ = stop.changed() => break,
            };
            let ended = match bound {
                Ok(bound) => {
                    tracing::info!(provider = name, "bound to a service centre");
                    let mut first = [0; 4];
                    world.fill(&mut first);
                    let (link, out) = Link::new(self.settings.window, u32::from_le_bytes(first) & 0xffff);
                    self.state.send_replace(State::Up(link.clone()));
                    let since = world.mono();
                    let session = Session { smpp: self, link: &link, world: world.as_ref(), reported: &reported };
                    let ended = session.serve(bound, out, &mut stop).await;
                    self.state.send_replace(State::Connecting);
                    link.end();
                    // A centre that lets us in only to throw us out is left alone like one that does not.
                    failures = if world.mono().saturating_sub(since) > ANSWERS_IN { 0 } else { failures + 1 };
                    ended
                }
                Err(trouble) => {
                    self.state.send_replace(State::Down(trouble.class));
                    failures += 1;
                    Err(trouble)
                }
            };
            let Err(trouble) = ended else { break };
            tracing::warn!(provider = name, reason = trouble.text, "no connection to a service centre");
            tokio::select! {
                () = world.sleep_until(world.mono() + self.pause(failures.saturating_sub(1), world.as_ref())) => {}
                _ = stop.changed() => break,
            }
        }
        self.state.send_replace(State::Down(Class::Transient));
    }

    async fn probe(&self, world: &dyn World, _end: Duration) -> Result<Standing, String> {
        // A second bind could be what a centre refuses, or ends the first one for.
        if matches!(*self.state.borrow(), State::Up(_)) {
            return Ok(Standing::default());
        }
        let bound = session::bind(&self.settings.centre, world).await.map_err(|trouble| trouble.text)?;
        session::leave(bound, world).await;
        Ok(Standing::default())
    }
}
