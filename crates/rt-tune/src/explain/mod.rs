//! The page of a check: what it is, what to do, what that risks, and where the knowledge comes from.

use crate::change::FIXES;
use crate::check::{Check, Severity, checks};
use std::fmt::Write;

/// The page of a check, `width` columns wide.
pub fn page(check: &Check, width: usize) -> String {
    let mut out = format!("{} ({})\n", check.title, check.id);
    let mut part = |heading: &str, text: &str| {
        let _ = writeln!(out, "\n{heading}");
        out.push_str(&wrapped(text, width));
    };
    part("What", check.what);
    part("Good", &format!("{} ({})", check.good, word(check.severity)));
    part("Why", &sentence(check.why));
    let fix = check.fix.and_then(|id| FIXES.iter().find(|fix| fix.id == id));
    if let Some(fix) = fix {
        let mut text = format!("rt-tune apply {}: {}. It costs: {}.", fix.id, fix.why, fix.cost);
        if let Some(why) = fix.only_when_named {
            let _ = write!(text, " It is only done when it is named, because {why}.");
        }
        part("Mend while running", &text);
    }
    if let Some(nix) = check.nix {
        part("NixOS", nix);
    }
    part("Risk", check.risk);
    part("Undo", check.undo);
    part("Source", check.source);
    out
}

/// All names with their titles.
pub fn list() -> String {
    let mut out = String::from("rt-tune explain ID shows the page of a check:\n\n");
    for check in checks() {
        let _ = writeln!(out, "  {:18} {}", check.id, check.title);
    }
    out
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Required => "required",
        Severity::Recommended => "recommended",
        Severity::Optional => "optional",
        Severity::Information => "information",
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() + 3 > width {
            let _ = writeln!(out, "  {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "  {line}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_every_part_and_fits() {
        for check in checks() {
            let page = page(check, 80);
            assert!(
                page.lines().all(|line| line.chars().count() <= 80 || !line.trim().contains(' ')),
                "{page}"
            );
            assert_eq!(page.contains("Mend while running"), check.fix.is_some(), "{}", check.id);
        }
        assert_eq!(sentence("so it is"), "So it is.");
    }
}
