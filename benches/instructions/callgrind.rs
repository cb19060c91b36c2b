//! Runs this program once more, under Valgrind's Callgrind, and reads what it counted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// What was counted, one number each time, and on which kind of processor.
pub struct Counts {
    pub totals: Vec<u64>,
    pub features: String,
}

/// The line in which the counted program says what code it chooses among.
const FEATURES: &str = "features: ";

/// Libraries choose their code by what the processor can do, and Valgrind shows them one of its own. So it is asked from
/// within.
pub fn tell_features() {
    println!("{FEATURES}{}", features().join(" "));
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let known = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("adx", is_x86_feature_detected!("adx")),
        ("sha", is_x86_feature_detected!("sha")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    known.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

/// Counts the rows with `name` in their names, which is so many times in all.
pub fn run(name: Option<&str>, times: usize) -> Result<Counts> {
    let folder = tempfile::tempdir().context("a folder for what Callgrind writes")?;
    let program = std::env::current_exe().context("finding this program")?;
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=sekisho_counted", "--dump-after=sekisho_counted"])
        .arg(format!("--callgrind-out-file={}", folder.path().join("counts").display()))
        .arg(program)
        .arg("--counted")
        .args(name)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let done = valgrind.output().context("starting valgrind, which counts (on Debian: apt-get install valgrind)")?;
    ensure!(done.status.success(), "what was to be counted failed: {}", done.status);
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let features = told.lines().find_map(|line| line.strip_prefix(FEATURES)).context("the program said nothing")?;
    // One file each time that the counted function was left, numbered from 1.
    let files = (1..=times).map(|number| folder.path().join(format!("counts.{number}")));
    let totals = files.map(|file| total(&file)).collect::<Result<Vec<_>>>()?;
    if folder.path().join(format!("counts.{}", times + 1)).exists() {
        bail!("more was counted than there are rows");
    }
    Ok(Counts { totals, features: features.to_owned() })
}

fn total(file: &Path) -> Result<u64> {
    let text = fs::read_to_string(file).with_context(|| format!("Callgrind did not write {}", file.display()))?;
    let told = text.lines().find_map(|line| line.strip_prefix("summary: ").or_else(|| line.strip_prefix("totals: ")));
    told.and_then(|count| count.trim().parse().ok()).filter(|count| *count > 0).context("Callgrind counted nothing")
}
