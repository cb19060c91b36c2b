//! What a server says of itself, and whether it can be trusted with what must not be lost.

use std::collections::HashMap;

/// What `INFO` is asked about.
pub const SECTIONS: [&str; 4] = ["server", "memory", "persistence", "replication"];

/// A server that is fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vitals {
    /// Stands for this process leading, from when it began to until it ceases: another start or another promotion has
    /// another one.
    pub reign: String,
    /// Whether a restart or its loss would lose everything.
    pub is_volatile: bool,
}

/// Judges an answer to `INFO`; the error says what to change.
pub fn judge(info: &str, cluster: bool) -> Result<Vitals, String> {
    let told: HashMap<&str, &str> = info.lines().filter_map(|line| line.trim_end().split_once(':')).collect();
    let get = |name: &str| told.get(name).copied().unwrap_or_default();
    if get("loading") == "1" {
        return Err("it is still loading its data (LOADING) and answers when it is done".to_owned());
    }
    if get("role") != "master" {
        let what = "it is a replica (READONLY); the store writes, so it needs the master";
        return Err(format!("{what}: correct `url`, or let Sentinel or Cluster say who it is"));
    }
    let (name, version, least) = match told.get("valkey_version") {
        Some(version) => ("Valkey", *version, (7, 2)),
        None => ("Redis", get("redis_version"), (7, 0)),
    };
    if numbers(version) < least {
        return Err(format!("it is {name} {version}; at least {}.{} is needed", least.0, least.1));
    }
    match (cluster, get("redis_mode")) {
        (true, "standalone") => {
            return Err("it belongs to no Cluster; set `mode` to \"single\" or \"sentinel\"".to_owned());
        }
        (false, "cluster") => return Err("it belongs to a Cluster; set `mode = \"cluster\"`".to_owned()),
        _ => {}
    }
    let policy = get("maxmemory_policy");
    if policy != "noeviction" {
        let why = "when memory is short it would throw away failures and revocations";
        return Err(format!("its maxmemory-policy is {policy}: {why}; set it to noeviction"));
    }
    let reign = format!("{}/{}", get("run_id"), get("master_replid"));
    if get("run_id").is_empty() || get("master_replid").is_empty() {
        return Err("its INFO names neither `run_id` nor `master_replid`".to_owned());
    }
    let is_volatile = get("aof_enabled") != "1" && get("connected_slaves") == "0";
    Ok(Vitals { reign, is_volatile })
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:aa\r\n\
        maxmemory_policy:noeviction\r\nloading:0\r\naof_enabled:1\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:bb\r\n";

    #[test]
    fn a_fit_server_has_a_reign() {
        let vitals = judge(GOOD, false).expect("fit");
        assert_eq!(vitals, Vitals { reign: "aa/bb".to_owned(), is_volatile: false });
        assert!(judge(&GOOD.replace("aof_enabled:1", "aof_enabled:0"), false).expect("fit").is_volatile);
        let valkey = GOOD.replace("redis_version:7.0.15", "redis_version:7.2.4\r\nvalkey_version:8.1.1");
        assert!(judge(&valkey, false).is_ok());
    }

    #[test]
    fn an_unfit_one_is_refused_with_what_to_change() {
        let rows = [
            ("redis_version:7.0.15", "redis_version:6.2.6", "at least 7.0"),
            ("redis_version:7.0.15", "redis_version:7.2.4\r\nvalkey_version:7.1.0", "at least 7.2"),
            ("maxmemory_policy:noeviction", "maxmemory_policy:allkeys-lru", "noeviction"),
            ("role:master", "role:slave", "replica"),
            ("loading:0", "loading:1", "LOADING"),
            ("redis_mode:standalone", "redis_mode:cluster", "mode = \"cluster\""),
            ("run_id:aa", "", "run_id"),
        ];
        for (good, bad, word) in rows {
            let error = judge(&GOOD.replace(good, bad), false).expect_err(bad);
            assert!(error.contains(word), "{bad}: {error}");
        }
        assert!(judge(GOOD, true).expect_err("no Cluster").contains("single"));
    }
}
