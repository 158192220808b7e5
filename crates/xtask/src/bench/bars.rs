//! Bars: a figure and the bound that it must keep.

use std::fmt::Write;

/// A figure that must not exceed a limit.
pub(super) struct Bar {
    name: String,
    limit: f64,
    value: f64,
}

impl Bar {
    /// `value` must be at most `limit`.
    pub(super) fn at_most(name: impl Into<String>, limit: f64, value: f64) -> Self {
        Self { name: name.into(), limit, value }
    }

    /// Whether it is kept. A figure that is not a number is none.
    pub(super) fn met(&self) -> bool {
        self.value <= self.limit
    }
}

/// One line for each bar.
pub(super) fn table(bars: &[Bar]) -> String {
    let mut text = format!("\n{:66} {:>9} {:>9}\n", "bar", "at most", "measured");
    for bar in bars {
        let verdict = if bar.met() { "" } else { "  MISSED" };
        let _ = writeln!(text, "{:66} {:9.3} {:9.3}{verdict}", bar.name, bar.limit, bar.value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_up_to_its_limit_and_never_by_a_figure_that_is_none() {
        assert!(Bar::at_most("", 2.0, 2.0).met());
        assert!(!Bar::at_most("", 2.0, 2.001).met());
        assert!(!Bar::at_most("", 2.0, f64::NAN).met());
        assert!(table(&[Bar::at_most("a", 1.0, 3.0)]).ends_with("    1.000     3.000  MISSED\n"));
    }
}
