//! The groups that somebody is in, by name: those within others too, within bounds.

use std::collections::BTreeSet;
use std::time::Duration;

use super::pool::Line;
use super::settings::{Reach, Settings};
use super::wire::{self, Entry, Fault, Search};

/// How deep groups lie within groups, how many are followed in all, and how many are asked about at a time.
const DEPTH: usize = 12;
const MOST: usize = 500;
const AT_A_TIME: usize = 50;

/// Active Directory: the server follows groups within groups by itself.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// The names of the groups that `entry` is in, each once. Beyond the bounds groups are left out, which closes and never
/// opens anything.
pub async fn of(line: &mut Line, settings: &Settings, entry: &Entry, patience: Duration) -> Result<Vec<String>, Fault> {
    let groups = &settings.groups;
    let (mut names, mut seen) = (Vec::new(), BTreeSet::from([entry.dn.to_lowercase()]));
    let mut edge = vec![entry.dn.clone()];
    let steps = match groups.reach {
        Reach::None => 0,
        Reach::Direct | Reach::Rule => 1,
        Reach::Nested => DEPTH,
    };
    for step in 0..steps {
        let mut next = Vec::new();
        for some in edge.chunks(AT_A_TIME) {
            let uid = entry.text("uid").filter(|_| step == 0 && groups.posix);
            let filter = filter(settings, some, uid);
            let attributes = [groups.name.clone()];
            let search = Search { base: &groups.base, filter: &filter, attributes: &attributes, most: MOST };
            let found = wire::search(&mut line.ldap, &search, patience).await?;
            line.spent |= found.cut;
            if found.cut || seen.len() > MOST {
                tracing::warn!(directory = settings.name.as_ref(), "somebody is in more groups than are followed");
            }
            for group in found.entries {
                if seen.len() <= MOST && seen.insert(group.dn.to_lowercase()) {
                    names.extend(group.text(&groups.name).map(str::to_owned));
                    next.push(group.dn);
                }
            }
        }
        edge = next;
        if edge.is_empty() {
            break;
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn filter(settings: &Settings, members: &[String], uid: Option<&str>) -> String {
    let rule = if settings.groups.reach == Reach::Rule { format!(":{IN_CHAIN}:") } else { String::new() };
    let mut any = String::new();
    for attribute in &settings.groups.members {
        for dn in members {
            any.push_str(&format!("({attribute}{rule}={})", ldap3::ldap_escape(dn.as_str())));
        }
    }
    if let Some(uid) = uid {
        any.push_str(&format!("(memberUid={})", ldap3::ldap_escape(uid)));
    }
    format!("(|{any})")
}
