//! What was changed on a running machine, written as a NixOS module that makes it permanent.
//!
//! Every setting stands in a part of its own with the reason above it. Options of ours and of musnix are only set where they
//! exist, so the module works beside either, both or none.

mod settings;
mod write;

use crate::change::CpuSet;
use crate::check::{Report, Status};
use crate::journal::Open;
use crate::quantum::QuantumReport;
use settings::{NO_OPTION, period, settings};

pub use write::module;

/// One reason to set something, with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the fix or of the check.
    pub id: String,
    /// Why, and what was measured: sentences of the comment.
    pub comment: Vec<String>,
    /// Options of nixpkgs.
    pub nixpkgs: Vec<String>,
    /// Options of musnix.
    pub musnix: Vec<String>,
    /// Options of this project.
    pub ours: Vec<String>,
}

/// What is emitted, and what cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Emission {
    /// Parts, in the order of the fixes and checks.
    pub parts: Vec<Part>,
    /// Names and why no option stands for them.
    pub left: Vec<(String, String)>,
    /// What was measured on the machine, one sentence each.
    pub measured: Vec<String>,
}

/// What the module has to know of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// CPUs of the machine.
    pub cpus: CpuSet,
    /// CPUs for audio, where any are set aside.
    pub audio: CpuSet,
}

/// From the open places of the journal: what is applied now.
pub fn from_journal(open: &[Open], facts: &Facts) -> Emission {
    let mut emission = Emission::default();
    for fix in crate::change::FIXES {
        let places: Vec<&Open> = open.iter().filter(|place| place.belongs_to(fix.id)).collect();
        let Some(first) = places.first() else { continue };
        let show = |value: Option<&str>| first.first.place.show(value);
        let before = show(first.first.before.as_deref());
        let after = show(first.written.last().and_then(Option::as_deref));
        let count = match places.len() {
            1 => String::new(),
            n => format!(" ({n} places; the first is named)"),
        };
        let comment = vec![
            format!("{}: {}.", fix.id, fix.why),
            format!("Found: {before}; applied: {after}{count}. It costs: {}.", fix.cost),
        ];
        emission.add(fix.id, comment, &after, facts, None);
    }
    emission
}

impl Emission {
    /// Adds what the checks found to be mended and what is not there yet.
    pub fn add_findings(&mut self, report: &Report, facts: &Facts) {
        for finding in &report.findings {
            if !matches!(finding.status, Status::Warn | Status::Bad) {
                continue;
            }
            let id = finding.fix.unwrap_or(finding.id);
            let never = crate::change::FIXES.iter().any(|fix| fix.id == id && fix.only_when_named.is_some());
            if never || self.parts.iter().any(|part| part.id == id) {
                continue;
            }
            let comment = vec![
                format!("{}: {}.", finding.id, finding.why),
                format!(
                    "Found: {}{}. Good: {}.",
                    or_nothing(&finding.value),
                    because(&finding.reason),
                    finding.good
                ),
            ];
            self.add(id, comment, "", facts, finding.nix);
        }
    }

    /// Adds the period that `rt-tune quantum` recommends, with its measurement.
    pub fn add_quantum(&mut self, report: &QuantumReport) {
        let id = "quantum";
        let sentence = report.sentence();
        let Some(frames) = report.found.recommended else {
            self.left.push((id.to_owned(), sentence.trim_end_matches('.').to_owned()));
            return;
        };
        let mut comment = vec![
            format!(
                "{id}: the period is the part of the latency that one chooses; this one is a rung above the lowest that held."
            ),
            sentence,
        ];
        // The servers of this project take nothing else, and a longer period is the safe side.
        let rounded = frames.next_power_of_two();
        if rounded != frames {
            comment.push(format!(
                "{rounded} is the next power of two, which PipeWire and archibald.audio want."
            ));
        }
        let (nixpkgs, musnix, ours) = period(report.server, rounded);
        if nixpkgs.is_empty() {
            comment.push(format!(
                "Without archibald.audio: put -p{rounded} into the services.jack.jackd.extraOptions of your own."
            ));
        }
        self.parts.push(Part { id: id.to_owned(), comment, nixpkgs, musnix, ours });
    }

    /// `option` is where the reader may look when nothing can be written.
    fn add(&mut self, id: &str, comment: Vec<String>, value: &str, facts: &Facts, option: Option<&str>) {
        match settings(id, value, facts) {
            Ok((nixpkgs, musnix, ours)) => {
                self.parts.push(Part { id: id.to_owned(), comment, nixpkgs, musnix, ours });
            }
            Err(why) => {
                let why = match option {
                    Some(option) if why == NO_OPTION => format!("decide it yourself: {option}"),
                    _ => why,
                };
                if !self.left.iter().any(|(known, _)| known == id) {
                    self.left.push((id.to_owned(), why));
                }
            }
        }
    }
}

fn or_nothing(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
