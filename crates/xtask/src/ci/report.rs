//! The table of outcomes.

use super::{Outcome, Row};

/// One line per check: name, outcome, seconds, and the first line of the reason.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::from("\n== checks\n");
    for row in rows {
        let (word, reason) = match &row.outcome {
            Outcome::Passed => ("passed", ""),
            Outcome::Failed(reason) => ("FAILED", first_line(reason)),
            Outcome::Skipped(reason) => ("skipped:", first_line(reason)),
        };
        let line = format!("{:10} {:6.1} s  {word} {reason}", row.name, row.took.as_secs_f64());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_skipped_check_gives_its_reason_and_never_reads_as_passed() {
        let row = |name, outcome| Row { name, outcome, took: Duration::from_millis(1500) };
        let rows = [
            row("format", Outcome::Passed),
            row("deny", Outcome::Skipped("no database".to_owned())),
            row("clippy", Outcome::Failed("`cargo clippy` failed\nmore".to_owned())),
        ];
        let expected = "\n== checks\n\
            format        1.5 s  passed\n\
            deny          1.5 s  skipped: no database\n\
            clippy        1.5 s  FAILED `cargo clippy` failed\n";
        assert_eq!(table(&rows), expected);
    }
}
