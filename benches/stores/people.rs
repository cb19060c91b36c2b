//! Many users, in a table in memory or in the built-in directory's file. A password counts as given: what it costs to
//! check one is no matter of stores.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sekisho::domain::contact::{Phone, Region};
use sekisho::domain::id::UserId;
use sekisho::domain::time::Wall;
use sekisho::domain::user::User;
use sekisho::gate::seams::{Claim, IdentityError, IdentitySource};
use sekisho::identity::directory::Write;
use sekisho::identity::settings::Settings;
use sekisho::identity::{Directory, DirectorySource};

/// Spread over all buckets, as random ids are, and always the same.
pub fn user(n: usize) -> User {
    let digest = ring::digest::digest(&ring::digest::SHA256, &n.to_be_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    let phone: Phone = serde_json::from_value(format!("+8190{:08}", 10_000_000 + n).into()).expect("a number");
    User {
        id: UserId::from_random(id),
        login: format!("user{n:07}"),
        name: Some(format!("Person Number {n}")),
        phone: Some(phone),
        email: None,
        groups: vec!["clerks".to_owned()],
        locale: None,
        channels: Vec::new(),
        disabled: false,
    }
}

struct Table {
    by_login: HashMap<String, usize>,
    by_id: HashMap<UserId, usize>,
    users: Vec<User>,
}

#[async_trait]
impl IdentitySource for Table {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        Ok(self.by_login.get(&claim.login).map(|at| self.users[*at].clone()))
    }
    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        Ok(self.by_id.get(id).map(|at| self.users[*at].clone()))
    }
    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        Ok(self.by_login.get(login).map(|at| self.users[*at].clone()))
    }
    fn asks_password(&self) -> bool {
        true
    }
    async fn probe(&self) -> Result<(), IdentityError> {
        Ok(())
    }
}

/// The directory as the gateway asks it, but for the password.
struct Proven(DirectorySource);

#[async_trait]
impl IdentitySource for Proven {
    async fn find(&self, claim: &Claim) -> Result<Option<User>, IdentityError> {
        self.0.find(claim).await
    }
    async fn fetch(&self, id: &UserId) -> Result<Option<User>, IdentityError> {
        self.0.fetch(id).await
    }
    async fn known_as(&self, login: &str) -> Result<Option<User>, IdentityError> {
        self.0.known_as(login).await
    }
    fn asks_password(&self) -> bool {
        true
    }
    async fn probe(&self) -> Result<(), IdentityError> {
        self.0.probe().await
    }
}

pub fn in_memory(count: usize) -> Arc<dyn IdentitySource> {
    let users: Vec<User> = (0..count).map(user).collect();
    let by_login = users.iter().enumerate().map(|(n, user)| (user.login.clone(), n)).collect();
    let by_id = users.iter().enumerate().map(|(n, user)| (user.id.clone(), n)).collect();
    Arc::new(Table { by_login, by_id, users })
}

pub fn in_file(file: &Path, count: usize) -> Arc<dyn IdentitySource> {
    let settings = settings(file);
    write(&settings, count);
    Arc::new(Proven(DirectorySource::new(Directory::open(&settings).expect("opens"), &settings)))
}

pub fn settings(file: &Path) -> Settings {
    Settings::own(Region::parse("JP").expect("a country"), false, file.to_owned())
}

/// Fills a directory.
pub fn write(settings: &Settings, count: usize) {
    let directory = Directory::open(settings).expect("opens");
    let users = (0..count).map(|n| Write::Add { user: user(n), password: None }).collect::<Vec<_>>();
    directory.apply(&users, Wall::from_secs(1_800_000_000)).expect("writes");
}
