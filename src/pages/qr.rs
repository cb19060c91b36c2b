//! Square codes that telephones read: as SVG for a page, as text for a terminal.

use std::fmt::Write;

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// The light frame that readers need around it (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// Drawn black on white, whatever colours the page has; `label` is what it is called where it cannot be seen. `None` when
/// there is too much to say.
pub fn svg(text: &str, label: &str) -> Option<String> {
    let (dark, width) = drawn(text)?;
    let mut path = String::new();
    for (y, row) in dark.chunks(width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            // A string takes whatever is written into it.
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"232\" height=\"232\" role=\"img\" \
         aria-label=\"{label}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

/// Two rows in one line of half blocks, light on dark as terminals are; those that are dark on light show it inverted,
/// which telephones read as well.
pub fn text(text: &str) -> Option<String> {
    let (dark, width) = drawn(text)?;
    let side = width + 2 * QUIET;
    let is_light = |x: usize, y: usize| {
        let inside = (QUIET..QUIET + width).contains(&x) && (QUIET..QUIET + width).contains(&y);
        y < side && !(inside && dark[(y - QUIET) * width + x - QUIET])
    };
    let block = |x, y| match (is_light(x, y), is_light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |y| (0..side).map(|x| block(x, y)).chain(['\n']).collect::<String>();
    Some((0..side).step_by(2).map(line).collect())
}

/// Row by row, and how many there are in one.
fn drawn(text: &str) -> Option<(Vec<bool>, usize)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    Some((code.to_colors().into_iter().map(|color| color == Color::Dark).collect(), width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_and_a_page_draw_the_same() {
        let (dark, width) = drawn("otpauth://totp/x:alice?secret=GEZDGNBV").expect("drawn");
        let side = width + 2 * QUIET;
        let page = svg("otpauth://totp/x:alice?secret=GEZDGNBV", "Code for \"alice\" & others").expect("drawn");
        assert!(page.contains("aria-label=\"Code for &quot;alice&quot; &amp; others\""), "{page}");
        assert_eq!(page.matches("h1v1h-1z").count(), dark.iter().filter(|dark| **dark).count());
        let terminal = text("otpauth://totp/x:alice?secret=GEZDGNBV").expect("drawn");
        let lines: Vec<Vec<char>> = terminal.lines().map(|line| line.chars().collect()).collect();
        assert_eq!((lines.len(), lines[0].len()), (side.div_ceil(2), side));
        for (y, row) in dark.chunks(width).enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let block = lines[(y + QUIET) / 2][x + QUIET];
                let light = if (y + QUIET).is_multiple_of(2) { "█▀" } else { "█▄" }.contains(block);
                assert_eq!(light, !dark, "{x} {y}");
            }
        }
        assert_eq!(svg(&"x".repeat(10_000), ""), None, "too much to say");
    }
}
