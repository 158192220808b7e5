//! What keeps a machine from real-time audio, judged by reading alone.
//!
//! Each check gives one of five answers, and none of them by absence: what cannot be read is unknown, what the machine has
//! not is not applicable, and only a value that was seen is good.

mod config;
mod look;
mod parts;
mod pipewire;
mod programs;
mod readonly;
mod report;
mod rights;
mod system;
mod text;
mod user;
mod view;

pub use look::Look;
pub use report::{Finding, Report, Severity, Status, Subject, Summary, schema};
pub use text::{Style, table};
pub use user::User;
pub use view::View;

/// One thing to look at, and all that is to be said about it.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The good value.
    pub good: &'static str,
    /// Why it matters for audio, in one sentence.
    pub why: &'static str,
    /// What it is, and where it is read.
    pub what: &'static str,
    /// How it is mended, and what that risks or costs.
    pub risk: &'static str,
    /// How the mending is undone.
    pub undo: &'static str,
    /// Where this knowledge comes from.
    pub source: &'static str,
    /// The NixOS option that settles it for good.
    pub nix: Option<&'static str>,
    /// The fix of `rt-tune apply` that mends it while the machine runs.
    pub fix: Option<&'static str>,
    /// Looks at it.
    pub(crate) look: fn(&View<'_>) -> Result<Look, Look>,
}

/// Every check, in the order of the report.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    parts::ALL.iter().flat_map(|part| part.iter())
}

/// The check with this name.
pub fn find(id: &str) -> Option<&'static Check> {
    checks().find(|check| check.id == id)
}

/// Looks at everything.
pub fn run(view: &View<'_>) -> Report {
    let findings = checks().map(|check| {
        let look = (check.look)(view).unwrap_or_else(|early| early);
        Finding::new(check, look)
    });
    Report::new(view.subject(), findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::FIXES;

    #[test]
    fn every_check_says_what_a_page_needs_and_names_only_fixes_that_exist() {
        let all: Vec<&Check> = checks().collect();
        for (i, check) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| other.id != check.id), "{} twice", check.id);
            for (name, text) in [
                ("title", check.title),
                ("good", check.good),
                ("why", check.why),
                ("what", check.what),
                ("risk", check.risk),
                ("undo", check.undo),
                ("source", check.source),
            ] {
                assert!(!text.is_empty() && !text.contains("  "), "{}: {name}: {text:?}", check.id);
            }
            assert!(check.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            if let Some(fix) = check.fix {
                assert!(FIXES.iter().any(|f| f.id == fix), "{} names no fix: {fix}", check.id);
            }
        }
    }

    #[test]
    fn every_fix_belongs_to_a_check() {
        for fix in FIXES {
            assert!(checks().any(|check| check.fix == Some(fix.id)), "{}", fix.id);
        }
    }

    #[test]
    fn each_file_is_read_once_however_many_checks_want_it() {
        let reads = |processes: i32| {
            let machine = (1..=processes).fold(
                crate::change::simulated::Simulated::default()
                    .file("/sys/devices/system/cpu/online", "0-3\n"),
                |machine, pid| {
                    machine.file(
                        &format!("/proc/{pid}/stat"),
                        &format!("{pid} (bash) S 1 0 0 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0"),
                    )
                },
            );
            let view = View::new(&machine, false, None);
            run(&view);
            view.reads()
        };
        // One more process is one more read, whoever asks for processes.
        assert_eq!(reads(210) - reads(10), 200);
        assert!(reads(10) < 600, "{}", reads(10));
    }

    #[test]
    fn an_empty_machine_has_nothing_that_is_good() {
        let machine = crate::change::simulated::Simulated::default();
        let view = View::new(&machine, false, None);
        assert!(!view.is_a_machine());
        for finding in run(&view).findings {
            assert!(finding.status == Status::Unknown, "{} is {:?}", finding.id, finding.status);
            assert!(!finding.reason.is_empty(), "{}", finding.id);
        }
    }
}
