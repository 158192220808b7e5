//! What was done, for people, for programs and for the display.

use crate::conf::Problem;
use serde::Serialize;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Nothing was asked of it.
    Idle,
    /// It was done before, and holds.
    Unchanged,
    /// It was done now.
    Done,
    /// It would be done; only with `--dry-run`.
    Planned,
    /// It could not be done. It is tried again at the next boot.
    Failed,
}

/// One step's part of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepReport {
    /// Name of the step.
    pub step: &'static str,
    /// How it ended.
    pub ending: Ending,
    /// What was wanted or done, or why it failed. No secrets.
    pub text: String,
}

/// The whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The file that was read; `None` if there was none.
    pub file: Option<String>,
    /// Lines of the file that were not taken.
    pub problems: Vec<Problem>,
    /// Every step, in order.
    pub steps: Vec<StepReport>,
    /// Whether secrets were removed from the file.
    pub secrets_removed: bool,
    /// How the owner gets in over the network: `key`, `password`, or `None`.
    pub way_in: Option<&'static str>,
}

impl Report {
    /// Whether everything that was asked for is there.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty() && self.steps.iter().all(|step| step.ending != Ending::Failed)
    }

    /// Lines with the journal's priorities: errors 3, warnings 4, the rest 6.
    pub fn lines(&self) -> Vec<(u8, String)> {
        let mut lines = Vec::new();
        match &self.file {
            Some(file) => lines.extend(self.problems.iter().map(|problem| (4, format!("{file}: {problem}")))),
            None => lines.push((6, "there is no file of settings: everything keeps its default".to_owned())),
        }
        for step in &self.steps {
            let (priority, word) = match step.ending {
                Ending::Idle | Ending::Unchanged => continue,
                Ending::Done => (6, "done"),
                Ending::Planned => (6, "would do"),
                Ending::Failed => (3, "failed"),
            };
            lines.push((priority, format!("{}: {word}: {}", step.step, step.text)));
        }
        if self.secrets_removed {
            lines.push((6, "passwords were taken over and removed from the file".to_owned()));
        }
        if self.way_in.is_none() {
            lines.push((4, NO_WAY_IN.to_owned()));
        }
        lines
    }

    /// For the display: what the owner should know, in a few short lines; empty if all is well.
    pub fn display(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .problems
            .iter()
            .map(|problem| match &problem.key {
                Some(key) => format!("line {}: {key} not taken", problem.line),
                None => format!("line {} not understood", problem.line),
            })
            .collect();
        let failed = self.steps.iter().filter(|step| step.ending == Ending::Failed);
        lines.extend(failed.map(|step| format!("{} failed", step.step)));
        if self.way_in.is_none() {
            lines.extend(
                ["SSH is closed. To open it:", "write SSH_AUTHORIZED_KEY", "into pistomp.conf"]
                    .map(str::to_owned),
            );
        }
        lines
    }
}

const NO_WAY_IN: &str = "SSH lets nobody in: write SSH_AUTHORIZED_KEY, or a USER_PASSWORD of at least 8 characters, into \
pistomp.conf on the card's first partition, and start again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_key_is_named_everywhere_and_the_way_in_is_told() {
        let report = Report {
            file: Some("/boot/pistomp.conf".to_owned()),
            problems: vec![Problem::new("HOSTNAME", 3, "a host name has only letters")],
            steps: vec![StepReport { step: "wifi", ending: Ending::Failed, text: "full".to_owned() }],
            ..Report::default()
        };
        assert!(!report.is_good());
        let lines = report.lines();
        assert_eq!(
            lines[0],
            (4, "/boot/pistomp.conf: line 3: HOSTNAME: a host name has only letters".to_owned())
        );
        assert_eq!(lines[1], (3, "wifi: failed: full".to_owned()));
        assert_eq!(report.display()[..2], ["line 3: HOSTNAME not taken", "wifi failed"]);
        assert!(report.display().iter().all(|line| line.len() <= 40), "a line of the display has 40 letters");
        assert_eq!(Report { way_in: Some("key"), ..Report::default() }.display(), Vec::<String>::new());
    }
}
