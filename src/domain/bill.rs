//! Who may be sent to at all, and what a message is taken to cost: values and arithmetic, no keys and no store.

use super::contact::{Address, NumberKind, Phone, Region};
use super::quota::Quota;

/// What one channel may send to, and for how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub allowed: Allowed,
    pub prices: Prices,
}

/// Where a channel may go. Nothing allowed means that nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    Numbers {
        countries: Vec<Region>,
        /// [`NumberKind::Special`] is never sent to, whatever stands here.
        kinds: Vec<NumberKind>,
    },
    /// Hosts of addresses, in lower case; `None` is any.
    Mail(Option<Vec<String>>),
}

/// Why nothing is sent to an address; the texts are for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("this channel sends nothing")]
    NoLane,
    #[error("the address is none of this channel's")]
    Mismatch,
    #[error("its country is not allowed")]
    Country(Option<Region>),
    #[error("its kind of number is not allowed")]
    Kind(NumberKind),
    #[error("its domain is not allowed")]
    Domain,
}

impl Allowed {
    pub fn allows(&self, address: &Address) -> Result<(), Barred> {
        match (self, address) {
            (Allowed::Numbers { countries, kinds }, Address::Phone(phone)) => {
                let (region, kind) = phone.plan();
                if !region.is_some_and(|region| countries.contains(&region)) {
                    return Err(Barred::Country(region));
                }
                if kind == NumberKind::Special || !kinds.contains(&kind) {
                    return Err(Barred::Kind(kind));
                }
                Ok(())
            }
            (Allowed::Mail(None), Address::Mail(_)) => Ok(()),
            (Allowed::Mail(Some(domains)), Address::Mail(mail)) => {
                let host = mail.exposed().rsplit_once('@').map_or("", |(_, host)| host);
                if domains.iter().any(|domain| domain == host) { Ok(()) } else { Err(Barred::Domain) }
            }
            _ => Err(Barred::Mismatch),
        }
    }
}

/// What a message (of SMS: each of its parts) is taken to cost, in millionths of the budget's currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    pub usual: u64,
    /// Where it is another one.
    pub countries: Vec<(Region, u64)>,
}

impl Prices {
    pub fn of(&self, region: Option<Region>) -> u64 {
        let own = self.countries.iter().find(|(country, _)| Some(*country) == region);
        own.map_or(self.usual, |(_, price)| *price)
    }

    /// The most that one can cost.
    pub fn highest(&self) -> u64 {
        self.countries.iter().map(|(_, price)| *price).fold(self.usual, u64::max)
    }
}

/// Allowances of one sort. In report mode they refuse nothing: what they would have refused is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limit {
    pub quotas: Vec<Quota>,
    pub report: bool,
}

/// Digits at the end of a number that its neighbours differ in: whoever earns from calls holds numbers in a row.
const NEIGHBOURS: usize = 4;

/// What is counted of a number beside itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Dial {
    pub region: Option<Region>,
    /// The number without its last digits; names nobody, and is hashed all the same wherever it is kept.
    pub prefix: String,
}

impl Dial {
    pub fn of(phone: &Phone) -> Dial {
        let digits = phone.e164();
        Dial { region: phone.region(), prefix: digits[..digits.len().saturating_sub(NEIGHBOURS)].to_owned() }
    }

    /// The country's code, as keys and the audit have it.
    pub fn country(&self) -> String {
        self.region.map_or_else(|| "none".to_owned(), |region| region.code())
    }
}

#[cfg(test)]
mod tests {
    use super::super::contact::Mail;
    use super::*;

    fn region(code: &str) -> Region {
        Region::parse(code).expect("a region")
    }

    fn phone(spelling: &str) -> Address {
        Address::Phone(Phone::parse(spelling, region("JP")).expect("a number"))
    }

    fn mail(address: &str) -> Address {
        Address::Mail(Mail::parse(address).expect("an address"))
    }

    #[test]
    fn a_number_needs_its_country_and_its_kind() {
        let all = vec![NumberKind::Mobile, NumberKind::Fixed, NumberKind::Voip, NumberKind::Special];
        let may = |kinds: &[NumberKind], to: &Address| {
            Allowed::Numbers { countries: vec![region("JP")], kinds: kinds.to_vec() }.allows(to)
        };
        assert_eq!(may(&[NumberKind::Mobile], &phone("090-1234-5678")), Ok(()));
        assert_eq!(may(&[NumberKind::Mobile], &phone("03-1234-5678")), Err(Barred::Kind(NumberKind::Fixed)));
        assert_eq!(may(&[NumberKind::Mobile], &phone("050-1234-5678")), Err(Barred::Kind(NumberKind::Voip)));
        assert_eq!(may(&all, &phone("050-1234-5678")), Ok(()));
        assert_eq!(may(&all, &phone("0120-123-456")), Err(Barred::Kind(NumberKind::Special)), "never");
        assert_eq!(may(&all, &phone("0990-123-456")), Err(Barred::Kind(NumberKind::Special)), "never");
        // Jamaica's numbers begin as those of the United States do.
        let jamaica = phone("+1 876 555 1234");
        let us = Allowed::Numbers { countries: vec![region("US")], kinds: all };
        assert_eq!(us.allows(&jamaica), Err(Barred::Country(Some(region("JM")))));
        assert_eq!(us.allows(&mail("alice@clinic.example")), Err(Barred::Mismatch));
    }

    #[test]
    fn mail_goes_anywhere_or_to_the_domains_that_are_named() {
        let to = mail("alice@Clinic.example");
        assert_eq!(Allowed::Mail(None).allows(&to), Ok(()));
        assert_eq!(Allowed::Mail(Some(vec!["clinic.example".to_owned()])).allows(&to), Ok(()));
        for other in [mail("alice@evil.clinic.example"), mail("alice@xclinic.example")] {
            assert_eq!(Allowed::Mail(Some(vec!["clinic.example".to_owned()])).allows(&other), Err(Barred::Domain));
        }
        assert_eq!(Allowed::Mail(None).allows(&phone("090-1234-5678")), Err(Barred::Mismatch));
    }

    #[test]
    fn a_country_costs_what_its_row_says() {
        let prices = Prices { usual: 5, countries: vec![(region("JP"), 7)] };
        assert_eq!([prices.of(Some(region("JP"))), prices.of(Some(region("US"))), prices.of(None)], [7, 5, 5]);
        assert_eq!(prices.highest(), 7);
    }

    #[test]
    fn neighbours_share_a_prefix() {
        let dial = |spelling| match phone(spelling) {
            Address::Phone(phone) => Dial::of(&phone),
            Address::Mail(_) => unreachable!("it is a number"),
        };
        assert!(dial("090-1234-5678") == dial("090-1234-9999"));
        assert!(dial("090-1234-5678") != dial("090-1235-5678"));
        assert_eq!(dial("090-1234-5678").prefix, "+81901234");
        assert_eq!(dial("090-1234-5678").country(), "JP");
    }
}
