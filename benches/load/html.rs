//! The report as one page that needs nothing else: no script, no picture from elsewhere, dark where that is preferred.

use super::summary::{Line, Summary};
use super::svg::picture;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const STYLE: &str = "
:root{color-scheme:light dark;--c0:#c2410c;--c1:#7c3aed;--c2:#0369a1;--c3:#15803d;--line:#8884}
@media(prefers-color-scheme:dark){:root{--c0:#fb923c;--c1:#a78bfa;--c2:#38bdf8;--c3:#4ade80}}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:3rem;border-top:1px solid var(--line);padding-top:1.5rem}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}
th,td{text-align:right;padding:.2rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2),td.words,th.words{text-align:left}
td.words{white-space:normal}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(27rem,100%),1fr));gap:1rem;margin:1.5rem 0}
figure{margin:0}figcaption{font-weight:600;font-size:13px}
svg{width:100%;height:auto}svg text{font-size:10px;fill:currentColor;opacity:.75}
.value{text-anchor:end}.time{text-anchor:middle}
.grid{stroke:var(--line);fill:none}.mark{stroke:currentColor;stroke-dasharray:3 3;opacity:.7}
polyline{fill:none;stroke-width:1.5;stroke:var(--c)}circle.dot{fill:var(--c)}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}
.legend{font-size:12px;margin:0}.legend span{margin-right:1rem}
.legend i{display:inline-block;width:1rem;height:.25rem;margin-right:.3rem;vertical-align:middle;background:var(--c)}
.bad{color:#dc2626;font-weight:600}code{font-size:12px;overflow-wrap:anywhere}";

/// `began`: what was run, in a line.
pub fn page(summaries: &[Summary], began: &str) -> String {
    let mut out = String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\"><title>Sekisho under load</title><style>");
    out.push_str(STYLE);
    let _ = write!(out, "</style><h1>Sekisho under load</h1><p>{}</p>", escaped(began));
    out.push_str("<p>Every time runs from the moment a step should have begun by the plan, so a slow answer shows at all that had \
         to wait behind it. “Ask for a code” is answered a fixed time after it arrived (400 ms), so that it tells nobody \
         who has an account. docs/LOADTEST.md says how to read this.</p>");
    overview(&mut out, summaries);
    summaries.iter().for_each(|summary| scenario(&mut out, summary));
    out.push_str("</html>\n");
    out
}

fn overview(out: &mut String, summaries: &[Summary]) {
    out.push_str(
        "<div class=\"wide\"><table><tr><th>scenario<th class=\"words\">how it ended<th>lives<th>steps<th>errors",
    );
    for of in summaries {
        let all: u64 = of.steps.iter().map(|line| line.count).sum();
        let errors: u64 = of.steps.iter().flat_map(|line| line.errors.values()).sum();
        let (class, end) = if of.faults.is_empty() { ("words", "as it should") } else { ("words bad", "with faults") };
        let _ = write!(out, "<tr><td>{}<td class=\"{class}\">{end}<td>{}<td>{all}<td>{errors}", of.title, of.lives);
    }
    out.push_str("</table></div>");
}

fn scenario(out: &mut String, of: &Summary) {
    let _ = write!(out, "<h2 id=\"{}\">{}</h2><p>{}</p><ul>", of.name, of.title, of.tells);
    let _ = write!(out, "<li>{} lives in {:.1} s, {} messages", of.lives, of.seconds, of.messages);
    if let Some(bombed) = of.messages_to_the_bombed_number {
        let _ = write!(out, ", of them {bombed} to the number that attackers had messages sent to");
    }
    for ending in &of.endings {
        let _ = write!(out, "<li>{} {}: {}", ending.count, ending.who, escaped(&ending.what));
    }
    for gate in &of.gates {
        let _ = write!(out, "<li>gate: {:.1} s of processor time, {:.0} MiB at most", gate.cpu_seconds, gate.peak_mib);
    }
    let late = &of.generator_lateness_ms;
    let _ = write!(
        out,
        "<li>lives began {:.1} ms late (p50), {:.1} ms at most: this machine’s own share",
        late.p50, late.max
    );
    for fault in &of.faults {
        let _ = write!(out, "<li class=\"bad\">{}", escaped(fault));
    }
    out.push_str(
        "</ul><div class=\"wide\"><table><tr><th>who<th>step<th>count<th>/s<th>p50<th>p90<th>p99<th>p99.9<th>max \
         ms<th class=\"words\">answers<th class=\"words\">errors",
    );
    of.steps.iter().for_each(|line| row(out, line));
    out.push_str("</table></div><div class=\"pictures\">");
    let seconds =
        of.curves.iter().flat_map(|p| &p.curves).flat_map(|c| &c.points).map(|p| p.0).fold(of.seconds, f64::max);
    let drawn = of.curves.iter().filter(|picture| picture.curves.iter().any(|curve| !curve.points.is_empty()));
    drawn.for_each(|curves| out.push_str(&picture(curves, seconds, &of.marks)));
    out.push_str("</div>");
    if !of.configuration_changes.is_empty() {
        out.push_str("<details><summary>What differed from conf/loadtest.toml</summary><ul>");
        for change in &of.configuration_changes {
            let side = |text: &Option<String>| text.as_deref().map_or("–".to_owned(), escaped);
            let (key, from, to) = (escaped(&change.key), side(&change.from), side(&change.to));
            let _ = write!(out, "<li><code>{key}: {from} → {to}</code>");
        }
        out.push_str("</ul></details>");
    }
}

fn row(out: &mut String, line: &Line) {
    let ms = &line.ms;
    let _ = write!(
        out,
        "<tr><td>{}<td>{}<td>{}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td>{:.1}<td class=\"words\">{}<td \
         class=\"words\">{}",
        line.who,
        line.step,
        line.count,
        line.per_second,
        ms.p50,
        ms.p90,
        ms.p99,
        ms.p999,
        ms.max,
        listed(&line.answers),
        listed(&line.errors)
    );
}

/// `3 × 429, 1 × timeout`
pub fn listed(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(what, count)| format!("{count} × {what}")).collect::<Vec<_>>().join(", ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
