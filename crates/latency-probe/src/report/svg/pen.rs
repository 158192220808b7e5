//! Words, lines and the frame of a panel; hues and measures.

use std::fmt::Write;

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 72.0;
pub(super) const RIGHT: f64 = 24.0;
pub(super) const PLOT: f64 = 200.0;
pub(super) const PANEL: f64 = 290.0;
/// Two hues that stay apart for every kind of colour vision, and greys.
pub(super) const BLUE: &str = "#1f5fa8";
pub(super) const ORANGE: &str = "#c8641e";
pub(super) const INK: &str = "#1d2126";
pub(super) const GREY: &str = "#6b737c";
pub(super) const LINE: &str = "#d9dde2";

/// Escapes text for XML.
pub(in crate::report) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn text(out: &mut String, x: f64, y: f64, anchor: &str, size: f64, colour: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\">{}</text>",
        escape(words)
    );
}

pub(super) fn line(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, extra: &str) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" {extra}/>",
        from.0, from.1, to.0, to.1
    );
}

/// Title, subtitle and frame of a panel; the plot lies from y = 52 to y = 52 + PLOT.
pub(super) fn frame(title: &str, subtitle: &str) -> String {
    let mut out = String::new();
    text(&mut out, LEFT, 20.0, "start", 15.0, INK, title);
    text(&mut out, LEFT, 38.0, "start", 12.0, GREY, subtitle);
    line(&mut out, (LEFT, 52.0 + PLOT), (WIDTH - RIGHT, 52.0 + PLOT), GREY, "");
    out
}

/// A round number not below `value`: 1, 2 or 5 times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|v| *v >= value * 0.999_999)
        .unwrap_or(10.0 * power)
}

/// A number without needless zeros.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!([0.3, 1.0, 1.1, 4.0, 7.0, 96.0].map(round_up), [0.5, 1.0, 2.0, 5.0, 10.0, 100.0]);
        assert_eq!([number(2.5), number(10.0), number(0.0)], ["2.5", "10", "0"]);
    }
}
