//! Status for people.

use std::io::{self, Write};

use serde_json::{Map, Value};

const SPANS: [(&str, &str); 4] = [
    ("hour", "the last hour"),
    ("day", "the last 24 hours"),
    ("week", "the last 7 days"),
    ("quarter", "the last 90 days"),
];

pub fn write(told: &Map<String, Value>, out: &mut dyn Write) -> io::Result<()> {
    head(told, out)?;
    providers(told, out)?;
    let statistics = &told.get("statistics").cloned().unwrap_or_default();
    for (name, title) in SPANS {
        let span = &statistics[name];
        let all = &span["all"];
        if count(all, "sent") + count(all, "failed") + count(all, "entered") == 0 {
            writeln!(out, "\n{title}: no code was sent")?;
            continue;
        }
        writeln!(out, "\n{title}")?;
        writeln!(
            out,
            "  {:<22} {:>8} {:>8} {:>9} {:>6} {:>8} {:>7} {:>8} {:>9}  cost",
            "", "sent", "failed", "delivered", "lost", "entered", "%", "in 60s", "median s"
        )?;
        row("all", all, out)?;
        for part in ["channels", "providers", "countries"] {
            let Some(rows) = span[part].as_object() else { continue };
            for (name, sum) in rows {
                row(&format!("{} {name}", &part[..part.len() - 1].replace("countrie", "country")), sum, out)?;
            }
        }
        why(all, out)?;
    }
    Ok(())
}

fn head(told: &Map<String, Value>, out: &mut dyn Write) -> io::Result<()> {
    if told.get("running") == Some(&false.into()) {
        let why = told.get("why").and_then(Value::as_str).unwrap_or_default();
        writeln!(out, "no gate runs here ({why}); the figures below are from the store")?;
    }
    if let Some(parts) = told.get("readiness").and_then(Value::as_object) {
        let ready = parts.get("ready") == Some(&true.into());
        writeln!(out, "gate       {}", if ready { "ready" } else { "NOT READY" })?;
        let bad = parts.iter().filter(|(name, good)| **good == Value::Bool(false) && *name != "ready");
        for (name, _) in bad {
            writeln!(out, "           {name} is not good")?;
        }
    }
    if let Some(store) = told.get("store").and_then(Value::as_str) {
        writeln!(out, "store      {store}")?;
    }
    if let Some(trouble) = told.get("trouble").and_then(Value::as_str) {
        writeln!(out, "TROUBLE    {trouble}")?;
    }
    let spent = told.get("spent_today").map(amounts).unwrap_or_default();
    let spent = if spent.is_empty() { "nothing".to_owned() } else { spent };
    match told.get("daily_budget").and_then(Value::as_str) {
        Some(budget) => writeln!(out, "money      {spent} within 24 hours, of {budget} a day"),
        None => writeln!(out, "money      {spent} within 24 hours; there is no budget"),
    }
}

fn providers(told: &Map<String, Value>, out: &mut dyn Write) -> io::Result<()> {
    let none = Vec::new();
    for provider in told.get("providers").and_then(Value::as_array).unwrap_or(&none) {
        let text = |name: &str| provider[name].as_str();
        let name = text("name").unwrap_or_default();
        let mut words = vec![if provider["up"] == true { "up".to_owned() } else { "DOWN".to_owned() }];
        let failures = count(provider, "failures_in_a_row");
        if failures > 0 {
            words.push(format!("{failures} failures in a row, the last: {}", text("last_failure").unwrap_or_default()));
        }
        words.extend(text("last_success").map(|at| format!("took a message at {at}")));
        words.extend(text("balance").map(|balance| format!("{balance} left")));
        words.extend(text("trouble").map(|trouble| format!("TROUBLE: {trouble}")));
        writeln!(out, "provider   {name} ({}): {}", text("channel").unwrap_or_default(), words.join(", "))?;
    }
    Ok(())
}

fn row(name: &str, sum: &Value, out: &mut dyn Write) -> io::Result<()> {
    let percent = sum["conversion"].as_f64().map_or("-".to_owned(), |percent| format!("{percent:.1}"));
    let median = sum["median_seconds"].as_u64().map_or("-".to_owned(), |seconds| format!("<={seconds}"));
    let numbers = ["sent", "failed", "delivered", "lost", "entered", "entered_in_time"].map(|what| count(sum, what));
    let [sent, failed, delivered, lost, entered, in_time] = numbers;
    let cost = amounts(&sum["cost"]);
    writeln!(
        out,
        "  {name:<22} {sent:>8} {failed:>8} {delivered:>9} {lost:>6} {entered:>8} {percent:>7} {in_time:>8} {median:>9}  {cost}"
    )
}

/// The reasons of failures, the most frequent first.
fn why(sum: &Value, out: &mut dyn Write) -> io::Result<()> {
    let Some(classes) = sum["failed_by"].as_object().filter(|classes| !classes.is_empty()) else { return Ok(()) };
    let mut classes: Vec<_> = classes.iter().map(|(class, n)| (n.as_u64().unwrap_or(0), class)).collect();
    classes.sort_by(|a, b| b.cmp(a));
    let told: Vec<_> = classes.iter().map(|(n, class)| format!("{class} {n}")).collect();
    writeln!(out, "  failed: {}", told.join(", "))
}

fn count(of: &Value, what: &str) -> u64 {
    of[what].as_u64().unwrap_or(0)
}

fn amounts(of: &Value) -> String {
    let all = of.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.collect::<Vec<_>>().join(", ")
}
