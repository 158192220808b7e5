//! Text for terminals: aligned lines, bars, numbers that people read.

mod roundtrip;
mod sched;
mod soak;

pub use roundtrip::loop_text;
pub use sched::sched_text;
pub use soak::soak_text;

use std::fmt::Write;

use crate::result::Verdict;

/// Colours, when standard output is a terminal that wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Plain text.
    pub const PLAIN: Self = Self { colour: false };

    /// Colours when standard output is a terminal and NO_COLOR is unset.
    pub fn detect() -> Self {
        use std::io::IsTerminal;
        Self { colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The word of a verdict, coloured.
    pub fn verdict(self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Pass => "1;32",
            Verdict::OverTarget | Verdict::Ambiguous => "1;33",
            _ => "1;31",
        };
        self.paint(code, verdict.word())
    }

    /// Emphasis.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Less important text.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// A bar of eighth blocks, `width` cells long at a share of 1.
pub fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// A row of label and value.
pub(crate) fn row(out: &mut String, style: Style, label: &str, value: &str) {
    let _ = writeln!(out, "  {}{value}", style.faint(&format!("{label:<15}")));
}
