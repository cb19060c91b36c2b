//! What a roster would do to the directory.

use std::collections::HashMap;

use super::difference::{Difference, between};
use super::directory::{Entry, Write};
use super::roster::{Column, Roster, Row};
use crate::domain::id::UserId;
use crate::domain::user::{User, fold_login};

/// An import before it happens. Nobody is ever removed, and no id, password or login name's spelling changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the file's order, as all of these.
    pub added: Vec<User>,
    /// As they will be, and what differs from now.
    pub changed: Vec<(Entry, Vec<Difference>)>,
    pub unchanged: usize,
}

impl Plan {
    /// Compares a roster with everybody in the directory. New ids come from `fill`.
    pub fn of(roster: Roster, everybody: Vec<Entry>, fill: &dyn Fn(&mut [u8])) -> Plan {
        let mut known: HashMap<String, Entry> =
            everybody.into_iter().map(|entry| (fold_login(&entry.user.login), entry)).collect();
        let mut plan = Plan { added: Vec::new(), changed: Vec::new(), unchanged: 0 };
        for row in roster.rows {
            let Some(before) = known.remove(&fold_login(&row.login)) else {
                plan.added.push(fresh(row, fill));
                continue;
            };
            let after = merged(&before, row, &roster.columns);
            match between(&before, &after) {
                none if none.is_empty() => plan.unchanged += 1,
                differences => plan.changed.push((after, differences)),
            }
        }
        plan
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty()
    }

    pub fn writes(self) -> Vec<Write> {
        let added = self.added.into_iter().map(|user| Write::Add { user, password: None });
        added.chain(self.changed.into_iter().map(|(entry, _)| Write::Put(entry))).collect()
    }
}

/// A new id from the caller's random source.
pub fn new_id(fill: &dyn Fn(&mut [u8])) -> UserId {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    UserId::from_random(bytes)
}

fn fresh(row: Row, fill: &dyn Fn(&mut [u8])) -> User {
    User {
        id: new_id(fill),
        login: row.login,
        name: row.name,
        phone: row.phone,
        email: row.email,
        groups: row.groups,
        locale: row.locale,
        channels: Vec::new(),
        disabled: false,
    }
}

fn merged(before: &Entry, row: Row, columns: &[Column]) -> Entry {
    let mut after = before.clone();
    let user = &mut after.user;
    for column in columns {
        match column {
            // Upstreams know people by this spelling; only `user set --rename` changes it.
            Column::User => {}
            Column::Name => user.name.clone_from(&row.name),
            Column::Phone => user.phone.clone_from(&row.phone),
            Column::Email => user.email.clone_from(&row.email),
            Column::Groups => user.groups.clone_from(&row.groups),
            Column::Locale => user.locale = row.locale,
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::Region;
    use crate::domain::time::Wall;
    use crate::identity::roster::read;

    fn roster(csv: &str) -> Roster {
        read(csv.as_bytes(), Region::parse("JP").expect("a region")).expect("a roster without mistakes")
    }

    fn plan(csv: &str, everybody: &[Entry]) -> Plan {
        Plan::of(roster(csv), everybody.to_vec(), &|bytes| bytes.fill(9))
    }

    fn alice() -> Entry {
        let added = plan("user,name,phone,groups\nAlice,Alice,090-1234-5678,nurses\n", &[]).added;
        let user = added.into_iter().next().expect("one user");
        Entry { user, password: None, created: Wall(1), updated: Wall(1), revision: 1 }
    }

    #[test]
    fn a_column_that_is_missing_changes_nothing_and_an_empty_cell_empties() {
        assert_eq!(plan("user\nalice\n", &[alice()]).unchanged, 1);
        let emptied = plan("user,name,phone\nalice,Alice,\n", &[alice()]);
        let (after, differences) = &emptied.changed[0];
        assert_eq!((after.user.phone.as_ref(), after.user.groups.len()), (None, 1));
        assert_eq!(differences.iter().map(ToString::to_string).collect::<Vec<_>>(), ["phone ********78 -> none"]);
    }

    #[test]
    fn somebody_known_keeps_id_and_spelling() {
        let plan = plan("user,locale\nＡＬＩＣＥ,ja\nbob,en\n", &[alice()]);
        assert_eq!((plan.added.len(), plan.changed.len()), (1, 1));
        let (after, _) = &plan.changed[0];
        assert_eq!((&after.user.id, after.user.login.as_str()), (&alice().user.id, "Alice"));
    }
}
