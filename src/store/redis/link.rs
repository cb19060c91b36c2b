//! Which server to ask: the one that is named, the one that Sentinels call leader, or the one that has the slot.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::{CLOCK_STEP, Wall};
use crate::gate::seams::{StoreError, World};

use super::dial::{Dialer, Login};
use super::fence::Fence;
use super::finder::{self, together};
use super::keys::{Keys, Map, Place};
use super::script::{Order, REIGN};
use super::server::Live;
use super::settings::{Address, Mode, Settings};

/// After a failure nobody tries again for so long: who asks meanwhile is told of that failure at once.
const REST: Duration = Duration::from_millis(200);
/// How often it is looked whether servers still lead.
const REVIEW: Duration = Duration::from_secs(1);
/// Servers that led are remembered this long.
const REIGN_LIFE: Duration = Duration::from_secs(400 * 24 * 3600);

/// A little more than the clock's step.
const TICK: Duration = Duration::from_millis(2);

type Reached<'a> = Pin<Box<dyn Future<Output = Result<Arc<Live>, StoreError>> + Send + 'a>>;

pub struct Link {
    pub settings: Settings,
    pub keys: Keys,
    pub dialer: Dialer,
    pub fence: Fence,
    pub world: Arc<dyn World>,
    map: Mutex<Arc<Map>>,
    /// Whether the map may be wrong.
    stale: AtomicBool,
    finding: tokio::sync::Mutex<Option<(Duration, String)>>,
    servers: Mutex<HashMap<Address, Arc<Server>>>,
    reviewed: AtomicU64,
}

type Server = tokio::sync::Mutex<Slot>;

/// A server, connected or not.
#[derive(Default)]
struct Slot {
    live: Option<Arc<Live>>,
    /// When connecting failed last, and why.
    failed: Option<(Duration, String)>,
}

impl Link {
    pub fn new(settings: Settings, world: Arc<dyn World>) -> Result<Link, StoreError> {
        let keys = Keys::new(&settings.prefix);
        let cluster = settings.mode == Mode::Cluster;
        let dialer = Dialer::new(settings.tls.as_deref(), keys.channel(), cluster)?;
        let single = settings.nodes.first().filter(|_| settings.mode == Mode::Single);
        let map = single.cloned().map(Map::of).unwrap_or_default();
        Ok(Link {
            stale: AtomicBool::new(single.is_none()),
            map: Mutex::new(Arc::new(map)),
            settings,
            keys,
            dialer,
            fence: Fence::default(),
            world,
            finding: tokio::sync::Mutex::default(),
            servers: Mutex::default(),
            reviewed: AtomicU64::new(0),
        })
    }

