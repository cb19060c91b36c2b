//! The rest of the world, for tests: time that is moved by hand, a directory of one, messages that stay here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::contact::{Phone, Region};
use crate::domain::event::{Access, Event};
use crate::domain::id::UserId;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::domain::user::User;
use crate::gate::seams::*;

/// Time moves by hand; randomness counts.
pub struct HandWorld {
    wall: AtomicU64,
    drawn: AtomicU64,
}

impl Default for HandWorld {
    fn default() -> HandWorld {
        HandWorld { wall: AtomicU64::new(1_800_000_000_000), drawn: AtomicU64::new(1) }
    }
}

impl HandWorld {
    pub fn pass(&self, seconds: u64) {
        self.wall.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

#[async_trait::async_trait]
impl World for HandWorld {
    fn wall(&self) -> Wall {
        Wall(i64::try_from(self.wall.load(Ordering::Relaxed)).expect("fits"))
    }
    fn mono(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep_until(&self, _: Duration) {}
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
            *byte = drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
        }
    }
}

/// Keeps what would have been sent.
#[derive(Default)]
pub struct Mail(Mutex<Vec<Parcel>>);

impl Mail {
    pub fn last(&self) -> Parcel {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last().cloned().expect("something was sent")
    }

    pub fn code(&self) -> String {
        self.last().code.expose().clone()
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Outbox for Mail {
    fn post(&self, parcel: Parcel) -> Result<(), QueueFull> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(parcel);
        Ok(())
    }
}

/// Knows alice, whose password is demo.
pub struct Directory {
    pub password: bool,
}

impl Directory {
    fn alice(&self) -> User {
        let phone = Region::parse("JP").and_then(|jp| Phone::parse("090-1234-5678", jp).ok());
        User {
            id: UserId::from_random([9; 16]),
            login: "alice".to_owned(),
            name: Some("山田 <Alice>".to_owned()),
            phone,
            email: None,
            groups: Vec::new(),
            locale: Some(Locale::Ja),
            channels: Vec::new(),
            disabled: false,
        }
    }
}

#[async_trait::async_trait]
impl IdentitySource for Directory {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        let right = !self.password || claim.password.as_ref().is_some_and(|p| p.expose() == "demo");
        Ok((claim.login == "alice" && right).then(|| self.alice()))
    }
    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        Ok(Some(self.alice()).filter(|u| u.id == *id))
    }
    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        Ok((login == "alice").then(|| self.alice()))
    }
    fn asks_password(&self) -> bool {
        self.password
    }
    async fn probe(&self) -> Result<(), IdentityError> {
        Ok(())
    }
}

pub struct Eyes;

#[async_trait::async_trait]
impl Witness for Eyes {
    async fn decide(&self, _: Event) -> Result<(), AuditError> {
        Ok(())
    }
    fn access(&self, _: &Access<'_>) -> bool {
        true
    }
    fn is_open(&self) -> bool {
        true
    }
}

pub struct Open;

impl Turnstile for Open {
    fn pass(&self, _: Endpoint<'_>, _: std::net::IpAddr) -> Result<(), Duration> {
        Ok(())
    }
}
