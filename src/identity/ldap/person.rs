//! From what a directory has of somebody to a user, or the reason why they are none now.

use crate::domain::bill::Allowed;
use crate::domain::contact::{Address, Phone, Region};
use crate::domain::id::UserId;
use crate::domain::locale::Locale;
use crate::domain::time::Wall;
use crate::domain::user::{User, login_fault};
use crate::identity::field;

use super::settings::Settings;
use super::wire::Entry;

/// How numbers are read, and which of several is taken.
#[derive(Debug, Clone)]
pub struct Taste {
    pub region: Region,
    /// Where messages may go, the usual way first.
    pub allowed: Vec<Allowed>,
}

/// Why somebody who is there may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Disabled,
    Expired,
    /// More than one person is called so.
    Ambiguous,
    NoId,
    /// Nothing that people could be called by, or something that nobody could type.
    NoLogin,
}

impl Unfit {
    /// As the audit and the help desk have it.
    pub fn text(self) -> &'static str {
        match self {
            Unfit::Disabled => "disabled",
            Unfit::Expired => "expired",
            Unfit::Ambiguous => "ambiguous",
            Unfit::NoId => "no id",
            Unfit::NoLogin => "no login name",
        }
    }
}

/// What says that an account is closed, whatever server it is on; an attribute that a server does not know is not there.
const STANDING: [&str; 6] =
    ["userAccountControl", "accountExpires", "pwdAccountLockedTime", "shadowExpire", "nsAccountLock", "loginDisabled"];

/// Everything that is asked for about somebody.
pub fn attributes(settings: &Settings) -> Vec<String> {
    let own = [settings.id.name(), "uid", &settings.email, &settings.full_name, "cn", &settings.locale];
    let own = own.into_iter().chain(STANDING).map(str::to_owned);
    own.chain(settings.logins.iter().cloned()).chain(settings.phones.iter().cloned()).collect()
}

pub fn id(settings: &Settings, entry: &Entry) -> Option<UserId> {
    let attribute = settings.id.name().to_ascii_lowercase();
    match entry.values.get(&attribute)?.as_slice() {
        [value] => settings.id.read(value),
        _ => None,
    }
}

/// The name that they are called by.
pub fn login(settings: &Settings, entry: &Entry) -> Option<String> {
    settings.logins.iter().find_map(|attribute| entry.text(attribute)).map(str::to_owned)
}

/// The user, still without groups.
pub fn judge(settings: &Settings, taste: &Taste, entry: &Entry, now: Wall) -> Result<User, Unfit> {
    standing(entry, now)?;
    let id = id(settings, entry).ok_or(Unfit::NoId)?;
    let login = login(settings, entry).filter(|login| login_fault(login).is_none()).ok_or(Unfit::NoLogin)?;
    let name = entry.text(&settings.full_name).or_else(|| entry.text("cn"));
    Ok(User {
        channels: Vec::new(),
        id,
        login,
        name: name.and_then(|name| field::name(name).ok().flatten()),
        phone: phone(settings, taste, entry),
        email: entry.texts(&settings.email).find_map(|mail| field::email(mail).ok().flatten()),
        groups: Vec::new(),
        locale: entry.text(&settings.locale).and_then(Locale::negotiate),
        disabled: false,
    })
}

/// Whether the account is open.
///
/// A lock that ends by itself (wrong passwords) is left to the server, which judges it at every bind: it would else be
/// anybody's to end somebody's passes by guessing.
fn standing(entry: &Entry, now: Wall) -> Result<(), Unfit> {
    let number = |attribute: &str| entry.text(attribute).and_then(|text| text.trim().parse::<i64>().ok());
    let is_true = |attribute: &str| entry.text(attribute).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    // MS-ADTS §2.2.16: ADS_UF_ACCOUNT_DISABLE.
    let disabled = number("userAccountControl").is_some_and(|bits| bits & 2 != 0)
        // draft-behera-ldap-password-policy §5.3.3: locked for good.
        || entry.text("pwdAccountLockedTime").is_some_and(|text| text.starts_with("000001010000"))
        || is_true("nsAccountLock")
        || is_true("loginDisabled");
    if disabled {
        return Err(Unfit::Disabled);
    }
    let seconds = now.0.div_euclid(1000);
    // MS-ADA1 §2.2: hundreds of nanoseconds since 1601, and two ways to say never.
    let filetime = |at: i64| at / 10_000_000 - 11_644_473_600;
    let expires = number("accountExpires").filter(|at| *at != 0 && *at != i64::MAX).map(filetime);
    // shadow(5): the day since 1970 from which on it is closed; a negative one is never.
    let shadow = number("shadowExpire").filter(|day| *day >= 0).and_then(|day| day.checked_mul(24 * 3600));
    let over = [expires, shadow].into_iter().flatten().any(|end| end <= seconds);
    if over { Err(Unfit::Expired) } else { Ok(()) }
}

/// The first number that the usual way may write to, else the first that any may, else the first that is one at all: then
/// nothing is sent, and it can be said why.
fn phone(settings: &Settings, taste: &Taste, entry: &Entry) -> Option<Phone> {
    let spelt = settings.phones.iter().flat_map(|attribute| entry.texts(attribute));
    let numbers: Vec<Phone> = spelt.filter_map(|text| Phone::parse(text, taste.region).ok()).collect();
    let by = |allowed: &Allowed| {
        numbers.iter().find(|number| allowed.allows(&Address::Phone((*number).clone())).is_ok()).cloned()
    };
    taste.allowed.iter().find_map(by).or_else(|| numbers.first().cloned())
}

/// What a server's words about a refused password mean, where they tell (Active Directory: `… data 533, …`).
pub fn reason(text: &str) -> Option<&'static str> {
    let code = text.split("data ").nth(1)?.split([',', ' ']).next()?;
    match code {
        "530" | "531" => Some("not allowed at this time or from here"),
        "532" | "773" => Some("password expired"),
        "533" => Some("disabled"),
        "701" => Some("expired"),
        "775" => Some("locked out"),
        _ => None,
    }
}
