//! Telephone numbers in any national spelling, and how they are shown (masked, always).

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region as PhoneRegion};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest spelling that is looked at; every real one is far shorter, and parsing takes time in proportion.
const LONGEST_SPELLING: usize = 32;

/// A country by its ISO 3166 code, as numbering plans know it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(PhoneRegion);

impl Region {
    /// Reads `JP`, `US`, …; `None` for what no numbering plan has.
    pub fn parse(code: &str) -> Option<Region> {
        let region = PhoneRegion::try_from(code).ok()?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Region(region))
    }

    pub fn code(&self) -> String {
        self.0.to_string()
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

/// What a numbering plan says a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKind {
    /// Mobile, or a plan that does not tell mobile from fixed (United States, Canada).
    Mobile,
    Fixed,
    /// Internet telephony (Japan's 050).
    Voip,
    /// Premium, shared-cost, toll-free, pager and the like: never sent to.
    Special,
}

/// A telephone number in E.164 (`+819012345678`). Its `Debug` and `Display` are masked.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// Why a spelling is no telephone number; the texts are for the operator who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("it is empty")]
    Empty,
    #[error("it is not a telephone number")]
    NotANumber,
    #[error("no number of that country's plan looks like this")]
    NotInPlan,
    #[error(
        "a leading zero seems to be lost (spreadsheets do that); write it as text, or in international form with +"
    )]
    LostZero,
}

impl Phone {
    /// Reads any national or international spelling. `region` decides for numbers without a country code.
    ///
    /// A number that is only valid with a zero before it is refused as [`PhoneError::LostZero`], not repaired: whoever
    /// lost the zero may have lost more.
    pub fn parse(spelling: &str, region: Region) -> Result<Phone, PhoneError> {
        let spelling: String = spelling.trim().nfkc().collect();
        if spelling.is_empty() {
            return Err(PhoneError::Empty);
        }
        if spelling.chars().count() > LONGEST_SPELLING {
            return Err(PhoneError::NotANumber);
        }
        let national = !spelling.starts_with('+') && !spelling.starts_with('0') && !spelling.starts_with('(');
        if national && Phone::valid(&format!("0{spelling}"), region).is_ok() {
            return Err(PhoneError::LostZero);
        }
        Phone::valid(&spelling, region)
    }

    fn valid(spelling: &str, region: Region) -> Result<Phone, PhoneError> {
        let number = PHONE_NUMBER_UTIL.parse(spelling, Some(region.0)).map_err(|_| PhoneError::NotANumber)?;
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(PhoneError::NotInPlan);
        }
        Ok(Phone(PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned()))
    }

    /// The number itself, for the provider's request and for nothing else.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The country that the number belongs to (`+1876…` is Jamaica, not the United States).
    pub fn region(&self) -> Option<Region> {
        self.plan().0
    }

    pub fn kind(&self) -> NumberKind {
        self.plan().1
    }

    /// What numbering plans say of it: its country and what it is for. To look once costs as much as everything else that
    /// a challenge begins with, so whoever needs both asks here.
    pub fn plan(&self) -> (Option<Region>, NumberKind) {
        let Ok(number) = PHONE_NUMBER_UTIL.parse(&self.0, None) else { return (None, NumberKind::Special) };
        let kind = match PHONE_NUMBER_UTIL.get_number_type(&number) {
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => NumberKind::Mobile,
            PhoneNumberType::FixedLine => NumberKind::Fixed,
            PhoneNumberType::VoIP => NumberKind::Voip,
            _ => NumberKind::Special,
        };
        (PHONE_NUMBER_UTIL.get_region_for_number(&number).map(Region), kind)
    }

    /// All but the last two digits hidden, and of those not even how many there are.
    pub fn masked(&self) -> String {
        format!("********{}", &self.0[self.0.len().saturating_sub(2)..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jp(spelling: &str) -> Result<Phone, PhoneError> {
        Phone::parse(spelling, Region::parse("JP").expect("JP is a region"))
    }

    #[test]
    fn every_national_spelling_is_one_number() {
        for spelling in [
            "090-1234-5678",
            "+81 (0)90-1234-5678",
            "０９０－１２３４－５６７８",
            "09012345678",
            "+819012345678",
            "(090) 1234 5678",
            " 090 1234 5678 ",
        ] {
            assert_eq!(jp(spelling).map(|p| p.e164().to_owned()).as_deref(), Ok("+819012345678"), "{spelling}");
        }
    }

    #[test]
    fn a_lost_zero_is_noticed_and_not_repaired() {
        assert_eq!(jp("9012345678"), Err(PhoneError::LostZero));
        let us = Region::parse("US").expect("US is a region");
        assert_eq!(Phone::parse("2125550123", us).map(|p| p.e164().to_owned()).as_deref(), Ok("+12125550123"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!(jp(""), Err(PhoneError::Empty));
        assert_eq!(jp("call me"), Err(PhoneError::NotANumber));
        assert_eq!(jp("110"), Err(PhoneError::NotInPlan));
        assert_eq!(jp(&"9".repeat(100_000)), Err(PhoneError::NotANumber));
    }

    #[test]
    fn kinds_and_countries_are_told_apart() {
        let kind = |s: &str| jp(s).map(|p| p.kind());
        assert_eq!(kind("090-1234-5678"), Ok(NumberKind::Mobile));
        assert_eq!(kind("050-1234-5678"), Ok(NumberKind::Voip));
        assert_eq!(kind("03-1234-5678"), Ok(NumberKind::Fixed));
        assert_eq!(kind("0120-123-456"), Ok(NumberKind::Special));
        let jamaica = jp("+1 876 555 1234").ok().and_then(|p| p.region()).map(|r| r.code());
        assert_eq!(jamaica.as_deref(), Some("JM"));
    }

    #[test]
    fn a_number_is_only_ever_shown_masked() {
        let phone = jp("090-1234-5678").expect("valid");
        for shown in [phone.to_string(), format!("{phone:?}")] {
            assert!(shown.contains("********78") && !shown.contains("5678"), "{shown}");
        }
    }
}
