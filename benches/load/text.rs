//! The report as a table for the terminal.

use super::html::listed;
use super::summary::Summary;
use std::fmt::Write as _;

pub fn table(of: &Summary) -> String {
    let mut out = format!("\n{}: {} lives in {:.1} s, {} messages", of.title, of.lives, of.seconds, of.messages);
    if let Some(bombed) = of.messages_to_the_bombed_number {
        let _ = write!(out, " ({bombed} to the bombed number)");
    }
    out.push('\n');
    for ending in &of.endings {
        let _ = writeln!(out, "  {:>6} {}: {}", ending.count, ending.who, ending.what);
    }
    let late = &of.generator_lateness_ms;
    let _ = writeln!(out, "  lives began {:.1} ms late (p50), {:.1} ms at most", late.p50, late.max);
    for gate in &of.gates {
        let _ = writeln!(out, "  gate: {:.1} s of processor time, {:.0} MiB at most", gate.cpu_seconds, gate.peak_mib);
    }
    let heads = ["who", "step", "count", "/s", "p50", "p90", "p99", "p99.9", "max ms"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let mut errors = vec!["errors".to_owned()];
    for line in &of.steps {
        let (ms, tenths) = (&line.ms, |value: f64| format!("{value:.1}"));
        let figures = [line.per_second, ms.p50, ms.p90, ms.p99, ms.p999, ms.max].map(tenths);
        let mut row = vec![line.who.to_owned(), line.step.to_owned(), line.count.to_string()];
        row.extend(figures);
        rows.push(row);
        errors.push(listed(&line.errors));
    }
    let widths: Vec<usize> =
        (0..heads.len()).map(|n| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0)).collect();
    for (row, errors) in rows.iter().zip(&errors) {
        let _ = write!(out, "  {:<2$}  {:<3$}", row[0], row[1], widths[0], widths[1]);
        for (cell, width) in row.iter().zip(&widths).skip(2) {
            let _ = write!(out, "  {cell:>width$}");
        }
        let _ = writeln!(out, "  {errors}");
    }
    for fault in &of.faults {
        let _ = writeln!(out, "  FAULT: {fault}");
    }
    // Nothing stands behind a column that is empty.
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
