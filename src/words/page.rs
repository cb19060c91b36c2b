//! The catalogue of the pages: every text that a caller can see.

use crate::domain::contact::Channel;
use crate::domain::locale::Locale;

use super::count::Counted;
use super::emergency::Emergency;
use super::factors::Factors;
use super::me::Me;
use super::span::Spans;
use super::{
    Hole, page_ar, page_de, page_en, page_es, page_fr, page_ja, page_ko, page_pt_br, page_vi, page_zh_hans,
    page_zh_hant,
};

/// Everything that pages say in one language.
#[derive(Debug)]
pub struct Page {
    pub common: Common,
    pub sign_in: SignIn,
    pub sources: Sources,
    pub code: CodePage,
    pub factors: Factors,
    pub emergency: Emergency,
    pub unsent: Unsent,
    pub spans: Spans,
    /// What people see of themselves.
    pub me: Me,
    pub login: Login,
    pub no: No,
    pub passkeys: Passkeys,
    /// Nothing went wrong, but there is nothing to fill in either.
    pub already_through: Says,
    pub signed_out: Says,
    /// The form was made for another browser, or this one keeps no cookies.
    pub stale_form: Says,
    /// A code is wanted (RFC 9470); for programs, people get a page.
    pub code_needed: Says,
}

/// What happened, and what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Says {
    pub title: &'static str,
    pub detail: &'static str,
}

/// As [`Says`], with a span to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    pub title: &'static str,
    pub detail: Hole,
}

/// On every page.
#[derive(Debug)]
pub struct Common {
    /// Begins the title of a page that tells of an error.
    pub error: Hole,
    pub help: Hole,
    pub request: Hole,
    pub full_window: &'static str,
    pub start_again: &'static str,
    pub go_on: &'static str,
    pub signed_in_as: Hole,
    pub sign_out: &'static str,
}

#[derive(Debug)]
pub struct SignIn {
    pub title: &'static str,
    pub lead: &'static str,
    /// For somebody who is signed in already.
    pub title_again: &'static str,
    pub lead_again: &'static str,
    pub username: &'static str,
    pub password: &'static str,
    pub send: &'static str,
}

/// For people who say elsewhere who they are.
#[derive(Debug)]
pub struct Sources {
    /// On a button, with the name of where somebody signs in.
    pub with: Hole,
    /// Nobody can be made out, and there is nothing to type.
    pub unknown: Says,
    pub leaving: Says,
    /// They came back without having signed in.
    pub failed: Says,
}

#[derive(Debug)]
pub struct CodePage {
    pub title: &'static str,
    pub to: &'static str,
    pub state: &'static str,
    pub life: &'static str,
    /// Where it went.
    pub went: PerChannel<Hole>,
    /// How a masked number is spoken.
    pub ending_in: Hole,
    /// How a masked e-mail address is spoken, by its domain.
    pub mail_at: Hole,
    /// Where it went while nobody has proven who they are.
    pub registered: PerChannel<&'static str>,
    pub if_registered: &'static str,
    pub queued: &'static str,
    /// Somebody took it to deliver; that it arrived is another matter.
    pub sent: &'static str,
    /// The network says that it is on the phone.
    pub delivered: &'static str,
    pub failed: &'static str,
    pub failed_next: &'static str,
    /// For browsers without script.
    pub refresh: &'static str,
    pub digits: Hole,
    pub characters: Hole,
    pub check: &'static str,
    pub not_arrived: &'static str,
    pub resend: &'static str,
    pub resend_in: Hole,
    pub resend_now: &'static str,
    pub resent: &'static str,
    pub start_over: &'static str,
    /// Over the buttons that follow.
    pub other_ways: &'static str,
    pub send_by: PerChannel<&'static str>,
    /// What happens by itself when so much time has passed.
    pub next: PerChannel<Hole>,
    pub call_hint: &'static str,
    /// NIST SP 800-63B-4 §3.1.3: the telephone is a restricted way, and whoever uses it is told so. Every channel has its
    /// one sentence.
    pub weak: PerChannel<&'static str>,
}

/// A text for each way that a code can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerChannel<T> {
    pub sms: T,
    pub voice: T,
    pub whatsapp: T,
    pub email: T,
}

