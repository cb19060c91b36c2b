//! The committed counts, and what is said of those that differ.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use toml::de::DeTable;

/// Where they stand.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/baseline.toml");

/// A row may become dearer by so many hundredths, or by so many instructions if that is more.
const PERCENT: u64 = 3;
const FEW: u64 = 50;

/// What counts hang on besides this crate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    pub rustc: String,
    pub machine: String,
    /// What the processor can do that Valgrind shows.
    pub features: String,
}

/// Rows with the instructions of one time.
pub type Counts = BTreeMap<String, u64>;

#[derive(Debug, Default)]
pub struct Baseline {
    setting: Setting,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    Good,
    Dearer,
}

impl Setting {
    /// This one.
    pub fn here(features: String) -> Result<Setting> {
        let told = Command::new("rustc").arg("--version").output().context("asking rustc for its version")?;
        ensure!(told.status.success(), "rustc does not say its version");
        // `rustc 1.95.0 (hash date)`
        let text = String::from_utf8_lossy(&told.stdout);
        let rustc = text.split_whitespace().nth(1).context("rustc does not say its version")?.to_owned();
        Ok(Setting { rustc, machine: std::env::consts::ARCH.to_owned(), features })
    }
}

impl Baseline {
    /// Empty where there is none yet.
    pub fn read() -> Result<Baseline> {
        let Ok(text) = fs::read_to_string(FILE) else { return Ok(Baseline::default()) };
        let table = DeTable::parse(&text).with_context(|| format!("reading {FILE}"))?;
        let table = table.get_ref();
        let of = |name: &str| table.get(name).and_then(|v| v.get_ref().as_str()).unwrap_or_default().to_owned();
        let setting = Setting { rustc: of("rustc"), machine: of("machine"), features: of("features") };
        let rows = table.get("instructions").and_then(|v| v.get_ref().as_table()).context("it has no counts")?;
        let counts = rows.iter().map(|(name, count)| {
            let count = count.get_ref().as_integer().and_then(|count| count.as_str().parse().ok());
            Ok((name.get_ref().to_string(), count.with_context(|| format!("{name:?} has no count"))?))
        });
        Ok(Baseline { setting, counts: counts.collect::<Result<_>>()? })
    }

    /// The baseline with these counts. Where only some rows were counted, the others stay.
    pub fn accept(self, setting: Setting, found: Counts, only_some: bool) -> Baseline {
        let mut counts = if only_some { self.counts } else { Counts::new() };
        counts.extend(found);
        Baseline { setting, counts }
    }

    pub fn write(&self) -> Result<()> {
        let Setting { rustc, machine, features } = &self.setting;
        let mut text = format!(
            "# Instructions of one time, by row, as Callgrind counts them. Written by\n\
             # `benches/instructions/count -- --accept`, never by hand.\n\
             rustc = \"{rustc}\"\n\
             machine = \"{machine}\"\n\
             # Of the processor that Valgrind shows; libraries choose their code by it.\n\
             features = \"{features}\"\n\
             \n\
             [instructions]\n"
        );
        for (name, count) in &self.counts {
            text += &format!("\"{name}\" = {count}\n");
        }
        fs::write(FILE, text).with_context(|| format!("writing {FILE}"))
    }

    /// Prints a table, and under it what is to be done.
    pub fn judge(&self, here: &Setting, found: &Counts, only_some: bool) -> Judgement {
        let (mut dearer, mut cheaper) = (Vec::new(), 0);
        println!("{:<44} {:>10} {:>10} {:>8}", "row", "before", "after", "");
        for (name, &after) in found {
            let Some(&before) = self.counts.get(name) else {
                println!("{name:<44} {:>10} {after:>10}", "-");
                dearer.push(format!("{name}: is not in the baseline yet, {after} now"));
                continue;
            };
            let change = hundredths(before, after);
            println!("{name:<44} {before:>10} {after:>10} {change:>8}");
            if after > before + slack(before) {
                dearer.push(format!("{name}: {before} instructions before, {after} after ({change})"));
            } else if after + slack(before) < before {
                cheaper += 1;
            }
        }
        let gone = self.counts.keys().filter(|name| !only_some && !found.contains_key(*name));
        dearer.extend(gone.map(|name| format!("{name}: is in the baseline, and no row any more")));
        println!();
        if *here != self.setting && !self.counts.is_empty() {
            let (was, is) = (&self.setting, here);
            println!("NOT JUDGED: the baseline was counted elsewhere, {was:?}; here it is {is:?}");
            return Judgement::Good;
        }
        if cheaper > 0 {
            println!("{cheaper} rows became cheaper; `-- --accept` writes it down, so that it stays so");
        }
        if dearer.is_empty() {
            println!("{} rows within {PERCENT} % or {FEW} instructions of the baseline", found.len());
            return Judgement::Good;
        }
        println!("DEARER than the baseline by more than {PERCENT} % and {FEW} instructions:");
        dearer.iter().for_each(|line| println!("  {line}"));
        println!("If it is worth it, write it down and say why in the commit:");
        println!("  benches/instructions/count -- --accept");
        Judgement::Dearer
    }
}

fn slack(before: u64) -> u64 {
    FEW.max(before * PERCENT / 100)
}

fn hundredths(before: u64, after: u64) -> String {
    let tenths = (i128::from(after) - i128::from(before)) * 1000 / i128::from(before.max(1));
    format!("{:+}.{} %", tenths / 10, tenths.abs() % 10)
}
