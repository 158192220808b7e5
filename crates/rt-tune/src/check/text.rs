//! The report for people: what is to do comes first, what is fine is one line each.

use super::report::{Finding, Report, Severity, Status};
use std::fmt::Write;

/// How much of the report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are understood.
    pub colour: bool,
    /// Whether good and not applicable checks get a line each.
    pub all: bool,
}

/// The report as a table.
pub fn table(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let machine = &report.machine;
    let _ = writeln!(out, "{} · {} · CPUs {}", machine.model, machine.kernel, machine.cpus);
    if !machine.user.is_empty() {
        let _ = writeln!(out, "limits and groups of {}", machine.user);
    }
    let of = |severity: Severity, status: &[Status]| -> Vec<&Finding> {
        let mut found: Vec<&Finding> =
            report.findings.iter().filter(|f| f.severity == severity && status.contains(&f.status)).collect();
        found.sort_by_key(|f| std::cmp::Reverse(f.status == Status::Bad));
        found
    };
    let open = [Status::Warn, Status::Bad];
    for (severity, title) in [
        (Severity::Required, "Required, and not so"),
        (Severity::Recommended, "Recommended, and not so"),
        (Severity::Optional, "Optional, for short periods"),
        (Severity::Information, "Worth knowing"),
    ] {
        section(&mut out, title, &of(severity, &open), style);
    }
    for (status, title) in [(Status::Unknown, "Could not be found out"), (Status::Ok, "Good")] {
        let found: Vec<&Finding> = report.findings.iter().filter(|f| f.status == status).collect();
        if status == Status::Unknown || style.all {
            section(&mut out, title, &found, style);
        }
    }
    if style.all {
        let found: Vec<&Finding> =
            report.findings.iter().filter(|f| f.status == Status::NotApplicable).collect();
        section(&mut out, "Not on this machine", &found, style);
    }
    let s = report.summary;
    let _ = writeln!(
        out,
        "\n{} good, {} could be better, {} bad, {} unknown, {} not on this machine.{}",
        s.ok,
        s.warn,
        s.bad,
        s.unknown,
        s.not_applicable,
        if style.all { "" } else { " --all lists them all." }
    );
    if s.warn + s.bad > 0 {
        out.push_str("More on each: rt-tune explain ID. To mend what can be: rt-tune apply --plan.\n");
    }
    out
}

fn section(out: &mut String, title: &str, findings: &[&Finding], style: Style) {
    if findings.is_empty() {
        return;
    }
    let bold = |text: &str| if style.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    let _ = writeln!(out, "\n{}", bold(title));
    for finding in findings {
        let mark = match finding.status {
            Status::Ok => ("ok  ", "32"),
            Status::Warn => ("WARN", "33"),
            Status::Bad => ("BAD ", "31"),
            Status::NotApplicable => ("-   ", "2"),
            Status::Unknown => ("?   ", "36"),
        };
        let mark =
            if style.colour { format!("\x1b[{}m{}\x1b[0m", mark.1, mark.0) } else { mark.0.to_owned() };
        let value = match (finding.value.is_empty(), finding.reason.is_empty()) {
            (true, _) => finding.reason.clone(),
            (false, true) => finding.value.clone(),
            (false, false) => format!("{} — {}", finding.value, finding.reason),
        };
        let _ = write!(out, "{mark} {:22} ", finding.id);
        wrap(out, &format!("{}: {value}", finding.title), 28, style.width);
        if matches!(finding.status, Status::Warn | Status::Bad) {
            let _ = write!(out, "{:28}", "");
            wrap(out, &format!("good: {}. Why: {}.", finding.good, finding.why), 28, style.width);
            if let Some(fix) = finding.fix {
                let _ = writeln!(out, "{:28}mend: rt-tune apply {fix}", "");
            }
        }
        for detail in finding.details.iter().filter(|_| finding.status != Status::Ok || style.all) {
            let _ = write!(out, "{:30}", "");
            wrap(out, detail, 30, style.width);
        }
    }
}

/// Writes a text from column `indent` on, and goes on there in the next lines.
fn wrap(out: &mut String, text: &str, indent: usize, width: usize) {
    let room = width.saturating_sub(indent).max(30);
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            let _ = write!(out, "\n{:indent$}", "");
            used = 0;
        }
        if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_within_the_terminal_and_keep_their_column() {
        let mut out = String::new();
        wrap(&mut out, &"word ".repeat(40), 28, 80);
        for (i, line) in out.lines().enumerate() {
            assert!(line.chars().count() <= if i == 0 { 52 } else { 80 }, "{line}");
            assert!(i == 0 || line.starts_with(&" ".repeat(28)));
        }
        assert_eq!(out.split_whitespace().count(), 40);
    }
}
