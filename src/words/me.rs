//! What the pages say on which people look at their own account and change it.

pub mod ar;
pub mod de;
pub mod en;
pub mod es;
pub mod fr;
pub mod ja;
pub mod ko;
pub mod pt_br;
pub mod vi;
pub mod zh_hans;
pub mod zh_hant;

use super::Hole;
use super::count::Counted;

#[derive(Debug)]
pub struct Me {
    pub title: &'static str,
    /// On other pages, where somebody is signed in.
    pub link: &'static str,
    /// Leads here from its own pages.
    pub back: &'static str,
    pub login: &'static str,
    pub phone: &'static str,
    pub mail: &'static str,
    pub none: &'static str,
    pub ask_help: &'static str,
    pub change_number: &'static str,
    /// A number waits for an operator.
    pub number_waits: Hole,
    pub open: &'static str,
    pub nothing_open: &'static str,
    pub sessions: &'static str,
    pub this_one: &'static str,
    pub another: &'static str,
    pub began: Hole,
    pub used: Hole,
    /// An address of the network.
    pub from: Hole,
    pub end: &'static str,
    pub end_others: &'static str,
    pub browsers: &'static str,
    pub browsers_lead: &'static str,
    pub since: Hole,
    pub forget: &'static str,
    pub ways: &'static str,
    pub ways_lead: &'static str,
    pub no_ways: &'static str,
    pub app: &'static str,
    pub token: &'static str,
    pub passkey: &'static str,
    pub added: Hole,
    pub never_used: &'static str,
    pub remove: &'static str,
    pub backup_left: Hole,
    pub add_app: &'static str,
    pub make_backup: &'static str,
    pub language: &'static str,
    pub choose: &'static str,
    pub days: Counted,
    pub app_page: AppPage,
    pub backup_page: BackupPage,
    pub number_page: NumberPage,
    pub told: Told,
}

#[derive(Debug)]
pub struct AppPage {
    pub title: &'static str,
    pub scan: &'static str,
    /// What the picture is, for who does not see it.
    pub picture: &'static str,
    pub key: &'static str,
    pub code: &'static str,
    pub add: &'static str,
}

#[derive(Debug)]
pub struct BackupPage {
    pub title: &'static str,
    pub lead: &'static str,
    pub make: &'static str,
    /// Over the codes.
    pub keep: &'static str,
}

#[derive(Debug)]
pub struct NumberPage {
    pub title: &'static str,
    pub lead: &'static str,
    pub field: &'static str,
    pub send: &'static str,
    /// The code went to this number.
    pub sent: Hole,
    pub check: &'static str,
    pub drop: &'static str,
}

/// What came of what was asked for.
#[derive(Debug)]
pub struct Told {
    pub ended: &'static str,
    pub forgotten: &'static str,
    pub language: &'static str,
    pub added: &'static str,
    pub removed: &'static str,
    pub number_changed: &'static str,
    pub number_waits: &'static str,
    pub dropped: &'static str,
    /// After a change.
    pub others_ended: &'static str,
    pub missing: &'static str,
    pub raced: &'static str,
    pub not_allowed: &'static str,
    pub not_a_number: &'static str,
    pub barred: &'static str,
    pub taken: &'static str,
    pub same: &'static str,
    pub wrong_app: &'static str,
    pub last_way: &'static str,
    pub too_many: &'static str,
    pub sheet_over: &'static str,
}