    /// Who we are to the servers.
    pub fn login(&self) -> Login<'_> {
        let Settings { user, password, database, .. } = &self.settings;
        Login { user: user.as_deref(), password: password.as_ref(), database: *database }
    }

    /// The server for this place, connected, fit, and met by the fence.
    pub async fn at(&self, place: Place) -> Result<Arc<Live>, StoreError> {
        let address = self.address(place).await?;
        self.reach(&address).await
    }

    pub fn reach<'a>(&'a self, address: &'a Address) -> Reached<'a> {
        Box::pin(async move {
            let server = locked(&self.servers).entry(address.clone()).or_default().clone();
            let mut slot = server.lock().await;
            if let Some(live) = slot.live.as_ref().filter(|live| !live.is_ended()) {
                return Ok(live.clone());
            }
            slot.live = None;
            if let Some((at, why)) = &slot.failed
                && self.world.mono() < *at + REST
            {
                return Err(StoreError(why.clone()));
            }
            match self.greet(address).await {
                Ok(live) => {
                    slot.failed = None;
                    slot.live = Some(live.clone());
                    Ok(live)
                }
                Err(error) => {
                    slot.failed = Some((self.world.mono(), error.0.clone()));
                    self.suspect();
                    Err(error)
                }
            }
        })
    }

    /// What is known of who leads may be wrong.
    pub fn suspect(&self) {
        self.stale.store(self.settings.mode != Mode::Single, Ordering::Release);
    }

    async fn greet(&self, address: &Address) -> Result<Arc<Live>, StoreError> {
        let live = Arc::new(self.dialer.connect(address, &self.login()).await?);
        let reign = &live.vitals.reign;
        if self.fence.has_met(reign) {
            return Ok(live);
        }
        let map = self.map();
        let served: Vec<usize> = Place::all()
            .filter(|place| map.server(self.keys.slot(*place)) == Some(address))
            .map(Place::index)
            .collect();
        let another = self.fence.saw_another(reign, &served);
        let now = self.world.wall();
        let doubted = self.announce(&live, another, now).await?;
        if doubted == now {
            // What is begun from here on is later, also by a clock that counts in milliseconds.
            self.world.sleep_until(self.world.mono() + TICK).await;
        }
        if another {
            let reason = "another server leads, or it began anew";
            tracing::warn!(server = %address, reason, "codes that were sent until now open nothing");
        }
        if live.vitals.is_volatile {
            let advice = "with neither an append-only file nor a replica, a restart forgets failures and revocations";
            tracing::warn!(server = %address, "{advice}");
        }
        self.fence.meet(reign, &served, doubted);
        Ok(live)
    }

    /// Tells the store who leads, and hears until when everything is doubted.
    async fn announce(&self, live: &Arc<Live>, another: bool, now: Wall) -> Result<Wall, StoreError> {
        let keys = vec![self.keys.key(Place::Rest, "reigns", ""), self.keys.key(Place::Rest, "doubted", "")];
        let order = Order::script(&REIGN, keys)
            .arg(&live.vitals.reign)
            .arg(now.0)
            .arg(u8::from(another))
            .arg(REIGN_LIFE.as_millis() as u64)
            .arg(CLOCK_STEP.as_millis() as u64);
        let place = self.address(Place::Rest).await?;
        let there = if place == live.address { live.clone() } else { self.reach(&place).await? };
        let doubted: String = there.ask(&order).await.map_err(|fault| fault.error)?;
        doubted.parse().map(Wall).map_err(|_| StoreError(format!("redis {place}: `doubted` is no number: {doubted}")))
    }

    fn map(&self) -> Arc<Map> {
        locked(&self.map).clone()
    }

    async fn address(&self, place: Place) -> Result<Address, StoreError> {
        let slot = self.keys.slot(place);
        let known = || {
            let sure = !self.stale.load(Ordering::Acquire);
            self.map().server(slot).filter(|_| sure).cloned()
        };
        if let Some(address) = known() {
            return Ok(address);
        }
        let mut failed = self.finding.lock().await;
        if let Some(address) = known() {
            return Ok(address);
        }
        if let Some((at, why)) = failed.as_ref()
            && self.world.mono() < *at + REST
        {
            return Err(StoreError(why.clone()));
        }
        let found = self.find().await;
        *failed = found.as_ref().err().map(|e| (self.world.mono(), e.0.clone()));
        found?;
        let lack = || StoreError(format!("no server of the Cluster has slot {slot}; see `redis-cli --cluster check`"));
        self.map().server(slot).cloned().ok_or_else(lack)
    }

    /// Asks who leads, and lets go of who does not any more.
    async fn find(&self) -> Result<(), StoreError> {
        let map = finder::find(self).await?;
        let mut servers = locked(&self.servers);
        servers.retain(|address, _| map.has(address));
        drop(servers);
        *locked(&self.map) = Arc::new(map);
        self.stale.store(false, Ordering::Release);
        Ok(())
    }

    /// Servers to ask who leads in a Cluster: those that are named, and those that were heard of.
    pub fn candidates(&self) -> Vec<Address> {
        let mut all = self.settings.nodes.clone();
        for (_, _, address) in &self.map().0 {
            if !all.contains(address) {
                all.push(address.clone());
            }
        }
        all
    }

    /// Looks once a second, in the background, whether every server that we are connected to still leads.
    pub fn review(self: &Arc<Self>) {
        let now = u64::try_from(self.world.mono().as_millis()).unwrap_or(0);
        let last = self.reviewed.load(Ordering::Acquire);
        let due = now >= last + REVIEW.as_millis() as u64;
        if !due || self.reviewed.compare_exchange(last, now, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        let link = self.clone();
        tokio::spawn(async move {
            if matches!(link.settings.mode, Mode::Sentinel { .. })
                && let Err(error) = link.find().await
            {
                tracing::warn!(%error, "nobody says who leads; going by what was heard before");
            }
            let all = link.map().servers();
            let review = all.iter().map(|address| async {
                let Ok(live) = link.reach(address).await else { return };
                if let Err(error) = live.review().await {
                    live.end();
                    link.suspect();
                    tracing::warn!(%error, "a server of the store is given up");
                }
            });
            together(review).await;
        });
    }

    /// Connects to everybody who leads, so that nobody is new later. Who is away is met later.
    pub async fn meet(&self) {
        let all = self.map().servers();
        together(all.iter().map(|address| async { drop(self.reach(address).await) })).await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
