//! What a search leaves behind: a document in the state folder, and a table for people.

use super::search::Found;
use super::server::Kind;
use latency_probe::result::Origin;
use latency_probe::sched::Load;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::io;
use std::path::Path;

/// Name of the document in the state folder.
pub const REPORT_FILE: &str = "quantum.json";

/// A search with its circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantumReport {
    /// Where and when.
    #[serde(flatten)]
    pub origin: Origin,
    /// Kind of the server.
    pub server: Kind,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Share of each period that our callback burnt, %.
    pub load_percent: u32,
    /// Stressors beside it.
    pub stress: Vec<Load>,
    /// What was found.
    #[serde(flatten)]
    pub found: Found,
    /// The period that was set and left so.
    pub set: Option<u32>,
}

/// Keeps a report in the state folder, whole or not at all.
///
/// # Errors
/// As the system says.
pub fn keep(state: &Path, report: &QuantumReport) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report).expect("a report has no map keys that are not strings");
    std::fs::create_dir_all(state)?;
    latency_probe::history::write_atomically(&state.join(REPORT_FILE), (text + "\n").as_bytes())
}

/// The table and the sentence below it.
pub fn report_text(report: &QuantumReport) -> String {
    let ms = |frames: u32| f64::from(frames) * 1e3 / f64::from(report.rate.max(1));
    let mut out = format!("{:>6} {:>8} {:>7} {:>7}  {}\n", "period", "ms", "seconds", "events", "confidence");
    for rung in &report.found.rungs {
        let _ = writeln!(
            out,
            "{:>6} {:>8.2} {:>7.0} {:>7}  {}",
            rung.frames,
            ms(rung.frames),
            rung.seconds,
            rung.events,
            rung.confidence
        );
    }
    let with = match report.stress.as_slice() {
        [] => String::new(),
        kinds => format!(" beside {}", kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")),
    };
    let _ = match (report.found.lowest, report.found.recommended) {
        (Some(lowest), Some(recommended)) => writeln!(
            out,
            "Lowest stable period {lowest} frames ({:.2} ms), recommended {recommended} ({:.2} ms), at {} % DSP load{with}.",
            ms(lowest),
            ms(recommended),
            report.load_percent
        ),
        _ if !report.found.complete => writeln!(out, "Stopped before anything was found."),
        _ => writeln!(out, "No period of those tried is stable at {} % DSP load{with}.", report.load_percent),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantum::{Rig, SearchPlan, Trial, TrialError, search};

    struct Good;

    impl Rig for Good {
        fn trial(&mut self, frames: u32, seconds: f64, _: bool) -> Result<Trial, TrialError> {
            Ok(Trial { seconds, events: u64::from(frames < 64) * 3, ..Trial::default() })
        }
    }

    #[test]
    fn a_report_is_told_in_a_sentence_and_survives_its_file() {
        let plan = SearchPlan { rungs: vec![32, 64, 128], start: 128, seconds: 10.0, repeats: 3, allow: 0 };
        let found = search(&plan, &mut Good, &mut |_, _| ()).unwrap();
        let report = QuantumReport {
            origin: Origin::here(),
            server: Kind::Jack,
            rate: 48_000,
            load_percent: 50,
            stress: vec![Load::Cpu],
            found,
            set: None,
        };
        let text = report_text(&report);
        assert!(
            text.contains("Lowest stable period 64 frames (1.33 ms), recommended 128 (2.67 ms)"),
            "{text}"
        );
        let folder = tempfile::tempdir().unwrap();
        keep(folder.path(), &report).unwrap();
        let back = std::fs::read_to_string(folder.path().join(REPORT_FILE)).unwrap();
        assert_eq!(serde_json::from_str::<QuantumReport>(&back).unwrap(), report);
    }
}
