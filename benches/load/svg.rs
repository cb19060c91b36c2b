//! A picture with curves, as SVG that stands in a page: no script, colours by the page's style sheet.

use super::summary::Curves;
use std::fmt::Write as _;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;

/// From values to places.
struct Scale {
    seconds: f64,
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    fn of(picture: &Curves, seconds: f64) -> Self {
        let values = picture.curves.iter().flat_map(|curve| &curve.points).map(|(_, value)| *value);
        let (mut low, mut high) = (f64::INFINITY, 0f64);
        for value in values {
            low = low.min(value.max(0.01));
            high = high.max(value);
        }
        if picture.logarithmic {
            let low = if low.is_finite() { 10f64.powf(low.log10().floor()) } else { 0.1 };
            let high = 10f64.powf(high.max(low * 10.0).log10().ceil());
            return Self { seconds, low, high, logarithmic: true };
        }
        Self { seconds, low: 0.0, high: round_up(high), logarithmic: false }
    }

    fn x(&self, at: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (at / self.seconds.max(1.0)).min(1.0)
    }

    fn y(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            value / self.high
        };
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share.clamp(0.0, 1.0))
    }

    fn lines(&self) -> Vec<f64> {
        if !self.logarithmic {
            return (0..=4).map(|n| self.high * f64::from(n) / 4.0).collect();
        }
        let decades = (self.high / self.low).log10().round() as i32;
        (0..=decades).map(|n| self.low * 10f64.powi(n)).collect()
    }
}

/// Some six round moments.
fn moments(seconds: f64) -> impl Iterator<Item = f64> {
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0];
    let step = steps.into_iter().find(|step| seconds / step <= 6.0).unwrap_or(900.0);
    (0..).map(move |n| f64::from(n) * step).take_while(move |at| *at <= seconds)
}

/// The next of 4, 8, 20, 40, 80, 200, …: quarters of it are whole.
fn round_up(value: f64) -> f64 {
    let mut step = 1.0;
    loop {
        for high in [4.0, 8.0, 20.0] {
            if value <= high * step {
                return high * step;
            }
        }
        step *= 10.0;
    }
}

/// One picture with its legend below.
pub fn picture(of: &Curves, seconds: f64, marks: &[(f64, String)]) -> String {
    let scale = Scale::of(of, seconds);
    let mut out = String::new();
    let title = if of.unit.is_empty() { of.title.to_owned() } else { format!("{}, {}", of.title, of.unit) };
    let _ = write!(out, "<figure><figcaption>{title}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" ");
    let _ = write!(out, "aria-label=\"{title}, over {seconds:.0} seconds\">");
    let (right, floor) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for value in scale.lines() {
        let y = scale.y(value);
        let _ = write!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
        let _ = write!(out, "<text x=\"{}\" y=\"{:.1}\" class=\"value\">{}</text>", LEFT - 5.0, y + 3.5, short(value));
    }
    for at in moments(seconds) {
        let (x, y) = (scale.x(at), HEIGHT - 8.0);
        let _ = write!(out, "<text x=\"{x:.1}\" y=\"{y}\" class=\"time\">{at} s</text>");
    }
    for (at, what) in marks {
        let x = scale.x(*at);
        let _ = write!(out, "<path class=\"mark\" d=\"M{x:.1} {TOP}V{floor}\"><title>{what}</title></path>");
        let _ = write!(out, "<text x=\"{:.1}\" y=\"{}\" class=\"told\">{what}</text>", x + 4.0, TOP + 9.0);
    }
    for (n, curve) in of.curves.iter().enumerate() {
        let points = curve.points.iter().map(|(at, value)| format!("{:.1},{:.1}", scale.x(*at), scale.y(*value)));
        let points: Vec<_> = points.collect();
        if let [only] = &*points {
            let (x, y) = only.split_once(',').unwrap_or_default();
            let _ = write!(out, "<circle class=\"dot c{n}\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>");
        }
        let _ = write!(out, "<polyline class=\"c{n}\" points=\"{}\"/>", points.join(" "));
    }
    out.push_str("</svg><p class=\"legend\">");
    for (n, curve) in of.curves.iter().enumerate() {
        let _ = write!(out, "<span><i class=\"c{n}\"></i>{}</span> ", curve.name);
    }
    out.push_str("</p></figure>");
    out
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1_000_000.0 => format!("{}M", value / 1_000_000.0),
        value if value >= 10_000.0 => format!("{}k", value / 1000.0),
        value => format!("{}", (value * 1000.0).round() / 1000.0),
    }
}