impl<T> PerChannel<T> {
    pub const fn of(&self, channel: Channel) -> &T {
        match channel {
            Channel::Sms => &self.sms,
            Channel::Voice => &self.voice,
            Channel::Whatsapp => &self.whatsapp,
            Channel::Email => &self.email,
        }
    }
}

/// A form that met a challenge and was not sent.
#[derive(Debug)]
pub struct Unsent {
    pub title: &'static str,
    pub lead: &'static str,
    pub open: &'static str,
    pub new_tab: &'static str,
    pub enter: &'static str,
    pub reload: &'static str,
    pub or_back: &'static str,
}

/// Keys in phones, computers and sticks, which no false site can ask for.
#[derive(Debug)]
pub struct Passkeys {
    /// Of a page that nothing else opens.
    pub title: &'static str,
    pub lead: &'static str,
    pub use_one: &'static str,
    pub no_script: &'static str,
    pub unsupported: &'static str,
    /// The device's own window was closed.
    pub cancelled: &'static str,
    /// We were not reached.
    pub failed: &'static str,
    /// Of the page where somebody sees their own.
    pub mine: &'static str,
    pub mine_lead: &'static str,
    pub none: &'static str,
    pub label: &'static str,
    pub add: &'static str,
    pub remove: Hole,
    /// One that has no name, by its number.
    pub unnamed: Hole,
    pub added_on: Hole,
    pub used_on: Hole,
    pub not_used: &'static str,
    pub added: &'static str,
    pub removed: &'static str,
    /// A link to where a fresh confirmation is made.
    pub confirm: &'static str,
    pub wrong: Says,
    pub not_asked: Says,
    pub missing: Says,
    pub only: Says,
    pub not_taken: Says,
    pub full: Says,
    pub not_lately: Says,
}

/// Behind the application's own login.
#[derive(Debug)]
pub struct Login {
    /// The password was right, and nobody knows a number for this user.
    pub not_registered: Says,
    /// The application's answer cannot be kept until the code is right.
    pub answer_unfit: Says,
}

/// The words of every refusal.
#[derive(Debug)]
pub struct No {
    pub malformed: Says,
    pub path: Says,
    pub unknown_host: Says,
    pub unencrypted: Says,
    pub no_route: Says,
    pub denied: Says,
    pub method: Says,
    pub headers_too_large: Says,
    pub too_slow: Says,
    pub body_too_large: Says,
    pub body_type: Says,
    pub cross_site: Says,
    pub who_are_you: Says,
    pub wrong_credentials: Says,
    pub unknown_scope: Says,
    pub unknown_challenge: Says,
    pub not_a_code: Says,
    pub wrong_code: Tries,
    pub expired: Says,
    pub used: Says,
    pub out_of_tries: Says,
    pub no_such_channel: Says,
    pub no_resend_left: Says,
    pub cooling: Waits,
    pub waiting: Waits,
    pub closed: Says,
    pub limited: Waits,
    pub number_swapped: Says,
    pub outage: Says,
    pub upstream_down: Says,
    pub upstream_slow: Says,
}

/// A wrong code, and how many more may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Tries {
    pub title: &'static str,
    pub none: &'static str,
    pub left: Counted,
}

impl Tries {
    pub fn left(&self, tries: u8) -> String {
        match tries {
            0 => self.none.to_owned(),
            _ => self.left.fill(tries.into()),
        }
    }
}

impl Page {
    pub fn of(locale: Locale) -> &'static Page {
        match locale {
            Locale::En => &page_en::PAGE,
            Locale::Ja => &page_ja::PAGE,
            Locale::ZhHans => &page_zh_hans::PAGE,
            Locale::ZhHant => &page_zh_hant::PAGE,
            Locale::Ko => &page_ko::PAGE,
            Locale::Es => &page_es::PAGE,
            Locale::Fr => &page_fr::PAGE,
            Locale::De => &page_de::PAGE,
            Locale::PtBr => &page_pt_br::PAGE,
            Locale::Vi => &page_vi::PAGE,
            Locale::Ar => &page_ar::PAGE,
        }
    }
}
