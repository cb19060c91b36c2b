//! What is said of balances, and how often.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::app::world::SystemWorld;
use crate::delivery::outcome::{Class, Outcome};
use crate::delivery::patrol::Rule;
use crate::delivery::provider::kind::{Given, Kind, Line, Made, Standing};
use crate::delivery::settings::{Provider, Settings, With};
use crate::domain::money::Money;

/// What is left, in millionths; 0 is an error.
static LEFT: AtomicU64 = AtomicU64::new(0);

static KIND: Kind =
    Kind { name: "prepaid", channels: &[Channel::Sms], keys: &[], make: |_, _| Ok(Made::Line(Arc::new(Prepaid))) };

struct Prepaid;

#[async_trait]
impl Line for Prepaid {
    async fn deliver(&self, _: &crate::delivery::Message, _: &dyn World, _: Duration) -> Outcome {
        Err(Class::Config.into())
    }

    async fn probe(&self, _: &dyn World, _: Duration) -> Result<Standing, String> {
        match LEFT.load(Ordering::SeqCst) {
            0 => Err("wrong key".to_owned()),
            micros => Ok(Standing { balance: Some(Money { micros, currency: "USD".to_owned() }) }),
        }
    }
}

fn balances() -> Balances {
    let mut provider = Provider::new("prepaid", With::Kind(&KIND, Given::default()));
    provider.balance_alert = Money::parse("10 USD");
    let unwatched = Provider::new("unwatched", With::Kind(&KIND, Given::default()));
    let settings = Settings {
        providers: [(Channel::Sms, vec![provider, unwatched])].into(),
        ..crate::config::from_text("x.toml", BASE).config.expect("valid").delivery
    };
    let rule = Rule { failures: 1, over: Duration::ZERO };
    Balances {
        watchbook: Arc::new(Watchbook::new(rule)),
        providers: Providers::new(&settings, &[0; 32]).expect("good"),
        door: Door::new(None).expect("a door"),
        world: Arc::new(SystemWorld::default()),
        every: Duration::from_secs(60),
    }
}

const BASE: &str = include_str!("../../../conf/bench.toml");

#[tokio::test]
async fn a_low_balance_is_told_once_until_it_has_recovered() {
    let (balances, mut low) = (balances(), BTreeSet::new());
    let mut details = Vec::new();
    for left in [0, 12_000_000, 9_500_000, 9_000_000, 10_000_000, 2_000_000] {
        LEFT.store(left, Ordering::SeqCst);
        let told = balances.look(&mut low).await;
        assert!(told.iter().all(|event| event.event == What::SysBalanceLow), "{told:?}");
        details.push(told.into_iter().filter_map(|event| event.detail).collect::<Vec<_>>().join("; "));
        if left == 0 {
            let (_, look) = balances.watchbook.look("prepaid", Channel::Sms).expect("looked at");
            assert_eq!(look, Look::Bad("wrong key".to_owned()));
        }
    }
    assert_eq!(details, ["", "", "9.5 USD, less than 10 USD", "", "", "2 USD, less than 10 USD"]);
    assert_eq!(balances.watchbook.look("unwatched", Channel::Sms), None, "nobody asked for it");
}
