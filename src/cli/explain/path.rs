//! What a path can be read as, and what let it through or did not.

use std::io;
use std::sync::Arc;

use crate::domain::path::PathFault;
use crate::domain::route::{Facts, Hit, Route, RouteTable};

use super::Explanation;

impl Explanation<'_> {
    /// The path as it is judged; what else it could be, and the leave that it was given.
    pub(super) fn path(&mut self, facts: &Facts<'_>, found: &Result<Option<Hit<'_>>, PathFault>) -> io::Result<()> {
        let path = facts.path;
        let Ok(Some(hit)) = found else {
            return match path.not_utf8() {
                Some(_) => self.line("path", "not UTF-8"),
                None => self.line("path", path.first().as_str()),
            };
        };
        self.line("path", hit.path.as_str())?;
        if let Some(charset) = hit.charset {
            self.line("charset", &format!("{}, by leave of `{}`", charset.name(), hit.route.name))?;
        }
        let leave: Vec<_> = hit.leave.names().collect();
        if !leave.is_empty() {
            let text = format!("{} of `{}`; every reading of the path meets it", leave.join(" and "), hit.route.name);
            self.line("leave", &text)?;
        }
        Ok(())
    }
}

/// The fault, and what would have to be otherwise.
pub fn why(table: &RouteTable, facts: &Facts<'_>, fault: PathFault) -> String {
    let readings = table.each_reading(facts);
    let name = |route: &Option<&Arc<Route>>| route.map_or("no route".to_owned(), |route| format!("`{}`", route.name));
    match fault {
        PathFault::Divided => {
            let first = readings.first().map(|(_, route)| route.map(|r| &r.name));
            let other = readings.iter().find(|(_, route)| Some(route.map(|r| &r.name)) != first);
            let shown =
                readings.first().into_iter().chain(other).map(|(path, route)| format!("{path} meets {}", name(route)));
            format!("{fault}: {}", shown.collect::<Vec<_>>().join(", "))
        }
        PathFault::NotUtf8 => format!("{fault}, and no route that it meets has another `charset`"),
        PathFault::Spelling => {
            format!("{fault}: its upstream minds no letter case (`case`), and another spelling meets another route")
        }
        fault => {
            let route = readings.first().and_then(|(_, route)| *route);
            let wanted = facts.path.leave().without(route.map(|route| route.allow.leave).unwrap_or_default());
            let wanted: Vec<_> = wanted.names().map(|name| format!("{name} = true")).collect();
            match (route, wanted.is_empty()) {
                (Some(route), false) => {
                    format!("{fault}; `{}` or its upstream would need {}", route.name, wanted.join(", "))
                }
                _ => fault.to_string(),
            }
        }
    }
}
