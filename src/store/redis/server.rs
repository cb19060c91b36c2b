//! One connection to one server, shared by all who ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, ServerErrorKind};

use crate::gate::seams::StoreError;

use super::script::Order;
use super::settings::Address;
use super::vitals::{SECTIONS, Vitals, judge};

/// How long a server may take to answer.
pub const ANSWER: Duration = Duration::from_secs(1);
/// How long replicas may take to have a write.
const REPLICATED: Duration = Duration::from_millis(500);

/// A connection that was up when it was last looked at.
pub struct Live {
    pub address: Address,
    pub vitals: Vitals,
    pub(super) connection: MultiplexedConnection,
    pub(super) ended: Arc<AtomicBool>,
    pub(super) cluster: bool,
}

/// Why a server did not do what it was asked to.
#[derive(Debug)]
pub struct Fault {
    pub kind: Kind,
    pub error: StoreError,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether it was done is not known.
    Unknown,
    /// It was not done; another server has the slot.
    Moved,
    /// It was not done; this server has it just now.
    Ask(Address),
    /// It was not done.
    Refused,
}

impl Live {
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub async fn ask<T: FromRedisValue>(&self, order: &Order) -> Result<T, Fault> {
        match self.send(&order.cmd()).await {
            // It never saw the script, or forgot it.
            Err(e) if e.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => self.send(&order.cmd_in_full()).await,
            done => done,
        }
        .map_err(|e| self.fault(&e))
    }

    /// On behalf of a slot that is just moving here.
    pub async fn ask_moving<T: FromRedisValue>(&self, order: &Order) -> Result<T, Fault> {
        let mut pipe = ::redis::pipe();
        pipe.cmd("ASKING").ignore().add_command(order.cmd_in_full());
        self.pipe::<(T,)>(&pipe).await.map(|(answer,)| answer)
    }

    pub async fn pipe<T: FromRedisValue>(&self, pipe: &Pipeline) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        pipe.query_async(&mut connection).await.map_err(|e| self.fault(&e))
    }

    async fn send<T: FromRedisValue>(&self, cmd: &Cmd) -> Result<T, RedisError> {
        let mut connection = self.connection.clone();
        cmd.query_async(&mut connection).await
    }

    /// Looks whether it still leads and is fit; one that is not is given up.
    pub async fn review(&self) -> Result<(), StoreError> {
        let info: String = self.ask(&Order::plain("INFO").arg(&SECTIONS)).await.map_err(|fault| fault.error)?;
        self.judge(&info)
    }

    pub fn judge(&self, info: &str) -> Result<(), StoreError> {
        let found = judge(info, self.cluster).map_err(|reason| self.unfit(&reason));
        match found {
            Ok(vitals) if vitals.reign == self.vitals.reign => Ok(()),
            Ok(_) => Err(self.unfit("it has just begun to lead again")),
            Err(error) => Err(error),
        }
    }

    fn unfit(&self, reason: &str) -> StoreError {
        self.end();
        unfit(&self.address, reason)
    }

    /// Returns when so many replicas have everything that was written over this connection.
    pub async fn replicated(&self, replicas: u8) -> Result<(), StoreError> {
        let order = Order::plain("WAIT").arg(replicas).arg(REPLICATED.as_millis() as u64);
        let have: u64 = self.ask(&order).await.map_err(|fault| fault.error)?;
        if have >= u64::from(replicas) {
            return Ok(());
        }
        let what = format!("{have} of {replicas} replicas had the write within {} ms", REPLICATED.as_millis());
        Err(StoreError(format!("redis {}: {what}; look after the replicas, or lower `wait_replicas`", self.address)))
    }

    fn fault(&self, error: &RedisError) -> Fault {
        let fault = fault(&self.address, error);
        let gone = matches!(fault.kind, Kind::Unknown | Kind::Moved);
        if gone || matches!(error.code(), Some("READONLY" | "MASTERDOWN" | "LOADING" | "NOAUTH" | "NOPERM")) {
            self.end();
        }
        fault
    }
}

pub fn unfit(address: &Address, reason: &str) -> StoreError {
    StoreError(format!("redis {address}: {reason}"))
}

/// What an error means, and what to do about it.
pub fn fault(address: &Address, error: &RedisError) -> Fault {
    let told = |words: String| StoreError(format!("redis {address}: {words}"));
    let refused = |hint: &str| Fault { kind: Kind::Refused, error: told(format!("{error}; {hint}")) };
    match error.code() {
        Some("MOVED") => Fault { kind: Kind::Moved, error: told("its slots have moved to another server".to_owned()) },
        Some("ASK") => {
            let other = error.redirect_node().and_then(|(there, _)| Address::parse(there));
            let kind = other.map_or(Kind::Refused, Kind::Ask);
            Fault { kind, error: told("its slots are moving to another server".to_owned()) }
        }
        Some("READONLY") => refused("it has become a replica; the store writes, so it needs the master"),
        Some("LOADING") => refused("it answers when it has loaded its data"),
        Some("OOM") => refused("it is full: raise maxmemory, or give it less to do"),
        Some("MISCONF") => refused("it cannot write to its disk: look at its log"),
        Some("NOREPLICAS") => refused("too few replicas are there for its min-replicas-to-write"),
        Some("WRONGPASS" | "NOAUTH") => refused("correct `user` and `password` in [store], or the server's ACL"),
        Some("NOPERM") => refused("the ACL lacks a right that docs/REDIS.md lists"),
        Some("CLUSTERDOWN" | "MASTERDOWN" | "TRYAGAIN") => refused("the Cluster is not whole just now"),
        Some(_) => refused("it was not done"),
        None if error.kind() == ErrorKind::AuthenticationFailed => {
            refused("correct `user` and `password` in [store], or the server's ACL")
        }
        None if error.is_timeout() => {
            let words = format!("no answer within {} s", ANSWER.as_secs());
            Fault { kind: Kind::Unknown, error: told(words) }
        }
        None => Fault { kind: Kind::Unknown, error: told(error.to_string()) },
    }
}
