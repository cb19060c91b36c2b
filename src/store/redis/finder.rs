//! Asks Sentinels, or members of a Cluster, who leads.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

use ::redis::{Value, from_redis_value};

use crate::gate::seams::StoreError;

use super::dial::Login;
use super::keys::Map;
use super::link::Link;
use super::script::Order;
use super::server::{fault, unfit};
use super::settings::{Address, Mode};

/// All are asked at once; nobody waits for those that are gone longer than a connection may take.
pub async fn find(link: &Link) -> Result<Map, StoreError> {
    match &link.settings.mode {
        Mode::Single => link.settings.nodes.first().cloned().map(Map::of).ok_or_else(nobody),
        Mode::Sentinel { master_name, user, password } => {
            let login = || Login { user: user.as_deref(), password: password.as_ref(), database: 0 };
            let asked = link.settings.nodes.iter().map(|node| leader(link, node, login(), master_name));
            let (answers, errors) = all(asked).await;
            let mut votes: HashMap<Address, usize> = HashMap::new();
            for leader in answers {
                *votes.entry(leader).or_default() += 1;
            }
            let most = votes.into_iter().max_by_key(|(address, count)| (*count, address.clone()));
            most.map(|(leader, _)| Map::of(leader)).ok_or_else(|| errors.into_iter().next().unwrap_or_else(nobody))
        }
        Mode::Cluster => {
            let nodes = link.candidates();
            let (answers, errors) = all(nodes.iter().map(|node| slots(link, node))).await;
            // A member that was cut off may tell of old times: what most of them say.
            let same = |map: &Map| answers.iter().filter(|other| *other == map).count();
            let most = answers.iter().max_by_key(|map| same(map)).cloned();
            most.ok_or_else(|| errors.into_iter().next().unwrap_or_else(nobody))
        }
    }
}

fn nobody() -> StoreError {
    StoreError("redis: there is nobody to ask who leads".to_owned())
}

/// Runs them side by side, and sorts what they came to.
async fn all<T>(asked: impl Iterator<Item = impl Future<Output = Result<T, StoreError>>>) -> (Vec<T>, Vec<StoreError>) {
    let (mut answers, mut errors) = (Vec::new(), Vec::new());
    for done in together(asked).await {
        match done {
            Ok(answer) => answers.push(answer),
            Err(error) => errors.push(error),
        }
    }
    (answers, errors)
}

/// Runs them side by side; what they gave, as they got ready.
pub async fn together<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut given = Vec::new();
    poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            Poll::Pending => true,
            Poll::Ready(value) => {
                given.push(value);
                false
            }
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    given
}

async fn leader(link: &Link, node: &Address, login: Login<'_>, name: &str) -> Result<Address, StoreError> {
    let (mut connection, _) = link.dialer.dial(node, &login).await?;
    let order = Order::plain("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(name).cmd();
    let found: Option<(String, u16)> = order.query_async(&mut connection).await.map_err(|e| fault(node, &e).error)?;
    let unknown = || unfit(node, &format!("this Sentinel watches no master called \"{name}\"; correct `master_name`"));
    found.map(|(host, port)| Address { host, port }).ok_or_else(unknown)
}

async fn slots(link: &Link, node: &Address) -> Result<Map, StoreError> {
    let (mut connection, _) = link.dialer.dial(node, &link.login()).await?;
    let order = Order::plain("CLUSTER").arg("SLOTS").cmd();
    let found: Vec<Vec<Value>> = order.query_async(&mut connection).await.map_err(|e| fault(node, &e).error)?;
    let range = |range: Vec<Value>| -> Option<(u16, u16, Address)> {
        let [first, last, master] = range.get(..3)? else { return None };
        let master: Vec<Value> = from_redis_value(master.clone()).ok()?;
        let [host, port] = master.get(..2)? else { return None };
        let host: Option<String> = from_redis_value(host.clone()).ok()?;
        // A member that does not know its own name means the one it was asked under.
        let host = host.filter(|host| !host.is_empty() && host != "?").unwrap_or_else(|| node.host.clone());
        let number = |value: &Value| from_redis_value::<u16>(value.clone()).ok();
        Some((number(first)?, number(last)?, Address { host, port: number(port)? }))
    };
    let ranges: Option<Vec<_>> = found.into_iter().map(range).collect();
    let mut ranges = ranges.ok_or_else(|| unfit(node, "its CLUSTER SLOTS cannot be read"))?;
    if ranges.is_empty() {
        return Err(unfit(node, "its Cluster has no slots yet; see `redis-cli --cluster create`"));
    }
    ranges.sort();
    Ok(Map(ranges))
}
