//! Configurations that must be refused, and with which sentence. The cases stand in checks/eval/bad-input/, what they
//! are refused with in checks/manifests/bad-input.json.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::nix::measure::Run;
use crate::nix::{fingerprint, manifests};

const FOLDER: &str = "checks/eval/bad-input";
/// First words of the comment that says what the sentence must contain.
const MARK: &str = "# Remedy: ";

/// The names of the cases, sorted.
pub(super) fn cases(root: &Path) -> Result<Vec<String>> {
    fingerprint::names(&root.join(FOLDER), ".nix")
}

/// What a refused evaluation said; an error if it was not refused.
pub(super) fn message(case: &str, run: &Run) -> Result<String> {
    if run.success {
        bail!("bad input {case}: was accepted");
    }
    // The trace stands before the last "error:", the sentence after it.
    let text = run.stderr.rsplit("error:").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Ok(lines.join("\n"))
}

/// Each case has a recorded sentence, and the sentence names the remedy that the case asks for.
pub(super) fn check(root: &Path) -> Result<()> {
    let recorded = manifests::read(root, "bad-input")?;
    let cases = cases(root)?;
    let mut wrong = Vec::new();
    for case in &cases {
        let file = format!("{FOLDER}/{case}.nix");
        let text = fs::read_to_string(root.join(&file)).with_context(|| format!("cannot read {file}"))?;
        wrong.extend(compare(case, &text, recorded[case].as_str()));
    }
    for name in recorded.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !cases.contains(name) {
            wrong.push(format!("bad input {name}: recorded, but there is no such case"));
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    println!("manifests: {} kinds of bad input are refused with a remedy", cases.len());
    Ok(())
}

fn compare(case: &str, source: &str, recorded: Option<&str>) -> Vec<String> {
    let remedies: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix(MARK)).collect();
    let Some(recorded) = recorded else {
        return vec![format!("bad input {case}: no message is recorded")];
    };
    if remedies.is_empty() {
        return vec![format!("bad input {case}: the case does not say what the message must contain")];
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let recorded = words(recorded);
    remedies
        .into_iter()
        .filter(|remedy| !recorded.contains(&words(remedy)))
        .map(|remedy| format!("bad input {case}: the message does not say {remedy:?}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refused(stderr: &str) -> Run {
        Run {
            success: false,
            stdout: String::new(),
            stderr: stderr.to_owned(),
            took: Duration::ZERO,
            peak_kib: 0,
        }
    }

    #[test]
    fn the_sentence_after_the_last_error_counts() {
        let run = refused("error:\n  … while calling\n\n  error: Failed assertions:\n   - Add a key.\n");
        assert_eq!(message("x", &run).unwrap(), "Failed assertions:\n- Add a key.");
        assert!(message("x", &Run { success: true, ..refused("") }).is_err());
    }

    #[test]
    fn a_message_must_name_the_remedy() {
        let source = "# Remedy: Add a key\n{ }";
        assert_eq!(compare("x", source, Some("Please: Add a\n key.")), Vec::<String>::new());
        assert_eq!(compare("x", source, Some("No.")).len(), 1);
        assert_eq!(compare("x", source, None).len(), 1);
        assert_eq!(compare("x", "{ }", Some("No.")).len(), 1);
    }
}
